/** Puts a backup in the place of a store. */
import { resolve } from "node:path";
import { type OpenBackup, openBackup } from "./backup.ts";
import { lockFile } from "./file-lock.ts";
import { sizeOf } from "./read-file.ts";
import { readSeal, sealFileOf } from "./seal.ts";
import { StoreOpenError, unwritable } from "./sqlite-database.ts";
import { REVISION_LEAP, replaceStore } from "./write-copy.ts";

export interface RestoreOptions {
  /** Whether a store that is there already may be replaced; it is kept under another name. */
  readonly replace?: boolean;
  /** Only look at the backup and at the place. */
  readonly dryRun?: boolean;
}

export interface RestoreSummary {
  readonly objects: number;
  /** Of the backup. */
  readonly revision: number;
  /** Wall clock of the backup, milliseconds since the epoch. */
  readonly atMs: number;
  /** What was there before, under its new names. */
  readonly kept: readonly string[];
}

/**
 * All of it or nothing: what is wrong with the backup, or with the place, is said before anything is changed.
 *
 * @throws StoreOpenError when the backup is none or damaged, the store is in use, or there is one and it is not to be
 * replaced.
 */
export function restoreStore(backupFile: string, path: string, options: RestoreOptions = {}): RestoreSummary {
  const file = resolve(path);
  const backup = openBackup(backupFile);
  try {
    const { objects, revision, atMs } = backup;
    if (options.dryRun === true) {
      assertFree(file, options);
      return { objects, revision, atMs, kept: [] };
    }
    return { objects, revision, atMs, kept: put(backup, file, options) };
  } finally {
    backup.close();
  }
}

function put(backup: OpenBackup, file: string, options: RestoreOptions): readonly string[] {
  const lock = lockFile(file);
  try {
    assertFree(file, options);
    const seal = readSeal(sealFileOf(file));
    const newest = typeof seal === "string" ? 0 : seal.revision;
    const revision = Math.max(backup.revision, newest) + REVISION_LEAP;
    return replaceStore(file, backup.rows(), revision, "restore").kept;
  } catch (error) {
    throw error instanceof StoreOpenError ? error : unwritable(file, error);
  } finally {
    lock.release();
  }
}

function assertFree(file: string, { replace = false }: RestoreOptions): void {
  const isThere = [file, `${file}-wal`, sealFileOf(file)].some((part) => sizeOf(part) > 0);
  if (isThere && !replace)
    throw new StoreOpenError(
      `There is a store at ${file} already: use another folder, or add --replace, which keeps the old one under another name.`,
    );
}
