/**
 * Reads the file of a store at the start, and refuses it where something that was acknowledged is missing. Nothing is
 * changed by that: a refused file can be inspected, repaired, or replaced.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type Database from "better-sqlite3";
import { defined } from "../../kernel/index.ts";
import { faultAgainstSeal, type StoreIds } from "./compare-seal.ts";
import { readSeal, type Seal, sealFileOf } from "./seal.ts";
import { isPassing, openToRead, SEALED_LAYOUT, StoreOpenError, unusable } from "./sqlite-database.ts";
import { type LoadedFile, loadState } from "./sqlite-loader.ts";
import { StateDigest } from "./state-digest.ts";

export interface ReadFile extends StoreIds {
  readonly loaded: LoadedFile;
  readonly seal: Seal | undefined;
  /** Whether nothing was ever stored in it. */
  readonly isNew: boolean;
  /** A warning for users that is not evidence of a loss. One sentence. */
  readonly notice?: string;
}

/**
 * The caller holds the lock.
 *
 * @throws StoreOpenError
 */
export function readStoreFile(file: string, maxBytes: number): ReadFile {
  const seal = readSeal(sealFileOf(file));
  if (seal === "damaged")
    throw notWhole(file, `${sealFileOf(file)}, which knows what must be there, is damaged`);
  if (sizeOf(file) === 0) return nothingIn(file, seal);
  const { ids, layout, loaded } = readDatabase(file, maxBytes);
  if (seal === "missing") {
    if (layout < SEALED_LAYOUT) return { ...ids, loaded, seal: undefined, isNew: layout === 0 };
    throw notWhole(file, `${sealFileOf(file)}, which knows what must be there, is missing`);
  }
  const fault = faultAgainstSeal(seal, ids, loaded);
  if (fault !== undefined) throw notWhole(file, fault);
  const notice = noticeOfCopy(file, seal);
  return { ...ids, loaded, seal, isNew: layout === 0, ...defined({ notice }) };
}

/** Far more than passes between reading the clock and writing, and less than a copy is ever old. */
const SAME_MOMENT_MS = 1000;

/**
 * A copy of all files of a store is as whole as the store was then, and nothing in it shows that there is a newer one. But
 * the file system knows when a file came to where it is, and the seal when it was written.
 */
function noticeOfCopy(file: string, { revision, atMs }: Seal): string | undefined {
  const { birthtimeMs, mtimeMs, ctimeMs } = statSync(sealFileOf(file));
  const putHereMs = Math.max(birthtimeMs, mtimeMs, ctimeMs);
  if (revision === 0 || putHereMs <= atMs + SAME_MOMENT_MS) return undefined;
  const [written, put] = [atMs, putHereMs].map((ms) => new Date(ms).toISOString());
  return `The store at ${file} is as it was at ${written} (revision ${revision}), and its files were put there or touched by something else at ${put}: if they are an older copy, what was written after it is missing.`;
}

export function notWhole(file: string, what: string): StoreOpenError {
  return new StoreOpenError(
    `The store at ${file} is not whole (${what}): put the missing file back, restore a backup, or run \`plexaubnet repair\` to see what is left.`,
  );
}

/** 0 where there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

const NO_IDS: StoreIds = { id: "", previousId: "" };
const NOTHING: LoadedFile = { base: [], log: [], revision: 0, digest: new StateDigest() };

function nothingIn(file: string, seal: Seal | "missing"): ReadFile {
  // SQLite would remove it.
  if (sizeOf(`${file}-wal`) > 0) throw notWhole(file, "it is empty, and its write-ahead log is not");
  if (seal !== "missing" && seal.revision > 0) {
    const { objects } = seal.digest;
    throw notWhole(file, `it is empty, and had ${objects} objects at revision ${seal.revision}`);
  }
  return { ...NO_IDS, loaded: NOTHING, seal: seal === "missing" ? undefined : seal, isNew: true };
}

interface Content {
  readonly ids: StoreIds;
  readonly layout: number;
  readonly loaded: LoadedFile;
}

function readDatabase(file: string, maxBytes: number): Content {
  try {
    return contentOf(file, file, maxBytes);
  } catch (error) {
    // SQLite needs a little space beside the file even to read it. Where there is none, there may be some elsewhere.
    if (!(error instanceof Error) || !isPassing(error.cause) || existsAsFolder(`${file}-wal`)) throw error;
    return readCopy(file, maxBytes, error);
  }
}

function existsAsFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function readCopy(file: string, maxBytes: number, reason: unknown): Content {
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-read-"));
  const copy = join(folder, basename(file));
  try {
    try {
      copyFileSync(file, copy);
      if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    } catch {
      throw reason;
    }
    return contentOf(copy, file, maxBytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function contentOf(path: string, file: string, maxBytes: number): Content {
  const { db, layout } = openToRead(path);
  try {
    if (layout === 0) return { ids: NO_IDS, layout, loaded: NOTHING };
    const { baseRevision, ...ids } = storeRowOf(db, layout);
    return { ids, layout, loaded: loadState(db, baseRevision, maxBytes) };
  } catch (cause) {
    throw unusable(file, cause);
  } finally {
    db.close();
  }
}

export function storeRowOf(
  db: Database.Database,
  layout: number,
): StoreIds & { readonly baseRevision: number } {
  if (layout < SEALED_LAYOUT) return { ...NO_IDS, baseRevision: 0 };
  const row = db.prepare("SELECT id, previous_id, base_revision FROM store").raw().get();
  if (row === undefined) throw new Error("its row about itself is missing");
  const [id, previousId, baseRevision] = row as [string, string, number];
  return { id, previousId, baseRevision };
}
