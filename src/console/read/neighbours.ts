/** What is directly before and after a block. */
import type { PoolSpace, Prefix } from "../../ipam/index.ts";
import { neighboursOf as neighboursIn, objectHolding } from "../../operator/index.ts";
import type { Neighbour } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";

export function neighboursOf(
  fleet: ConsoleFleet,
  namespace: string,
  space: PoolSpace,
  block: Prefix,
): Neighbour[] {
  return neighboursIn(space, block, (owner) => {
    const isResting = fleet.world.subnets.get(namespace, owner)?.status?.phase === "Released";
    return { what: isResting ? "resting" : "taken", by: nameOf(fleet, namespace, owner) };
  });
}

/** Whom a user knows it by: the claim before the Subnet. */
function nameOf(fleet: ConsoleFleet, namespace: string, owner: string): string {
  const claim = fleet.world.subnets.get(namespace, owner)?.spec.claimRef?.name;
  return claim ? `SubnetClaim ${claim}` : objectHolding(owner);
}
