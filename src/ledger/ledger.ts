/**
 * The ledger: what a company's database says of pools and of the load balancers that use them. SQLite, MySQL, MariaDB
 * or PostgreSQL; tables of ours, or a pool table that was there before.
 *
 * Every method rejects with a {@link LedgerError}; what was under way is undone then. Reads and writes are tried again
 * where the database says that this may help.
 */
import type { Kysely } from "kysely";
import type { Kernel } from "../kernel/index.ts";
import { type AuditQuery, readAudit } from "./audit-log.ts";
import { type ClusterIdentity, readClusters } from "./cluster-table.ts";
import { describeTarget, type LedgerTarget } from "./connection-string.ts";
import { openDatabase } from "./database.ts";
import { type Decision, readDecisions } from "./decision-table.ts";
import { LedgerError, ledgerErrorOf } from "./failure.ts";
import { type IncidentRecord, readIncident, readIncidents, readOpenIncidents } from "./incident-table.ts";
import { LedgerWriter } from "./ledger-writer.ts";
import { OWN_MAPPING, type PoolMapping } from "./mapping.ts";
import { checkMapping } from "./mapping-check.ts";
import { migrate, OWN_KEY_TYPES } from "./migrations.ts";
import { type PlanRecord, readPlan, readPlans } from "./plan-table.ts";
import { type LookUp, PoolIndex } from "./pool-index.ts";
import { isOwn, type PoolTable, poolTable } from "./pool-table.ts";
import type { AuditRow, LedgerPool, PoolContent, Stamp, Usage } from "./records.ts";
import { readTableShape, type TableShape } from "./table-shape.ts";
import type { LedgerTables } from "./tables.ts";
import { DEFAULT_RETRY, type RetryContext, type RetryPolicy, reading, writing } from "./transaction.ts";
import { readUsages } from "./usage-table.ts";

export interface LedgerOptions {
  readonly target: LedgerTarget;
  readonly kernel: Kernel;
  /** Default: tables of ours. */
  readonly mapping?: PoolMapping;
  readonly retry?: RetryPolicy;
  readonly onRetry?: (code: string) => void;
}

export interface Ledger {
  /** For people: where it is, without secrets. */
  readonly target: string;
  /** Why a pool cannot be written into the pool table: one sentence. Undefined: it can. */
  unfit(content: PoolContent): string | undefined;
  /** By name. */
  pools(cluster: string): Promise<LedgerPool[]>;
  /** The most specific range wins (RC-01). */
  findPoolByIp(cluster: string, ip: string): Promise<LookUp<LedgerPool>>;
  /** Records that are not over, in no particular order. */
  usages(cluster: string): Promise<Usage[]>;
  /** Newest first. */
  audit(query?: AuditQuery): Promise<AuditRow[]>;
  /** All that it knows, by name. */
  clusters(): Promise<ClusterIdentity[]>;
  /** What people have decided of this cluster's differences. */
  decisions(cluster: string): Promise<Decision[]>;
  plan(id: string): Promise<PlanRecord | undefined>;
  plans(cluster: string, limit?: number): Promise<PlanRecord[]>;
  incident(id: string): Promise<IncidentRecord | undefined>;
  /** Those that are open, the oldest first. */
  openIncidents(cluster: string): Promise<IncidentRecord[]>;
  incidents(cluster: string, limit?: number): Promise<IncidentRecord[]>;
  /**
   * One transaction: all of it happens, with its audit rows, or nothing. `work` may be called several times. Errors of
   * `work` itself undo everything and are passed on.
   */
  write<T>(stamp: Stamp, work: (writer: LedgerWriter) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Connects, checks the mapping, and brings our tables to the newest version.
 *
 * @throws LedgerError; of kind `mapping` with a line for each thing that does not fit.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { target, kernel, mapping = OWN_MAPPING, retry = DEFAULT_RETRY, onRetry } = options;
  const where = describeTarget(target);
  let db: Kysely<LedgerTables> | undefined;
  try {
    db = await openDatabase(target);
    const context: RetryContext = { db, dialect: target.dialect, kernel, target: where, retry, onRetry };
    const opened = db;
    // Of several processes that make the tables of one database at once, all but one try again.
    const patience = { ...retry, attempts: Math.min(retry.attempts, 4) };
    const shape = await reading({ ...context, retry: patience }, () => prepare(opened, target, mapping));
    return new SqlLedger(context, poolTable(mapping, shape, target.dialect), target.dialect !== "sqlite");
  } catch (error) {
    await db?.destroy().catch(() => {});
    throw ledgerErrorOf(error, where);
  }
}

async function prepare(
  db: Kysely<LedgerTables>,
  { dialect }: LedgerTarget,
  mapping: PoolMapping,
): Promise<TableShape> {
  const own = isOwn(mapping);
  if (own) await migrate(db, { dialect, mapping, keyType: OWN_KEY_TYPES[dialect] });
  const shape = await readTableShape(db, dialect, mapping.table);
  const faults = checkMapping(mapping, shape);
  if (faults.length > 0 || shape === undefined) {
    const list = faults.map((fault) => `\n  - ${fault}`).join("");
    throw new LedgerError(
      "mapping",
      `the table ${mapping.table} does not fit its mapping; nothing was changed:${list}`,
    );
  }
  const keyType = shape.columns.get(mapping.key)?.type ?? OWN_KEY_TYPES[dialect];
  if (!own) await migrate(db, { dialect, mapping, keyType });
  return shape;
}

class SqlLedger implements Ledger {
  readonly #context: RetryContext;
  readonly #pools: PoolTable;
  readonly #locks: boolean;

