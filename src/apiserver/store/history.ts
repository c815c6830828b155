/**
 * What is visible: every kind at every revision since the last compaction, and those who watch.
 */
import { assert, err, ok, type Result } from "../../kernel/index.ts";
import { KindHistory } from "./kind-history.ts";
import type { LoadedState, LoggedChange } from "./persistence.ts";
import {
  compareNamed,
  type Tree,
  treeFromSorted,
  treeGet,
  treeRank,
  treeSize,
  treeSlice,
} from "./sorted-tree.ts";
import {
  type Compacted,
  EVERY_KIND,
  type ListOptions,
  type ListResult,
  type ObjectAddress,
  type StorageKind,
  type StoreChange,
  type StoredObject,
  type Subscription,
  type WatchOptions,
} from "./store.ts";

/**
 * A change is kept while it is among the newest `minChanges`, or younger than `minAgeMs` and among `maxChanges`; and in
 * any case only while the states that it and the later ones replaced have at most `maxBytes` together.
 */
export interface HistoryLimits {
  readonly minChanges: number;
  readonly maxChanges: number;
  readonly minAgeMs: number;
  /** Of JSON, a character counted as a byte. */
  readonly maxBytes: number;
}

export const DEFAULT_HISTORY_LIMITS: HistoryLimits = {
  minChanges: 10_000,
  maxChanges: 50_000,
  minAgeMs: 5 * 60_000,
  maxBytes: 128 * 1024 * 1024,
};

/** Where the bytes are used up, so much is forgotten at once that the next stride is not due with the next change. */
const BYTES_KEPT = 0.9;

/** Called with the error of a watcher, which has ended its watch. */
export type ListenerErrorHandler = (error: unknown, kind: StorageKind) => void;

interface Watcher {
  readonly options: WatchOptions;
  /** Of the last change that it received, or that did not concern it. */
  seenRevision: number;
}

export class History {
  readonly #limits: HistoryLimits;
  readonly #kinds = new Map<StorageKind, KindHistory>();
  readonly #watchers = new Map<StorageKind, Set<Watcher>>();
  /** Item i is the change with revision `#oldestRevision + i`. */
  #log: LoggedChange[] = [];
  #oldestRevision: number;
  #revision: number;
  /** Of the states that the changes in the log replaced: what history costs beyond what is there anyway. */
  #bytes = 0;
  readonly #onListenerError: ListenerErrorHandler;

  /** Throws when `loaded` contradicts itself. */
  constructor(
    loaded: LoadedState,
    limits: HistoryLimits = DEFAULT_HISTORY_LIMITS,
    onListenerError: ListenerErrorHandler = () => {},
  ) {
    this.#limits = limits;
    this.#onListenerError = onListenerError;
    this.#oldestRevision = loaded.log[0]?.change.revision ?? (loaded.revision ?? 0) + 1;
    this.#revision = this.#oldestRevision - 1;
    for (const [kind, base] of treesOf(loaded.base)) this.#kinds.set(kind, new KindHistory(kind, base));
    for (const logged of loaded.log) this.#apply(logged);
    this.#compactByBytes();
  }

  get revision(): number {
    return this.#revision;
  }

  get oldestRevision(): number {
    return this.#oldestRevision;
  }

