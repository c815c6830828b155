/**
 * Everything that is known of one kind: what the API held at a revision, frozen, with indexes over it.
 *
 * What it guarantees:
 *
 * 1. Objects are deeply frozen. Two reads in one synchronous turn belong to one moment.
 * 2. It never goes backwards: an older state of an object that is held is dropped. Only a list of a server that went
 *    back itself (restored from a backup) takes it back.
 * 3. Each change becomes one delta, after the objects and all indexes have changed. Under one name, a deletion and
 *    re-creation is two deltas. What a list no longer has becomes `deleted`, origin `list` (a tombstone, RQ-09).
 * 4. {@link ObjectCache.hasSeen} and {@link ObjectCache.waitFor} report whether a write has arrived.
 */
import { InvariantError, Waiters } from "../../kernel/index.ts";
import { compareRevisions, type KubeObject, type Resource, SharedParts } from "../../kube/index.ts";
import type { CacheDelta, CacheReader, DeltaOrigin, WatchEvent } from "../flow.ts";
import type { ReflectorSink } from "../watch/index.ts";
import { FieldIndex, type IndexDefinition, NAME_INDEX } from "./field-index.ts";
import { ObjectTable } from "./object-table.ts";

/** Revision of a source that has not listed yet: earlier than all. */
const NOTHING_SEEN = "0";

interface Source {
  revision: string;
  synced: boolean;
}

export interface ObjectCacheOptions<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly indexes?: readonly IndexDefinition<T>[];
  /**
   * Called after the cache has changed, with what has: the changes of a whole list at once, of the first list page by
   * page, of an event as it comes. It guards its own handlers: a throw goes through to the reflector, which lists again.
   */
  readonly onDeltas?: (deltas: readonly CacheDelta<T>[]) => void;
  readonly onIndexError?: (index: string, error: unknown) => void;
}

export class ObjectCache<T extends KubeObject = KubeObject> implements CacheReader<T> {
  readonly resource: Resource<T>;
  readonly #options: ObjectCacheOptions<T>;
  readonly #objects = new ObjectTable<T>();
  readonly #indexes = new Map<string, FieldIndex<T>>();
  /** Namespace (empty: all) → how far its reflector has come. */
  readonly #sources = new Map<string, Source>();
  readonly #waiters = new Waiters();
  readonly #shared = new SharedParts();

  constructor(options: ObjectCacheOptions<T>) {
    this.resource = options.resource;
    this.#options = options;
    for (const definition of options.indexes ?? []) {
      if (this.#indexes.has(definition.name) || definition.name === NAME_INDEX) {
        throw new InvariantError(`index ${definition.name} of ${options.resource.kind} is declared twice`);
      }
      const onError = (error: unknown) => options.onIndexError?.(definition.name, error);
      this.#indexes.set(definition.name, new FieldIndex(definition, onError));
    }
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────

  get size(): number {
    return this.#objects.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(namespace, name);
  }

  byIndex(index: string, value: string): readonly T[] {
    if (index !== NAME_INDEX) return this.#index(index).find(value);
    const object = this.#byName(value);
    return object === undefined ? [] : [object];
  }

  countByIndex(index: string, value: string): number {
    if (index !== NAME_INDEX) return this.#index(index).count(value);
    return this.#byName(value) === undefined ? 0 : 1;
  }

  /** Those of the moment in which it was called. */
  values(): IterableIterator<T> {
    return this.#objects.values().values();
  }

  hasIndex(index: string): boolean {
    return index === NAME_INDEX || this.#indexes.has(index);
  }

  /** The values under which `object` is, or was, found. */
  indexValues(index: string, object: T): readonly string[] {
    if (index === NAME_INDEX) return [`${object.metadata.namespace ?? ""}/${object.metadata.name}`];
    return this.#index(index).valuesOf(object);
  }

  #index(index: string): FieldIndex<T> {
    const found = this.#indexes.get(index);
    if (found !== undefined) return found;
    throw new InvariantError(
      `${this.resource.kind} has no index ${index}; declare it where all are declared`,
    );
  }

