/** What is directly before and after a block. */
import { formatPrefix, type PoolSpace, type Prefix } from "../../ipam/index.ts";
import { type Beside, besideOf, holderOf, isSubnetName } from "../../operator/index.ts";
import type { Neighbour } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";

export function neighboursOf(
  fleet: ConsoleFleet,
  namespace: string,
  space: PoolSpace,
  block: Prefix,
): Neighbour[] {
  const { below, above } = besideOf(space, block);
  return [
    { side: "below", ...describedBy(fleet, namespace, below) },
    { side: "above", ...describedBy(fleet, namespace, above) },
  ];
}

function describedBy(fleet: ConsoleFleet, namespace: string, beside: Beside): Omit<Neighbour, "side"> {
  switch (beside.what) {
    case "edge of the pool":
      return { what: beside.what };
    case "free":
      return { what: "free", cidr: formatPrefix(beside.prefix) };
    case "reserved": {
      const { prefix, reason } = beside.reservation;
      return { what: "reserved", cidr: formatPrefix(prefix), by: reason };
    }
    case "occupant": {
      const { owner, prefix } = beside.occupant;
      const isResting = fleet.world.subnets.get(namespace, owner)?.status?.phase === "Released";
      const what = isResting ? "resting" : "taken";
      return { what, cidr: formatPrefix(prefix), by: nameOf(fleet, namespace, owner) };
    }
  }
}

/** Whom a user knows it by: the claim before the Subnet. */
function nameOf(fleet: ConsoleFleet, namespace: string, owner: string): string {
  if (!isSubnetName(owner)) {
    const { kind, name } = holderOf(owner);
    return `${kind === "orphan" || kind === "outsider" ? "Subnet" : kind} ${name}`;
  }
  const subnet = fleet.world.subnets.get(namespace, owner);
  const claim = subnet?.spec.claimRef?.name;
  return claim === undefined || claim === "" ? `Subnet ${owner}` : `SubnetClaim ${claim}`;
}
