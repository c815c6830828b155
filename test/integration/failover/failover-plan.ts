/**
 * How each reign of a leader ends, drawn from one seed. Reigns are counted in writes and not in time, so that
 * their ends fall into the middle of decisions, and fall there again when the same seed is played again.
 *
 * `PLEXAUBNET_TEST_SEED` is the seed; what it led to is printed where `PLEXAUBNET_TEST_TRACE` is set.
 */
import { type Random, randomBelow, seededRandom } from "../../../src/kernel/index.ts";

export interface Reign {
  /** The write, counted from 1, in which it ends. */
  readonly endsAtWrite: number;
  readonly end: "kill" | "pause";
  /**
   * - `before`: the write has not left the process. One that was paused sends it when it wakes up.
   * - `after`: the write was carried out, and the leader has not heard of it. One that was paused hears of it
   *   then.
   * - `late`: the leader is killed, and its write arrives when the next one has been at work for a while.
   */
  readonly at: "before" | "after" | "late";
  /**
   * What is late, or paused, comes back after so many writes of the next leader, or when that one has nothing
   * to do.
   */
  readonly returnsAfterWrites: number;
  /**
   * What a process that wakes up does first: send and hear what was held back, or fire the timers that are
   * due.
   */
  readonly wakesWith: "requests" | "timers";
}

const LONGEST_REIGN_LOG2 = 6;
const MOST_WRITES_BEFORE_RETURN = 8;

export const SEED = Number(process.env.PLEXAUBNET_TEST_SEED ?? 1);

let plansMade = 0;

export class FailoverPlan {
  readonly name: string;
  readonly #random: Random;

  constructor() {
    const ordinal = plansMade++;
    this.name = `operator-${ordinal}`;
    this.#random = seededRandom(SEED * 1000 + ordinal);
    if (ordinal === 0)
      process.stderr.write(`Leaders are killed and paused as of PLEXAUBNET_TEST_SEED=${SEED}\n`);
  }

  next(): Reign {
    const endsAtWrite = 1 + randomBelow(this.#random, 2 ** randomBelow(this.#random, LONGEST_REIGN_LOG2));
    const end = this.#pick(["kill", "pause"] as const);
    const at = this.#pick(
      end === "kill" ? (["before", "after", "late"] as const) : (["before", "after"] as const),
    );
    const returnsAfterWrites = randomBelow(this.#random, MOST_WRITES_BEFORE_RETURN);
    return {
      endsAtWrite,
      end,
      at,
      returnsAfterWrites,
      wakesWith: this.#pick(["requests", "timers"] as const),
    };
  }

  /** For what the replica itself leaves to chance. */
  newRandom(): Random {
    return seededRandom(randomBelow(this.#random, 2 ** 32));
  }

  trace(what: string): void {
    if (process.env.PLEXAUBNET_TEST_TRACE) process.stderr.write(`${this.name}: ${what}\n`);
  }

  #pick<T>(items: readonly T[]): T {
    return items[randomBelow(this.#random, items.length)] as T;
  }
}
