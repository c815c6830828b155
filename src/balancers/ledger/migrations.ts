/**
 * How our tables come to be. Each migration runs once, in the order of the names, under the migrator's own lock. A
 * mapped pool table is never touched: only what refers to it is made.
 */
import { type CreateTableBuilder, sql } from "kysely";
import { type Migration, type MigrationProvider, Migrator } from "kysely/migration";
import { tellClustersApart } from "./cluster-migration.ts";
import type { DialectName } from "./connection-string.ts";
import { OWN_MAPPING, type PoolMapping } from "./mapping.ts";
import { type AnyDatabase, createIndex, hasTable } from "./schema-changes.ts";
import { makeIntervals } from "./usage-intervals.ts";

type Database = AnyDatabase;

export interface MigrationContext {
  readonly dialect: DialectName;
  readonly mapping: PoolMapping;
  /** The type of the pool table's key, for the columns that refer to it. */
  readonly keyType: string;
}

const MIGRATION_TABLE = "plexaubnet_migrations";
const LOCK_TABLE = "plexaubnet_migrations_lock";

/** Whether there is anything to migrate. Who only looks needs no right to make tables. */
export async function isMigrated(db: Database, context: MigrationContext): Promise<boolean> {
  if (!(await hasTable(db, context.dialect, MIGRATION_TABLE))) return false;
  const rows = await db.selectFrom(MIGRATION_TABLE).select("name").execute();
  const done = new Set(rows.map(({ name }) => name));
  return Object.keys(migrations(context)).every((name) => done.has(name));
}

/** Brings the database to the newest version. Throws what the database said. */
export async function migrate(db: Database, context: MigrationContext): Promise<void> {
  const provider: MigrationProvider = { getMigrations: async () => migrations(context) };
  const migrator = new Migrator({
    db,
    provider,
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
    // Two lines of work number theirs.
    allowUnorderedMigrations: true,
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
    "0003-usage-intervals": { up: (db) => makeIntervals(db, context) },
    // To rename or remove a pool asks for its usage.
    "0004-usage-of-pools": {
      up: (db) => createIndex(db, context.dialect, "lb_usages_of_pool", "lb_usages", ["pool_id"]),
    },
  };
}

async function createLedger(db: Database, context: MigrationContext): Promise<void> {
  if (context.mapping.table === OWN_MAPPING.table) await createPools(db, context);
  await createUsages(db, context);
  await createRecords(db, context);
}

// biome-ignore lint/suspicious/noExplicitAny: see above
type Table = CreateTableBuilder<any, any>;

/** In MySQL of any characters, compared to the letter, whatever the database's defaults are. */
function made(db: Database, name: string, dialect: DialectName): Table {
  const table: Table = db.schema.createTable(name).ifNotExists();
  const characters = sql`engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`;
  return dialect === "mysql" ? table.modifyEnd(characters) : table;
}

function numbered(db: Database, name: string, { dialect }: MigrationContext): Table {
  const table = made(db, name, dialect);
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
  await createIndex(db, context.dialect, "lb_usages_state", "lb_usages", ["cluster", "state"]);
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
  await createIndex(db, context.dialect, "audit_log_write", "audit_log", ["write_id"]);
  await made(db, "sync_plans", context.dialect)
    .addColumn("id", UID, (column) => column.primaryKey())
    .addColumn("hash", UID, (column) => column.notNull())
    .addColumn("cluster", NAME, (column) => column.notNull())
    .addColumn("state", WORD, (column) => column.notNull())
    .addColumn("created_at", INSTANT, (column) => column.notNull())
    .addColumn("changed_at", INSTANT, (column) => column.notNull())
    .addColumn("result", "text", (column) => column.notNull())
    .addColumn("content", long, (column) => column.notNull())
    .execute();
  await made(db, "incidents", context.dialect)
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
