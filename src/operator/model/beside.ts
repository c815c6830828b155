/** What of a pool lies directly before and after a block, and how far free space around an address reaches. Pure. */
import {
  type Address,
  contains,
  containsAddress,
  hostPrefix,
  lastAddress,
  next,
  type Occupant,
  type PoolSpace,
  type Prefix,
  previous,
  type Reservation,
  truncate,
} from "../../ipam/index.ts";

/** The smallest that contains the address directly before or after a block. */
export type Beside =
  /** The block is at an end of the pool. */
  | { readonly what: "edge of the pool" }
  | { readonly what: "occupant"; readonly occupant: Occupant }
  | { readonly what: "reserved"; readonly reservation: Reservation }
  | { readonly what: "free"; readonly prefix: Prefix };

/** @param block of the pool */
export function besideOf(
  space: PoolSpace,
  block: Prefix,
): { readonly below: Beside; readonly above: Beside } {
  const before = previous(block);
  return {
    below: at(space, before && lastAddress(before)),
    above: at(space, next(block)),
  };
}

function at(space: PoolSpace, address: Address | undefined): Beside {
  if (address === undefined || !containsAddress(space.cidr, address)) return { what: "edge of the pool" };
  const itself = hostPrefix(address);
  const occupant = [...space.occupants(itself)].at(-1);
  if (occupant !== undefined) return { what: "occupant", occupant };
  const reservation = reservationAround(space, itself);
  if (reservation !== undefined) return { what: "reserved", reservation };
  return { what: "free", prefix: freeAround(space, itself) };
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
