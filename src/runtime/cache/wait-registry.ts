/**
 * Blocked decisions, and what would unblock them (PX-03): WaitKey → those who wait for it.
 *
 * A delta costs one look-up for each index that has waiters, and the waiters that it wakes; never the number of
 * those who wait. A waiter is woken once and then forgotten, since it decides again and registers again what it waits for.
 */
import { InvariantError } from "../../kernel/index.ts";
import type { KubeObject, Resource } from "../../kube/index.ts";
import type { CacheDelta, IndexWaitKey, SignalWaitKey, WaitKey } from "../flow.ts";
import { sameEntries } from "../same-entries.ts";
import type { ObjectCache } from "./object-cache.ts";
import { resourceKey } from "./resource-key.ts";

/** Who waits: a key of a controller. */
export interface Waiter {
  /** Waiters of one ID are one waiter. */
  readonly id: string;
  readonly wake: () => void;
  /** Of the writes that its decision asks for. One that failed comes again with back-off. */
  writes?: "under way" | "failed";
  /** An echo came while its writes were under way. */
  hasHeardEcho?: boolean;
}

/** Finds the cache of a kind. Undefined: it was never requested. */
export type CacheLookup = (resource: Resource) => ObjectCache | undefined;

interface Wait {
  readonly waiter: Waiter;
  readonly key: WaitKey;
  readonly bucket: Bucket;
}

/** Those who wait for one value, and where to remove the bucket from when it falls empty. */
interface Bucket {
  readonly waits: Set<Wait>;
  readonly values: Map<string, Bucket>;
  readonly value: string;
}

type Buckets = Map<string, Map<string, Bucket>>;

export class WaitRegistry {
  readonly #caches: CacheLookup;
  /** resource → index → value → waits. */
  readonly #byIndex = new Map<string, Buckets>();
  /** signal → value → waits. */
  readonly #bySignal: Buckets = new Map();
  readonly #byWaiter = new Map<string, Wait[]>();
  #isEcho = false;

  constructor(caches: CacheLookup) {
    this.#caches = caches;
  }

  /** Waiters that wait for something. */
  get size(): number {
    return this.#byWaiter.size;
  }

  /** From now on `waiter` waits for these, and for nothing else. */
  replace(waiter: Waiter, keys: readonly WaitKey[]): void {
    this.forget(waiter.id);
    if (keys.length === 0) return;
    const waits: Wait[] = [];
    this.#byWaiter.set(waiter.id, waits);
    for (const key of keys) {
      const values = "signal" in key ? this.#signalValues(key) : this.#indexValues(key);
      const bucket = entry(values, key.value, () => ({ waits: new Set<Wait>(), values, value: key.value }));
      const wait: Wait = { waiter, key, bucket };
      bucket.waits.add(wait);
      waits.push(wait);
    }
  }

  forget(id: string): void {
    for (const wait of this.#byWaiter.get(id) ?? []) {
      const { waits, values, value } = wait.bucket;
      waits.delete(wait);
      if (waits.size === 0) values.delete(value);
    }
    this.#byWaiter.delete(id);
  }

  /** Wakes those who wait for a value that the old or the new object has. */
  notify<T extends KubeObject>(cache: ObjectCache<T>, delta: CacheDelta<T>): void {
    const indexes = this.#byIndex.get(resourceKey(cache.resource));
    if (indexes === undefined) return;
    for (const [index, values] of indexes) {
      if (values.size === 0) continue;
      for (const object of [delta.old, delta.new]) {
        if (object === undefined) continue;
        for (const value of cache.indexValues(index, object)) {
          this.#wake(values, value, (key) => "signal" in key || wakes(key, delta));
        }
      }
    }
  }

  /** Whether there is a waiter for this signal, with any value. */
  awaited(signal: string): boolean {
    return (this.#bySignal.get(signal)?.size ?? 0) > 0;
  }

  /** Wakes those who wait for this signal and value, the longest waiting first; at most so many. */
  raise(key: SignalWaitKey, atMost = Number.POSITIVE_INFINITY): void {
    const values = this.#bySignal.get(key.signal);
    if (values !== undefined) this.#wake(values, key.value, () => true, atMost);
  }

  /**
   * What is raised meanwhile comes of a write that failed. It wakes no waiter whose own write failed, or fails later: two who set
   * something free for each other by failing would write the same for ever.
   */
  echo(call: () => void): void {
    this.#isEcho = true;
    try {
      call();
    } finally {
      this.#isEcho = false;
    }
  }

  #wake(
    values: Map<string, Bucket>,
    value: string,
    passes: (key: WaitKey) => boolean,
    atMost = Number.POSITIVE_INFINITY,
  ): void {
    // Iterate over a copy: a woken waiter may register again immediately, and must not be woken twice by one change.
    for (const { waiter, key } of first(this.#hearers(values.get(value)), atMost)) {
      if (!passes(key)) continue;
      this.forget(waiter.id);
      waiter.wake();
    }
  }

  /** Its writes have ended. What it heard meanwhile counts when they did not fail. */
  ended(waiter: Waiter, hasFailed: boolean): void {
    if (hasFailed) {
      waiter.writes = "failed";
      return;
    }
    delete waiter.writes;
    // It may have been woken, and registered again, in the meantime.
    if (waiter.hasHeardEcho !== true || this.#byWaiter.get(waiter.id)?.[0]?.waiter !== waiter) return;
    this.forget(waiter.id);
    waiter.wake();
  }

  #hearers(bucket: Bucket | undefined): Iterable<Wait> {
    const waits = bucket?.waits ?? [];
    if (!this.#isEcho) return waits;
    return [...waits].filter(({ waiter }) => {
      if (waiter.writes === "under way") waiter.hasHeardEcho = true;
      return waiter.writes === undefined;
    });
  }

  #signalValues(key: SignalWaitKey): Map<string, Bucket> {
    return entry(this.#bySignal, key.signal, () => new Map());
  }

  #indexValues({ resource, index }: IndexWaitKey): Map<string, Bucket> {
    if (this.#caches(resource)?.hasIndex(index) !== true) {
      throw new InvariantError(
        `a decision waits on ${resource.kind} by ${index}, but no route watches that kind or no such index is declared`,
      );
    }
    const indexes = entry(this.#byIndex, resourceKey(resource), () => new Map());
    return entry(indexes, index, () => new Map());
  }
}

function wakes(key: IndexWaitKey, delta: CacheDelta): boolean {
  if (key.on !== undefined && !key.on.includes(delta.type)) return false;
  return key.ignoreStatus !== true || delta.type !== "updated" || saysSomethingNew(delta.old, delta.new);
}

/** Whether a user, or another controller through labels and annotations, has changed the content of the object. */
function saysSomethingNew({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return (
    a.generation !== b.generation ||
    a.deletionTimestamp !== b.deletionTimestamp ||
    !sameEntries(a.labels, b.labels) ||
    !sameEntries(a.annotations, b.annotations)
  );
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function first<T>(items: Iterable<T>, atMost: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length >= atMost) break;
    taken.push(item);
  }
  return taken;
}
