/**
 * What a store needs from whatever makes its writes durable. Ordering, conditions, history and watches are in
 * `store-core.ts`, once; a persistence only keeps what it is told.
 */
import type { StoreChange, StoredObject } from "./store.ts";

/** A change and when it was made. */
export interface LoggedChange {
  readonly change: StoreChange;
  /** Wall clock, milliseconds since the epoch. */
  readonly atMs: number;
}

export interface Persistence {
  /**
   * Makes the changes durable, all or none. Called with the next batch only after the last one ended. When it throws or
   * rejects, nothing more is asked of it but `close`.
   *
   * @param oldestRevision the log may forget what is before.
   */
  commit(batch: readonly LoggedChange[], oldestRevision: number): void | Promise<void>;
  close(): void | Promise<void>;
}

/** What a store starts from. */
export interface LoadedState {
  /** Every object as it was before the first change in the log, in any order. */
  readonly base: Iterable<StoredObject>;
  /** The newest changes without gaps, oldest first. Empty only in a store that was never written to. */
  readonly log: readonly LoggedChange[];
}

export const NOTHING_LOADED: LoadedState = { base: [], log: [] };

/** Nothing is durable; every write is visible at once. */
export const memoryPersistence: Persistence = {
  commit: () => {},
  close: () => {},
};
