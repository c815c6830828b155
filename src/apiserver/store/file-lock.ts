/**
 * A lock on a file, between processes and within one. The operating system lets go of it when the process ends,
 * however it ends, so there is nothing to clean up after a crash.
 */
import Database from "better-sqlite3";
import { createFile, StoreOpenError, unwritable } from "./sqlite-database.ts";

export interface FileLock {
  release(): void;
}

/** Throws a {@link StoreOpenError} when somebody else holds it. Leaves an empty file `<file>.lock`. */
export function lockFile(file: string): FileLock {
  createFile(`${file}.lock`);
  let lock: Database.Database | undefined;
  try {
    // An exclusive transaction of SQLite is such a lock, on every platform that SQLite runs on. Nothing is written.
    lock = new Database(`${file}.lock`, { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock?.close();
    if (cause instanceof Database.SqliteError && cause.code === "SQLITE_BUSY") {
      throw new StoreOpenError(
        `The store at ${file} is in use by another process: stop that one, or use another folder.`,
        cause,
      );
    }
    throw unwritable(file, cause);
  }
  const held = lock;
  return { release: () => void held.close() };
}
