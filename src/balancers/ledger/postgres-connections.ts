/**
 * Connections to PostgreSQL, as Kysely requires them: each with a session of our own making, whatever the server's settings
 * are, and each statement within its time limit.
 */
import { isIP } from "node:net";
import type { PostgresPool } from "kysely";
import type { PoolClient } from "pg";
import { defined } from "../../kernel/index.ts";
import type { ServerTarget } from "./connection-string.ts";
import { CONNECT_TIMEOUT_MS, lockLimitSeconds } from "./session-limits.ts";
import { withinLimit } from "./time-limit.ts";
import { tlsOptions } from "./tls-options.ts";

/** A transaction whose process was stopped gives its locks back after this. */
const IDLE_IN_TRANSACTION_MS = 60_000;

/** Set after the connection is made, and not with it: PgBouncer refuses what it does not know at the start. */
function sessionOf({ queryTimeoutMs }: ServerTarget): string {
  return `set client_encoding = 'UTF8'; set timezone = 'UTC'; set datestyle = 'ISO';
    set standard_conforming_strings = on; set default_transaction_isolation = 'read committed';
    set statement_timeout = ${queryTimeoutMs}; set lock_timeout = ${lockLimitSeconds(queryTimeoutMs) * 1000};
    set idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`;
}

/** The socket, which the types keep to themselves. */
type Wired = { readonly connection?: { readonly stream?: { destroy(): void } } };

export async function postgresConnections(target: ServerTarget): Promise<PostgresPool> {
  const { default: pg } = await import("pg");
  const open = new Set<PoolClient>();
  const prepare = async (client: PoolClient) => {
    limitStatements(client, target.queryTimeoutMs);
    await client.query(sessionOf(target));
  };
  const options = {
    host: target.host,
    port: target.port,
    user: target.user,
    ...defined({ password: target.password }),
    database: target.database,
    max: target.connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ssl: sslOf(target),
    onConnect: prepare as never,
  };
  const pool = new pg.Pool(options);
  // A connection that breaks, idle or in use, fails its query, if there is one. It also emits an error, which without a
  // listener would end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => {
    open.add(client);
    client.on("error", () => {});
    client.on("end", () => open.delete(client));
  });
  const end = pool.end.bind(pool) as () => Promise<void>;
  const endSoon = () =>
    withinLimit(end(), CONNECT_TIMEOUT_MS, () => {
      for (const client of open) cut(client);
    }).catch(() => {});
  const connectOnce = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const connect = () => connectOnce().catch(nameFailure);
  return Object.assign(pool, { end: endSoon, connect }) as unknown as PostgresPool;
}

/** With a host that is an IP, Node compares it with the IPs of the certificate, and no name goes to the server. */
function sslOf({ host, tls }: ServerTarget) {
  const options = tlsOptions(tls);
  if (options === undefined) return false;
  return {
    ...options,
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...(tls.mode === "verify-ca" && { checkServerIdentity: () => undefined }),
  };
}

/** The driver gives this one failure no code. */
function nameFailure(error: unknown): never {
  const isWithoutTls = error instanceof Error && /does not support SSL/.test(error.message);
  throw isWithoutTls ? Object.assign(error, { code: "HANDSHAKE_NO_SSL_SUPPORT" }) : error;
}

function cut(client: PoolClient): void {
  (client as Wired).connection?.stream?.destroy();
}

function limitStatements(client: PoolClient, limitMs: number): void {
  const query = client.query.bind(client) as (...all: unknown[]) => Promise<unknown>;
  const limited = (...all: unknown[]) => withinLimit(query(...all), limitMs, () => cut(client));
  Object.assign(client, { query: limited });
}
