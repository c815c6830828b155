/**
 * How our tables come to be. Each migration runs once, in the order of the names, under the migrator's own lock. A
 * mapped pool table is never touched: only what refers to it is made.
 */
import { type CreateTableBuilder, type Kysely, sql } from "kysely";
import { type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import { assert } from "../kernel/index.ts";
import type { DialectName } from "./connection-string.ts";
import { OWN_MAPPING, type PoolMapping } from "./mapping.ts";

// biome-ignore lint/suspicious/noExplicitAny: migrations run against tables that have no type yet
type Database = Kysely<any>;

export interface MigrationContext {
  readonly dialect: DialectName;
  readonly mapping: PoolMapping;
  /** The type of the pool table's key, for the columns that refer to it. */
  readonly keyType: string;
}

/** Brings the database to the newest version. Throws what the database said. */
export async function migrate(db: Database, context: MigrationContext): Promise<void> {
  const provider: MigrationProvider = { getMigrations: async () => migrations(context) };
  const migrator = new Migrator({
    db,
    provider,
    migrationTableName: "plexaubnet_migrations",
    migrationLockTableName: "plexaubnet_migrations_lock",
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

/** The type of our own pools' key, and of what refers to it. */
export const OWN_KEY_TYPES: Readonly<Record<DialectName, string>> = {
  sqlite: "integer",
  mysql: "bigint",
  postgres: "bigint",
};

function migrations(context: MigrationContext): Record<string, Migration> {
  return {
    "0001-ledger": { up: (db) => createLedger(db, context) },
    "0002-clusters": { up: (db) => tellClustersApart(db, context) },
  };
}

async function createLedger(db: Database, context: MigrationContext): Promise<void> {
  if (context.mapping.table === OWN_MAPPING.table) await createPools(db, context);
  await createUsages(db, context);
  await createRecords(db, context);
}

// biome-ignore lint/suspicious/noExplicitAny: see above
type Table = CreateTableBuilder<any, any>;

function numbered(db: Database, name: string, { dialect }: MigrationContext): Table {
  const table = db.schema.createTable(name).ifNotExists();
  if (dialect === "postgres") return table.addColumn("id", "bigserial", (column) => column.primaryKey());
  const type = dialect === "mysql" ? "bigint" : "integer";
  return table.addColumn("id", type, (column) => column.autoIncrement().primaryKey());
}

const NAME = "varchar(253)";
const INSTANT = "varchar(32)";
const ADDRESS = "varchar(45)";
const UID = "varchar(64)";
const WORD = "varchar(32)";

async function createPools(db: Database, context: MigrationContext): Promise<void> {
  await numbered(db, "ip_pools", context)
    .addColumn("cluster", NAME, (column) => column.notNull())
    .addColumn("name", NAME, (column) => column.notNull())
    .addColumn("auto_assign", "smallint", (column) => column.notNull().defaultTo(1))
    .addColumn("avoid_buggy_ips", "smallint", (column) => column.notNull().defaultTo(0))
    .addColumn("owner", NAME)
    .addColumn("ticket", NAME)
    .addColumn("notes", "text")
    .addColumn("retired_at", INSTANT)
    .addUniqueConstraint("ip_pools_name", ["cluster", "name"])
    .execute();
  await numbered(db, "ip_pool_ranges", context)
    .addColumn("pool_id", sql.raw(context.keyType), (column) => column.notNull())
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("family", "smallint", (column) => column.notNull())
    .addColumn("first_key", WORD, (column) => column.notNull())
    .addColumn("last_key", WORD, (column) => column.notNull())
    .addColumn("range_text", "varchar(100)", (column) => column.notNull())
    .addForeignKeyConstraint("ip_pool_ranges_pool", ["pool_id"], "ip_pools", ["id"])
    .addUniqueConstraint("ip_pool_ranges_place", ["pool_id", "position"])
    .execute();
}

async function createUsages(db: Database, context: MigrationContext): Promise<void> {
  const { mapping, keyType } = context;
  await numbered(db, "lb_usages", context)
    .addColumn("cluster", NAME, (column) => column.notNull())
    .addColumn("ip", ADDRESS, (column) => column.notNull())
    .addColumn("family", "smallint", (column) => column.notNull())
    .addColumn("service_uid", UID, (column) => column.notNull())
    .addColumn("namespace", "varchar(63)", (column) => column.notNull())
    .addColumn("service", NAME, (column) => column.notNull())
    .addColumn("pool_id", sql.raw(keyType))
    .addColumn("pool_name", NAME, (column) => column.notNull())
    .addColumn("state", WORD, (column) => column.notNull())
    .addColumn("first_seen_at", INSTANT, (column) => column.notNull())
    .addColumn("changed_at", INSTANT, (column) => column.notNull())
    .addColumn("missed_rounds", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("missed_since", INSTANT)
    .addColumn("owner", NAME)
    .addColumn("ticket", NAME)
    .addColumn("notes", "text")
    .addForeignKeyConstraint("lb_usages_pool", ["pool_id"], mapping.table, [mapping.key])
    .addUniqueConstraint("lb_usages_identity", ["cluster", "ip", "service_uid", "family"])
    // A load balancer in a pool that the ledger lacks is recorded all the same; nothing else is without its pool.
    .addCheckConstraint("lb_usages_has_pool", sql`state = 'discovered' or pool_id is not null`)
    .execute();
  await createIndex(db, context, "lb_usages_state", "lb_usages", ["cluster", "state"]);
}

async function createRecords(db: Database, context: MigrationContext): Promise<void> {
  const long = sql.raw(context.dialect === "mysql" ? "longtext" : "text");
  await numbered(db, "audit_log", context)
    .addColumn("write_id", UID, (column) => column.notNull())
    .addColumn("at", INSTANT, (column) => column.notNull())
    .addColumn("actor", NAME, (column) => column.notNull())
    .addColumn("action", UID, (column) => column.notNull())
    .addColumn("subject", "varchar(400)", (column) => column.notNull())
    .addColumn("before_json", long)
    .addColumn("after_json", long)
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("plan_hash", UID)
    .execute();
  await createIndex(db, context, "audit_log_write", "audit_log", ["write_id"]);
  await db.schema
    .createTable("sync_plans")
    .ifNotExists()
    .addColumn("id", UID, (column) => column.primaryKey())
    .addColumn("hash", UID, (column) => column.notNull())
    .addColumn("cluster", NAME, (column) => column.notNull())
    .addColumn("state", WORD, (column) => column.notNull())
    .addColumn("created_at", INSTANT, (column) => column.notNull())
    .addColumn("changed_at", INSTANT, (column) => column.notNull())
    .addColumn("result", "text", (column) => column.notNull())
    .addColumn("content", long, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("incidents")
    .ifNotExists()
    .addColumn("id", UID, (column) => column.primaryKey())
    .addColumn("cluster", NAME, (column) => column.notNull())
    .addColumn("status", WORD, (column) => column.notNull())
    .addColumn("title", "varchar(400)", (column) => column.notNull())
    .addColumn("opened_at", INSTANT, (column) => column.notNull())
    .addColumn("changed_at", INSTANT, (column) => column.notNull())
    .addColumn("closed_at", INSTANT)
    .addColumn("open_key", NAME)
    .addColumn("content", long, (column) => column.notNull())
    .addUniqueConstraint("incidents_open", ["open_key"])
    .execute();
}

/**
 * Whose row it is: audit rows of before stay without a cluster. Who a cluster is, and what people have decided of it. A
 * record that is over may outlive the row of its pool, whose name it keeps.
 */
async function tellClustersApart(db: Database, context: MigrationContext): Promise<void> {
  if (!(await hasColumn(db, "audit_log", "cluster"))) {
    await db.schema.alterTable("audit_log").addColumn("cluster", NAME).execute();
  }
  await createIndex(db, context, "audit_log_cluster", "audit_log", ["cluster", "id"]);
  await db.schema
    .createTable("ledger_clusters")
    .ifNotExists()
    .addColumn("name", NAME, (column) => column.primaryKey())
    .addColumn("uid", UID, (column) => column.notNull().unique())
    .addColumn("first_seen_at", INSTANT, (column) => column.notNull())
    .execute();
  await numbered(db, "lb_decisions", context)
    .addColumn("cluster", NAME, (column) => column.notNull())
    .addColumn("kind", WORD, (column) => column.notNull())
    .addColumn("subject", "varchar(400)", (column) => column.notNull())
    .addColumn("choice", "text", (column) => column.notNull())
    .addColumn("actor", NAME, (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("decided_at", INSTANT, (column) => column.notNull())
    .addUniqueConstraint("lb_decisions_one", ["cluster", "kind", "subject"])
    .execute();
  await letHistoryOutliveItsPool(db, context);
}

async function hasColumn(db: Database, table: string, column: string): Promise<boolean> {
  const tables = await db.introspection.getTables();
  const found = tables.find(({ name }) => name === table);
  return found?.columns.some(({ name }) => name === column) ?? false;
}

const HAS_POOL = "lb_usages_has_pool";

async function letHistoryOutliveItsPool(db: Database, context: MigrationContext): Promise<void> {
  const check = sql`state in ('discovered', 'released') or pool_id is not null`;
  if (context.dialect === "sqlite") return rebuildUsages(db);
  const { rows } = await sql`select 1 from information_schema.table_constraints where table_name = 'lb_usages'
    and constraint_name = ${HAS_POOL}
    and table_schema = ${context.dialect === "mysql" ? sql`database()` : sql`current_schema()`}`.execute(db);
  if (rows.length > 0) await sql`alter table lb_usages drop constraint lb_usages_has_pool`.execute(db);
  await db.schema.alterTable("lb_usages").addCheckConstraint(HAS_POOL, check).execute();
}

/** SQLite changes no constraint of a table that is there. */
async function rebuildUsages(db: Database): Promise<void> {
  const { rows } = await sql<{ sql: string }>`select sql from sqlite_master
    where type = 'table' and name = 'lb_usages'`.execute(db);
  const [made = ""] = rows.map((row) => row.sql);
  const changed = made
    .replace(/lb_usages(?!_)/, "lb_usages_new")
    .replace("state = 'discovered' or", "state in ('discovered', 'released') or");
  assert(changed.includes("'released'"), "the table of usages has the check of before");
  await sql`drop table if exists lb_usages_new`.execute(db);
  await sql.raw(changed).execute(db);
  await sql`insert into lb_usages_new select * from lb_usages`.execute(db);
  await sql`drop table lb_usages`.execute(db);
  await sql`alter table lb_usages_new rename to lb_usages`.execute(db);
  await sql`create index lb_usages_state on lb_usages (cluster, state)`.execute(db);
}

/** MySQL knows no `if not exists` for an index, and its DDL is not undone by a rollback: a second try drops nothing. */
async function createIndex(
  db: Database,
  { dialect }: MigrationContext,
  name: string,
  table: string,
  columns: readonly string[],
): Promise<void> {
  if (dialect === "mysql") {
    const there = await sql`select 1 from information_schema.statistics
      where table_schema = database() and table_name = ${table} and index_name = ${name}`.execute(db);
    if (there.rows.length > 0) return;
    await db.schema
      .createIndex(name)
      .on(table)
      .columns([...columns])
      .execute();
  } else {
    await db.schema
      .createIndex(name)
      .ifNotExists()
      .on(table)
      .columns([...columns])
      .execute();
  }
}
