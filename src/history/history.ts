/**
 * The record of every decision about a block, in SQL. A chain of rows that are only ever added, one for each
 * cluster, and tables derived from it that answer questions by an index. SQLite, MySQL, MariaDB or
 * PostgreSQL, beside a ledger or alone.
 *
 * Every method rejects with a `LedgerError`, whose message is a sentence.
 */
import type { Kysely, Transaction } from "kysely";
import { describeTarget, type LedgerTarget } from "../balancers/ledger/connection-string.ts";
import { openDatabase } from "../balancers/ledger/database.ts";
import { isDuplicate, LedgerError, ledgerErrorOf } from "../balancers/ledger/failure.ts";
import type { LedgerTables } from "../balancers/ledger/tables.ts";
import {
  DEFAULT_RETRY,
  type RetryContext,
  type RetryPolicy,
  reading,
} from "../balancers/ledger/transaction.ts";
import type { Kernel } from "../kernel/index.ts";
import type { Checkpoint, ListEntry, WatchEntry } from "./entry.ts";
import type { Facts } from "./facts.ts";
import { isMigrated, migrate } from "./migrations.ts";
import { portions } from "./portions.ts";
import { type Answer, ask, type Question } from "./questions.ts";
import {
  type ListPart,
  type RecordContext,
  type RecordOutcome,
  readCheckpoints,
  recordChanges,
  recordListPart,
  wentBack,
} from "./record-entries.ts";
import { dropRequests, storeRequests } from "./request-table.ts";
import type { RequestNote } from "./requesters.ts";
import type { HistoryTables } from "./tables.ts";
import { type PoolGrowth, readPoolGrowth } from "./usage-table.ts";
import { type Anchor, type Verdict, verifyChains } from "./verify.ts";

export interface HistoryOptions {
  readonly target: LedgerTarget;
  readonly kernel: Kernel;
  readonly retry?: RetryPolicy;
  /** Only to ask: what is not there is not made. */
  readonly readOnly?: boolean;
}

export interface History {
  /** For people: where it is, without secrets. */
  readonly target: string;
  checkpoints(stream: string): Promise<Checkpoint[]>;
  /** One transaction. What is recorded already adds nothing. */
  record(stream: string, entries: readonly WatchEntry[]): Promise<RecordOutcome>;
  /** Records what a list shows, in as many transactions as it takes. @throws StaleListError */
  recordList(stream: string, list: ListEntry, basis: Checkpoint | undefined): Promise<RecordOutcome>;
  noteRequests(stream: string, notes: readonly RequestNote[]): Promise<void>;
  /** Forgets requests that were noted before that time (RFC 3339). */
  dropRequests(stream: string, before: string): Promise<void>;
  ask(question: Question): Promise<Answer>;
  /** The clusters that it has a record of. */
  streams(): Promise<string[]>;
  /** How the usage of pools changed since a day (`2026-05-03`). */
  poolGrowth(stream: string, since: string): Promise<PoolGrowth>;
  /** Objects of a kind that the API had when it was last seen. */
  objects(stream: string, kind: string): Promise<Facts[]>;
  verify(anchors?: readonly Anchor[]): Promise<Verdict>;
  close(): Promise<void>;
}

/** In messages. */
const WHAT = "history";

/** Connects, and brings the tables to the newest version. @throws LedgerError */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const { target, kernel, retry = DEFAULT_RETRY } = options;
  const where = describeTarget(target);
  let db: Kysely<HistoryTables> | undefined;
  try {
    db = await openDatabase<HistoryTables>(target);
    const opened = db;
    // Nothing in the retries reads a table.
    const asLedger = opened as unknown as Kysely<LedgerTables>;
    const context: RetryContext = {
      db: asLedger,
      dialect: target.dialect,
      kernel,
      target: where,
      what: WHAT,
      retry,
    };
    await reading(context, async () => {
      if (await isMigrated(opened, target.dialect)) return;
      if (options.readOnly === true) throw nothingThere(where);
      await migrate(opened, target.dialect);
    });
    return new SqlHistory(opened, context);
  } catch (error) {
    await db?.destroy().catch(() => {});
    throw ledgerErrorOf(error, where, WHAT);
  }
}

function nothingThere(where: string): LedgerError {
  return new LedgerError(
    "mapping",
    `there is no history at ${where}: start \`plexaubnet run --history\` with this address first, or specify another one with --history.`,
  );
}

/** Objects of a list, or of the record, that are compared in one transaction. */
const LIST_PART = 500;

class SqlHistory implements History {
  readonly #db: Kysely<HistoryTables>;
  readonly #context: RetryContext;

