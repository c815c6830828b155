/**
 * The clocks of replicas in one process: each can stand still as that of a paused process does, and time can
 * pass for all of them at once, so that no step waits for a lease to run out. The wall clock stays that of
 * the machine.
 */
import { type Clock, systemClock, type Timer } from "../../../src/kernel/index.ts";

interface Pending {
  readonly dueMs: number;
  readonly fire: () => void;
  readonly isBackground: boolean;
  timer: Timer | undefined;
}

/** What all replicas agree on: how much time was skipped. */
export class SharedTime {
  #skippedMs = 0;
  readonly #clocks = new Set<ReplicaClock>();

  newClock(): ReplicaClock {
    const clock = new ReplicaClock(() => systemClock.monotonicMs() + this.#skippedMs);
    this.#clocks.add(clock);
    return clock;
  }

  /** Timers that fall due fire soon after, except for those of a clock that stands still. */
  pass(ms: number): void {
    this.#skippedMs += ms;
    for (const clock of this.#clocks) clock.rearm();
  }

  forget(clock: ReplicaClock): void {
    this.#clocks.delete(clock);
  }
}

export class ReplicaClock implements Clock {
  readonly monotonicMs: () => number;
  readonly #pending = new Set<Pending>();
  #isHalted = false;

  constructor(monotonicMs: () => number) {
    this.monotonicMs = monotonicMs;
  }

  now(): number {
    return systemClock.now();
  }

  setTimer(delayMs: number, fire: () => void, isBackground = false): Timer {
    const dueMs = this.monotonicMs() + Math.max(delayMs, 0);
    const pending: Pending = { dueMs, fire, isBackground, timer: undefined };
    this.#pending.add(pending);
    this.#arm(pending);
    return {
      cancel: () => {
        this.#pending.delete(pending);
        pending.timer?.cancel();
      },
    };
  }

  /** No timer fires until `resume`. As in a paused process, time itself goes on. */
  halt(): void {
    this.#isHalted = true;
    for (const { timer } of this.#pending) timer?.cancel();
  }

  resume(): void {
    this.#isHalted = false;
    this.rearm();
  }

  rearm(): void {
    for (const pending of [...this.#pending].sort((a, b) => a.dueMs - b.dueMs)) {
      pending.timer?.cancel();
      this.#arm(pending);
    }
  }

  #arm(pending: Pending): void {
    if (this.#isHalted) return;
    const fire = () => {
      this.#pending.delete(pending);
      pending.fire();
    };
    pending.timer = systemClock.setTimer(pending.dueMs - this.monotonicMs(), fire, pending.isBackground);
  }
}
