/**
 * When each Subnet that failed is tried again: those that lost to each other come back spread over a time
 * (`docs/allocation-protocol.md#rule-5`). Kept in memory: after a restart the dice fall again.
 */
import { type Random, randomBelow } from "../../kernel/index.ts";

const SPREAD_MS = 2_000;

export class Revivals {
  readonly #random: Random;
  /** By the key of the Subnet. */
  readonly #dueMs = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** How long a Subnet waits from now on. The die falls once for each time that it fails. */
  waitMs(key: string, isFailed: boolean, nowMs: number): number {
    if (!isFailed) {
      this.#dueMs.delete(key);
      return 0;
    }
    const known = this.#dueMs.get(key);
    const dueMs = known ?? nowMs + randomBelow(this.#random, SPREAD_MS);
    if (known === undefined) this.#dueMs.set(key, dueMs);
    return Math.max(dueMs - nowMs, 0);
  }

  forget(key: string): void {
    this.#dueMs.delete(key);
  }
}