  constructor(context: RetryContext, pools: PoolTable, locks: boolean) {
    this.#context = context;
    this.#pools = pools;
    this.#locks = locks;
  }

  get target(): string {
    return this.#context.target;
  }

  unfit(content: PoolContent): string | undefined {
    return this.#pools.unfit(content);
  }

  pools(cluster: string): Promise<LedgerPool[]> {
    return this.#read((db) => this.#pools.read(db, cluster));
  }

  async findPoolByIp(cluster: string, ip: string): Promise<LookUp<LedgerPool>> {
    return new PoolIndex(await this.pools(cluster)).lookUp(ip);
  }

  usages(cluster: string): Promise<Usage[]> {
    return this.#read((db) => readUsages(db, cluster));
  }

  audit(query: AuditQuery = {}): Promise<AuditRow[]> {
    return this.#read((db) => readAudit(db, query));
  }

  clusters(): Promise<ClusterIdentity[]> {
    return this.#read(readClusters);
  }

  decisions(cluster: string): Promise<Decision[]> {
    return this.#read((db) => readDecisions(db, cluster));
  }

  plan(id: string): Promise<PlanRecord | undefined> {
    return this.#read((db) => readPlan(db, id));
  }

  plans(cluster: string, limit = 50): Promise<PlanRecord[]> {
    return this.#read((db) => readPlans(db, cluster, limit));
  }

  incident(id: string): Promise<IncidentRecord | undefined> {
    return this.#read((db) => readIncident(db, id));
  }

  openIncidents(cluster: string): Promise<IncidentRecord[]> {
    return this.#read((db) => readOpenIncidents(db, cluster));
  }

  incidents(cluster: string, limit = 50): Promise<IncidentRecord[]> {
    return this.#read((db) => readIncidents(db, cluster, limit));
  }

  write<T>(stamp: Stamp, work: (writer: LedgerWriter) => Promise<T>): Promise<T> {
    const { kernel } = this.#context;
    const writeId = kernel.random.uuid();
    return writing(this.#context, writeId, async (tx) => {
      const writer = new LedgerWriter({
        tx,
        pools: this.#pools,
        nowMs: kernel.clock.now(),
        uuid: () => kernel.random.uuid(),
        locks: this.#locks,
      });
      const value = await work(writer);
      await writer.finish(stamp, writeId);
      return value;
    });
  }

  close(): Promise<void> {
    return this.#context.db.destroy();
  }

  #read<T>(read: (db: Kysely<LedgerTables>) => Promise<T>): Promise<T> {
    return reading(this.#context, () => read(this.#context.db));
  }
}
