/**
 * How the tables come to be. Each migration runs once, under the migrator's own lock, in a database that may
 * hold a ledger.
 */
import { type CreateTableBuilder, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { DialectName } from "../balancers/ledger/connection-string.ts";
import { type AnyDatabase, createIndex, hasTable } from "../balancers/ledger/schema-changes.ts";

const MIGRATION_TABLE = "plexaubnet_history_migrations";
const LOCK_TABLE = "plexaubnet_history_migrations_lock";

/** Whether there is nothing to migrate. Who only reads needs no right to make tables. */
export async function isMigrated(db: AnyDatabase, dialect: DialectName): Promise<boolean> {
  if (!(await hasTable(db, dialect, MIGRATION_TABLE))) return false;
  const rows = await db.selectFrom(MIGRATION_TABLE).select("name").execute();
  const done = new Set(rows.map(({ name }) => name));
  return Object.keys(migrations(dialect)).every((name) => done.has(name));
}

/** Throws what the database said. */
export async function migrate(db: AnyDatabase, dialect: DialectName): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations(dialect) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

function migrations(dialect: DialectName): Record<string, Migration> {
  return { "0001-history": { up: (db) => createTables(db, dialect) } };
}

// biome-ignore lint/suspicious/noExplicitAny: migrations run against tables that have no type yet
type Table = CreateTableBuilder<any, any>;

interface Types {
  readonly name: string;
  readonly key: string;
  readonly uid: string;
  readonly instant: string;
  readonly word: string;
}

/** Compared to the letter in every database, so that keys sort alike in all of them. */
function typesIn(dialect: DialectName): Types {
  const exact = dialect === "postgres" ? ' collate "C"' : "";
  const text = (length: number) => `varchar(${length})${exact}`;
  return { name: text(253), key: text(33), uid: text(64), instant: text(32), word: text(32) };
}

function made(db: AnyDatabase, name: string, dialect: DialectName): Table {
  const table: Table = db.schema.createTable(name).ifNotExists();
  const characters = sql`engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`;
  return dialect === "mysql" ? table.modifyEnd(characters) : table;
}

type Column = readonly [name: string, type: string];

function withColumns(table: Table, present: readonly Column[], optional: readonly Column[] = []): Table {
  let built = table;
  for (const [name, type] of present)
    built = built.addColumn(name, sql.raw(type), (column) => column.notNull());
  for (const [name, type] of optional) built = built.addColumn(name, sql.raw(type));
  return built;
}

async function createTables(db: AnyDatabase, dialect: DialectName): Promise<void> {
  const types = typesIn(dialect);
  await createRows(db, dialect, types);
  await createState(db, dialect, types);
  await createTenures(db, dialect, types);
}

async function createRows(db: AnyDatabase, dialect: DialectName, types: Types): Promise<void> {
  const { name, key, uid, instant, word } = types;
  const rows = withColumns(
    made(db, "history_rows", dialect),
    [
      ["stream", uid],
      ["seq", "bigint"],
      ["life", "integer"],
      ["recorded_at", instant],
      ["at", instant],
      ["kind", word],
      ["uid", uid],
      ["namespace", name],
      ["name", name],
      ["what", word],
      ["revision", uid],
      ["origin", word],
      ["hash", uid],
    ],
    [
      ["after_at", instant],
      ["cidr", uid],
      ["first_key", key],
      ["last_key", key],
      ["pool", name],
      ["cluster_id", name],
      ["purpose", name],
      ["claim", name],
      ["claim_uid", uid],
      ["hold", word],
      ["actor", name],
      ["actor_from", word],
      ["reason", "text"],
    ],
  );
  await rows
    .addPrimaryKeyConstraint("history_rows_chain", ["stream", "seq"])
    // Twice the same change of the same object is refused, by whichever process.
    .addUniqueConstraint("history_rows_once", ["stream", "uid", "what", "revision", "life"])
    .execute();
  for (const column of ["pool", "cluster_id", "claim", "first_key", "name"])
    await createIndex(db, dialect, `history_rows_${column}`, "history_rows", [column, "at"]);
  await createIndex(db, dialect, "history_rows_at", "history_rows", ["at"]);
}

async function createState(db: AnyDatabase, dialect: DialectName, types: Types): Promise<void> {
  const { name, uid, instant, word } = types;
  await withColumns(made(db, "history_streams", dialect), [
    ["stream", uid],
    ["seq", "bigint"],
    ["life", "integer"],
    ["hash", uid],
  ])
    .addPrimaryKeyConstraint("history_streams_key", ["stream"])
    .execute();
  await withColumns(made(db, "history_checkpoints", dialect), [
    ["stream", uid],
    ["kind", word],
    ["scope", types.uid],
    ["revision", uid],
    ["seen_at", instant],
  ])
    .addPrimaryKeyConstraint("history_checkpoints_key", ["stream", "kind", "scope"])
    .execute();
  await withColumns(made(db, "history_objects", dialect), [
    ["stream", uid],
    ["kind", word],
    ["uid", uid],
    ["namespace", name],
    ["revision", uid],
    ["facts", dialect === "mysql" ? "mediumtext" : "text"],
  ])
    .addPrimaryKeyConstraint("history_objects_key", ["stream", "kind", "uid"])
    .execute();
  await withColumns(made(db, "history_pool_days", dialect), [
    ["stream", uid],
    ["namespace", types.uid],
    ["pool", name],
    ["day", types.word],
    ["change", "double precision"],
  ])
    .addPrimaryKeyConstraint("history_pool_days_key", ["stream", "namespace", "pool", "day"])
    .execute();
  await withColumns(made(db, "history_requests", dialect), [
    ["stream", uid],
    ["uid", uid],
    ["operation", word],
    ["generation", "bigint"],
    ["user_name", name],
    ["at", instant],
  ])
    .addPrimaryKeyConstraint("history_requests_key", ["stream", "uid", "operation", "generation"])
    .execute();
  await createIndex(db, dialect, "history_requests_at", "history_requests", ["at"]);
}

async function createTenures(db: AnyDatabase, dialect: DialectName, types: Types): Promise<void> {
  const { name, key, uid, instant, word } = types;
  const tenures = withColumns(
    made(db, "history_tenures", dialect),
    [
      ["stream", uid],
      ["from_seq", "bigint"],
      ["from_at", instant],
      ["uid", uid],
      ["namespace", name],
      ["name", name],
      ["cidr", uid],
      ["first_key", key],
      ["last_key", key],
      ["pool", name],
      ["cluster_id", name],
      ["hold", word],
    ],
    [
      ["from_after", instant],
      ["to_seq", "bigint"],
      ["to_at", instant],
      ["to_after", instant],
      ["open_mark", "smallint"],
      ["node", "bigint"],
      ["purpose", name],
      ["claim", name],
      ["claim_uid", uid],
    ],
  );
  await tenures
    .addPrimaryKeyConstraint("history_tenures_key", ["stream", "from_seq"])
    // A Subnet holds its block in one way at a time.
    .addUniqueConstraint("history_tenures_open", ["stream", "uid", "open_mark"])
    .execute();
  // With both times, so that which of many lasted at a moment is read from the index alone.
  for (const column of ["pool", "cluster_id", "claim", "name", "first_key"]) {
    const columns = [column, "from_at", "to_at"];
    await createIndex(db, dialect, `history_tenures_${column}`, "history_tenures", columns);
  }
  await createIndex(db, dialect, "history_tenures_left", "history_tenures", ["node", "to_at"]);
  await createIndex(db, dialect, "history_tenures_right", "history_tenures", ["node", "from_at"]);
  await createIndex(db, dialect, "history_tenures_lasting", "history_tenures", ["open_mark", "from_at"]);
  await createIndex(db, dialect, "history_tenures_ended", "history_tenures", ["stream", "to_seq"]);
}
