/**
 * One kind: its newest state, and each state that it had since the last compaction.
 */

import { type Tree, treeDelete, treePut } from "./sorted-tree.ts";
import type { StorageKind, StoreChange, StoredObject } from "./store.ts";

interface Step {
  readonly change: StoreChange;
  /** What the kind held after the change. */
  readonly after: Tree<StoredObject>;
}

export class KindHistory {
  readonly kind: StorageKind;
  /** What the kind held before the first step. */
  #base: Tree<StoredObject>;
  #steps: Step[] = [];

  constructor(kind: StorageKind, base: Tree<StoredObject>) {
    this.kind = kind;
    this.#base = base;
  }

  get newest(): Tree<StoredObject> {
    const last = this.#steps.at(-1);
    return last === undefined ? this.#base : last.after;
  }

  /** `change.revision` is above every one that was applied before. */
  apply(change: StoreChange): void {
    const after =
      change.type === "put" ? treePut(this.newest, change.current) : treeDelete(this.newest, change.previous);
    this.#steps.push({ change, after });
  }

  /** What the kind held at `revision`, which must not be compacted. */
  at(revision: number): Tree<StoredObject> {
    const count = this.#countUpTo(revision);
    return count === 0 ? this.#base : this.#steps[count - 1]?.after;
  }

  /** Changes after `revision`, in order. */
  *changesAfter(revision: number): Generator<StoreChange> {
    for (let i = this.#countUpTo(revision); i < this.#steps.length; i++) {
      yield (this.#steps[i] as Step).change;
    }
  }

  /** Forgets the changes before `revision`. */
  compact(revision: number): void {
    const count = this.#countUpTo(revision - 1);
    if (count === 0) return;
    this.#base = this.#steps[count - 1]?.after;
    this.#steps = this.#steps.slice(count);
  }

  /** Whether it holds nothing and remembers nothing. */
  get isEmpty(): boolean {
    return this.#base === undefined && this.#steps.length === 0;
  }

  /** How many steps have a revision of `revision` or below. */
  #countUpTo(revision: number): number {
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#steps[middle] as Step).change.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
