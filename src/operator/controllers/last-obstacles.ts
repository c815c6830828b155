/**
 * Why each pool was not ready when it was last decided on, so that others are woken only when that changes. Kept in memory: after
 * a restart every object is reconciled anyway.
 */
import type { PoolState } from "../model/pool-state.ts";

export class LastObstacles {
  /** By the key of the pool. */
  readonly #last = new Map<string, string>();

  /** Remembers why the pool is not ready now. False: the same as last time. */
  isNew(key: string, state: PoolState): boolean {
    const why = state.state === "not-ready" ? state.message : undefined;
    if (this.#last.get(key) === why) return false;
    if (why === undefined) this.#last.delete(key);
    else this.#last.set(key, why);
    return true;
  }
}
