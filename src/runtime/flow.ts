/**
 * The values that travel down the line, in the order in which they appear:
 *
 *   WatchEvent → CacheDelta → Route (predicate, mapper) → Request → Decision → Action → WriteOutcome
 *
 * Read this file first. Each stage of the runtime is a folder that turns one of these into the next, and no
 * stage knows more of its neighbours than the type between them. Nothing here knows a kind of ours.
 */
import type { ApiError } from "../client/index.ts";
import type { KubeObject, Resource } from "../kube/index.ts";

// ── watch/ ─────────────────────────────────────────────────────────────────────────────────────────────────

/** One line of a watch, parsed. `ERROR` lines never get this far: the reflector turns them into a relist. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

// ── cache/ ─────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Where a delta was learnt. From a `watch` the order of writes is known; a `list` shows what exists, not in
 * which order it came to be (`docs/allocation-protocol.md#rule-5`).
 */
export type DeltaOrigin = "watch" | "list";

/** What a change did to the cache. `old` and `new` are frozen, and are two uses of one UID. */
export type CacheDelta<T extends KubeObject = KubeObject> =
  | { readonly type: "added"; readonly new: T; readonly old?: undefined; readonly origin: DeltaOrigin }
  | { readonly type: "updated"; readonly new: T; readonly old: T; readonly origin: DeltaOrigin }
  /**
   * `old` is the last state known. From a `list` the deletion itself was missed: the object is a tombstone
   * ("final state unknown"). Under one name, a deletion and re-creation is two deltas, never an update.
   */
  | { readonly type: "deleted"; readonly old: T; readonly new?: undefined; readonly origin: DeltaOrigin };

/** Computes the values under which an object is found. No value: the object is not in the index. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

/** The part of a cache that deciding code may use: synchronous reads of one kind. */
export interface CacheReader<T extends KubeObject = KubeObject> {
  get(namespace: string, name: string): T | undefined;
  /** Objects with this value under this index, in no particular order. Unknown index: throws. O(result). */
  byIndex(index: string, value: string): readonly T[];
  countByIndex(index: string, value: string): number;
  values(): IterableIterator<T>;
  readonly size: number;
  /**
   * Whether every write up to and including this revision has been seen. Where each namespace is watched on its own,
   * name the one that matters: else the slowest of them answers.
   */
  hasSeen(resourceVersion: string, namespace?: string): boolean;
}

// ── route/ ─────────────────────────────────────────────────────────────────────────────────────────────────

declare const nonEmpty: unique symbol;
/** A namespace that is known not to be empty (RQ-04). {@link request} is the only way to make one. */
export type Namespace = string & { readonly [nonEmpty]: true };

/** Names the object to reconcile. Equal requests collapse in the queue. */
export interface Request {
  readonly namespace: Namespace;
  readonly name: string;
}

/** Undefined when either part is missing, so that a mapper cannot return half a request (RQ-04, RQ-09). */
export function request(namespace: string | undefined, name: string | undefined): Request | undefined {
  if (namespace === undefined || namespace === "" || name === undefined || name === "") return undefined;
  return { namespace: namespace as Namespace, name };
}

/** The object itself, as a request. */
export function requestFor(object: KubeObject): Request | undefined {
  return request(object.metadata.namespace, object.metadata.name);
}

export function keyOf(target: { readonly namespace: string; readonly name: string }): string {
  return `${target.namespace}/${target.name}`;
}

export type Predicate<T extends KubeObject> = (delta: CacheDelta<T>) => boolean;

/**
 * Names what a delta concerns. Called once with the delta whole, so that a change of a reference can name the
 * old and the new target (RQ-16, PS-02). Undefined entries are dropped. It is idempotent and writes nothing; when
 * it throws, that is logged and it returns no request (RQ-09).
 */
export type Mapper<T extends KubeObject> = (delta: CacheDelta<T>) => readonly (Request | undefined)[];

/** One row of a controller's `routes.ts`: watch what, when, map to whom. */
export interface Route<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>;
  readonly when: Predicate<T>;
  readonly to: Mapper<T>;
}

/** Erases the kind of a row, so that rows of different kinds stand in one table. */
export function route<T extends KubeObject>(resource: Resource<T>, when: Predicate<T>, to: Mapper<T>): Route {
  return { resource, when, to } as unknown as Route;
}

// ── reconcile/ ─────────────────────────────────────────────────────────────────────────────────────────────

/** What would unblock a blocked decision. */
export type WaitKey = IndexWaitKey | SignalWaitKey;

/**
 * A value of an index of a cache. Every delta of `resource` whose old or new object has `value` under `index` wakes
 * those who wait for it.
 */
export interface IndexWaitKey {
  readonly resource: Resource;
  readonly index: string;
  readonly value: string;
  /** Only deltas of these types wake. Default: all. */
  readonly on?: readonly CacheDelta["type"][];
  /** True: updates that leave generation, labels, annotations and deletionTimestamp as they were do not wake. */
  readonly ignoreStatus?: boolean;
}

/**
 * Something that no index shows: that space of a pool became free, say. A view derived from the caches makes it known by
 * `Manager.raise(key)`, a decision by the action `raise`. All who wait for this signal and value are woken.
 */
