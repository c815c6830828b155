/**
 * How a ledger fails, distinguished by the codes of the drivers and never by their messages.
 */
import { TIMED_OUT } from "./time-limit.ts";

export type LedgerFaultKind =
  /** The server does not respond, or the connection broke and could not be restored. */
  | "unreachable"
  | "credentials"
  | "no-database"
  | "tls"
  /** A table does not match its configuration. */
  | "mapping"
  /** Each attempt conflicted with other transactions. */
  | "contention"
  /** The database refuses the content: a constraint of its own. */
  | "refused"
  /** The user may connect, and may not do this. */
  | "not-allowed"
  | "disk-full"
  | "failed";

/** `message` is one sentence or a list of them, for people, without secrets. */
export class LedgerError extends Error {
  readonly kind: LedgerFaultKind;
  /** The driver's code: `ECONNREFUSED`, `ER_LOCK_DEADLOCK`, `40001`, `SQLITE_BUSY`. */
  readonly code: string | undefined;

  constructor(kind: LedgerFaultKind, message: string, code?: string) {
    super(message);
    this.name = "LedgerError";
    this.kind = kind;
    this.code = code;
  }
}

const CONTENTION = new Set([
  "ER_LOCK_DEADLOCK",
  "ER_LOCK_WAIT_TIMEOUT",
  "ER_CHECKREAD",
  "40001",
  "40P01",
  "55P03",
  "SQLITE_BUSY",
  "SQLITE_BUSY_SNAPSHOT",
  "SQLITE_BUSY_RECOVERY",
  "SQLITE_LOCKED",
]);
/** Another process wrote the same key first: a retry sees its row. */
const DUPLICATE = new Set([
  "ER_DUP_ENTRY",
  "23505",
  "SQLITE_CONSTRAINT_UNIQUE",
  "SQLITE_CONSTRAINT_PRIMARYKEY",
]);
const LOST = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR",
  "PROTOCOL_ENQUEUE_AFTER_QUIT",
  "ER_SERVER_SHUTDOWN",
  "ER_NORMAL_SHUTDOWN",
  "ER_CONNECTION_KILLED",
  "ER_1927",
  "ER_CON_COUNT_ERROR",
  "ER_QUERY_INTERRUPTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "SQLITE_CANTOPEN",
  "SQLITE_IOERR",
  "SQLITE_NOTADB",
]);
const CREDENTIALS = new Set(["ER_ACCESS_DENIED_ERROR", "ER_DBACCESS_DENIED_ERROR", "28P01", "28000"]);
const NOT_ALLOWED = new Set([
  "ER_TABLEACCESS_DENIED_ERROR",
  "ER_COLUMNACCESS_DENIED_ERROR",
  "ER_SPECIFIC_ACCESS_DENIED_ERROR",
  "ER_OPTION_PREVENTS_STATEMENT",
  "ER_READ_ONLY_MODE",
  "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION",
  "42501",
  "25006",
  "SQLITE_READONLY",
]);
const DISK_FULL = new Set(["SQLITE_FULL", "ER_RECORD_FILE_FULL", "ER_DISK_FULL", "53100", "ENOSPC"]);
/** Ours, when nothing came in time, and the servers' own, when they gave up themselves. */
const TOO_SLOW = new Set([TIMED_OUT, "ER_1969", "ER_QUERY_TIMEOUT", "57014"]);
/** MariaDB's ed25519 above all: the driver does not know it. */
const UNKNOWN_PLUGIN = "AUTH_SWITCH_PLUGIN_ERROR";
const NO_DATABASE = new Set(["ER_BAD_DB_ERROR", "3D000"]);
const TLS = new Set([
  "HANDSHAKE_SSL_ERROR",
  "HANDSHAKE_NO_SSL_SUPPORT",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
]);

export function codeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
    const code = (at as { code?: unknown }).code;
    if (typeof code === "string") return code;
    // MariaDB has errors that the driver knows no name of.
    const { errno } = at as { errno?: unknown };
    if (typeof errno === "number" && errno >= 1_000) return `ER_${errno}`;
  }
  return undefined;
}