  constructor(db: Kysely<HistoryTables>, context: RetryContext) {
    this.#db = db;
    this.#context = context;
  }

  get target(): string {
    return this.#context.target;
  }

  checkpoints(stream: string): Promise<Checkpoint[]> {
    return this.#read((db) => readCheckpoints(db, stream));
  }

  record(stream: string, entries: readonly WatchEntry[]): Promise<RecordOutcome> {
    const write = (isNewLife: boolean) =>
      this.#write(stream, (context) => recordChanges(context, entries, isNewLife));
    // What a row has already is not recorded, unless the server went back: then it is another change.
    return write(false).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
      return write(true);
    });
  }

  async recordList(stream: string, list: ListEntry, basis: Checkpoint | undefined): Promise<RecordOutcome> {
    const { objects, ...about } = list;
    const total = { rows: 0, gaps: 0 };
    const part = async (each: ListPart) => {
      const outcome = await this.#write(stream, (context) => recordListPart(context, about, basis, each));
      total.rows += outcome.rows;
      total.gaps += outcome.gaps;
      return outcome;
    };
    if (wentBack(basis, list.revision)) await part({ isNewLife: true });
    const listed = new Set(objects.map(({ facts }) => facts.uid));
    // What is gone first: its block may be that of what is there now.
    for await (const recorded of this.#objectsOf(stream, list.kind)) {
      const missing = recorded.filter(
        ({ uid, namespace }) => !listed.has(uid) && (list.scope === "" || list.scope === namespace),
      );
      if (missing.length > 0) await part({ missing });
    }
    for (const have of portions(objects, LIST_PART)) await part({ have });
    return { ...(await part({ done: true })), ...total };
  }

  noteRequests(stream: string, notes: readonly RequestNote[]): Promise<void> {
    const now = this.#now();
    return this.#read((db) => storeRequests(db, stream, notes, now));
  }

  dropRequests(stream: string, before: string): Promise<void> {
    return this.#read((db) => dropRequests(db, stream, before));
  }

  ask(question: Question): Promise<Answer> {
    return this.#read((db) => ask(db, question));
  }

  async streams(): Promise<string[]> {
    const rows = await this.#read((db) => db.selectFrom("history_streams").select("stream").execute());
    return rows.map(({ stream }) => stream);
  }

  poolGrowth(stream: string, since: string): Promise<PoolGrowth> {
    return this.#read((db) => readPoolGrowth(db, stream, since));
  }

  async objects(stream: string, kind: string): Promise<Facts[]> {
    const found: Facts[] = [];
    for await (const part of this.#objectsOf(stream, kind)) found.push(...part);
    return found;
  }

  verify(anchors: readonly Anchor[] = []): Promise<Verdict> {
    const { dialect } = this.#context;
    return this.#read((db) => {
      // All of it at one moment, while the operator goes on writing.
      const transaction = db.transaction();
      const levelled = dialect === "sqlite" ? transaction : transaction.setIsolationLevel("repeatable read");
      return levelled.execute((tx) => verifyChains(tx, anchors));
    });
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  /** A part at a time, by UID: what is removed meanwhile does not shift what comes. */
  async *#objectsOf(stream: string, kind: string): AsyncGenerator<Facts[]> {
    for (let after = ""; ; ) {
      const rows = await this.#read((db) =>
        db
          .selectFrom("history_objects")
          .select(["uid", "facts"])
          .where("stream", "=", stream)
          .where("kind", "=", kind)
          .where("uid", ">", after)
          .orderBy("uid")
          .limit(LIST_PART)
          .execute(),
      );
      if (rows.length > 0) yield rows.map(({ facts }) => JSON.parse(facts) as Facts);
      if (rows.length < LIST_PART) return;
      after = rows.at(-1)?.uid ?? "";
    }
  }

  #now(): string {
    return new Date(this.#context.kernel.clock.now()).toISOString();
  }

  #read<T>(read: (db: Kysely<HistoryTables>) => Promise<T>): Promise<T> {
    return reading(this.#context, () => read(this.#db));
  }

  /** A COMMIT whose answer was lost is done again, and adds nothing if it was carried out. */
  #write<T>(stream: string, work: (context: RecordContext) => Promise<T>): Promise<T> {
    const { dialect } = this.#context;
    const now = this.#now();
    return this.#read((db) => {
      const transaction = db.transaction();
      const levelled = dialect === "mysql" ? transaction.setIsolationLevel("read committed") : transaction;
      return levelled.execute((tx: Transaction<HistoryTables>) => work({ tx, dialect, stream, now }));
    });
  }
}