  #byName(value: string): T | undefined {
    const slash = value.indexOf("/");
    return slash < 0 ? undefined : this.get(value.slice(0, slash), value.slice(slash + 1));
  }

  // ── how far it has come ──────────────────────────────────────────────────────────────────────────────────

  /** Whether every source has delivered its first list. */
  get synced(): boolean {
    return this.#sources.size > 0 && [...this.#sources.values()].every((source) => source.synced);
  }

  hasSeen(resourceVersion: string, namespace?: string): boolean {
    const own = namespace === undefined ? undefined : this.#sources.get(namespace);
    const sources = own === undefined ? this.#sources.values() : [own];
    let any = false;
    for (const source of sources) {
      any = true;
      if (!source.synced || compareRevisions(source.revision, resourceVersion) < 0) return false;
    }
    return any;
  }

  /** Resolves once {@link hasSeen} holds, in the turn after; rejects with the signal's reason. */
  waitFor(resourceVersion: string, namespace?: string, signal?: AbortSignal): Promise<void> {
    return this.waitUntil(() => this.hasSeen(resourceVersion, namespace), signal);
  }

  /** Resolves once `holds` does; it is asked after every change of the cache. */
  waitUntil(holds: () => boolean, signal?: AbortSignal): Promise<void> {
    return this.#waiters.wait(holds, signal);
  }

  /** Calls `then` once, as soon as `holds` does: at once, or after a change. Returns what takes it back. */
  whenever(holds: () => boolean, then: () => void): () => void {
    return this.#waiters.whenever(holds, then);
  }

  // ── changing ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Where a reflector writes: that of all namespaces, or of the one named. */
  source(namespace = ""): ReflectorSink<T> {
    const source: Source = { revision: NOTHING_SEEN, synced: false };
    this.#sources.set(namespace, source);
    return {
      admit: (page) => (source.synced ? this.#share(page) : this.#putPage(page)),
      replace: (items, resourceVersion) => this.#replace(source, namespace, items, resourceVersion),
      apply: (event) => this.#apply(source, event),
    };
  }

  #share(page: readonly T[]): readonly T[] {
    return page.map((object) =>
      this.#shared.freeze(object, this.get(object.metadata.namespace ?? "", object.metadata.name)),
    );
  }

  /**
   * Of the first list, before which nothing is read: a million objects at once would hold up everything else for
   * seconds. What is held is of a list that failed, and the server may have been restored since.
   */
  #putPage(page: readonly T[]): readonly T[] {
    const deltas: CacheDelta<T>[] = [];
    const put = page.map((object) => this.#put(object, "list", true, (delta) => deltas.push(delta)));
    this.#publish(deltas);
    return put;
  }

  #replace(source: Source, namespace: string, items: readonly T[], resourceVersion: string): void {
    const wentBack = !source.synced || compareRevisions(resourceVersion, source.revision) < 0;
    const deltas: CacheDelta<T>[] = [];
    const emit = (delta: CacheDelta<T>) => deltas.push(delta);
    const listed = new Set<T>();
    for (const item of items) listed.add(this.#put(item, "list", wentBack, emit));
    const tombstones = this.#within(namespace).filter((held) => !listed.has(held));
    for (const object of tombstones) this.#drop(object, "list", emit);
    source.revision = resourceVersion;
    source.synced = true;
    this.#publish(deltas);
  }

  #apply(source: Source, event: WatchEvent<T>): void {
    const deltas: CacheDelta<T>[] = [];
    const emit = (delta: CacheDelta<T>) => deltas.push(delta);
    let revision: string | undefined;
    if (event.type === "BOOKMARK") revision = event.resourceVersion;
    else {
      revision = event.object.metadata.resourceVersion;
      if (event.type !== "DELETED") this.#put(event.object, "watch", false, emit);
      else {
        const { namespace = "", name, uid } = event.object.metadata;
        const held = this.get(namespace, name);
        if (held !== undefined && held.metadata.uid === uid) this.#drop(held, "watch", emit);
      }
    }
    if (revision !== undefined && compareRevisions(source.revision, revision) < 0) source.revision = revision;
    this.#publish(deltas);
  }

  /** Returns the state that is held from then on. */
  #put(object: T, origin: DeltaOrigin, evenIfOlder: boolean, emit: (delta: CacheDelta<T>) => void): T {
    const { namespace = "", name, uid, resourceVersion = NOTHING_SEEN } = object.metadata;
    const held = this.get(namespace, name);
    if (held !== undefined) {
      const order = compareRevisions(resourceVersion, held.metadata.resourceVersion ?? NOTHING_SEEN);
      if (order < 0 && !evenIfOlder) return held;
      if (order === 0 && held.metadata.uid === uid) return held;
    }
    const fresh = this.#shared.freeze(object, held);
    if (held !== undefined && held.metadata.uid === uid) {
      this.#objects.set(fresh);
      for (const index of this.#indexes.values()) index.replace(held, fresh);
      emit({ type: "updated", new: fresh, old: held, origin });
      return fresh;
    }
    if (held !== undefined) this.#drop(held, origin, emit);
    this.#objects.set(fresh);
    for (const index of this.#indexes.values()) index.add(fresh);
    emit({ type: "added", new: fresh, origin });
    return fresh;
  }

  #drop(object: T, origin: DeltaOrigin, emit: (delta: CacheDelta<T>) => void): void {
    const { namespace = "", name } = object.metadata;
    this.#objects.delete(namespace, name);
    for (const index of this.#indexes.values()) index.remove(object);
    emit({ type: "deleted", old: object, origin });
  }

  /** The objects for which the source of `namespace` speaks. */
  #within(namespace: string): readonly T[] {
    const all = this.#objects.values();
    return namespace === "" ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  #publish(deltas: readonly CacheDelta<T>[]): void {
    if (deltas.length > 0) this.#options.onDeltas?.(deltas);
    this.#waiters.check();
  }
}