/** What kind of failure a driver's error is. */
export function kindOf(error: unknown): LedgerFaultKind | "duplicate" {
  if (error instanceof LedgerError) return error.kind;
  const code = codeOf(error);
  if (code === undefined) return isPlainError(error) ? "unreachable" : "failed";
  if (CONTENTION.has(code)) return "contention";
  if (DUPLICATE.has(code)) return "duplicate";
  if (LOST.has(code) || TOO_SLOW.has(code) || /^08/.test(code)) return "unreachable";
  if (NOT_ALLOWED.has(code) || /^SQLITE_READONLY/.test(code)) return "not-allowed";
  if (DISK_FULL.has(code)) return "disk-full";
  if (CREDENTIALS.has(code) || code === UNKNOWN_PLUGIN) return "credentials";
  if (NO_DATABASE.has(code)) return "no-database";
  if (TLS.has(code)) return "tls";
  if (/^(23|SQLITE_CONSTRAINT)/.test(code) || REFUSED.has(code)) return "refused";
  return "failed";
}

const REFUSED = new Set([
  "ER_NO_REFERENCED_ROW_2",
  "ER_ROW_IS_REFERENCED_2",
  "ER_CONSTRAINT_FAILED",
  // What the driver, which knows MySQL's numbers, calls MariaDB's ER_CONSTRAINT_FAILED.
  "ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE",
  "ER_CHECK_CONSTRAINT_VIOLATED",
  "ER_BAD_NULL_ERROR",
  "ER_DATA_TOO_LONG",
  "ER_TRUNCATED_WRONG_VALUE",
  "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD",
  "ER_WARN_DATA_OUT_OF_RANGE",
  "ER_NO_DEFAULT_FOR_FIELD",
  "22001",
  "22003",
  "22007",
  "22P02",
  "22P05",
  "22021",
]);

/** Whether a row of that key was there already. */
export function isDuplicate(error: unknown): boolean {
  return DUPLICATE.has(codeOf(error) ?? "");
}

/** Whether a server was there, and did not answer in time. To ask it again would take as long again. */
export function isTooSlow(error: unknown): boolean {
  return TOO_SLOW.has(codeOf(error) ?? "");
}

/** pg reports the end of a connection as a plain error without a code; errors of bugs have classes of their own. */
function isPlainError(error: unknown): boolean {
  return error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
}

/** The sentence for a failure that retries did not cure. `target` is the result of {@link describeTarget}; `what` is what is stored there. */
export function ledgerErrorOf(error: unknown, target: string, what = "ledger"): LedgerError {
  if (error instanceof LedgerError) return error;
  const code = codeOf(error);
  const kind = kindOf(error);
  const detail = code === undefined ? "" : ` (${code})`;
  const sentences: Readonly<Record<LedgerFaultKind | "duplicate", string>> = {
    unreachable: isTooSlow(error)
      ? `the ${what} at ${target} does not answer in time${detail}: a statement took longer than query-timeout allows; check the server's load, its locks, and whether it hangs.`
      : `the ${what} at ${target} cannot be reached${detail}; check that it runs and that its address is right.`,
    credentials:
      code === UNKNOWN_PLUGIN
        ? `the ${what} at ${target} requires an authentication method for this user that is not supported (${firstLine(error)}); use one that authenticates with mysql_native_password or caching_sha2_password.`
        : `the ${what} at ${target} refuses this user or password${detail}; check both, and what the user may do.`,
    "no-database": `the ${what} at ${target} has no database of that name${detail}; create it first.`,
    tls: `the ${what} at ${target} and this process cannot agree on an encrypted connection${detail}: ${firstLine(error)}; check sslmode, sslrootcert, and that the certificate is for this host.`,
    mapping: `the ${what} at ${target} does not fit its configuration${detail}.`,
    contention: `the ${what} at ${target} was too busy with others' writes${detail}; nothing was changed, try again.`,
    duplicate: `the ${what} at ${target} holds a row of that key already${detail}; nothing was changed.`,
    refused: `the ${what} at ${target} refuses a row by a constraint of its own${detail}; nothing was changed.`,
    "not-allowed": `the ${what} at ${target} does not allow this user to do it${detail}: ${firstLine(error)}; nothing was changed, grant it first.`,
    "disk-full": `the disk of the ${what} at ${target} is full${detail}; nothing was changed, make room and try again.`,
    failed: `the ${what} at ${target} failed${detail}: ${firstLine(error)}`,
  };
  return new LedgerError(kind === "duplicate" ? "refused" : kind, sentences[kind], code);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
