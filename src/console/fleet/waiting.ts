/** Which claims of a pool are not Bound, kept in step with the cache. */
import type { SubnetClaim, SubnetPoolClaim } from "../../api/index.ts";
import { keyOf } from "../../runtime/index.ts";

export type AnyClaim = SubnetClaim | SubnetPoolClaim;

/** The pool that it asks. */
export function poolNameOf({ spec }: AnyClaim): string {
  return "poolRef" in spec ? spec.poolRef : spec.parentPoolRef;
}

export function isBound({ status }: AnyClaim): boolean {
  return status?.phase === "Bound";
}

export class WaitingClaims {
  readonly #byPool = new Map<string, Set<string>>();

  apply(old: AnyClaim | undefined, current: AnyClaim | undefined): void {
    if (old !== undefined) this.#change(old, false);
    if (current !== undefined) this.#change(current, !isBound(current));
  }

  countIn(namespace: string, pool: string): number {
    return this.#byPool.get(keyOf({ namespace, name: pool }))?.size ?? 0;
  }

  #change(claim: AnyClaim, isWaiting: boolean): void {
    const { namespace, name } = claim.metadata;
    const poolKey = keyOf({ namespace, name: poolNameOf(claim) });
    const key = `${claim.kind}/${name}`;
    const known = this.#byPool.get(poolKey);
    if (isWaiting) this.#byPool.set(poolKey, (known ?? new Set()).add(key));
    else if (known?.delete(key) && known.size === 0) this.#byPool.delete(poolKey);
  }
}
