/** A token bucket: `qps` on average, and up to `burst` at once. The caller passes the time, in milliseconds of any monotonic clock. */

export interface Rate {
  /** Tokens a second. */
  readonly qps: number;
  readonly burst: number;
}

export class TokenBucket {
  readonly #rate: Rate;
  /** Below zero: tokens that are promised already. */
  #tokens: number;
  #countedAtMs: number;

  /** It begins full. */
  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#countedAtMs = nowMs;
  }

  /** Takes a token, or is promised one: milliseconds until it is there. */
  takeMs(nowMs: number): number {
    this.#fill(nowMs);
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#rate.qps) * 1000;
  }

  /** Takes a token if there is one. */
  tryTake(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** One that was taken or promised is not used. */
  giveBack(): void {
    this.#tokens += 1;
  }

  #fill(nowMs: number): void {
    const gained = ((nowMs - this.#countedAtMs) / 1000) * this.#rate.qps;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
    this.#countedAtMs = nowMs;
  }
}
