/**
 * Notices that nothing has come for too long. A connection whose other end is gone without a word (a host that was
 * switched off, a NAT that forgot) is like one on which nothing happens; only the clock can distinguish them.
 */
import type { Clock, Timer } from "../../kernel/index.ts";

export class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #lastSignMs: number;
  #timer: Timer;

  /** Calls `onSilence` once when `limitMs` pass without a sign of life. */
  constructor(clock: Clock, limitMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#lastSignMs = clock.monotonicMs();
    this.#timer = this.#arm(limitMs);
  }

  /** Cheap: the timer is not reset, it checks the time of the last sign of life when it fires. */
  sign(): void {
    this.#lastSignMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #arm(delayMs: number): Timer {
    return this.#clock.setTimer(delayMs, () => {
      const leftMs = this.#lastSignMs + this.#limitMs - this.#clock.monotonicMs();
      if (leftMs > 0) this.#timer = this.#arm(leftMs);
      else this.#onSilence();
    });
  }
}
