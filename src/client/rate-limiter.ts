/** Holds requests back, first come, first served: `qps` on average, up to `burst` at once. */
import { type Clock, type Rate, sleep, TokenBucket } from "../kernel/index.ts";

/** Requests a second, and at once. */
export type RateLimit = Rate;

export class RateLimiter {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;

  constructor(limit: RateLimit, clock: Clock) {
    if (!(limit.qps > 0) || !(limit.burst >= 1)) {
      throw new RangeError(`the rate limit needs qps > 0 and burst >= 1, not ${JSON.stringify(limit)}`);
    }
    this.#clock = clock;
    this.#bucket = new TokenBucket(limit, clock.monotonicMs());
  }

  /** Resolves when the caller may go, or rejects with the signal's reason; its turn is then given back. */
  async take(signal?: AbortSignal): Promise<void> {
    const waitMs = this.#bucket.takeMs(this.#clock.monotonicMs());
    if (waitMs === 0) return;
    try {
      await sleep(this.#clock, waitMs, signal);
    } catch (reason) {
      this.#bucket.giveBack();
      throw reason;
    }
  }
}
