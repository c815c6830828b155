/**
 * A lock on a file, between processes and within one. The operating system lets go of it when the process ends,
 * however it ends, so there is nothing to clean up after a crash.
 */
import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { systemClock } from "../../kernel/index.ts";
import { createFile, StoreOpenError, unwritable } from "./sqlite-database.ts";

export interface FileLock {
  /**
   * Locks again if the lock file was removed. What another process writes meanwhile, the next commit finds out.
   *
   * @throws StoreOpenError when another process was faster.
   */
  hold(): void;
  release(): void;
}

/** So often it is looked whether the file is still there: a look costs a tenth of a write. */
const LOOK_INTERVAL_MS = 50;

/** Throws a {@link StoreOpenError} when another process holds it. Leaves an empty file `<file>.lock`. */
export function lockFile(file: string): FileLock {
  const path = `${file}.lock`;
  let held = acquire(file, path);
  let inode = inodeOf(path);
  let nextMs = 0;
  return {
    hold() {
      const nowMs = systemClock.monotonicMs();
      if (nowMs < nextMs) return;
      nextMs = nowMs + LOOK_INTERVAL_MS;
      const found = inodeOf(path);
      if (found === inode) return;
      const renewed = acquire(file, path);
      held.close();
      held = renewed;
      inode = inodeOf(path);
    },
    release: () => void held.close(),
  };
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function acquire(file: string, path: string): Database.Database {
  createFile(path);
  let lock: Database.Database | undefined;
  try {
    // An exclusive transaction of SQLite is such a lock, on every platform that SQLite runs on. Nothing is written.
    lock = new Database(path, { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock?.close();
    if (cause instanceof Database.SqliteError && cause.code === "SQLITE_BUSY") {
      // Without the cause: that the lock is busy is no reason to try again.
      throw new StoreOpenError(
        `The store at ${file} is in use by another process: stop that one, or use another folder.`,
      );
    }
    throw unwritable(file, cause);
  }
}
