/** What of a pool lies directly before and after a block, and how far free space around an address reaches. Pure. */
import {
  type Address,
  contains,
  containsAddress,
  formatPrefix,
  hostPrefix,
  lastAddress,
  next,
  type PoolSpace,
  type Prefix,
  previous,
  type Reservation,
  truncate,
} from "../../ipam/index.ts";

/** The smallest that contains the address directly before or after a block. */
export interface Neighbour {
  readonly side: "below" | "above";
  readonly what: "taken" | "free" | "reserved" | "resting" | "edge of the pool";
  readonly cidr?: string;
  readonly by?: string;
  /** When a resting block is free. */
  readonly until?: string;
}

/**
 * @param block of the pool
 * @param describe who occupies a block, in terms of what a user can see
 */
export function neighboursOf(
  space: PoolSpace,
  block: Prefix,
  describe: (owner: string) => Omit<Neighbour, "side" | "cidr">,
): Neighbour[] {
  const before = previous(block);
  return [
    { side: "below", ...at(space, before && lastAddress(before), describe) },
    { side: "above", ...at(space, next(block), describe) },
  ];
}

function at(
  space: PoolSpace,
  address: Address | undefined,
  describe: (owner: string) => Omit<Neighbour, "side" | "cidr">,
): Omit<Neighbour, "side"> {
  if (address === undefined || !containsAddress(space.cidr, address)) return { what: "edge of the pool" };
  const itself = hostPrefix(address);
  const occupant = [...space.occupants(itself)].at(-1);
  if (occupant !== undefined) {
    const { what, ...more } = describe(occupant.owner);
    return { what, cidr: formatPrefix(occupant.prefix), ...more };
  }
  const reservation = reservationAround(space, itself);
  if (reservation !== undefined)
    return { what: "reserved", cidr: formatPrefix(reservation.prefix), by: reservation.reason };
  return { what: "free", cidr: formatPrefix(freeAround(space, itself)) };
}

export function reservationAround(space: PoolSpace, block: Prefix): Reservation | undefined {
  return space.reserved.find(({ prefix }) => contains(prefix, block));
}

/**
 * The largest block around one that is free as a whole; not all free blocks are looked through.
 *
 * @param block free
 */
export function freeAround(space: PoolSpace, block: Prefix): Prefix {
  let largest = block;
  for (let length = block.length - 1; length >= space.cidr.length; length--) {
    const larger = truncate(block, length);
    if (!space.check(larger).ok) break;
    largest = larger;
  }
  return largest;
}
