/**
 * Keys with a due time, the earliest first. A key stands in it at most once, with the earlier of the times it was
 * added for. Each operation is O(log n).
 */

interface Entry {
  readonly key: string;
  dueMs: number;
  /** Keeps keys of one due time in the order in which they came. */
  readonly order: number;
  position: number;
}

function before(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

export class DelayHeap {
  readonly #heap: Entry[] = [];
  readonly #byKey = new Map<string, Entry>();
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  get nextDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  add(key: string, dueMs: number): void {
    const known = this.#byKey.get(key);
    if (known === undefined) {
      const entry: Entry = { key, dueMs, order: this.#order++, position: this.#heap.length };
      this.#byKey.set(key, entry);
      this.#heap.push(entry);
      this.#rise(entry);
    } else if (dueMs < known.dueMs) {
      known.dueMs = dueMs;
      this.#rise(known);
    }
  }

  /** Takes out the earliest key if it is due at `nowMs`. */
  popDue(nowMs: number): string | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) {
      this.#place(last, 0);
      this.#sink(last);
    }
    this.#byKey.delete(first.key);
    return first.key;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#byKey.clear();
  }

  #place(entry: Entry, position: number): void {
    this.#heap[position] = entry;
    entry.position = position;
  }

  #rise(entry: Entry): void {
    while (entry.position > 0) {
      const hole = entry.position;
      const parent = this.#heap[(hole - 1) >> 1];
      if (parent === undefined || !before(entry, parent)) return;
      this.#place(entry, parent.position);
      this.#place(parent, hole);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const hole = entry.position;
      const left = this.#heap[2 * hole + 1];
      const right = this.#heap[2 * hole + 2];
      const child = left !== undefined && right !== undefined && before(right, left) ? right : left;
      if (child === undefined || !before(child, entry)) return;
      this.#place(entry, child.position);
      this.#place(child, hole);
    }
  }
}
