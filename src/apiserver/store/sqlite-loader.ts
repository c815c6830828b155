/**
 * Reads the file of the SQLite store at start-up. Objects stay text until they are read.
 */
import type Database from "better-sqlite3";
import { defined } from "../../kernel/index.ts";
import { checksumOf } from "./checksum.ts";
import { nameOf, objectRows } from "./object-rows.ts";
import type { LoadedState, LoggedChange } from "./persistence.ts";
import { StateDigest } from "./state-digest.ts";
import type { ObjectAddress, StoreChange, StoredObject } from "./store.ts";
import { StoredState } from "./stored-state.ts";

type ChangeRow = [
  revision: number,
  atMs: number,
  deleted: number,
  kind: string,
  namespace: string,
  name: string,
  createRevision: number,
  previousRevision: number | null,
  previousJson: string | null,
  previousChecksum: number | null,
];

/** The content of the file, and its metadata. */
export interface LoadedFile extends LoadedState {
  readonly revision: number;
  /** Of all objects as they are at `revision`. */
  readonly digest: StateDigest;
}

/**
 * @param maxBytes the log is read back until the states in it have this many bytes; what is older is history that no client
 * would keep.
 * @throws Error when the content contradicts itself.
 */
export function loadState(
  db: Database.Database,
  baseRevision = 0,
  maxBytes = Number.POSITIVE_INFINITY,
): LoadedFile {
  const intern = internStrings();
  const states = new Map<number, StoredObject>();
  for (const { createRevision, revision, kind, namespace, name, json, checksum } of objectRows(db)) {
    const address = { kind: intern(kind), namespace: intern(namespace), name };
    states.set(createRevision, stateOf(address, revision, createRevision, json, checksum));
  }
  const digest = StateDigest.of(states.values());
  const log = undoLog(db, states, intern, maxBytes);
  const revision = log.at(-1)?.change.revision ?? baseRevision;
  const oldest = log[0]?.change.revision ?? baseRevision + 1;
  for (const object of states.values()) {
    if (object.revision < oldest) continue;
    throw new Error(`revision ${object.revision} of ${nameOf(object)} is not in the log`);
  }
  if (oldest <= baseRevision) throw new Error(`the log goes back to before revision ${baseRevision}`);
  return { base: states.values(), log, revision, digest };
}

/**
 * Reads the log, newest change first, and takes it back from `states`: each row holds what its change replaced.
 */
function undoLog(
  db: Database.Database,
  states: Map<number, StoredObject>,
  intern: (text: string) => string,
  maxBytes: number,
): LoggedChange[] {
  const rows = db
    .prepare(
      `SELECT revision, at_ms, deleted, kind, namespace, name, create_revision,
              previous_revision, previous_json, previous_checksum
       FROM changes ORDER BY revision DESC`,
    )
    .raw();
  const log: LoggedChange[] = [];
  let bytes = 0;
  for (const row of rows.iterate() as Iterable<ChangeRow>) {
    const [revision, atMs, deleted, kind, namespace, name, created, ...replaced] = row;
    const newer = log.at(-1);
    if (newer !== undefined && newer.change.revision !== revision + 1) {
      throw new Error(`revision ${revision + 1} is not in the log`);
    }
    const address: ObjectAddress = { kind: intern(kind), namespace: intern(namespace), name };
    const current = states.get(created);
    if (current?.revision !== (deleted === 0 ? revision : undefined)) {
      throw new Error(`revision ${revision} of ${nameOf(address)} is missing`);
    }
    const [previousRevision, json, checksum] = replaced;
    const previous =
      previousRevision === null || json === null || checksum === null
        ? undefined
        : stateOf(address, previousRevision, created, json, checksum);
    if (previous === undefined) states.delete(created);
    else states.set(created, previous);
    log.push({ change: changeOf(revision, current, previous), atMs });
    bytes += json?.length ?? 0;
    if (bytes > maxBytes) break;
  }
  return log.reverse();
}

function stateOf(
  address: ObjectAddress,
  revision: number,
  createRevision: number,
  json: string,
  checksum: number,
): StoredObject {
  if (checksumOf(address, revision, json) !== checksum) {
    throw new Error(`revision ${revision} of ${nameOf(address)} is damaged`);
  }
  return StoredState.ofJson(address, revision, createRevision, json);
}

function changeOf(
  revision: number,
  current: StoredObject | undefined,
  previous: StoredObject | undefined,
): StoreChange {
  if (current !== undefined) {
    return { type: "put", revision, current, ...defined({ previous }) };
  }
  if (previous === undefined) throw new Error(`the deletion at revision ${revision} lacks what it deleted`);
  return { type: "delete", revision, previous, final: StoredState.ofDeleted(previous, revision) };
}

/** Kinds and namespaces repeat in every row: one string for all. */
function internStrings(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    known.set(text, text);
    return text;
  };
}
