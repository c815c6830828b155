/**
 * The seal: what the store last made durable, in a file of its own beside the database. SQLite takes a write-ahead log
 * that was cut, damaged or removed for one that ends earlier, and an empty file for a new database; the seal knows better.
 *
 * It is written after each commit and before anything of it is acknowledged, in place, in one call below the size of a
 * sector: a kill leaves the old text or the new one. So the database matches the seal, or is one batch ahead; never
 * behind.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { StateDigest } from "./state-digest.ts";

export interface Seal {
  /** Of the store since it was last opened. Another one each time: two copies that were used independently differ. */
  readonly store: string;
  /** Of the newest change that may have been acknowledged. */
  readonly revision: number;
  /** What the store held then. */
  readonly digest: StateDigest;
  /** Wall clock of the writing, milliseconds since the epoch. */
  readonly atMs: number;
}

const LENGTH = 256;
const WHAT = "Plexaubnet store seal";

/** `state.seal` for `state.db`: no copy of `state.db*` takes it along. */
export function sealFileOf(file: string): string {
  return `${file.replace(/\.db$/, "")}.seal`;
}

/** @throws Error when it cannot be read. */
export function readSeal(path: string): Seal | "missing" | "damaged" {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "missing";
    throw error;
  }
  return parseSeal(text) ?? "damaged";
}

/** Undefined: no text that {@link sealText} made. */
export function parseSeal(text: string): Seal | undefined {
  const match = /^(\{.*\}) +([0-9a-f]{8})\n$/.exec(text);
  if (match === null || text.length !== LENGTH) return undefined;
  const [, json = "", sum = ""] = match;
  if (checksum(json) !== sum) return undefined;
  const { store, revision, objects, digest, atMs } = JSON.parse(json);
  return { store, revision, digest: StateDigest.parse(objects, digest), atMs };
}

export function sealText({ store, revision, digest, atMs }: Seal): string {
  const objects = digest.objects;
  const json = JSON.stringify({ what: WHAT, store, revision, objects, digest: digest.toString(), atMs });
  return `${json.padEnd(LENGTH - 9)}${checksum(json)}\n`;
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, "0");
}

/** Makes the file, or puts another in its place: the old text or the new one, whatever happens. */
export function createSeal(path: string, seal: Seal): void {
  const draft = `${path}.new`;
  writeFileSync(draft, sealText(seal), { mode: 0o600, flush: true });
  renameSync(draft, path);
  syncDirectory(dirname(path));
}

/** So that a rename outlives a loss of power. Not every system can. */
export function syncDirectory(path: string): void {
  let directory: number | undefined;
  try {
    directory = openSync(path, "r");
    fsyncSync(directory);
  } catch {
    // The rename is visible at once, but lost if the machine loses power in the next seconds.
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
}

/** Writes one seal after another into the file. */
export class SealWriter {
  readonly #file: number;
  #isSyncing = false;
  #isClosed = false;

  /** @throws Error when there is no such file. */
  constructor(path: string) {
    this.#file = openSync(path, "r+");
  }

  write(seal: Seal): void {
    const text = sealText(seal);
    if (writeSync(this.#file, text, 0, "latin1") !== text.length)
      throw Object.assign(new Error("the seal was written in part"), { code: "ENOSPC" });
  }

  /** On disk some time after; until then only a loss of power could take it back. */
  syncInBackground(): void {
    if (this.#isSyncing || this.#isClosed) return;
    this.#isSyncing = true;
    fdatasync(this.#file, () => {
      this.#isSyncing = false;
      if (this.#isClosed) closeSync(this.#file);
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isSyncing) return;
    try {
      fdatasyncSync(this.#file);
    } catch {}
    closeSync(this.#file);
  }
}
