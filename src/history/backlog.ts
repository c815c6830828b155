/**
 * What was seen and is not recorded yet, in the order in which it came. It is bounded: once it is full it
 * takes nothing more. What it has is recorded, and the rest is asked of the API again from there.
 */
import type { ListEntry, WatchEntry } from "./entry.ts";

/** Changes of watches in a row, or one list. */
export type Batch =
  | { readonly changes: readonly WatchEntry[] }
  | { readonly list: ListEntry; readonly taken: 1 };

export class Backlog {
  readonly #most: number;
  readonly #onFull: () => void;
  readonly #entries: (WatchEntry | ListEntry)[] = [];
  #wake: (() => void) | undefined;
  isFull = false;

  constructor(most: number, onFull: () => void) {
    this.#most = most;
    this.#onFull = onFull;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Nothing is taken any more once it was full: what comes after a hole is no use. */
  add(entry: WatchEntry | ListEntry): void {
    if (this.isFull) return;
    this.#entries.push(entry);
    this.isFull = this.#entries.length >= this.#most;
    if (this.isFull) this.#onFull();
    this.#wake?.();
  }

  /** The oldest, which stay until they are dropped; undefined: there is nothing. */
  peek(most: number): Batch | undefined {
    const [first] = this.#entries;
    if (first === undefined) return undefined;
    if ("objects" in first) return { list: first, taken: 1 };
    const changes: WatchEntry[] = [];
    for (const entry of this.#entries) {
      if ("objects" in entry || changes.length >= most) break;
      changes.push(entry);
    }
    return { changes };
  }

  drop(count: number): void {
    this.#entries.splice(0, count);
  }

  /** Resolves when there is something, when it is full, or when the signal aborts. */
  async untilSome(signal: AbortSignal): Promise<void> {
    if (this.#entries.length > 0 || this.isFull || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
