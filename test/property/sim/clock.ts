/**
 * The time of one simulated process: it stops for good when that one is killed, and waits when it is paused.
 */
import type { Clock, Timer } from "../../../src/kernel/index.ts";

export class ProcessClock implements Clock {
  readonly #time: Clock;
  #state: "goes" | "halted" | "dead" = "goes";
  /** Timers that fell due while it stood still. */
  #late: (() => void)[] = [];

  constructor(time: Clock) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  monotonicMs(): number {
    return this.#time.monotonicMs();
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    let isCancelled = false;
    const run = () => {
      if (!isCancelled && this.#state !== "dead") fire();
    };
    const timer = this.#time.setTimer(delayMs, () => {
      if (this.#state === "halted") this.#late.push(run);
      else run();
    });
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  halt(): void {
    this.#state = "halted";
  }

  resume(): void {
    this.#state = "goes";
    const late = this.#late;
    this.#late = [];
    for (const fire of late) fire();
  }

  end(): void {
    this.#state = "dead";
    this.#late = [];
  }
}
