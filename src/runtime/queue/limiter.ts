/**
 * How long a failed key waits (RQ-11): exponential back-off for the key itself, and a token bucket over the retries
 * of all keys; the longer of the two.
 */
import { backOffMs, type Clock, TokenBucket } from "../../kernel/index.ts";

export interface LimiterOptions {
  /** Delay after the first failure of a key. Default 50. */
  readonly baseDelayMs?: number;
  /** Each further failure multiplies the delay. Default 1.5. */
  readonly factor?: number;
  /** Default 30,000. */
  readonly maxDelayMs?: number;
  /** Retries a second of all keys together, in the long run. Default 10. */
  readonly qps?: number;
  /** Retries of all keys together that may come at once. Default 100. */
  readonly burst?: number;
}

export class RetryLimiter {
  readonly #options: Required<LimiterOptions>;
  readonly #clock: Clock;
  readonly #failures = new Map<string, number>();
  readonly #bucket: TokenBucket;

  constructor(options: LimiterOptions, clock: Clock) {
    this.#options = { baseDelayMs: 50, factor: 1.5, maxDelayMs: 30_000, qps: 10, burst: 100, ...options };
    const { baseDelayMs, factor, maxDelayMs, qps, burst } = this.#options;
    if (!(baseDelayMs > 0 && factor >= 1 && maxDelayMs >= baseDelayMs && qps > 0 && burst >= 1)) {
      throw new RangeError(
        `rate limiter: baseDelayMs and qps must be above 0, factor and burst at least 1, and maxDelayMs at least baseDelayMs; got ${JSON.stringify(this.#options)}`,
      );
    }
    this.#clock = clock;
    this.#bucket = new TokenBucket({ qps, burst }, clock.monotonicMs());
  }

  /** Counts a failure of `key` and takes a token. Milliseconds until it may be tried again. */
  delayMs(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const { baseDelayMs, factor, maxDelayMs } = this.#options;
    const ownMs = backOffMs(failures, { firstMs: baseDelayMs, factor, mostMs: maxDelayMs });
    return Math.max(ownMs, this.#bucket.takeMs(this.#clock.monotonicMs()));
  }

  /** The key succeeded: its next failure is a first one. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}
