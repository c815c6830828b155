/**
 * When rounds run: soon after something happened, some time after a failure, and every so often anyway. One at a time.
 */
import type { Clock, Timer } from "../../kernel/index.ts";

export interface RoundLoopOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** `event`: something happened. `interval`: nothing did. False: it failed, and is tried again sooner. */
  readonly run: (cause: "event" | "interval") => Promise<boolean>;
}

/** Events that come together cost one round. */
const GATHER_MS = 250;
const AFTER_FAILURE_MS = 5_000;

export class RoundLoop {
  readonly #options: RoundLoopOptions;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #poked = false;
  #stopped = false;

  constructor(options: RoundLoopOptions) {
    this.#options = options;
  }

  /** Something happened: a round begins within {@link GATHER_MS}, or after the one that runs. */
  poke(): void {
    if (this.#stopped) return;
    if (this.#running === undefined && !this.#poked) this.#schedule(GATHER_MS);
    this.#poked = true;
  }

  /** Lets the round that runs end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.setTimer(delayMs, () => this.#begin(), true);
  }

  #begin(): void {
    const cause = this.#poked ? "event" : "interval";
    this.#poked = false;
    this.#running = this.#options.run(cause).then((good) => {
      this.#running = undefined;
      if (this.#stopped) return;
      const calm = good ? this.#options.intervalMs : Math.min(AFTER_FAILURE_MS, this.#options.intervalMs);
      this.#schedule(this.#poked ? GATHER_MS : calm);
    });
  }
}
