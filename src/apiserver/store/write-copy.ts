/**
 * A file of a store that is made of objects, without history: what a backup is, and what a restore and a repair put in the
 * place of what was there. What was there is never removed, but kept under another name.
 */
import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { systemKernel } from "../../kernel/index.ts";
import type { ObjectRow } from "./object-rows.ts";
import { createSeal, sealFileOf, syncDirectory } from "./seal.ts";
import { createFile, layOut } from "./sqlite-database.ts";
import { StateDigest } from "./state-digest.ts";

/**
 * So far a restored store goes on beyond the revision of what it was restored from: no revision that a client has seen and
 * that was lost is used again, and a watch from one returns 410 Gone.
 */
export const REVISION_LEAP = 1_000_000;

export interface Copied {
  readonly revision: number;
  readonly digest: StateDigest;
}

/**
 * Makes `target`, or puts the copy in its place. Whole and on disk when it returns.
 *
 * @param id of the store, as its seal will have it; empty where there is no seal.
 * @param mark adds what else is to be in the file.
 */
export function writeCopy(
  target: string,
  rows: Iterable<ObjectRow>,
  revision: number,
  id: string,
  mark: (db: Database.Database, copied: Copied) => void = () => {},
): Copied {
  const draft = `${target}.new`;
  for (const left of [draft, `${draft}-journal`]) rmSync(left, { force: true });
  createFile(draft);
  const digest = new StateDigest();
  const db = new Database(draft);
  try {
    layOut(db);
    const insert = db.prepare(
      `INSERT INTO objects (create_revision, revision, kind, namespace, name, json, checksum)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    db.transaction(() => {
      for (const row of rows) {
        const { createRevision, kind, namespace, name, json, checksum } = row;
        insert.run(createRevision, row.revision, kind, namespace, name, json, checksum);
        digest.add(row);
      }
      db.prepare("UPDATE store SET id = ?, base_revision = ?").run(id, revision);
      mark(db, { revision, digest });
    })();
  } catch (error) {
    db.close();
    rmSync(draft, { force: true });
    throw error;
  }
  db.close();
  chmodSync(draft, 0o600);
  renameSync(draft, target);
  syncDirectory(dirname(target));
  return { revision, digest };
}

const SUFFIXES = ["-wal", "-shm", ""];

/**
 * Puts a copy in the place of a store. Killed on the way, it leaves a store that is refused, and everything that was there.
 * The caller holds the lock.
 *
 * @param label for the names under which the old files are kept. @returns those names.
 */
export function replaceStore(
  file: string,
  rows: Iterable<ObjectRow>,
  revision: number,
  label: string,
): { readonly copied: Copied; readonly kept: readonly string[] } {
  const id = systemKernel.random.uuid();
  const fresh = `${file}.${label}`;
  const copied = writeCopy(fresh, rows, revision, id);
  const kept = moveAside(file, label);
  createSeal(sealFileOf(file), { store: id, ...copied, atMs: systemKernel.clock.now() });
  renameSync(fresh, file);
  syncDirectory(dirname(file));
  return { copied, kept };
}

function moveAside(file: string, label: string): string[] {
  const kept: string[] = [];
  const all = [...SUFFIXES.map((suffix) => `${file}${suffix}`), sealFileOf(file)];
  let number = 1;
  while (all.some((path) => existsSync(`${path}.before-${label}-${number}`))) number += 1;
  for (const path of all) {
    if (!existsSync(path)) continue;
    const aside = `${path}.before-${label}-${number}`;
    renameSync(path, aside);
    kept.push(aside);
  }
  return kept;
}
