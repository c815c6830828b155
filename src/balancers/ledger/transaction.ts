/**
 * Transactions that are retried when the database reports a conflict with others, or the connection broke.
 *
 * A COMMIT whose answer was lost may have been carried out. Each write leaves its `write_id` in the audit log in the same
 * transaction; the next attempt searches for it first. So a write happens once, and its audit row with it, or not at all.
 */
import type { Kysely, Transaction, TransactionBuilder } from "kysely";
import { backOffMs, type Kernel, sleep } from "../../kernel/index.ts";
import type { DialectName } from "./connection-string.ts";
import { codeOf, isTooSlow, kindOf, LedgerError, ledgerErrorOf } from "./failure.ts";
import type { LedgerTables } from "./tables.ts";

export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** No attempt begins later than this after the first one: who waits is to hear of it. Default 10,000. */
  readonly withinMs?: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 6,
  firstDelayMs: 50,
  longestDelayMs: 1_600,
};
const DEFAULT_WITHIN_MS = 10_000;

export interface RetryContext {
  readonly db: Kysely<LedgerTables>;
  readonly dialect: DialectName;
  readonly kernel: Kernel;
  /** For messages; without secrets. */
  readonly target: string;
  /** What is stored there, for messages. Default: a ledger. */
  readonly what?: string;
  readonly retry: RetryPolicy;
  /** Called for every failure that is retried. */
  readonly onRetry?: ((code: string) => void) | undefined;
}

/** Reads again when that may help. @throws LedgerError */
export function reading<T>(context: RetryContext, read: () => Promise<T>): Promise<T> {
  return attempt(context, read, () => false);
}

/** @throws LedgerError when it was not carried out, and also when it is not known whether it was. */
export async function writing<T>(
  context: RetryContext,
  writeId: string,
  work: (tx: Transaction<LedgerTables>) => Promise<T>,
): Promise<T> {
  let finished: { readonly value: T } | undefined;
  const write = async () => {
    if (finished !== undefined && (await wasWritten(context.db, writeId))) return finished.value;
    finished = undefined;
    return transactionOf(context).execute(async (tx) => {
      const value = await work(tx);
      finished = { value };
      return value;
    });
  };
  return attempt(context, write, () => finished !== undefined);
}

/**
 * What is read to be changed is locked, so each server's weakest level that shows committed rows alone is enough. MySQL's
 * default locks the gaps between rows as well, and with them the neighbours of a pool.
 */
function transactionOf({ db, dialect }: RetryContext): TransactionBuilder<LedgerTables> {
  const transaction = db.transaction();
  return dialect === "mysql" ? transaction.setIsolationLevel("read committed") : transaction;
}

async function wasWritten(db: Kysely<LedgerTables>, writeId: string): Promise<boolean> {
  const row = await db
    .selectFrom("audit_log")
    .select("id")
    .where("write_id", "=", writeId)
    .executeTakeFirst();
  return row !== undefined;
}

/** @param inDoubt whether the last attempt may have been carried out; then a server that hung is asked again. */
async function attempt<T>(context: RetryContext, work: () => Promise<T>, inDoubt: () => boolean): Promise<T> {
  const { kernel, retry, target, what, onRetry } = context;
  const beganMs = kernel.clock.monotonicMs();
  let timeouts = 0;
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const kind = kindOf(error);
      const mayHelp = kind === "contention" || kind === "unreachable" || kind === "duplicate";
      // Without a code it is not the database's: a bug, or what the caller's own work threw.
      if (kind === "failed" && !(error instanceof LedgerError) && codeOf(error) === undefined) throw error;
      const isLate = kernel.clock.monotonicMs() - beganMs >= (retry.withinMs ?? DEFAULT_WITHIN_MS);
      const hangs = isTooSlow(error) && (++timeouts > 1 || !inDoubt());
      if (!mayHelp || hangs || tries >= retry.attempts || (isLate && !inDoubt()))
        throw ledgerErrorOf(error, target, what);
      onRetry?.(kind);
      const delayMs = backOffMs(tries - 1, { firstMs: retry.firstDelayMs, mostMs: retry.longestDelayMs });
      await sleep(kernel.clock, delayMs * (0.5 + kernel.random.next() / 2));
    }
  }
}
