/** Which part of the address space is shown, and in cells of which size. */
import {
  type Address,
  addressCount,
  compareAddresses,
  lastAddress,
  type Prefix,
  truncate,
  widthOf,
} from "../../ipam/index.ts";

/** Whole cells: aligned blocks of `cellLength`, `count` of them from `first` on. */
export interface Window {
  readonly first: Address;
  readonly last: Address;
  readonly cellLength: number;
  readonly count: number;
}

/**
 * The smallest cells of which at most `most` cover the range. It is widened to whole cells, which are not larger than the pool.
 *
 * @param first in the pool, as `last`, and not after it
 */
export function windowOf(pool: Prefix, first: Address, last: Address, most: number): Window {
  const width = widthOf(pool.family);
  let cellLength: number = width;
  while (cellLength > pool.length && cellsBetween(first, last, cellLength) > BigInt(most)) cellLength--;
  return windowAt(first, last, cellLength);
}

/** The same range in cells of this length. */
export function windowAt(first: Address, last: Address, cellLength: number): Window {
  return {
    first: truncate(first, cellLength) as Address,
    last: lastAddress(truncate(last, cellLength)),
    cellLength,
    count: Number(cellsBetween(first, last, cellLength)),
  };
}

/** A block around the range, divided into a power of 4 of cells, at most `most`: it can be drawn as a square. */
export function squareWindow(pool: Prefix, first: Address, last: Address, most: number): Window {
  let block = truncate(first, pool.length);
  for (let length = widthOf(pool.family); length > pool.length; length--) {
    const candidate = truncate(first, length);
    if (compareAddresses(lastAddress(candidate), last) < 0) continue;
    block = candidate;
    break;
  }
  let order = 0;
  const deepest = widthOf(pool.family) - block.length;
  while (4 ** (order + 1) <= most && 2 * (order + 1) <= deepest) order++;
  return windowAt(block, lastAddress(block), block.length + 2 * order);
}

/** Number of the cell of an address; it may be outside of the window. */
export function cellOf({ first, cellLength }: Window, address: Address): number {
  if (address.family === 4 && first.family === 4) {
    return (truncate(address, cellLength) as typeof address).address === first.address
      ? 0
      : Math.floor((address.address - first.address) / 2 ** (32 - cellLength));
  }
  const offset = BigInt(address.address) - BigInt(first.address);
  return Number(offset >> BigInt(widthOf(first.family) - cellLength));
}

/** The cells of a block of a cell or more that are in the window. */
export function cellsOf(window: Window, prefix: Prefix): { readonly from: number; readonly to: number } {
  const from = cellOf(window, prefix);
  return {
    from: Math.max(from, 0),
    to: Math.min(
      from + Number(addressCount(prefix) >> BigInt(widthOf(prefix.family) - window.cellLength)),
      window.count,
    ),
  };
}

/** Whether the block and the window have an address in common. */
export function isIn({ first, last }: Window, prefix: Prefix): boolean {
  return (
    prefix.family === first.family &&
    compareAddresses(prefix, last) <= 0 &&
    compareAddresses(lastAddress(prefix), first) >= 0
  );
}

/** The part of the range that is in the block, or undefined. */
export function clipped(
  block: Prefix,
  first: Address,
  last: Address,
): { readonly first: Address; readonly last: Address } | undefined {
  if (first.family !== block.family || last.family !== block.family) return undefined;
  const end = lastAddress(block);
  if (compareAddresses(first, end) > 0 || compareAddresses(last, block) < 0) return undefined;
  if (compareAddresses(first, last) > 0) return undefined;
  const start = { family: block.family, address: block.address } as Address;
  return {
    first: compareAddresses(first, block) < 0 ? start : first,
    last: compareAddresses(last, end) > 0 ? end : last,
  };
}

function cellsBetween(first: Address, last: Address, cellLength: number): bigint {
  const shift = BigInt(widthOf(first.family) - cellLength);
  return (BigInt(last.address) >> shift) - (BigInt(first.address) >> shift) + 1n;
}
