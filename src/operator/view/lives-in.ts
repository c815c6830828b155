/** Whether a block without a Subnet is held for an object within a pool: a pool that is re-created must not wait for it. */
import {
  parentNameOf,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { CacheReader } from "../../runtime/index.ts";
import { type Holder, holderOf } from "../model/holder.ts";

interface Sources {
  readonly pools: CacheReader<SubnetPool>;
  readonly subnets: CacheReader<Subnet>;
  readonly claims: CacheReader<SubnetClaim>;
  readonly poolClaims: CacheReader<SubnetPoolClaim>;
}

/** A pool that is not there yet has the parent that the claim for it names. */
export function livesIn(sources: Sources, namespace: string, owner: string, poolName: string): boolean {
  const seen = new Set<string>();
  let at = poolOf(sources, namespace, holderOf(owner));
  while (at !== undefined && !seen.has(at)) {
    if (at === poolName) return true;
    seen.add(at);
    const pool = sources.pools.get(namespace, at);
    at = pool === undefined ? sources.poolClaims.get(namespace, at)?.spec.parentPoolRef : parentNameOf(pool);
  }
  return false;
}

function poolOf(sources: Sources, namespace: string, holder: Holder): string | undefined {
  switch (holder.kind) {
    case "SubnetClaim":
      return sources.claims.get(namespace, holder.name)?.spec.poolRef;
    case "orphan":
      return sources.subnets.get(namespace, holder.name)?.spec.poolRef;
    case "outsider":
      return holder.pool;
    case "SubnetPool":
    case "SubnetPoolClaim":
      return holder.name;
    default:
      return undefined;
  }
}
