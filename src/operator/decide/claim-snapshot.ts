/** Everything that a claim's fate depends on, at one moment. */
import { claimNameOf, type Subnet, type SubnetClaim } from "../../api/index.ts";
import type { Prefix } from "../../ipam/index.ts";
import type { SignalWaitKey } from "../../runtime/index.ts";
import { holderOf } from "../model/holder.ts";
import type { PoolState } from "../model/pool-state.ts";

export interface ClaimSnapshot {
  readonly claim: SubnetClaim;
  /** The pool that the claim names, as far as it is there and in order. */
  readonly pool: PoolState;
  /** The name that the claim's Subnet has or would have. */
  readonly subnetName: string;
  /** See `ClaimSubnets`. */
  readonly subnet: Subnet | undefined;
  /** Its other Subnets: it asked for another pool or clusterID before. */
  readonly orphans: readonly Subnet[];
  /** Another claim with the same pool, clusterID and purpose that has held a block before this one. */
  readonly holder: SubnetClaim | undefined;
  /** The block that a claim of this identity had until it was deleted, of late. */
  readonly released?: Prefix | undefined;
  /** Other claims that exist and were promised, remember or ask for a part of this block. */
  readonly conflictingClaims: (block: Prefix) => readonly SubnetClaim[];
  /** Until when a released Subnet of this name keeps its block from others; undefined: not for a time. */
  readonly restsUntil: (subnetName: string) => string | undefined;
  /** What to wake for each length that the pool has a free block of, if a claim waits for one. */
  readonly freedLengths: () => readonly SignalWaitKey[];
  readonly nowText: string;
}

/** Whether what holds a block in the view of the pool is the claim itself, or a Subnet of an earlier life. */
export function isOwnHolder({ claim, subnet }: ClaimSnapshot): (owner: string) => boolean {
  return (owner) => {
    const { kind, name } = holderOf(owner);
    if (kind === "SubnetClaim") return name === claim.metadata.name;
    return (
      kind === "Subnet" &&
      subnet !== undefined &&
      name === subnet.metadata.name &&
      claimNameOf(subnet) === claim.metadata.name
    );
  };
}
