/**
 * What waits for slow watchers, over all watches. A change is kept once for all of them, so it counts once; when
 * there is too much, the watch with the longest backlog goes.
 */
export interface Backlog {
  /** Bytes that wait for this watch, shared or not. */
  readonly waitingBytes: number;
  cutForRoom(): void;
}

export class WaitingBytes {
  readonly #limitBytes: number;
  readonly #holders = new Map<object, { count: number; readonly bytes: number }>();
  readonly #backlogs = new Set<Backlog>();
  #total = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** In bytes. */
  get total(): number {
    return this.#total;
  }

  /** `kept` is what the memory is needed for: the same value from all who wait for it. */
  add(backlog: Backlog, kept: object, bytes: number): void {
    this.#backlogs.add(backlog);
    const holder = this.#holders.get(kept);
    if (holder !== undefined) {
      holder.count++;
      return;
    }
    this.#holders.set(kept, { count: 1, bytes });
    this.#total += bytes;
    while (this.#total > this.#limitBytes && this.#cutLongest());
  }

  remove(kept: object): void {
    const holder = this.#holders.get(kept);
    if (holder === undefined || --holder.count > 0) return;
    this.#holders.delete(kept);
    this.#total -= holder.bytes;
  }

  /** It waits for nothing any more. */
  forget(backlog: Backlog): void {
    this.#backlogs.delete(backlog);
  }

  #cutLongest(): boolean {
    let longest: Backlog | undefined;
    for (const backlog of this.#backlogs) {
      if (longest === undefined || backlog.waitingBytes > longest.waitingBytes) longest = backlog;
    }
    if (longest === undefined) return false;
    this.#backlogs.delete(longest);
    longest.cutForRoom();
    return true;
  }
}
