/**
 * Connections to MySQL and MariaDB, as Kysely requires them: each with a session of our own making, whatever the server's
 * settings are, and each statement within its time limit.
 */
import { connect, isIP } from "node:net";
import type { MysqlPool } from "kysely";
import type { PoolConnection } from "mysql2";
import { defined } from "../../kernel/index.ts";
import type { ServerTarget } from "./connection-string.ts";
import { CONNECT_TIMEOUT_MS, lockLimitSeconds } from "./session-limits.ts";
import { withinLimit } from "./time-limit.ts";
import { tlsOptions } from "./tls-options.ts";

type Answer = (error: unknown, result: unknown) => void;

/**
 * The driver puts values into the text of a statement, with backslashes: that is safe in this mode alone. Strict, so that
 * a value that does not fit is refused and not cut. What only one of the two servers knows stands in comments that the
 * other one skips.
 */
function sessionOf({ queryTimeoutMs }: ServerTarget): string {
  const mode = "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";
  return `set session sql_mode = '${mode}', session time_zone = '+00:00', session autocommit = 1,
    session foreign_key_checks = 1, session unique_checks = 1, session sql_safe_updates = 0,
    session sql_auto_is_null = 0, session sql_big_selects = 1, session default_storage_engine = InnoDB, session sql_select_limit = 18446744073709551615,
    session innodb_lock_wait_timeout = ${lockLimitSeconds(queryTimeoutMs)}
    /*M!100201 , session check_constraint_checks = 1 */
    /*M!100101 , session max_statement_time = ${queryTimeoutMs / 1000} */
    /*!80000 , session max_execution_time = ${queryTimeoutMs} */`;
}

export async function mysqlConnections(target: ServerTarget): Promise<MysqlPool> {
  const { createPool } = await import("mysql2");
  const pool = createPool({
    ...addressOf(target),
    user: target.user,
    ...defined({ password: target.password }),
    database: target.database,
    connectionLimit: target.connections,
    connectTimeout: CONNECT_TIMEOUT_MS,
    charset: "utf8mb4_general_ci",
    timezone: "Z",
    // Dates of a mapped table are taken as they are written.
    dateStrings: true,
    // Numbers above 2^53 come as text; none of ours are.
    supportBigNumbers: true,
  });
  const open = new Set<PoolConnection>();
  pool.on("connection", (connection) => {
    open.add(connection as PoolConnection);
    connection.on("error", () => {});
    connection.on("end", () => open.delete(connection as PoolConnection));
  });
  const prepared = new WeakSet<PoolConnection>();
  return {
    getConnection: (done) =>
      pool.getConnection((error, connection) => {
        if (error !== null || prepared.has(connection)) return done(error, connection as never);
        limitStatements(connection, target.queryTimeoutMs);
        prepareSession(connection, target).then(
          () => {
            prepared.add(connection);
            done(null, connection as never);
          },
          (failure) => {
            connection.destroy();
            done(failure, undefined as never);
          },
        );
      }),
    end: (done) => {
      const ended = new Promise<void>((resolve, reject) => {
        pool.end((error) => (error ? reject(error) : resolve()));
      });
      withinLimit(ended, CONNECT_TIMEOUT_MS, () => {
        for (const connection of open) connection.destroy();
      }).then(
        () => done(undefined),
        () => done(undefined),
      );
    },
  };
}

/**
 * The driver checks a host name against the certificate, and with an IP it would check "localhost". A dot at the end makes
 * a name of it for the driver, and Node removes it before it compares with the IPs of the certificate.
 */
function addressOf({ host, port, tls }: ServerTarget) {
  const options = tlsOptions(tls);
  if (options === undefined) return { host, port };
  const ssl = { ...options, verifyIdentity: tls.mode === "verify-full" } as object;
  if (isIP(host) === 0) return { host, port, ssl };
  return {
    host: `${host}.`,
    port,
    ssl,
    stream: () => connect({ host, port, noDelay: true, keepAlive: true }),
  };
}

async function prepareSession(connection: PoolConnection, target: ServerTarget): Promise<void> {
  const ask = (text: string) =>
    new Promise<unknown>((resolve, reject) => {
      connection.query(text, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  await ask("set names utf8mb4");
  await ask(sessionOf(target));
}

function limitStatements(connection: PoolConnection, limitMs: number): void {
  const query = connection.query.bind(connection) as (...all: unknown[]) => unknown;
  const limited = (...all: unknown[]) => {
    const answer = all.pop() as Answer;
    const asked = new Promise((resolve, reject) => {
      query(...all, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)));
    });
    withinLimit(asked, limitMs, () => connection.destroy()).then(
      (result) => answer(null, result),
      (error) => answer(error, undefined),
    );
  };
  Object.assign(connection, { query: limited });
}
