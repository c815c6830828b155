/**
 * Writes changes to the file of the SQLite store. Runs in the commit worker.
 */
import type Database from "better-sqlite3";
import { checksumOf } from "./checksum.ts";

/** A change as it crosses to the worker. `json` is the new state; absent for a deletion. */
export interface ChangeRow {
  readonly revision: number;
  readonly atMs: number;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly createRevision: number;
  readonly json?: string;
}

export interface ChangeWriter {
  /** Durable when it returns; nothing of it is written when it throws. */
  commit(rows: readonly ChangeRow[], oldestRevision: number): void;
}

/** The log on disk is cut in strides of so many changes. */
const TRIM_STRIDE = 1000;

export function createChangeWriter(db: Database.Database): ChangeWriter {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const end = db.prepare("COMMIT");
  const insertObject = db.prepare(
    `INSERT INTO objects (create_revision, revision, kind, namespace, name, json, checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateObject = db.prepare(
    "UPDATE objects SET revision = ?, json = ?, checksum = ? WHERE create_revision = ?",
  );
  const deleteObject = db.prepare("DELETE FROM objects WHERE create_revision = ?");
  const logCreation = db.prepare(
    `INSERT INTO changes (revision, at_ms, deleted, kind, namespace, name, create_revision)
     VALUES (?, ?, 0, ?, ?, ?, ?)`,
  );
  const logChange = db.prepare(
    `INSERT INTO changes SELECT ?, ?, ?, kind, namespace, name, create_revision, revision, json, checksum
     FROM objects WHERE create_revision = ?`,
  );
  const trim = db.prepare("DELETE FROM changes WHERE revision < ?");
  let trimmedBefore = 0;

  function write(row: ChangeRow): void {
    const { revision, atMs, kind, namespace, name, createRevision, json } = row;
    if (createRevision === revision && json !== undefined) {
      insertObject.run(
        createRevision,
        revision,
        kind,
        namespace,
        name,
        json,
        checksumOf(row, revision, json),
      );
      logCreation.run(revision, atMs, kind, namespace, name, createRevision);
      return;
    }
    const logged = logChange.run(revision, atMs, json === undefined ? 1 : 0, createRevision);
    if (json === undefined) deleteObject.run(createRevision);
    else updateObject.run(revision, json, checksumOf(row, revision, json), createRevision);
    if (logged.changes !== 1) {
      throw new Error(`the file lacks ${kind} ${namespace}/${name}: something else has written to it`);
    }
  }

  return {
    commit(rows, oldestRevision) {
      begin.run();
      try {
        for (const row of rows) write(row);
        const trims = rows.length === 0 || oldestRevision >= trimmedBefore + TRIM_STRIDE;
        if (trims) trim.run(oldestRevision);
        end.run();
        if (trims) trimmedBefore = oldestRevision;
      } catch (error) {
        if (db.inTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
  };
}
