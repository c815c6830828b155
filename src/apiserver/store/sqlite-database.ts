/**
 * The file of the SQLite store: its layout, its version, and the sentences for a file that cannot be used.
 *
 * `objects` holds the newest state of each object. `changes` is an undo log: with each change goes the state that it
 * replaced, so a creation is written once, and no base has to be kept for history. Each state goes with its checksum.
 * `store` has one row: who has the file open, see `seal.ts`, and the revision that an empty log begins after.
 */
import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { makeDirectory } from "../../kernel/index.ts";

/** Why a store could not be opened, and what to do about it, in one sentence. */
export class StoreOpenError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "StoreOpenError";
  }
}

/** "PLXN": distinguishes our files from other SQLite files. */
const APPLICATION_ID = 0x504c584e;

/** Statement lists that lead from version i to i + 1. A released one is never changed. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE objects (
     create_revision INTEGER PRIMARY KEY,
     revision INTEGER NOT NULL,
     kind TEXT NOT NULL,
     namespace TEXT NOT NULL,
     name TEXT NOT NULL,
     json TEXT NOT NULL,
     checksum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE changes (
     revision INTEGER PRIMARY KEY,
     at_ms INTEGER NOT NULL,
     deleted INTEGER NOT NULL,
     kind TEXT NOT NULL,
     namespace TEXT NOT NULL,
     name TEXT NOT NULL,
     create_revision INTEGER NOT NULL,
     previous_revision INTEGER,
     previous_json TEXT,
     previous_checksum INTEGER
   ) STRICT;`,
  `CREATE TABLE store (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     id TEXT NOT NULL,
     previous_id TEXT NOT NULL,
     base_revision INTEGER NOT NULL
   ) STRICT;
   INSERT INTO store VALUES (1, '', '', 0);`,
];

/** The first layout that has a seal beside it. */
export const SEALED_LAYOUT = 2;

/** Brings the file to this version's layout. */
export function openDatabase(file: string, migrations: readonly string[] = MIGRATIONS): Database.Database {
  let db: Database.Database | undefined;
  try {
    db = connect(file);
    migrate(db, file, migrations);
    return db;
  } catch (cause) {
    db?.close();
    throw unusable(file, cause);
  }
}

/**
 * A connection that changes nothing, so that a file that is refused is left as it was found: any other one would make
 * what SQLite could read of a damaged write-ahead log the truth when it is closed.
 */
export function openToRead(file: string): { readonly db: Database.Database; readonly layout: number } {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    const layout = layoutOf(db, file, MIGRATIONS.length);
    if (db.pragma("quick_check(1)", { simple: true }) !== "ok") throw new Error("its pages are damaged");
    return { db, layout };
  } catch (cause) {
    db?.close();
    throw unusable(file, cause);
  }
}

/** As {@link openToRead}, for a file of which only a part may be sound. */
export function openUnchecked(file: string): Database.Database {
  return new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
}

/** @throws StoreOpenError when the file is of another program or a newer version, or cannot be read at all. */
export function layoutOfFile(db: Database.Database, file: string): number {
  try {
    return layoutOf(db, file, MIGRATIONS.length);
  } catch (cause) {
    if (cause instanceof StoreOpenError) throw cause;
    throw new StoreOpenError(
      `Nothing in ${file} can be read (${cause instanceof Error ? cause.message : cause}): restore a backup.`,
      cause,
    );
  }
}

/** Makes an empty database one of this version's layout. */
export function layOut(db: Database.Database): void {
  migrate(db, db.name, MIGRATIONS);
}

const BUSY_TIMEOUT_MS = 5000;
/** What a write-ahead log is cut back to once a checkpoint has emptied it. */
const JOURNAL_LIMIT_BYTES = 64 * 1024 * 1024;

/** A connection whose commits are durable when they return. */
export function connect(file: string): Database.Database {
  const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.pragma(`journal_size_limit = ${JOURNAL_LIMIT_BYTES}`);
  return db;
}

/** Errors of SQLite about the file system, not about the content. */
const PLACE_AT_FAULT = /^SQLITE_(FULL|READONLY|CANTOPEN|PERM)/;
/** Of these it may recover in a moment. A failed fsync is none of them: the content of the disk is unknown then. */
const PASSING = /^SQLITE_(FULL|READONLY|CANTOPEN|PERM|BUSY|LOCKED|NOMEM|IOERR_(WRITE|SHM\w+|TRUNCATE|NOMEM))/;
const PASSING_SYSTEM_CODES = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EMFILE", "ENFILE"]);

/** Whether the same may succeed later, once there is space. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error && "code" in error)) return false;
  const code = String(error.code);
  return PASSING.test(code) || PASSING_SYSTEM_CODES.has(code);
}

/** The error for a file that could not be read or brought to this version's layout. */
export function unusable(file: string, cause: unknown): StoreOpenError {
  if (cause instanceof StoreOpenError) return cause;
  if (cause instanceof Database.SqliteError && PLACE_AT_FAULT.test(cause.code))
    return unwritable(file, cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreOpenError(
    `The store at ${file} cannot be read (${reason}): restore it from a backup, or run \`plexaubnet repair\` to save what can be saved.`,
    cause,
  );
}

/** An empty file where there is none, and its directory. For the owner's eyes alone: there will be Secrets in it. */
export function createFile(file: string): void {
  try {
    makeDirectory(dirname(file), 0o700);
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

export function unwritable(file: string, cause: unknown): StoreOpenError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new StoreOpenError(
    `The store at ${file} cannot be written (${code}): give it space and a directory that this user may write to, or use another folder.`,
    cause,
  );
}

function migrate(db: Database.Database, file: string, migrations: readonly string[]): void {
  const version = layoutOf(db, file, migrations.length);
  if (version === migrations.length) return;
  db.transaction(() => {
    for (const statements of migrations.slice(version)) db.exec(statements);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).exclusive();
}

/** 0: nothing is in it yet. */
function layoutOf(db: Database.Database, file: string, known: number): number {
  const version = db.pragma("user_version", { simple: true }) as number;
  const isOurs = db.pragma("application_id", { simple: true }) === APPLICATION_ID;
  if (!isOurs && db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() !== 0) {
    throw new StoreOpenError(`${file} is a database of another program: keep the store in another folder.`);
  }
  if (version > known) {
    throw new StoreOpenError(
      `The store at ${file} was written by a newer version (layout ${version}, this one knows up to ` +
        `${known}): start that version or a later one, or use another folder.`,
    );
  }
  return isOurs ? version : 0;
}
