/** A backup of a store: one file with every object as it is at one moment, also while a server writes to the store. */
import { closeSync, existsSync, openSync, readSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type Database from "better-sqlite3";
import { systemKernel } from "../../kernel/index.ts";
import { faultAgainstSeal } from "./compare-seal.ts";
import { isSound, nameOf, type ObjectRow, objectRows } from "./object-rows.ts";
import { notWhole, storeRowOf } from "./read-file.ts";
import { readSeal, sealFileOf } from "./seal.ts";
import { isPassing, openToRead, StoreOpenError, unusable } from "./sqlite-database.ts";
import { loadState } from "./sqlite-loader.ts";
import { StateDigest } from "./state-digest.ts";
import { writeCopy } from "./write-copy.ts";

export interface BackupSummary {
  readonly objects: number;
  readonly revision: number;
  /** Wall clock of the backup, milliseconds since the epoch. */
  readonly atMs: number;
}

const BEGINNING = Buffer.from("SQLite format 3\0");

/** Whether a file is a database, and so perhaps a backup, and no text. @throws Error of the system. */
export function isDatabaseFile(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const beginning = Buffer.alloc(BEGINNING.length);
    return (
      readSync(file, beginning, 0, beginning.length, 0) === beginning.length && beginning.equals(BEGINNING)
    );
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a backup of the store at `path` to `target`. A store that is not whole is refused, as it would be at a start.
 *
 * @param overwrite whether `target` may be there already.
 * @throws StoreOpenError
 */
export function backupStore(path: string, target: string, overwrite = false): BackupSummary {
  const file = resolve(path);
  assertTarget(file, resolve(target), overwrite);
  if (!existsSync(file))
    throw new StoreOpenError(
      `There is no store at ${file}: name the folder that \`plexaubnet up\` keeps it in.`,
    );
  // Before the database: what is written meanwhile only takes that further than the seal records.
  const seal = readSeal(sealFileOf(file));
  if (seal === "damaged")
    throw notWhole(file, `${sealFileOf(file)}, which knows what must be there, is damaged`);
  const { db, layout } = openToRead(file);
  try {
    db.exec("BEGIN");
    const { baseRevision, ...ids } = storeRowOf(db, layout);
    const loaded = loadState(db, baseRevision);
    const fault = seal === "missing" ? undefined : faultAgainstSeal(seal, ids, loaded);
    if (fault !== undefined) throw notWhole(file, fault);
    const atMs = systemKernel.clock.now();
    const { revision, digest } = writeCopy(
      resolve(target),
      objectRows(db),
      loaded.revision,
      "",
      (copy, { digest }) => markBackup(copy, digest, atMs),
    );
    return { objects: digest.objects, revision, atMs };
  } catch (cause) {
    if (isPassing(cause)) throw new StoreOpenError(`${target} cannot be written: give it space.`, cause);
    throw unusable(file, cause);
  } finally {
    db.close();
  }
}

function assertTarget(file: string, target: string, overwrite: boolean): void {
  if (!existsSync(target)) return;
  if (existsSync(file) && realpathSync(target) === realpathSync(file))
    throw new StoreOpenError(`${target} is the store itself: name another file for its backup.`);
  if (!overwrite)
    throw new StoreOpenError(`${target} is there already: name another file, or add --overwrite.`);
}

function markBackup(db: Database.Database, digest: StateDigest, atMs: number): void {
  db.exec(
    "CREATE TABLE backup (objects INTEGER NOT NULL, digest TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT",
  );
  db.prepare("INSERT INTO backup VALUES (?, ?, ?)").run(digest.objects, digest.toString(), atMs);
}

/** A backup whose objects were all validated. Close it. */
export interface OpenBackup extends BackupSummary {
  rows(): Iterable<ObjectRow>;
  close(): void;
}

/** @throws StoreOpenError when it is none, or not as it was written. */
export function openBackup(path: string): OpenBackup {
  const { db, layout } = openWhole(path);
  try {
    const hasMark =
      db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'backup'").pluck().get() === 1;
    if (!hasMark)
      throw new StoreOpenError(
        `${path} is the database of a store and not a backup, and may not contain its newest changes: specify a file from \`plexaubnet backup\`.`,
      );
    const [objects, known, atMs] = db.prepare("SELECT objects, digest, at_ms FROM backup").raw().get() as [
      number,
      string,
      number,
    ];
    const digest = new StateDigest();
    for (const row of objectRows(db)) {
      if (!isSound(row)) throw damaged(path, `${nameOf(row)} is damaged`);
      digest.add(row);
    }
    if (digest.objects !== objects || digest.toString() !== known)
      throw damaged(path, `it has ${digest.objects} objects that are not the ${objects} which were written`);
    const revision = storeRowOf(db, layout).baseRevision;
    return { objects, revision, atMs, rows: () => objectRows(db), close: () => void db.close() };
  } catch (error) {
    db.close();
    throw error instanceof StoreOpenError ? error : damaged(path, messageOf(error), error);
  }
}

function openWhole(path: string): ReturnType<typeof openToRead> {
  try {
    return openToRead(resolve(path));
  } catch (error) {
    const cause = error instanceof StoreOpenError && error.cause !== undefined ? error.cause : error;
    if (error instanceof StoreOpenError && error.cause === undefined) throw error;
    throw damaged(path, messageOf(cause), cause);
  }
}

function damaged(path: string, what: string, cause?: unknown): StoreOpenError {
  return new StoreOpenError(`The backup ${path} cannot be used (${what}): name another one.`, cause);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
