/** The system's clock, ahead by what a test let pass at once. Timers that are due by then fire. */
import { type Clock, systemClock, type Timer } from "../../src/kernel/index.ts";

interface Pending {
  readonly dueMs: number;
  readonly fire: () => void;
}

export class LeapingClock implements Clock {
  #aheadMs = 0;
  readonly #pending = new Map<Pending, Timer>();

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }

  setTimer(delayMs: number, fire: () => void, background?: boolean): Timer {
    const pending: Pending = {
      dueMs: this.monotonicMs() + delayMs,
      fire: () => {
        this.#pending.get(pending)?.cancel();
        if (this.#pending.delete(pending)) fire();
      },
    };
    this.#pending.set(pending, systemClock.setTimer(delayMs, pending.fire, background));
    return {
      cancel: () => {
        this.#pending.get(pending)?.cancel();
        this.#pending.delete(pending);
      },
    };
  }

  leap(ms: number): void {
    this.#aheadMs += ms;
    const due = [...this.#pending.keys()].filter(({ dueMs }) => dueMs <= this.monotonicMs());
    for (const { fire } of due.sort((a, b) => a.dueMs - b.dueMs)) fire();
  }
}
