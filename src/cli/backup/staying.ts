/**
 * Which objects go into a backup. What is being deleted does not, unless something that stays stands on it: a claim whose
 * pool is left out would never get its block back.
 */
import {
  isLive,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { KubeObject } from "../../client/index.ts";
import { equals } from "../../ipam/index.ts";
import type { FleetObject } from "../../operator/index.ts";
import { type FleetLookup, isBacking, isInner, parentOf, readable } from "./fleet-lookup.ts";

/** Of ours, of the operator that was there before, and of the garbage collector: they say nothing about use. */
const HOUSE_FINALIZER = /^((.+\.)?plexaubnet\.io\/.*|foregroundDeletion|orphan)$/;

/** A finalizer of another program means that the object is still in use. */
function isGoing({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).every((name) => HOUSE_FINALIZER.test(name))
  );
}

export class Staying {
  readonly #lookup: FleetLookup;
  readonly #pools = new Set<SubnetPool>();

  constructor(lookup: FleetLookup) {
    this.#lookup = lookup;
    for (const pool of lookup.fleet.pools) if (!this.#isPoolGoing(pool)) this.#keep(pool);
    for (const pool of lookup.fleet.pools) if (this.#isInhabited(pool)) this.#keep(pool);
    for (const claim of lookup.fleet.claims) {
      const pool = lookup.pool(claim, claim.spec.poolRef);
      if (pool !== undefined && claim.status?.allocatedCIDR !== undefined && this.has(claim))
        this.#keep(pool);
    }
  }

  has(object: FleetObject): boolean {
    switch (object.kind) {
      case "SubnetPool":
        return this.#pools.has(object as SubnetPool);
      case "SubnetPoolClaim":
        return this.#hasPoolClaim(object as SubnetPoolClaim);
      case "SubnetClaim":
        return !isInner(object as SubnetClaim) && !isGoing(object);
      default:
        return this.#hasSubnet(object as Subnet);
    }
  }

  /** A pool goes after the claim that it was made for. */
  #isPoolGoing(pool: SubnetPool): boolean {
    const maker = this.#lookup.makerOf(pool);
    return isGoing(pool) || (maker !== undefined && isGoing(maker));
  }

  /** With all pools above it. */
  #keep(pool: SubnetPool): void {
    if (this.#pools.has(pool)) return;
    this.#pools.add(pool);
    const parent = parentOf(pool);
    const above = parent === undefined ? undefined : this.#lookup.pool(pool, parent);
    if (above !== undefined) this.#keep(above);
  }

  /** By a Subnet that stays. Those behind child pools do not count: a child that stays keeps the pools above it. */
  #isInhabited(pool: SubnetPool): boolean {
    return this.#lookup.subnetsIn(pool, pool.metadata.name).some((subnet) => {
      if (!isLive(subnet) || this.#lookup.childOf(subnet) !== undefined) return false;
      return !isGoing(subnet) || this.#servedBy(subnet) !== undefined;
    });
  }

  #hasPoolClaim(claim: SubnetPoolClaim): boolean {
    const pool = this.#lookup.poolOf(claim);
    return !isGoing(claim) || (pool !== undefined && this.#pools.has(pool));
  }

  #hasSubnet(subnet: Subnet): boolean {
    const child = this.#lookup.childByInner(subnet) ?? this.#lookup.childOf(subnet);
    if (child !== undefined) return isLive(subnet) && this.#pools.has(child);
    const { name } = subnet.spec.claimRef ?? {};
    const isMade = isBacking(subnet) || (name !== undefined && name !== "");
    if (isMade && !isLive(subnet)) return false;
    return !isGoing(subnet) || this.#servedBy(subnet) !== undefined;
  }

  /** The claim that stays and has this very block. */
  #servedBy(subnet: Subnet): SubnetClaim | undefined {
    const claim = this.#lookup.claim(subnet, subnet.spec.claimRef?.name ?? "");
    const promised = readable(claim?.status?.allocatedCIDR);
    const own = readable(subnet.spec.cidr);
    if (claim === undefined || promised === undefined || own === undefined) return undefined;
    return equals(promised, own) && !isGoing(claim) ? claim : undefined;
  }
}
