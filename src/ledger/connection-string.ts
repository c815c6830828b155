/**
 * Where a ledger is: `sqlite:PATH`, `mysql://…`, `postgres://…`. Read strictly, and shown without its password: the
 * only text about a ledger that may reach a log or a person is {@link describeTarget}.
 */
import { readFileSync } from "node:fs";
import { err, ok, type Result } from "../kernel/index.ts";

export type DialectName = "sqlite" | "mysql" | "postgres";

/** The words are libpq's, for both servers. `require` encrypts and checks nothing. */
export type TlsMode = "disable" | "require" | "verify-ca" | "verify-full";

export interface TlsSettings {
  readonly mode: TlsMode;
  /** Files in PEM form. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface SqliteTarget {
  readonly dialect: "sqlite";
  /** A file, or `:memory:`. */
  readonly path: string;
}

export interface ServerTarget {
  readonly dialect: "mysql" | "postgres";
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: TlsSettings;
  /** Most connections of the pool. */
  readonly connections: number;
}

export type LedgerTarget = SqliteTarget | ServerTarget;

const DEFAULT_PORTS = { mysql: 3306, postgres: 5432 } as const;
const DEFAULT_CONNECTIONS = 5;
const SCHEMES: Readonly<Record<string, ServerTarget["dialect"]>> = {
  "mysql:": "mysql",
  "mariadb:": "mysql",
  "postgres:": "postgres",
  "postgresql:": "postgres",
};
const OPTIONS = ["sslmode", "sslrootcert", "sslcert", "sslkey", "connections", "password-file"];
const TLS_MODES: readonly string[] = ["disable", "require", "verify-ca", "verify-full"];
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** The failure is one sentence, which names what is wrong and never repeats the text: it may hold a password. */
export function parseConnectionString(text: string): Result<LedgerTarget, string> {
  if (text.startsWith("sqlite:")) {
    const path = text.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
    return path === "" ? err("the ledger's address names no file; write sqlite:PATH.") : ok(sqlite(path));
  }
  if (!URL.canParse(text)) {
    return err("the ledger's address is none; write sqlite:PATH, mysql://… or postgres://….");
  }
  const url = new URL(text);
  const dialect = SCHEMES[url.protocol];
  if (dialect === undefined) {
    return err(
      `the ledger's address begins with ${url.protocol}, which is not known; write sqlite:PATH, mysql://… or postgres://….`,
    );
  }
  return readServer(url, dialect);
}

function sqlite(path: string): SqliteTarget {
  return { dialect: "sqlite", path };
}

function readServer(url: URL, dialect: ServerTarget["dialect"]): Result<ServerTarget, string> {
  const unknown = [...url.searchParams.keys()].find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    return err(`the ledger's address has an option ${unknown}; those known are ${OPTIONS.join(", ")}.`);
  }
  const database = decodeURIComponent(url.pathname.replace(/^\//, ""));
  if (url.hostname === "") return err("the ledger's address names no host.");
  if (database === "") return err("the ledger's address names no database; add /NAME after the host.");
  const tls = readTls(url);
  if (!tls.ok) return tls;
  const connections = Number(url.searchParams.get("connections") ?? DEFAULT_CONNECTIONS);
  if (!Number.isInteger(connections) || connections < 1 || connections > 100) {
    return err("connections in the ledger's address must be a whole number from 1 to 100.");
  }
  const password = readPassword(url);
  if (!password.ok) return password;
  return ok({
    dialect,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? DEFAULT_PORTS[dialect] : Number(url.port),
    user: decodeURIComponent(url.username),
    password: password.value,
    database,
    tls: tls.value,
    connections,
  });
}

/** Encrypted and verified by default, but for the loopback interface. */
function readTls(url: URL): Result<TlsSettings, string> {
  const mode = url.searchParams.get("sslmode") ?? (LOOPBACK.test(url.hostname) ? "disable" : "verify-full");
  if (!TLS_MODES.includes(mode)) {
    return err(`sslmode in the ledger's address is ${mode}; use one of ${TLS_MODES.join(", ")}.`);
  }
  const caFile = url.searchParams.get("sslrootcert");
  const certFile = url.searchParams.get("sslcert");
  const keyFile = url.searchParams.get("sslkey");
  return ok({
    mode: mode as TlsMode,
    ...(caFile !== null && { caFile }),
    ...(certFile !== null && { certFile }),
    ...(keyFile !== null && { keyFile }),
  });
}

function readPassword(url: URL): Result<string | undefined, string> {
  const file = url.searchParams.get("password-file");
  if (file === null) return ok(url.password === "" ? undefined : decodeURIComponent(url.password));
  try {
    return ok(readFileSync(file, "utf8").trimEnd());
  } catch {
    return err(`the file ${file}, which should hold the ledger's password, cannot be read.`);
  }
}

/** For people and logs: without the password, by construction. */
export function describeTarget(target: LedgerTarget): string {
  if (target.dialect === "sqlite") return `sqlite:${target.path}`;
  const user = target.user === "" ? "" : `${target.user}@`;
  const host = target.host.includes(":") ? `[${target.host}]` : target.host;
  return `${target.dialect}://${user}${host}:${target.port}/${target.database}`;
}
