/**
 * The shape that a table has in the database, as far as it decides whether we can read and write it and refer to it.
 */
import { type Kysely, sql } from "kysely";
import type { DialectName } from "./connection-string.ts";

export interface ColumnShape {
  readonly name: string;
  /** As a column definition needs it: `bigint(20) unsigned`, `character varying(36)`. */
  readonly type: string;
  readonly nullable: boolean;
  /** The database fills it: a default, an identity, a generated column. */
  readonly filled: boolean;
  /** Characters; undefined if it is not text or has no limit. */
  readonly maxLength: number | undefined;
  /** The database computes it from other columns, and takes no value for it. */
  readonly generated: boolean;
}

export interface TableShape {
  readonly columns: ReadonlyMap<string, ColumnShape>;
  /** Columns that alone are unique. */
  readonly unique: ReadonlySet<string>;
  /** Our columns refer to it by this name, which has a schema if the mapping gave one. */
  readonly name: string;
  /** MySQL: `InnoDB` is the only one that keeps foreign keys. */
  readonly engine: string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the tables are known by their names only
type Database = Kysely<any>;

/** Undefined: there is no such table. */
export async function readTableShape(
  db: Database,
  dialect: DialectName,
  table: string,
): Promise<TableShape | undefined> {
  const read = { sqlite: readSqlite, mysql: readMysql, postgres: readPostgres }[dialect];
  const [, schema, name] = /^(?:([^.]+)\.)?([^.]+)$/.exec(table) ?? [];
  if (name === undefined) return undefined;
  const { columns, unique, engine } = await read(db, name, schema);
  if (columns.length === 0) return undefined;
  return {
    name: table,
    columns: new Map(columns.map((column) => [column.name, column])),
    unique: new Set(unique),
    engine,
  };
}

interface Shape {
  readonly columns: readonly ColumnShape[];
  readonly unique: readonly string[];
  readonly engine: string | undefined;
}

async function readSqlite(db: Database, table: string, schema = "main"): Promise<Shape> {
  const { rows } = await sql<{
    name: string;
    type: string;
    required: number;
    preset: string | null;
    pk: number;
    hidden: number;
  }>`select name, type, "notnull" as required, dflt_value as preset, pk, hidden from pragma_table_xinfo(${table}, ${schema})`.execute(
    db,
  );
  const keys = rows.filter(({ pk }) => pk > 0);
  const rowid = keys.length === 1 ? keys.find(({ type }) => type.toUpperCase() === "INTEGER") : undefined;
  const indexes = await sql<{ name: string }>`
    select min(columns.name) as name from pragma_index_list(${table}, ${schema}) as indexes
    join pragma_index_info(indexes.name, ${schema}) as columns where indexes."unique" = 1
    group by indexes.name having count(*) = 1`.execute(db);
  return {
    columns: rows.map((row) => ({
      name: row.name,
      type: row.type,
      nullable: row.required === 0 && row.pk === 0,
      filled: row.preset !== null || row === rowid || row.hidden > 1,
      maxLength: lengthIn(row.type),
      generated: row.hidden > 1,
    })),
    unique: [...(keys.length === 1 ? keys : []), ...indexes.rows].map(({ name }) => name),
    engine: undefined,
  };
}

function lengthIn(type: string): number | undefined {
  const found = /char\w*\s*\((\d+)\)/i.exec(type)?.[1];
  return found === undefined ? undefined : Number(found);
}

async function readMysql(db: Database, table: string, schema: string | undefined): Promise<Shape> {
  const database = schema === undefined ? sql`database()` : sql`${schema}`;
  const { rows } = await sql<{
    name: string;
    type: string;
    nullable: string;
    preset: string | null;
    extra: string;
    length: number | null;
    charset: string | null;
    collation: string | null;
  }>`select column_name as name, column_type as type, is_nullable as nullable, column_default as preset, extra as extra,
      character_maximum_length as length, character_set_name as charset, collation_name as collation
    from information_schema.columns where table_schema = ${database} and table_name = ${table}`.execute(db);
  const unique = await sql<{ name: string }>`
    select min(column_name) as name from information_schema.statistics
    where table_schema = ${database} and table_name = ${table} and non_unique = 0
    group by index_name having count(*) = 1`.execute(db);
  const engine = await sql<{ engine: string | null }>`
    select engine as engine from information_schema.tables
    where table_schema = ${database} and table_name = ${table}`.execute(db);
  return {
    columns: rows.map((row) => ({
      name: row.name,
      type:
        row.charset === null ? row.type : `${row.type} character set ${row.charset} collate ${row.collation}`,
      nullable: row.nullable === "YES",
      // MariaDB writes the default NULL of a nullable column as the text NULL.
      filled: row.extra !== "" || (row.preset !== null && row.preset !== "NULL"),
      maxLength: row.length === null ? undefined : Number(row.length),
      // MySQL reports DEFAULT_GENERATED for a column whose default is an expression.
      generated: /(virtual|stored|persistent) generated/i.test(row.extra),
    })),
    unique: unique.rows.map(({ name }) => name),
    engine: engine.rows[0]?.engine ?? undefined,
  };
}

async function readPostgres(db: Database, table: string, schema: string | undefined): Promise<Shape> {
  // Without a schema it is the first of the search path that has the table, as it is for every statement.
  const inSchema =
    schema === undefined
      ? sql`c.oid = to_regclass(quote_ident(${table}))`
      : sql`n.nspname = ${schema} and c.relname = ${table}`;
  const { rows } = await sql<{
    name: string;
    type: string;
    required: boolean;
    filled: boolean;
    generated: boolean;
    length: number | null;
  }>`select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
      (a.atthasdef or a.attidentity <> '') as filled, a.attgenerated <> '' as generated,
      case when a.atttypid in (1042, 1043) and a.atttypmod > 4 then a.atttypmod - 4 end as length
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where ${inSchema} and c.relkind in ('r', 'p')
      and a.attnum > 0 and not a.attisdropped order by a.attnum`.execute(db);
  const unique = await sql<{ name: string }>`
    select a.attname as name from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where ${inSchema}
      and i.indisunique and i.indnkeyatts = 1 and i.indpred is null`.execute(db);
  return {
    columns: rows.map((row) => ({
      name: row.name,
      type: row.type,
      nullable: !row.required,
      filled: row.filled,
      maxLength: row.length ?? undefined,
      generated: row.generated,
    })),
    unique: unique.rows.map(({ name }) => name),
    engine: undefined,
  };
}
