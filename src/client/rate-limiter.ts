/**
 * A token bucket for requests, first come, first served: `qps` on average, up to `burst` at once.
 */
import { type Clock, sleep } from "../kernel/index.ts";

export interface RateLimit {
  /** Requests a second. */
  readonly qps: number;
  readonly burst: number;
}

export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  /** May be negative: tokens promised to those who wait. */
  #tokens: number;
  #countedAtMs: number;

  constructor(limit: RateLimit, clock: Clock) {
    if (!(limit.qps > 0) || !(limit.burst >= 1)) {
      throw new RangeError(`the rate limit needs qps > 0 and burst >= 1, not ${JSON.stringify(limit)}`);
    }
    this.#limit = limit;
    this.#clock = clock;
    this.#tokens = limit.burst;
    this.#countedAtMs = clock.monotonicMs();
  }

  /** Resolves when the caller may go, or rejects with the signal's reason; its turn is then given back. */
  async take(signal?: AbortSignal): Promise<void> {
    const now = this.#clock.monotonicMs();
    const gained = ((now - this.#countedAtMs) / 1000) * this.#limit.qps;
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + gained) - 1;
    this.#countedAtMs = now;
    if (this.#tokens >= 0) return;
    try {
      await sleep(this.#clock, (-this.#tokens / this.#limit.qps) * 1000, signal);
    } catch (reason) {
      this.#tokens += 1;
      throw reason;
    }
  }
}
