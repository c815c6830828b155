/**
 * The ledger: a company's database of pools and of the load balancers that use them. SQLite, MySQL, MariaDB
 * or PostgreSQL; tables of ours, or a pool table that was there before.
 *
 * Every method rejects with a {@link LedgerError}; what was under way is undone then. Reads and writes are tried again
 * where the database reports that this may help.
 */
import { type Kysely, sql } from "kysely";
import type { Kernel } from "../../kernel/index.ts";
import { type AuditQuery, readAudit } from "./audit-log.ts";
import { type ClusterIdentity, readClusters } from "./cluster-table.ts";
import { describeTarget, type LedgerTarget } from "./connection-string.ts";
import { openDatabase } from "./database.ts";
import { type Decision, readDecisions } from "./decision-table.ts";
import { codeOf, kindOf, LedgerError, ledgerErrorOf } from "./failure.ts";
import { type IncidentRecord, readIncident, readIncidents, readOpenIncidents } from "./incident-table.ts";
import { LedgerWriter } from "./ledger-writer.ts";
import { OWN_MAPPING, type PoolMapping } from "./mapping.ts";
import { checkMapping } from "./mapping-check.ts";
import { isMigrated, type MigrationContext, migrate, OWN_KEY_TYPES } from "./migrations.ts";
import { type PlanEnd, type PlanRecord, readPlan, readPlanEnd, readPlans } from "./plan-table.ts";
import { type LookUp, PoolIndex } from "./pool-index.ts";
import { isOwn, type PoolTable, poolTable } from "./pool-table.ts";
import type { AuditRow, LedgerPool, PoolContent, Stamp, Usage, UsageQuery } from "./records.ts";
import { readTableShape, type TableShape } from "./table-shape.ts";
import type { LedgerTables } from "./tables.ts";
import { withinLimit } from "./time-limit.ts";
import { DEFAULT_RETRY, type RetryContext, type RetryPolicy, reading, writing } from "./transaction.ts";
import { checkReferences, referencedTable } from "./usage-references.ts";
import { readIntervals, readUsages } from "./usage-table.ts";

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
  /** Resolves when the database answers, within seconds; tried once. */
  ping(): Promise<void>;
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
  /** Records of all states of which some part lies in the period, in the order in which they began. */
  intervals(cluster: string, query?: UsageQuery): Promise<Usage[]>;
  /** All that it knows, by name. */
  clusters(): Promise<ClusterIdentity[]>;
  /** What people have decided of this cluster's differences. */
  decisions(cluster: string): Promise<Decision[]>;
  plan(id: string): Promise<PlanRecord | undefined>;
  /** What became of a plan, without the plan. */
  planEnd(id: string): Promise<PlanEnd | undefined>;
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
  const { target, kernel, mapping: given = OWN_MAPPING, retry = DEFAULT_RETRY, onRetry } = options;
  const mapping = target.dialect === "sqlite" ? withoutMain(given) : given;
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

/** A key of SQLite refers to a table of its own database file, which it cannot name. */
function withoutMain(mapping: PoolMapping): PoolMapping {
  return { ...mapping, table: mapping.table.replace(/^main\./i, "") };
}

async function prepare(
  db: Kysely<LedgerTables>,
  target: LedgerTarget,
  mapping: PoolMapping,
): Promise<TableShape> {
  const { dialect } = target;
  const own = isOwn(mapping);
  const patiently: Patiently = (work) => withPatience(db, target, work);
  if (own) await bringUpToDate(db, { dialect, mapping, keyType: OWN_KEY_TYPES[dialect] }, patiently);
  const shape = await readTableShape(db, dialect, mapping.table);
  if (own && shape === undefined) {
    const elsewhere = (await referencedTable(db, dialect, mapping.table)) ?? "a table of its own";
    throw new LedgerError(
      "mapping",
      `the pools of this ledger are in ${elsewhere}, and no mapping was given; nothing was changed, name the settings that have it by --config.`,
    );
  }
  const faults = checkMapping(mapping, shape, dialect);
  if (faults.length > 0 || shape === undefined) {
    const list = faults.map((fault) => `\n  - ${fault}`).join("");
    throw new LedgerError(
      "mapping",
      `the table ${mapping.table} does not fit its mapping; nothing was changed:${list}`,
    );
  }
  const keyType = shape.columns.get(mapping.key)?.type ?? OWN_KEY_TYPES[dialect];
  if (!own) await bringUpToDate(db, { dialect, mapping, keyType }, patiently);
  await checkReferences(db, { dialect, mapping, shape, keyType }, patiently);
  return shape;
}

type Patiently = (work: (db: Kysely<LedgerTables>) => Promise<void>) => Promise<void>;

/** A change of a large table takes longer than any other statement may: it has connections of its own. */
const LONGEST_MIGRATION_MS = 3_600_000;

async function withPatience(
  db: Kysely<LedgerTables>,
  target: LedgerTarget,
  work: (db: Kysely<LedgerTables>) => Promise<void>,
): Promise<void> {
  const patient =
    target.dialect === "sqlite"
      ? db
      : await openDatabase({ ...target, queryTimeoutMs: LONGEST_MIGRATION_MS, connections: 2 });
  try {
    await work(patient);
  } catch (error) {
    if (kindOf(error) !== "not-allowed") throw error;
    throw new LedgerError(
      "not-allowed",
      `the ledger at ${describeTarget(target)} lacks tables of ours, or has them as an earlier version made them, and this user may not make them (${codeOf(error)}); grant CREATE, ALTER, INDEX, REFERENCES, SELECT, INSERT, UPDATE and DELETE, or let a user who has them run \`plexaubnet lb usage\` once.`,
      codeOf(error),
    );
  } finally {
    if (patient !== db) await patient.destroy();
  }
}

async function bringUpToDate(
  db: Kysely<LedgerTables>,
  context: MigrationContext,
  patiently: Patiently,
): Promise<void> {
  if (!(await isMigrated(db, context))) await patiently((patient) => migrate(patient, context));
}

const PING_LIMIT_MS = 3_000;

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

  async ping(): Promise<void> {
    const { db, target } = this.#context;
    try {
      // Whatever it waits for ends by its own limit.
      await withinLimit(sql`select 1`.execute(db), PING_LIMIT_MS, () => {});
    } catch (error) {
      throw ledgerErrorOf(error, target);
    }
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

  intervals(cluster: string, query: UsageQuery = {}): Promise<Usage[]> {
    return this.#read((db) => readIntervals(db, cluster, query));
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

  planEnd(id: string): Promise<PlanEnd | undefined> {
    return this.#read((db) => readPlanEnd(db, id));
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
        stamp,
        writeId,
      });
      const value = await work(writer);
      await writer.finish();
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
