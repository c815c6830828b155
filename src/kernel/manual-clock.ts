import type { Clock, Timer } from "./clock.ts";

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
}

/**
 * A clock that stands still until a test advances it: for tests and for the simulation.
 *
 * Timers fire in the order of their due times, and of their creation where those are equal. A callback sees
 * the time at which it was due, and may set further timers, which fire in the same `advance` when they are due.
 */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #order = 0;
  #pending: Pending[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const entry: Pending = { dueMs: this.#nowMs + Math.max(delayMs, 0), order: this.#order++, fire };
    this.#pending.push(entry);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== entry);
      },
    };
  }

  /** Timers that wait. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Milliseconds until the next timer fires, or undefined when none waits. */
  get untilNextMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueMs - this.#nowMs;
  }

  /** Moves time on by `ms` and fires what falls due, synchronously. */
  advance(ms: number): void {
    const target = this.#nowMs + ms;
    for (let next = this.#next(); next !== undefined && next.dueMs <= target; next = this.#next()) {
      const due = next;
      this.#pending = this.#pending.filter((other) => other !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.fire();
    }
    this.#nowMs = target;
  }

  /** As `advance`, and lets promise callbacks run between two timers. */
  async advanceAsync(ms: number): Promise<void> {
    const target = this.#nowMs + ms;
    await drainMicrotasks();
    for (let next = this.#next(); next !== undefined && next.dueMs <= target; next = this.#next()) {
      this.advance(next.dueMs - this.#nowMs);
      await drainMicrotasks();
    }
    this.advance(target - this.#nowMs);
    await drainMicrotasks();
  }

  #next(): Pending | undefined {
    let best: Pending | undefined;
    for (const entry of this.#pending) {
      if (
        best === undefined ||
        entry.dueMs < best.dueMs ||
        (entry.dueMs === best.dueMs && entry.order < best.order)
      ) {
        best = entry;
      }
    }
    return best;
  }
}

/** Returns after the promise callbacks that are ready now, and those that they make ready, have run. */
export function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
