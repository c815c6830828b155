/**
 * What a store needs from whatever makes its writes durable. Ordering, conditions, history and watches are in
 * `store-core.ts`, once; a persistence only stores what it receives.
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
   * rejects, nothing more is asked of it but `close`; after a {@link TemporaryFault} also `probe`, until that succeeds.
   *
   * @param oldestRevision the log may forget what is before.
   */
  commit(batch: readonly LoggedChange[], oldestRevision: number): void | Promise<void>;
  /** Whether commits may be tried again: throws or rejects, as `commit` does, when they may not. */
  probe?(oldestRevision: number): void | Promise<void>;
  close(): void | Promise<void>;
}

/** Nothing of the batch was kept, and a later one may be: the place is at fault, and not what is kept there. */
export class TemporaryFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "TemporaryFault";
  }
}

/** What a store starts from. */
export interface LoadedState {
  /** Every object as it was before the first change in the log, in any order. */
  readonly base: Iterable<StoredObject>;
  /** The newest changes without gaps, oldest first. */
  readonly log: readonly LoggedChange[];
  /** Of the newest change, where the log is empty since history was given up. Default: 0. */
  readonly revision?: number;
}

export const NOTHING_LOADED: LoadedState = { base: [], log: [] };

/** Nothing is durable; every write is visible at once. */
export const memoryPersistence: Persistence = {
  commit: () => {},
  close: () => {},
};
