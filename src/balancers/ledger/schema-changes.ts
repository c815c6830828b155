/**
 * Changes of tables that are there, in each dialect, each of which may be done twice: MySQL commits every one of them at
 * once, so a migration that was cut off begins again.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { DialectName } from "./connection-string.ts";

// biome-ignore lint/suspicious/noExplicitAny: migrations run against tables that have no type yet
export type AnyDatabase = Kysely<any>;
type ConstraintKind = "foreign" | "check" | "unique";

export async function hasTable(db: AnyDatabase, dialect: DialectName, table: string): Promise<boolean> {
  const query = {
    sqlite: sql`select 1 from sqlite_master where type = 'table' and name = ${table}`,
    mysql: sql`select 1 from information_schema.tables where table_schema = database() and table_name = ${table}`,
    postgres: sql`select 1 where to_regclass(quote_ident(${table})) is not null`,
  }[dialect];
  return (await query.execute(db)).rows.length > 0;
}

async function hasColumn(
  db: AnyDatabase,
  dialect: DialectName,
  table: string,
  column: string,
): Promise<boolean> {
  const query = {
    sqlite: sql`select 1 from pragma_table_info(${table}) where name = ${column}`,
    mysql: sql`select 1 from information_schema.columns
      where table_schema = database() and table_name = ${table} and column_name = ${column}`,
    postgres: sql`select 1 from pg_attribute
      where attrelid = to_regclass(quote_ident(${table})) and attname = ${column} and not attisdropped`,
  }[dialect];
  return (await query.execute(db)).rows.length > 0;
}

export async function addColumn(
  db: AnyDatabase,
  dialect: DialectName,
  table: string,
  column: string,
  type: string,
): Promise<void> {
  if (await hasColumn(db, dialect, table, column)) return;
  await sql`alter table ${sql.table(table)} add column ${sql.ref(column)} ${sql.raw(type)}`.execute(db);
}

/** Not for SQLite, which cannot drop one: there a table is created again. */
export async function constraintsOf(
  db: AnyDatabase,
  dialect: "mysql" | "postgres",
  table: string,
  kind: ConstraintKind,
): Promise<string[]> {
  const words = { foreign: ["FOREIGN KEY", "f"], check: ["CHECK", "c"], unique: ["UNIQUE", "u"] }[kind];
  const query =
    dialect === "mysql"
      ? sql<{ name: string }>`select constraint_name as name from information_schema.table_constraints
          where table_schema = database() and table_name = ${table} and constraint_type = ${words[0]}`
      : sql<{ name: string }>`select conname as name from pg_constraint
          where conrelid = to_regclass(quote_ident(${table})) and contype = ${words[1]}`;
  return (await query.execute(db)).rows.map(({ name }) => name);
}

export async function dropConstraint(
  db: AnyDatabase,
  dialect: "mysql" | "postgres",
  table: string,
  kind: ConstraintKind,
  name: string,
): Promise<void> {
  if (!(await constraintsOf(db, dialect, table, kind)).includes(name)) return;
  const words: Readonly<Record<ConstraintKind, string>> = {
    foreign: "foreign key",
    check: "constraint",
    unique: "index",
  };
  const what = dialect === "mysql" ? words[kind] : "constraint";
  await sql`alter table ${sql.table(table)} drop ${sql.raw(what)} ${sql.ref(name)}`.execute(db);
}

export async function addConstraint(
  db: AnyDatabase,
  dialect: "mysql" | "postgres",
  table: string,
  kind: ConstraintKind,
  name: string,
  definition: RawBuilder<unknown>,
): Promise<void> {
  if ((await constraintsOf(db, dialect, table, kind)).includes(name)) return;
  await sql`alter table ${sql.table(table)} add constraint ${sql.ref(name)} ${definition}`.execute(db);
}

/** Text columns of ours in any characters and to the letter, whatever the database's defaults were when they were made. */
export async function takeAnyCharacters(
  db: AnyDatabase,
  tables: readonly string[],
  except: string,
): Promise<void> {
  for (const table of tables) {
    const { rows } = await sql<{ name: string; type: string; nullable: string }>`
      select column_name as name, column_type as type, is_nullable as nullable from information_schema.columns
      where table_schema = database() and table_name = ${table} and collation_name is not null
        and collation_name <> 'utf8mb4_bin' and column_name <> ${except}`.execute(db);
    if (rows.length === 0) continue;
    const columns = rows.map(
      ({ name, type, nullable }) =>
        sql`modify ${sql.ref(name)} ${sql.raw(type)} character set utf8mb4 collate utf8mb4_bin ${sql.raw(nullable === "YES" ? "null" : "not null")}`,
    );
    await sql`alter table ${sql.table(table)} ${sql.join(columns)}, default character set utf8mb4 collate utf8mb4_bin`.execute(
      db,
    );
  }
}

/** MySQL knows no `if not exists` for an index, and its DDL is not undone by a rollback: a second try drops nothing. */
export async function createIndex(
  db: AnyDatabase,
  dialect: DialectName,
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