  get(address: ObjectAddress): StoredObject | undefined {
    return treeGet(this.#newest(address.kind), address);
  }

  count(kind: StorageKind, namespace?: string): number {
    const [from, to] = rangeOf(this.#newest(kind), namespace);
    return to - from;
  }

  kinds(): readonly StorageKind[] {
    return [...this.#kinds.values()].filter((kind) => kind.newest !== undefined).map((kind) => kind.kind);
  }

  /** The newest state of every object. */
  *objects(): Generator<StoredObject> {
    for (const { newest } of this.#kinds.values()) yield* treeSlice(newest, 0, treeSize(newest));
  }

  list(kind: StorageKind, options: ListOptions): Result<ListResult, Compacted> {
    const revision = Math.min(options.revision ?? this.#revision, this.#revision);
    if (revision < this.#oldestRevision && revision < this.#revision) return err(this.#compacted());
    const tree = this.#kinds.get(kind)?.at(revision);
    const [first, end] = rangeOf(tree, options.namespace);
    const from = options.after === undefined ? first : Math.max(first, treeRank(tree, options.after));
    const to = options.limit === undefined ? end : Math.min(end, from + options.limit);
    return ok({ items: treeSlice(tree, from, to), revision, remaining: Math.max(0, end - to) });
  }

  watch(kind: StorageKind, options: WatchOptions): Result<Subscription, Compacted> {
    if (options.after < this.#oldestRevision - 1) return err(this.#compacted());
    const watcher: Watcher = { options, seenRevision: options.after };
    for (const change of this.#changesAfter(kind, options.after)) tell(watcher, change);
    let watchers = this.#watchers.get(kind);
    if (watchers === undefined) {
      watchers = new Set();
      this.#watchers.set(kind, watchers);
    }
    watchers.add(watcher);
    return ok({ close: () => void watchers.delete(watcher) });
  }

  endWatches(): void {
    const watchers = [...this.#watchers.values()].flatMap((set) => [...set]);
    this.#watchers.clear();
    for (const watcher of watchers) this.#end(watcher, EVERY_KIND);
  }

  /** Makes the change with the next revision visible and notifies the watches of its kind. */
  publish(logged: LoggedChange): void {
    this.#apply(logged);
    this.#compactByLimits(logged.atMs);
    this.#compactByBytes();
    for (const kind of [kindOf(logged.change), EVERY_KIND]) {
      const watchers = this.#watchers.get(kind);
      for (const watcher of watchers ?? []) {
        try {
          tell(watcher, logged.change);
        } catch (error) {
          watchers?.delete(watcher);
          this.#report(error, kind);
          this.#end(watcher, kind);
        }
      }
    }
  }

  #end(watcher: Watcher, kind: StorageKind): void {
    try {
      watcher.options.onEnd?.();
    } catch (error) {
      this.#report(error, kind);
    }
  }

  /** The error callback may fail as well. */
  #report(error: unknown, kind: StorageKind): void {
    try {
      this.#onListenerError(error, kind);
    } catch {}
  }

  /** Forgets changes before `revision`; the newest one always stays. */
  compact(revision: number): void {
    const until = Math.min(revision, this.#revision);
    if (until <= this.#oldestRevision) return;
    const dropped = this.#log.slice(0, until - this.#oldestRevision);
    this.#log = this.#log.slice(dropped.length);
    for (const logged of dropped) this.#bytes -= bytesOf(logged.change);
    this.#oldestRevision = until;
    for (const kind of new Set(dropped.map((logged) => kindOf(logged.change)))) {
      const history = this.#kinds.get(kind);
      history?.compact(until);
      if (history?.isEmpty) this.#kinds.delete(kind);
    }
  }

  #apply(logged: LoggedChange): void {
    const { change } = logged;
    assert(change.revision === this.#revision + 1, "changes are published in order and without gaps", {
      revision: change.revision,
      newest: this.#revision,
    });
    const kind = kindOf(change);
    let history = this.#kinds.get(kind);
    if (history === undefined) {
      history = new KindHistory(kind, undefined);
      this.#kinds.set(kind, history);
    }
    history.apply(change);
    this.#log.push({ change, atMs: logged.atMs });
    this.#bytes += bytesOf(change);
    this.#revision = change.revision;
  }

  /** Compacts in strides, so that the cost of moving arrays is shared by many changes. */
  #compactByLimits(nowMs: number): void {
    const { minChanges, maxChanges, minAgeMs } = this.#limits;
    const stride = Math.max(1, Math.floor(minChanges / 10));
    const surplus = this.#log.length - minChanges;
    if (surplus < stride || surplus % stride !== 0) return;
    let drop = Math.max(0, this.#log.length - maxChanges);
    while (drop < surplus && nowMs - (this.#log[drop]?.atMs ?? nowMs) >= minAgeMs) drop++;
    if (drop > 0) this.compact(this.#oldestRevision + drop);
  }

  #compactByBytes(): void {
    const { maxBytes } = this.#limits;
    if (this.#bytes <= maxBytes) return;
    let drop = 0;
    for (let left = this.#bytes; left > maxBytes * BYTES_KEPT && drop < this.#log.length - 1; drop++)
      left -= bytesOf((this.#log[drop] as LoggedChange).change);
    this.compact(this.#oldestRevision + drop);
  }

  #newest(kind: StorageKind): Tree<StoredObject> {
    return this.#kinds.get(kind)?.newest;
  }

  #changesAfter(kind: StorageKind, revision: number): Iterable<StoreChange> {
    if (kind !== EVERY_KIND) return this.#kinds.get(kind)?.changesAfter(revision) ?? [];
    return this.#log.slice(Math.max(0, revision + 1 - this.#oldestRevision)).map((logged) => logged.change);
  }

  #compacted(): Compacted {
    return { reason: "compacted", oldest: this.#oldestRevision };
  }
}

function kindOf(change: StoreChange): StorageKind {
  return change.type === "put" ? change.current.kind : change.previous.kind;
}

/** What the change keeps alive: the state that it replaced. */
export function bytesOf({ previous }: StoreChange): number {
  return previous === undefined ? 0 : previous.jsonLength;
}

function tell(watcher: Watcher, change: StoreChange): void {
  if (change.revision <= watcher.seenRevision) return;
  watcher.seenRevision = change.revision;
  const { namespace, onChange } = watcher.options;
  const changed = change.type === "put" ? change.current : change.previous;
  if (namespace === undefined || namespace === changed.namespace) onChange(change);
}

/** Positions of the first object of a namespace (or of all) and of the one after the last. No object has no name. */
function rangeOf(tree: Tree<StoredObject>, namespace: string | undefined): [number, number] {
  if (namespace === undefined) return [0, treeSize(tree)];
  const from = treeRank(tree, { namespace, name: "" });
  return [from, treeRank(tree, { namespace: `${namespace}\0`, name: "" })];
}

function treesOf(objects: Iterable<StoredObject>): Map<StorageKind, Tree<StoredObject>> {
  const byKind = new Map<StorageKind, StoredObject[]>();
  for (const object of objects) {
    const others = byKind.get(object.kind);
    if (others === undefined) byKind.set(object.kind, [object]);
    else others.push(object);
  }
  return new Map([...byKind].map(([kind, others]) => [kind, treeOf(others)]));
}

function treeOf(objects: StoredObject[]): Tree<StoredObject> {
  objects.sort(compareNamed);
  for (let i = 1; i < objects.length; i++) {
    const [previous, object] = [objects[i - 1], objects[i]] as [StoredObject, StoredObject];
    if (compareNamed(previous, object) === 0) {
      throw new Error(`${object.kind} ${object.namespace}/${object.name} is there twice`);
    }
  }
  return treeFromSorted(objects);
}
