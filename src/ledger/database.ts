/**
 * Opens a database: the driver, its pool of connections, and TLS. The drivers are loaded when they are wanted.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { type Dialect, Kysely, MysqlDialect, PostgresDialect, SqliteDialect } from "kysely";
import type { LedgerTarget, ServerTarget, TlsSettings } from "./connection-string.ts";
import { LedgerError } from "./failure.ts";
import type { LedgerTables } from "./tables.ts";

/** How long SQLite waits for another process before it says that it is busy. It blocks this process meanwhile. */
const SQLITE_BUSY_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;

/** Connects to nothing yet, but for SQLite, which opens its file. */
export async function openDatabase(target: LedgerTarget): Promise<Kysely<LedgerTables>> {
  const dialects = { sqlite: sqliteDialect, mysql: mysqlDialect, postgres: postgresDialect };
  const dialect = await (dialects[target.dialect] as (target: LedgerTarget) => Promise<Dialect>)(target);
  return new Kysely<LedgerTables>({ dialect });
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
  return new SqliteDialect({ database });
}

async function mysqlDialect(target: ServerTarget): Promise<Dialect> {
  const { createPool } = await import("mysql2");
  const tls = tlsOptions(target.tls, target.host);
  const pool = createPool({
    host: target.host,
    port: target.port,
    user: target.user,
    ...(target.password !== undefined && { password: target.password }),
    database: target.database,
    connectionLimit: target.connections,
    connectTimeout: CONNECT_TIMEOUT_MS,
    timezone: "Z",
    // Numbers above 2^53 come as text; none of ours are.
    supportBigNumbers: true,
    ...(tls !== undefined && { ssl: tls as object }),
  });
  pool.on("connection", (connection) => connection.on("error", () => {}));
  return new MysqlDialect({ pool: pool as never });
}

async function postgresDialect(target: ServerTarget): Promise<Dialect> {
  const { default: pg } = await import("pg");
  const tls = tlsOptions(target.tls, target.host);
  const pool = new pg.Pool({
    host: target.host,
    port: target.port,
    user: target.user,
    ...(target.password !== undefined && { password: target.password }),
    database: target.database,
    max: target.connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ssl: tls ?? false,
  });
  // A connection that breaks, idle or in use, fails its query, if there is one. It also emits an error, which without a
  // listener would end the process.
  pool.on("error", () => {});
  pool.on("connect", (connection) => connection.on("error", () => {}));
  return new PostgresDialect({ pool });
}

function tlsOptions(tls: TlsSettings, host: string): ConnectionOptions | undefined {
  if (tls.mode === "disable") return undefined;
  const read = (file: string | undefined) => (file === undefined ? undefined : readPem(file));
  const [ca, cert, key] = [read(tls.caFile), read(tls.certFile), read(tls.keyFile)];
  return {
    rejectUnauthorized: tls.mode !== "require",
    servername: host,
    ...(tls.mode === "verify-ca" && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new LedgerError("tls", `the file ${file}, which the ledger's address names, cannot be read.`);
  }
}
