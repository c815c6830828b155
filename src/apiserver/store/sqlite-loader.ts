/**
 * Reads the file of the SQLite store at start-up. Objects stay text until somebody looks inside.
 */
import type Database from "better-sqlite3";
import type { LoadedState, LoggedChange } from "./persistence.ts";
import type { ObjectAddress, StoreChange, StoredObject } from "./store.ts";
import { StoredState } from "./stored-state.ts";

type ObjectRow = [
  createRevision: number,
  revision: number,
  kind: string,
  ns: string,
  name: string,
  json: string,
];
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
];

/** Throws when the content contradicts itself. */
export function loadState(db: Database.Database): LoadedState {
  const intern = internStrings();
  const states = new Map<number, StoredObject>();
  const rows = db.prepare("SELECT create_revision, revision, kind, namespace, name, json FROM objects").raw();
  for (const [created, revision, kind, namespace, name, json] of rows.iterate() as Iterable<ObjectRow>) {
    const address = { kind: intern(kind), namespace: intern(namespace), name };
    states.set(created, StoredState.ofJson(address, revision, created, json));
  }
  const log = undoLog(db, states, intern);
  const oldest = log[0]?.change.revision ?? 0;
  for (const object of states.values()) {
    if (object.revision < oldest) continue;
    throw new Error(`revision ${object.revision} of ${nameOf(object)} is not in the log`);
  }
  return { base: states.values(), log };
}

/**
 * Reads the log, newest change first, and takes it back from `states`: each row holds what its change replaced.
 */
function undoLog(
  db: Database.Database,
  states: Map<number, StoredObject>,
  intern: (text: string) => string,
): LoggedChange[] {
  const rows = db
    .prepare(
      `SELECT revision, at_ms, deleted, kind, namespace, name, create_revision, previous_revision, previous_json
       FROM changes ORDER BY revision DESC`,
    )
    .raw();
  const log: LoggedChange[] = [];
  for (const row of rows.iterate() as Iterable<ChangeRow>) {
    const [revision, atMs, deleted, kind, namespace, name, created, previousRevision, previousJson] = row;
    const newer = log.at(-1);
    if (newer !== undefined && newer.change.revision !== revision + 1) {
      throw new Error(`revision ${revision + 1} is not in the log`);
    }
    const address: ObjectAddress = { kind: intern(kind), namespace: intern(namespace), name };
    const current = states.get(created);
    if (deleted === 0 && current?.revision !== revision) {
      throw new Error(`revision ${revision} of ${nameOf(address)} is missing`);
    }
    const previous =
      previousRevision === null || previousJson === null
        ? undefined
        : StoredState.ofJson(address, previousRevision, created, previousJson);
    if (previous === undefined) states.delete(created);
    else states.set(created, previous);
    log.push({ change: changeOf(revision, current, previous), atMs });
  }
  return log.reverse();
}

function nameOf({ kind, namespace, name }: ObjectAddress): string {
  return `${kind} ${namespace}/${name}`;
}

function changeOf(
  revision: number,
  current: StoredObject | undefined,
  previous: StoredObject | undefined,
): StoreChange {
  if (current !== undefined) {
    return { type: "put", revision, current, ...(previous === undefined ? {} : { previous }) };
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
