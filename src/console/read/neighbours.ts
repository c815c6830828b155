/** What is directly before and after a block. */
import {
  type Address,
  contains,
  containsAddress,
  formatPrefix,
  lastAddress,
  next,
  type PoolSpace,
  type Prefix,
  previous,
  truncate,
  widthOf,
} from "../../ipam/index.ts";
import { holderOf, isSubnetName } from "../../operator/index.ts";
import type { Neighbour } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";

export function neighboursOf(
  fleet: ConsoleFleet,
  namespace: string,
  space: PoolSpace,
  block: Prefix,
): Neighbour[] {
  const before = previous(block);
  const below = before === undefined ? undefined : lastAddress(before);
  return [
    { side: "below", ...neighbourAt(fleet, namespace, space, below) },
    { side: "above", ...neighbourAt(fleet, namespace, space, next(block)) },
  ];
}

function neighbourAt(
  fleet: ConsoleFleet,
  namespace: string,
  space: PoolSpace,
  address: Address | undefined,
): Omit<Neighbour, "side"> {
  if (address === undefined || !containsAddress(space.cidr, address)) return { what: "edge of the pool" };
  const itself = {
    family: address.family,
    address: address.address,
    length: widthOf(address.family),
  } as Prefix;
  const occupant = [...space.occupants(itself)].at(-1);
  if (occupant !== undefined) {
    const { owner, prefix } = occupant;
    const isResting = fleet.world.subnets.get(namespace, owner)?.status?.phase === "Released";
    return {
      what: isResting ? "resting" : "taken",
      cidr: formatPrefix(prefix),
      by: nameOf(fleet, namespace, owner),
    };
  }
  const reserved = space.reserved.find(({ prefix }) => contains(prefix, itself));
  if (reserved !== undefined) {
    return { what: "reserved", cidr: formatPrefix(reserved.prefix), by: reserved.reason };
  }
  let free = itself;
  for (let length = itself.length - 1; length >= space.cidr.length; length--) {
    const larger = truncate(itself, length);
    if (!space.check(larger).ok) break;
    free = larger;
  }
  return { what: "free", cidr: formatPrefix(free) };
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
