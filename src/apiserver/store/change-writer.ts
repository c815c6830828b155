/**
 * Writes changes to the file of the SQLite store. Runs in the commit worker.
 */
import type Database from "better-sqlite3";
import { assert } from "../../kernel/index.ts";
import { checksumOf } from "./checksum.ts";

/** A change as it crosses to the worker. `json` is the new state; absent for a deletion. */
export interface ChangeRow {
  readonly revision: number;
  readonly atMs: number;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly createRevision: number;
  /** Of the state that it replaced. */
  readonly previousRevision?: number;
  readonly json?: string;
}

export interface ChangeWriter {
  /**
   * Durable when it returns; nothing of it is written when it throws. Without rows it only cuts the log.
   *
   * @throws Error when the rows do not follow on the last ones without a gap.
   */
  commit(rows: readonly ChangeRow[], oldestRevision: number): void;
}

/** The log on disk is cut in strides of so many changes, or of about so many characters. */
const TRIM_STRIDE = 1000;
const TRIM_STRIDE_LENGTH = 32 * 1024 * 1024;

function createRowWriter(db: Database.Database): (row: ChangeRow) => void {
  const insertObject = db.prepare(
    `INSERT INTO objects (create_revision, revision, kind, namespace, name, json, checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateObject = db.prepare(
    "UPDATE objects SET revision = ?, json = ?, checksum = ? WHERE create_revision = ?",
  );
  // What goes makes room for its entry in the log: something can be deleted even where nothing more fits.
  const deleteObject = db
    .prepare("DELETE FROM objects WHERE create_revision = ? RETURNING revision, json, checksum")
    .raw();
  const logCreation = db.prepare(
    `INSERT INTO changes (revision, at_ms, deleted, kind, namespace, name, create_revision)
     VALUES (?, ?, 0, ?, ?, ?, ?)`,
  );
  const logDeletion = db.prepare(
    `INSERT INTO changes (revision, at_ms, deleted, kind, namespace, name, create_revision,
                          previous_revision, previous_json, previous_checksum)
     VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const logChange = db.prepare(
    `INSERT INTO changes SELECT ?, ?, 0, kind, namespace, name, create_revision, revision, json, checksum
     FROM objects WHERE create_revision = ?`,
  );
  return (row) => {
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
    if (json === undefined) {
      const last = deleteObject.get(createRevision) as [number, string, number] | undefined;
      if (last === undefined) throw foreign(row);
      logDeletion.run(revision, atMs, kind, namespace, name, createRevision, ...last);
      return;
    }
    if (logChange.run(revision, atMs, createRevision).changes !== 1) throw foreign(row);
    updateObject.run(revision, json, checksumOf(row, revision, json), createRevision);
  };
}

/**
 * @param newest revision of the newest change in the file.
 * @param check looks, within the transaction, whether the file is still ours; throws when not.
 */
export function createChangeWriter(
  db: Database.Database,
  newest: number,
  check: () => void = () => {},
): ChangeWriter {
  const begin = db.prepare("BEGIN IMMEDIATE");
  const end = db.prepare("COMMIT");
  const trim = db.prepare("DELETE FROM changes WHERE revision < ?");
  const write = createRowWriter(db);
  let trimmedBefore = Number.NEGATIVE_INFINITY;
  let lengthSinceTrim = 0;
  let last = newest;

  function isTrimDue(rows: readonly ChangeRow[], oldestRevision: number): boolean {
    if (rows.length === 0 || oldestRevision >= trimmedBefore + TRIM_STRIDE) return true;
    return lengthSinceTrim >= TRIM_STRIDE_LENGTH && oldestRevision > trimmedBefore;
  }

  return {
    commit(rows, oldestRevision) {
      assertFollows(rows, last);
      lengthSinceTrim += rows.reduce((sum, { json = "" }) => sum + json.length, 0);
      const trims = isTrimDue(rows, oldestRevision);
      try {
        begin.run();
        check();
        for (const row of rows) write(row);
        if (trims) trim.run(oldestRevision);
        end.run();
      } catch (error) {
        if (db.inTransaction) db.exec("ROLLBACK");
        throw error;
      }
      last += rows.length;
      if (!trims) return;
      trimmedBefore = oldestRevision;
      lengthSinceTrim = 0;
    },
  };
}

/** What is on disk with a gap in it could not be opened again. */
function assertFollows(rows: readonly ChangeRow[], last: number): void {
  const found = rows.findIndex(({ revision }, at) => revision !== last + 1 + at);
  const revision = rows[found]?.revision;
  assert(revision === undefined, "changes are written in order and without gaps", { last, found, revision });
}

function foreign({ kind, namespace, name }: ChangeRow): Error {
  return new Error(`the file lacks ${kind} ${namespace}/${name}: something else has written to it`);
}
