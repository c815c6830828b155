/**
 * Opens a database. The drivers are loaded when they are wanted; how each connects is in a file of its own.
 */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Database, Statement } from "better-sqlite3";
import {
  type Dialect,
  Kysely,
  MysqlDialect,
  PostgresDialect,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
} from "kysely";
import type { LedgerTarget, ServerTarget } from "./connection-string.ts";
import { LedgerError } from "./failure.ts";
import type { LedgerTables } from "./tables.ts";

/** A quarter of what the driver presets: with more no comparison is quicker, and no garbage collector knows of it. */
const SQLITE_CACHE_KIB = 4_096;
/** How long SQLite waits for another process before it reports that it is busy. It blocks this process meanwhile. */
const SQLITE_BUSY_MS = 500;

/** Does not connect yet, except for SQLite, which opens its file. */
export async function openDatabase<Tables = LedgerTables>(target: LedgerTarget): Promise<Kysely<Tables>> {
  const dialects = { sqlite: sqliteDialect, mysql: mysqlDialect, postgres: postgresDialect };
  const dialect = await (dialects[target.dialect] as (target: LedgerTarget) => Promise<Dialect>)(target);
  return new Kysely<Tables>({ dialect });
}

async function sqliteDialect(target: LedgerTarget & { dialect: "sqlite" }): Promise<Dialect> {
  if (target.path !== ":memory:" && !existsSync(dirname(resolve(target.path)))) {
    const folder = dirname(resolve(target.path));
    throw new LedgerError("unreachable", `the folder ${folder} of the ledger is not there; create it first.`);
  }
  const { default: Sqlite } = await import("better-sqlite3");
  const database = new Sqlite(target.path, { timeout: SQLITE_BUSY_MS });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  database.pragma(`cache_size = -${SQLITE_CACHE_KIB}`);
  return new SqliteDialect({ database: preparedOnce(database) });
}

/** Statements that are kept, those that were used last. One of them takes memory that no garbage collector knows of. */
const MOST_STATEMENTS = 64;

/** SQLite undoes a transaction itself when the disk is full; to undo it again would hide why it failed. */
function preparedOnce(database: Database): SqliteDatabase {
  const nothing = { reader: false, all: () => [], run: () => ({ changes: 0, lastInsertRowid: 0 }) };
  const kept = new Map<string, Statement>();
  const prepare = (text: string) => {
    const known = kept.get(text);
    const statement = known ?? database.prepare(text);
    if (!/^\s*(select|insert|update|delete)\b/i.test(text)) return statement;
    kept.delete(text);
    kept.set(text, statement);
    const [oldest] = kept.keys();
    if (kept.size > MOST_STATEMENTS && oldest !== undefined) kept.delete(oldest);
    return statement;
  };
  return {
    prepare: (text) =>
      (text === "rollback" && !database.inTransaction ? nothing : prepare(text)) as SqliteStatement,
    close: () => database.close(),
  };
}

async function mysqlDialect(target: ServerTarget): Promise<Dialect> {
  const { mysqlConnections } = await import("./mysql-connections.ts");
  return new MysqlDialect({ pool: await mysqlConnections(target) });
}

async function postgresDialect(target: ServerTarget): Promise<Dialect> {
  const { postgresConnections } = await import("./postgres-connections.ts");
  return new PostgresDialect({ pool: await postgresConnections(target) });
}
