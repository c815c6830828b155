/**
 * How long to wait after a failure: doubling, with jitter, so that many reflectors that lost the same server do not
 * come back as one.
 */
import type { Kernel } from "../../kernel/index.ts";
import { backOffMs } from "../../kernel/index.ts";

export interface BackOffOptions {
  /** Least wait after the first failure. */
  readonly baseMs: number;
  /** No wait is longer, jitter included. */
  readonly maxMs: number;
  /** After so much time without a failure the next one counts as the first. */
  readonly resetAfterMs: number;
}

/** Those of client-go's reflector. */
export const DEFAULT_BACK_OFF: BackOffOptions = { baseMs: 800, maxMs: 30_000, resetAfterMs: 120_000 };

export class BackOff {
  readonly #options: BackOffOptions;
  readonly #kernel: Kernel;
  #failures = 0;
  #healthySinceMs = 0;

  constructor(options: BackOffOptions, kernel: Kernel) {
    this.#options = options;
    this.#kernel = kernel;
  }

  /** Failures in a row, the one that is being waited for included. */
  get failures(): number {
    return this.#isHealthy() ? 0 : this.#failures;
  }

  /** Counts a failure. A wait between `base` and twice that, doubled for each failure before it. */
  nextMs(): number {
    const { baseMs, maxMs } = this.#options;
    if (this.#isHealthy()) this.#failures = 0;
    const leastMs = backOffMs(this.#failures, { firstMs: baseMs, mostMs: maxMs / 2 });
    const delayMs = leastMs * (1 + this.#kernel.random.next());
    this.#failures++;
    this.#healthySinceMs = this.#kernel.clock.monotonicMs() + delayMs;
    return delayMs;
  }

  #isHealthy(): boolean {
    return this.#kernel.clock.monotonicMs() - this.#healthySinceMs >= this.#options.resetAfterMs;
  }
}
