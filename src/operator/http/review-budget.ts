/**
 * How many reviews may be asked for: so many at once, so many waiting, so many a second, in all and, for credentials that
 * are new, from one address. What is beyond that is refused at once, so that a flood costs the API server nothing.
 */
import type { Clock } from "../../kernel/index.ts";

export interface ReviewLimits {
  /** Requests to the API server at once, for credentials that were good before and for new ones each. */
  readonly atOnce: number;
  /** Callers that wait for one of these. */
  readonly waiting: number;
  /** Requests a second, in the long run and at once, for each of the two. */
  readonly perSecond: number;
  readonly burst: number;
  /** The same for new credentials from one address. */
  readonly perSecondFromOne: number;
  readonly burstFromOne: number;
}

/** Addresses whose share is remembered. One that is forgotten starts with a full share, within the total budget. */
const MOST_ADDRESSES = 1_024;

export class ReviewBudget {
  readonly #limits: ReviewLimits;
  readonly #clock: Clock;
  readonly #lanes: Readonly<Record<"known" | "new", Lane>>;
  readonly #byAddress = new Map<string, Allowance>();

  constructor(limits: ReviewLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#lanes = { known: new Lane(limits, clock), new: new Lane(limits, clock) };
  }

  /** Undefined: there is no room for it. Else what `ask` resolves to. */
  spend<T>(sort: "known" | "new", address: string, ask: () => Promise<T>): Promise<T> | undefined {
    const lane = this.#lanes[sort];
    if (!lane.hasRoom) return undefined;
    // First the address: what one is refused is not taken from all.
    if (sort === "new" && !this.#allowanceOf(address).take()) return undefined;
    return lane.allowance.take() ? lane.run(ask) : undefined;
  }

  #allowanceOf(address: string): Allowance {
    const { perSecondFromOne, burstFromOne } = this.#limits;
    const known = this.#byAddress.get(address);
    const allowance = known ?? new Allowance(perSecondFromOne, burstFromOne, this.#clock);
    this.#byAddress.delete(address);
    this.#byAddress.set(address, allowance);
    if (this.#byAddress.size > MOST_ADDRESSES) {
      const [oldest = ""] = this.#byAddress.keys();
      this.#byAddress.delete(oldest);
    }
    return allowance;
  }
}

/** So many at once, and so many that wait, first come, first served. */
class Lane {
  readonly allowance: Allowance;
  readonly #limits: ReviewLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: ReviewLimits, clock: Clock) {
    this.#limits = limits;
    this.allowance = new Allowance(limits.perSecond, limits.burst, clock);
  }

  get hasRoom(): boolean {
    const { atOnce, waiting } = this.#limits;
    return this.#running < atOnce || this.#waiting.length < waiting;
  }

  async run<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limits.atOnce) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await ask();
    } finally {
      // The place is handed on, and not free in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

/** A token bucket that refuses. */
class Allowance {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  #left: number;
  #countedAtMs: number;

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
    this.#left = burst;
    this.#countedAtMs = clock.monotonicMs();
  }

  take(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const gained = ((nowMs - this.#countedAtMs) / 1000) * this.#perSecond;
    this.#countedAtMs = nowMs;
    this.#left = Math.min(this.#burst, this.#left + gained);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
