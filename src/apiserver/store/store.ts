/**
 * The store: every object of the API, every change to it in one total order.
 *
 * What every implementation guarantees:
 *
 * 1. One sequence of revisions for all kinds, starting at 1, without gaps and strictly increasing, for ever: also
 *    across restarts and after a crash.
 * 2. A write is visible (to `get`, `list` and watchers) only when it is durable, and its promise resolves after
 *    that. What was acknowledged is never lost. What was not acknowledged may be there or not after a crash.
 * 3. Conditions are checked against the newest state, writes still under way included, so that two writes that
 *    expect the same revision never both succeed.
 * 4. Watchers get every change of their kind after the revision they start from, once, in order.
 * 5. History is kept until compaction. What needs older history gets {@link Compacted}, never a wrong answer.
 * 6. What cannot be written as JSON, or is too deep or too large, is refused with {@link UnstorableObjectError}: that
 *    write alone, before it has a revision.
 * 7. What would make the objects larger than they may be together is refused with {@link StoreFullError}: that write alone.
 *    Deletions, and writes that make nothing larger, go on.
 * 8. A failure to write rejects that write and later ones with {@link StoreFailedError}. Reads go on. Where the place is
 *    at fault (a full disk, a file system that turned read-only), writes are accepted again once there is room; where
 *    the disk or the file cannot be trusted any more, never in this process.
 * 9. A watcher that throws ends its own watch and is logged; others are not affected.
 */

import type { Result } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";

/** `group/plural`, or `plural` alone in the core group. All versions of a kind share it. */
export type StorageKind = string;

/** For {@link Store.watch}: the changes of all kinds, in their one order. */
export const EVERY_KIND: StorageKind = "*";

export interface ObjectAddress {
  readonly kind: StorageKind;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** One state of one object. Immutable: `object` is deeply frozen. */
export interface StoredObject extends ObjectAddress {
  /**
   * With `metadata.resourceVersion` = `revision`. Always equal, not always identical: it may be parsed again when no caller
   * has held it for a while.
   */
  readonly object: AnyObject;
  /** Revision of the write that made this state. */
  readonly revision: number;
  /** Revision of the write that created the object. */
  readonly createRevision: number;
  /**
   * `JSON.stringify(object)`. Kept, as a rule: lists and watches send the same text to many clients. Reading it does not
   * parse what is still text, so prefer it to `object` where the fields do not matter.
   */
  json(): string;
  /** Characters of `json()`, and the bytes of memory that those take. */
  readonly jsonLength: number;
  readonly jsonBytes: number;
  /**
   * `object`, for a client in this process that keeps it for as long as it is the newest: from then on the object is what
   * is kept here, too, and its text is made when it is asked for. One of both is enough.
   *
   * @param before what this one replaced: parts that have not changed are the same values.
   */
  shared(before?: StoredObject): AnyObject;
}

/** A change in the order in which it happened. `previous` is what selectors need to distinguish ADDED from MODIFIED. */
export type StoreChange =
  | {
      readonly type: "put";
      readonly revision: number;
      readonly current: StoredObject;
      readonly previous?: StoredObject;
    }
  /**
   * `previous` is the last state; `revision` is that of the deletion. `final` is the last state too, but with the
   * revision of the deletion in it, which is what a DELETED event carries.
   */
  | {
      readonly type: "delete";
      readonly revision: number;
      readonly previous: StoredObject;
      readonly final: StoredObject;
    };

export type Write = PutWrite | DeleteWrite;

export interface PutWrite extends ObjectAddress {
  readonly do: "put";
  /** `metadata.resourceVersion` is set by the store. The store takes the object over: it freezes what is in it. */
  readonly object: AnyObject;
  /** 0: the object must not exist. n: its newest state must have this revision. */
  readonly expectedRevision: number;
}

export interface DeleteWrite extends ObjectAddress {
  readonly do: "delete";
  readonly expectedRevision: number;
}

/** The condition of a write did not hold. `current` is the newest state, absent when there is none. */
export interface WriteConflict {
  readonly reason: "conflict";
  readonly current?: StoredObject;
}

/** History before `oldest` is gone (HTTP 410, reason Expired). */
export interface Compacted {
  readonly reason: "compacted";
  readonly oldest: number;
}

export interface ListOptions {
  /** All namespaces when absent. */
  readonly namespace?: string;
  /** List as of this revision. Absent: the newest. */
  readonly revision?: number;
  readonly limit?: number;
  /** Continue after this object. Items come ordered by namespace, then name, by code unit. */
  readonly after?: { readonly namespace: string; readonly name: string };
}

export interface ListResult {
  readonly items: readonly StoredObject[];
  /** The revision of which this list is the truth. */
  readonly revision: number;
  /** Whether a further page exists, and how many objects are left. 0 when this was the last. */
  readonly remaining: number;
}

export interface WatchOptions {
  readonly namespace?: string;
  /** Changes after this revision. */
  readonly after: number;
  /**
   * Called synchronously, in order: for the history after `after` before `watch` returns, then for each change as it
   * becomes visible. It may call the store. If it throws, its watch ends as if the store had closed: `onEnd` is called.
   */
  readonly onChange: (change: StoreChange) => void;
  /** The store ends the watch, because it closes or `onChange` threw: no change comes any more. Not after `close`. */
  readonly onEnd?: () => void;
}

export interface Subscription {
  close(): void;
}

export interface Store {
  /** The newest revision that is visible. 0 in a new store. */
  readonly revision: number;
  /** The oldest revision that can still be listed at; watches may start after `oldestRevision - 1`. */
  readonly oldestRevision: number;
  get(address: ObjectAddress): StoredObject | undefined;
  /**
   * `revision` beyond the newest lists the newest: waits are the caller's business, see `waitForRevision`. O(page),
   * whatever else the kind holds.
   */
  list(kind: StorageKind, options: ListOptions): Result<ListResult, Compacted>;
  count(kind: StorageKind, namespace?: string): number;
  /** Kinds that hold at least one object. */
  kinds(): readonly StorageKind[];
  /**
   * The value is the new state; for a deletion the last one, with the revision of the deletion. A conflict with a write that is still under way is
   * answered once that one is durable, so `get` sees what `current` shows.
   */
  write(write: Write): Promise<Result<StoredObject, WriteConflict>>;
  /** @param kind one kind, or {@link EVERY_KIND}. */
  watch(kind: StorageKind, options: WatchOptions): Result<Subscription, Compacted>;
  /** Resolves once `revision` is visible. Rejects with the signal's reason, or when the store closes. */
  waitForRevision(revision: number, signal?: AbortSignal): Promise<void>;
  /** Drops history before `revision`; current states stay. */
  compact(revision: number): Promise<void>;
  /** Ends after all accepted writes are durable. Later writes are rejected. */
  close(): Promise<void>;
  /** Why no writes are taken, for good or for now; undefined while all is well. For health checks. */
  readonly failure: StoreFailedError | undefined;
}

/** The store takes no writes. `cause` is what the database said. */
export class StoreFailedError extends Error {
  /** Whether it accepts writes again automatically once there is space. */
  readonly isTemporary: boolean;

  constructor(message: string, cause: unknown, isTemporary = false) {
    super(message, { cause });
    this.name = "StoreFailedError";
    this.isTemporary = isTemporary;
  }
}

/** The objects take as much memory as they may, and this write would make one larger. Later ones may succeed. */
export class StoreFullError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StoreFullError";
  }
}

/** An object that cannot be stored, and why. The store is none the worse for it. */
export class UnstorableObjectError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "UnstorableObjectError";
  }
}