export interface SignalWaitKey {
  readonly signal: string;
  readonly value: string;
}

/**
 * What a controller decided, as plain data. `message` becomes the one line that is logged.
 *
 * - `settled`: the world is as it was asked for, or will be once `actions` are written.
 * - `blocked`: the desired state cannot be reached now. `until` lists what would change that, so being blocked for ever cannot be
 *   written down. `afterMs` is for what time alone cures (a reuse delay).
 * - `again`: look again after `afterMs`, whatever happens.
 */
export type Decision = {
  readonly actions: readonly Action[];
  readonly message: string;
  /** What the controller's `onResult` counts of it, for a metric. */
  readonly counts?: string | undefined;
} & (
  | { readonly verdict: "settled" }
  | {
      readonly verdict: "blocked";
      readonly until: readonly [WaitKey, ...WaitKey[]];
      readonly afterMs?: number;
    }
  | { readonly verdict: "again"; readonly afterMs: number }
);

// ── write/ ─────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * One change to the API. The executor carries actions out in order and stops at the first that does not end
 * in `done`.
 *
 * Whatever names `of` is a decision about exactly that state: the request carries its uid and resourceVersion,
 * and a change in between makes it a conflict (PS-06, `docs/allocation-protocol.md#rule-3`).
 */
export type Action =
  | { readonly do: "create"; readonly resource: Resource; readonly object: KubeObject }
  /** A merge patch (RFC 7396) of the status sub-resource. */
  | {
      readonly do: "patch-status";
      readonly resource: Resource;
      readonly of: KubeObject;
      readonly status: object;
    }
  /** A merge patch (RFC 7396) of everything else. */
  | { readonly do: "patch"; readonly resource: Resource; readonly of: KubeObject; readonly patch: object }
  | { readonly do: "delete"; readonly resource: Resource; readonly of: KubeObject }
  /**
   * A read from the API itself, past the cache: `done` when no object of that name and uid exists, `conflict` when
   * it does. Without a uid: no object of that name. For decisions that rest on an absence, since a cache of another kind
   * may lag.
   */
  | {
      readonly do: "confirm-gone";
      readonly resource: Resource;
      readonly namespace: string;
      readonly name: string;
      readonly uid?: string;
    }
  /**
   * The opposite: `done` when the object is there, `conflict` when it is another one or none. With `unchanged`, only when
   * it is just as it was decided on. For decisions that rest on an object of another kind than what they write.
   */
  | {
      readonly do: "confirm-there";
      readonly resource: Resource;
      readonly of: KubeObject;
      readonly unchanged?: true;
    }
  /** Puts a request into another controller's queue at once (RQ-06). */
  | { readonly do: "enqueue"; readonly controller: string; readonly request: Request }
  /**
   * Wakes those who wait for these signals: all, or of each signal the `atMost` that have waited longest. It never fails, and as
   * the first action it happens in the turn of the decision.
   */
  | { readonly do: "raise"; readonly keys: readonly SignalWaitKey[]; readonly atMost?: number }
  /** A Kubernetes Event (PX-08). Best effort: it never fails or delays what follows. */
  | { readonly do: "emit"; readonly event: EventNote };

export interface EventNote {
  readonly regarding: KubeObject;
  readonly type: "Normal" | "Warning";
  /** CamelCase, one of the reasons in the API reference. */
  readonly reason: string;
  readonly message: string;
}

/** How a write ended. */
export type WriteOutcome =
  | { readonly result: "done"; readonly object?: KubeObject }
  /** The object is no longer the one that was decided on. The decision is void; decide again. */
  | { readonly result: "conflict"; readonly error: ApiError }
  /** A create met an object of that name. Its owner decides whether it may be adopted. */
  | { readonly result: "already-exists"; readonly error: ApiError }
  | { readonly result: "gone"; readonly error: ApiError }
  /** The API refuses this content; the same write would be refused again. */
  | { readonly result: "refused"; readonly error: ApiError }
  /** The namespace is being deleted, and nothing is created there any more. What was decided has lost its object. */
  | { readonly result: "namespace-gone"; readonly error: ApiError }
  /** The request may or may not have been carried out, and a read did not settle it. */
  | { readonly result: "unknown"; readonly error: Error }
  /**
   * Nothing was carried out, and nothing will be: an action before it in the same decision did not end in `done`, or
   * the API could not be reached or took no more requests.
   */
  | { readonly result: "not-sent"; readonly error: Error };

/**
 * Called for every write (create, patch, patch-status, delete) before it is sent and after it ended, synchronously.
 * `beforeWrite` runs for all writes of a decision in the same turn as the decision, so a view of the world can hold
 * what is being written before any other decision is made. For each of them `afterWrite` follows, once.
 */
export interface WriteObserver {
  beforeWrite(action: Action): void;
  afterWrite(action: Action, outcome: WriteOutcome): void;
}

/**
 * Reads the caches and the clock, and decides. Synchronous: whatever it reads belongs to one moment. Called
 * again, at most three times in all, when a write met a conflict (PS-12). An object that is gone is a normal case.
 */
export type Reconcile = (request: Request) => Decision;
