/**
 * How much the objects of a store may take. All of them are in memory, so that a store that grows without a bound ends
 * the process, and with it every later one that opens the same file. etcd has a quota for its file instead.
 */
import { getHeapStatistics } from "node:v8";
import { DEFAULT_HISTORY_LIMITS, type HistoryLimits } from "./history.ts";
import { type StoreChange, type StoredObject, StoreFullError } from "./store.ts";

/** What an object takes beside its text: its place in the tree, its state, and what parsing it leaves now and then. */
const BYTES_PER_OBJECT = 700;
/** Of the heap. The rest is for history, for requests under way, and for whatever else the process does. */
const OBJECTS_SHARE = 0.5;
const HISTORY_SHARE = 0.1;
const MIB = 1024 * 1024;

/** Bytes of objects, where the heap of this process decides. */
export function defaultObjectBytes(): number {
  return Math.floor(getHeapStatistics().heap_size_limit * OBJECTS_SHARE);
}

export function historyLimitsFor(limits: Partial<HistoryLimits> = {}): HistoryLimits {
  const share = Math.floor(getHeapStatistics().heap_size_limit * HISTORY_SHARE);
  const { maxBytes } = DEFAULT_HISTORY_LIMITS;
  return { ...DEFAULT_HISTORY_LIMITS, maxBytes: Math.min(maxBytes, share), ...limits };
}

export class ObjectBudget {
  readonly #mostBytes: number;
  #usedBytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Starts over with what there is. */
  reset(objects: Iterable<StoredObject>): void {
    this.#usedBytes = 0;
    for (const object of objects) this.#usedBytes += bytesOf(object);
  }

  /**
   * Counts the change. What makes nothing larger is always admitted, so that a full store can be emptied.
   *
   * @throws StoreFullError
   */
  admit(change: StoreChange): void {
    const after = change.type === "put" ? bytesOf(change.current) : 0;
    const growth = after - (change.previous === undefined ? 0 : bytesOf(change.previous));
    if (growth > 0 && this.#usedBytes + growth > this.#mostBytes) {
      const [most, used] = [this.#mostBytes, this.#usedBytes].map((bytes) => Math.floor(bytes / MIB));
      throw new StoreFullError(
        `The store is full: its objects take ${used} MiB of the ${most} MiB that they may take in the memory of this process, and this one would add ${growth} bytes. Delete objects, or start the server with a larger heap (NODE_OPTIONS=--max-old-space-size=MEBIBYTES).`,
      );
    }
    this.#usedBytes += growth;
  }
}

function bytesOf(object: StoredObject): number {
  return BYTES_PER_OBJECT + object.jsonBytes;
}
