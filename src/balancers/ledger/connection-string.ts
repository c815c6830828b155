/**
 * Where a ledger is: `sqlite:PATH`, `mysql://…`, `postgres://…`. Read strictly, and shown without its password: the
 * only text about a ledger that may reach a log or a person is {@link describeTarget}.
 */
import { readFileSync } from "node:fs";
import { defined, err, ok, type Result } from "../../kernel/index.ts";

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
  /** How long a statement may take before its server counts as not answering, in milliseconds. */
  readonly queryTimeoutMs: number;
}

export type LedgerTarget = SqliteTarget | ServerTarget;

const DEFAULT_PORTS = { mysql: 3306, postgres: 5432 } as const;
const DEFAULT_CONNECTIONS = 5;
const DEFAULT_QUERY_TIMEOUT_SECONDS = 10;
const LONGEST_QUERY_TIMEOUT_SECONDS = 3_600;
const SCHEMES: Readonly<Record<string, ServerTarget["dialect"]>> = {
  "mysql:": "mysql",
  "mariadb:": "mysql",
  "postgres:": "postgres",
  "postgresql:": "postgres",
};
const OPTIONS = [
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "connections",
  "password-file",
  "query-timeout",
];
const TLS_MODES: readonly string[] = ["disable", "require", "verify-ca", "verify-full"];
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** The failure is one sentence, which names what is wrong and never repeats the text: it may hold a password. */
export function parseConnectionString(text: string): Result<LedgerTarget, string> {
  if (text.startsWith("sqlite:")) {
    const path = text.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
    return path === "" ? err("the ledger's address names no file; write sqlite:PATH.") : ok(sqlite(path));
  }
  if (!URL.canParse(text) || hasRawPassword(new URL(text))) {
    const scheme = /^[a-z]+:\/\//i.exec(text)?.[0].toLowerCase().replace("//", "") ?? "";
    return err(
      SCHEMES[scheme] === undefined
        ? "the ledger's address is none; write sqlite:PATH, mysql://… or postgres://…."
        : `the ledger's address cannot be read: it must be ${scheme}//USER:PASSWORD@HOST:PORT/DATABASE. ${PASSWORD_CURE}`,
    );
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

const PASSWORD_CURE =
  "If the password holds one of # / ? @ : %, write it percent-encoded (%23 %2F %3F %40 %3A %25), or put it into a file that the option password-file names.";

/** A raw `#`, `/` or `?` ends host and user early; what follows it still has the @ that stands before the host. */
function hasRawPassword(url: URL): boolean {
  const isServer = SCHEMES[url.protocol] !== undefined;
  return isServer && (url.hash !== "" || (url.username === "" && /@/.test(url.pathname + url.search)));
}

/** Undefined: a percent sign in it begins no escape. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readServer(url: URL, dialect: ServerTarget["dialect"]): Result<ServerTarget, string> {
  const unknown = [...url.searchParams.keys()].find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    const shown = /^[a-z_-]{1,30}$/i.test(unknown) ? ` ${unknown}` : " that is not known";
    return err(`the ledger's address has an option${shown}; those known are ${OPTIONS.join(", ")}.`);
  }
  const [database, user, inAddress] = [url.pathname.slice(1), url.username, url.password].map(decoded);
  if (database === undefined || user === undefined || inAddress === undefined) {
    return err(`the ledger's address has a percent sign that begins no escape. ${PASSWORD_CURE}`);
  }
  if (url.hostname === "") return err("the ledger's address names no host.");
  if (database === "") return err("the ledger's address names no database; add /NAME after the host.");
  const tls = readTls(url);
  if (!tls.ok) return tls;
  const connections = readNumber(url, "connections", DEFAULT_CONNECTIONS, 100);
  if (!connections.ok) return connections;
  const seconds = readNumber(
    url,
    "query-timeout",
    DEFAULT_QUERY_TIMEOUT_SECONDS,
    LONGEST_QUERY_TIMEOUT_SECONDS,
  );
  if (!seconds.ok) return seconds;
  const password = readPassword(url, inAddress);
  if (!password.ok) return password;
  return ok({
    dialect,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? DEFAULT_PORTS[dialect] : Number(url.port),
    user,
    password: password.value,
    database,
    tls: tls.value,
    connections: connections.value,
    queryTimeoutMs: seconds.value * 1000,
  });
}

function readNumber(url: URL, name: string, preset: number, most: number): Result<number, string> {
  const text = url.searchParams.get(name) ?? String(preset);
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return ok(value);
  return err(`${name} in the ledger's address must be a whole number from 1 to ${most}.`);
}

/** Encrypted and verified by default, except for the loopback interface. */
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
    ...defined({
      caFile: caFile ?? undefined,
      certFile: certFile ?? undefined,
      keyFile: keyFile ?? undefined,
    }),
  });
}

function readPassword(url: URL, inAddress: string): Result<string | undefined, string> {
  const file = url.searchParams.get("password-file");
  if (file === null) return ok(inAddress === "" ? undefined : inAddress);
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
