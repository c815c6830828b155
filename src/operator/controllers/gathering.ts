/**
 * For how long the changes of a pool are gathered before its status is computed again: thousands of claims that come at once cost
 * each pool a few looks, whether or not a look ends in a write, and one change after a rest costs no time. Where many pools change at
 * once they share the looks of a second.
 */

/** After the first look. */
const GATHER_MS = 100;

/** While changes go on, the time doubles up to this one: longer, where more than ten pools are in a burst. */
const LONGEST_GATHER_MS = 1_000;
const LONGEST_OF_MANY_MS = 5_000;

/** The minimum interval for a status that another client also writes, which may correct it back. */
const CONTESTED_MS = 1_000;

/** How often pools that have come to rest are dropped from the burst. */
const SWEEP_MS = 1_000;

interface Span {
  readonly untilMs: number;
  readonly forMs: number;
}

/** Times are those of a monotonic clock: a wall clock that is set back would delay a status by as much. */
export class Gathering {
  /** By the key of the pool. */
  readonly #spans = new Map<string, Span>();
  /** Keys of pools that changed again soon after a look. */
  readonly #burst = new Set<string>();
  #sweptMs = Number.NEGATIVE_INFINITY;

  /** How long a look has to wait yet: 0 or less when it need not. */
  restMs(key: string, nowMs: number): number {
    return (this.#spans.get(key)?.untilMs ?? Number.NEGATIVE_INFINITY) - nowMs;
  }

  /** The status of the pool is computed now. */
  begin(key: string, nowMs: number): void {
    const before = this.#spans.get(key);
    const goesOn = before !== undefined && nowMs < before.untilMs + before.forMs;
    if (goesOn) this.#burst.add(key);
    else this.#burst.delete(key);
    this.#sweep(nowMs);
    const forMs = goesOn ? Math.min(2 * before.forMs, this.#longestMs()) : GATHER_MS;
    this.#spans.set(key, { untilMs: nowMs + forMs, forMs });
  }

  /** What was decided then has been written: a slow server is not asked more often than it answers. */
  written(key: string, nowMs: number, isContested: boolean): void {
    const { forMs } = this.#spans.get(key) ?? { forMs: GATHER_MS };
    this.#spans.set(key, { untilMs: nowMs + (isContested ? CONTESTED_MS : forMs), forMs });
  }

  forget(key: string): void {
    this.#spans.delete(key);
    this.#burst.delete(key);
  }

  #longestMs(): number {
    return Math.min(Math.max(LONGEST_GATHER_MS, GATHER_MS * this.#burst.size), LONGEST_OF_MANY_MS);
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_MS) return;
    this.#sweptMs = nowMs;
    for (const key of this.#burst) {
      const { untilMs, forMs } = this.#spans.get(key) ?? { untilMs: 0, forMs: 0 };
      if (nowMs >= untilMs + forMs) this.#burst.delete(key);
    }
  }
}
