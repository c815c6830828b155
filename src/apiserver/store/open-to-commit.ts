/**
 * Opens the file of a store for writing, in a way that may be tried again: on a full disk it fails, and goes on from there
 * once there is room.
 *
 * A process that opens the file writes an ID of its own into it. One that had it open before, because the file that locks was
 * removed, finds a foreign ID at its next commit and writes no more.
 */
import { existsSync, statSync } from "node:fs";
import type Database from "better-sqlite3";
import { systemClock } from "../../kernel/index.ts";
import { type ChangeWriter, createChangeWriter } from "./change-writer.ts";
import { createSeal, type Seal, SealWriter, sealFileOf } from "./seal.ts";
import { openDatabase } from "./sqlite-database.ts";

/** What was read, and what is to be found again. */
export interface CommitStart {
  readonly file: string;
  /** Of this opening. */
  readonly id: string;
  /** Which the seal has that was read; empty: none. */
  readonly sealedId: string;
  readonly revision: number;
  /** The file grows no further than this. */
  readonly quotaBytes?: number;
}

export interface OpenFile {
  readonly db: Database.Database;
  readonly writer: ChangeWriter;
  readonly seal: SealWriter;
  close(): void;
}

/** @param seal what the store holds. @throws Error of SQLite or of the system. */
export function openToCommit(start: CommitStart, seal: Seal): OpenFile {
  const { file, id, quotaBytes } = start;
  const path = sealFileOf(file);
  // First, so that a file that holds something always has a seal.
  if (start.sealedId === "" && !existsSync(path)) createSeal(path, seal);
  const db = openDatabase(file);
  try {
    if (quotaBytes !== undefined) limitPages(db, quotaBytes);
    takeOver(db, start);
    const sealed = new SealWriter(path);
    sealed.write(seal);
    const assertInPlace = placeCheck([file, `${file}-wal`, path]);
    const owner = db.prepare("SELECT id FROM store").pluck();
    const check = () => {
      if (owner.get() !== id) throw new Error("another process has opened the file, its lock was removed");
      assertInPlace();
    };
    const writer = createChangeWriter(db, seal.revision, check);
    const close = () => {
      sealed.close();
      db.close();
    };
    return { db, writer, seal: sealed, close };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** So often it is looked whether the files are still there: a look costs as much as a write. */
const LOOK_INTERVAL_MS = 50;

/** Data in a file that was removed is lost. */
function placeCheck(paths: readonly string[]): () => void {
  const places = paths.map((path) => [path, inodeOf(path)] as const);
  let nextMs = 0;
  return () => {
    const nowMs = systemClock.monotonicMs();
    if (nowMs < nextMs) return;
    const gone = places.find(([path, inode]) => inodeOf(path) !== inode);
    if (gone !== undefined) throw new Error(`${gone[0]} was removed or replaced while in use`);
    nextMs = nowMs + LOOK_INTERVAL_MS;
  };
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function limitPages(db: Database.Database, bytes: number): void {
  const pageBytes = db.pragma("page_size", { simple: true }) as number;
  db.pragma(`max_page_count = ${Math.max(1, Math.floor(bytes / pageBytes))}`);
}

/** What was read must still be what is there: no other process may have written in between. */
function takeOver(db: Database.Database, { id, sealedId, revision }: CommitStart): void {
  db.transaction(() => {
    const newest = "SELECT coalesce((SELECT max(revision) FROM changes), (SELECT base_revision FROM store))";
    const found = db.prepare(newest).pluck().get();
    if (found !== revision)
      throw new Error(
        `something else has written to the file: it is at revision ${found}, not at ${revision}`,
      );
    if (db.prepare("SELECT id FROM store").pluck().get() === id) return;
    db.prepare("UPDATE store SET id = ?, previous_id = ?").run(id, sealedId);
  }).immediate();
}
