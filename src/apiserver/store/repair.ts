/**
 * Makes a store that can be opened of one that was refused: from every object that can be read and is as it was written.
 * History is given up. Where an object is lost, or may be, that is said, and done only when it is accepted.
 */
import { resolve } from "node:path";
import type Database from "better-sqlite3";
import { lockFile } from "./file-lock.ts";
import { DEFAULT_HISTORY_LIMITS } from "./history.ts";
import { isSound, nameOf, type ObjectRow, objectRowReader, objectRows } from "./object-rows.ts";
import { readStoreFile, sizeOf, storeRowOf } from "./read-file.ts";
import { readSeal, type Seal, sealFileOf } from "./seal.ts";
import { layoutOfFile, openUnchecked, SEALED_LAYOUT, StoreOpenError, unwritable } from "./sqlite-database.ts";
import { StateDigest } from "./state-digest.ts";
import { REVISION_LEAP, replaceStore } from "./write-copy.ts";

export interface RepairSummary {
  /** What was wrong; undefined: nothing. */
  readonly fault: string | undefined;
  /** What is lost, or may be, beyond history: sentences. */
  readonly losses: readonly string[];
  /** Whether the store was put right. False only when something is lost and that was not accepted. */
  readonly isRepaired: boolean;
  readonly objects: number;
  /** What was there before, under its new names. */
  readonly kept: readonly string[];
}

/**
 * @param acceptLoss also where something beyond history is lost.
 * @throws StoreOpenError when the store is in use, of a newer version, or there is nothing to read.
 */
export function repairStore(path: string, acceptLoss = false): RepairSummary {
  const file = resolve(path);
  if ([file, sealFileOf(file)].every((part) => sizeOf(part) === 0))
    throw new StoreOpenError(
      `There is no store at ${file}: name the folder that \`plexaubnet up\` keeps it in.`,
    );
  const lock = lockFile(file);
  try {
    const fault = faultOf(file);
    if (typeof fault === "number")
      return { fault: undefined, losses: [], isRepaired: true, objects: fault, kept: [] };
    const seal = readSeal(sealFileOf(file));
    const found = salvage(file);
    const losses = lossesOf(found, seal);
    const objects = found.rows.length;
    if (losses.length > 0 && !acceptLoss) return { fault, losses, isRepaired: false, objects, kept: [] };
    const newest = Math.max(found.revision, typeof seal === "string" ? 0 : seal.revision);
    const revision = newest + (losses.length === 0 ? 0 : REVISION_LEAP);
    const { kept } = replaceStore(file, found.rows, revision, "repair");
    return { fault, losses, isRepaired: true, objects, kept };
  } catch (error) {
    throw error instanceof StoreOpenError ? error : unwritable(file, error);
  } finally {
    lock.release();
  }
}

/** Or the number of objects, where there is none. */
function faultOf(file: string): string | number {
  try {
    return readStoreFile(file, DEFAULT_HISTORY_LIMITS.maxBytes).loaded.digest.objects;
  } catch (error) {
    if (error instanceof StoreOpenError) return error.message;
    throw error;
  }
}

interface Found {
  readonly rows: readonly ObjectRow[];
  readonly damaged: readonly string[];
  /** Where SQLite could not go on. */
  readonly holes: boolean;
  readonly layout: number;
  readonly ids: readonly string[];
  /** The highest that is to be found. */
  readonly revision: number;
}

function salvage(file: string): Found {
  if (sizeOf(file) === 0)
    return { rows: [], damaged: [], holes: false, layout: SEALED_LAYOUT, ids: [], revision: 0 };
  const db = openUnchecked(file);
  try {
    const layout = layoutOfFile(db, file);
    const { rows, damaged, isWhole } = readable(db);
    const row = attempt(() => storeRowOf(db, layout));
    const logged = attempt(
      () => db.prepare("SELECT max(revision) FROM changes").pluck().get() as number | null,
    );
    const sound = attempt(() => db.pragma("quick_check(1)", { simple: true })) === "ok";
    const revisions = rows.map(({ revision }) => revision);
    return {
      rows,
      damaged,
      holes: !isWhole || !sound,
      layout,
      ids: row === undefined ? [] : [row.id, row.previousId],
      revision: revisions.reduce((a, b) => Math.max(a, b), Math.max(logged ?? 0, row?.baseRevision ?? 0)),
    };
  } finally {
    db.close();
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Point look-ups between what can be reached from both ends. More would be guessing for hours. */
const MOST_LOOKUPS = 1_000_000;

function readable(db: Database.Database) {
  const byCreation = new Map<number, ObjectRow>();
  const damaged = new Map<number, string>();
  const take = (row: ObjectRow) => {
    if (isSound(row)) byCreation.set(row.createRevision, row);
    else damaged.set(row.createRevision, nameOf(row));
  };
  const [up, down] = [scan(db, "ASC", take), scan(db, "DESC", take)];
  const isWhole = up.isWhole && down.isWhole;
  const read = isWhole ? undefined : attempt(() => objectRowReader(db));
  const last = Math.min(down.last ?? 0, (up.last ?? 0) + MOST_LOOKUPS);
  for (let at = (up.last ?? 0) + 1; read !== undefined && at < last; at++) {
    const row = attempt(() => read(at));
    if (row !== undefined) take(row);
  }
  const rows = [...byCreation.values()].sort((a, b) => a.createRevision - b.createRevision);
  return { rows: newestOfEach(rows), damaged: [...damaged.values()], isWhole };
}

function scan(db: Database.Database, order: "ASC" | "DESC", take: (row: ObjectRow) => void) {
  let last: number | undefined;
  try {
    for (const row of objectRows(db, 0, order)) {
      take(row);
      last = row.createRevision;
    }
    return { last, isWhole: true };
  } catch {
    return { last, isWhole: false };
  }
}

/** An old page in a new file may bring an object twice. */
function newestOfEach(rows: readonly ObjectRow[]): ObjectRow[] {
  const byName = new Map<string, ObjectRow>();
  for (const row of rows) {
    const other = byName.get(nameOf(row));
    if (other === undefined || other.revision < row.revision) byName.set(nameOf(row), row);
  }
  return [...byName.values()];
}

function lossesOf(found: Found, seal: Seal | "missing" | "damaged"): string[] {
  const losses = found.damaged.map((name) => `${name} is damaged.`);
  if (found.holes)
    losses.push("Pages of the database are damaged: objects that stood there are not to be found.");
  if (typeof seal === "string") {
    if (seal === "damaged" || found.layout >= SEALED_LAYOUT)
      losses.push(`The seal is ${seal}: changes after revision ${found.revision} may be missing.`);
    return losses;
  }
  const { revision, digest, store } = seal;
  if (seal.revision > 0 && found.ids.some((id) => id !== "") && !found.ids.includes(store))
    losses.push("The seal belongs to another store: the newest changes may be missing.");
  const here = StateDigest.of(found.rows);
  if (here.toString() === digest.toString() && here.objects === digest.objects) return losses;
  const missing = revision - found.revision;
  if (missing > 0)
    losses.push(
      `${missing} ${missing === 1 ? "change is" : "changes are"} missing, up to revision ${revision}.`,
    );
  if (missing === 0)
    losses.push(
      `There were ${digest.objects} objects, and ${here.objects} of them can be read, or older states.`,
    );
  return losses;
}
