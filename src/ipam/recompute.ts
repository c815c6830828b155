/**
 * The accounting of a pool from scratch, straight from the definition and without the engine: halve the pool until a
 * half is wholly free or wholly covered. The engine's incremental accounting must say the same at any moment (RQ-03).
 */
import { type Accounting, accountingOf } from "./accounting.ts";
import { comparePrefixes, contains, type Prefix, truncate, widthOf } from "./prefix.ts";

export interface SpaceContent {
  readonly cidr: Prefix;
  /** Blocks with owners, in any order. They may overlap, and lie outside the pool. */
  readonly occupants: Iterable<Prefix>;
  /** Blocks that must not be allocated: reserved ranges, child pools kept apart (RQ-02). */
  readonly reserved?: Iterable<Prefix>;
}

/** O(n log n) in the number of blocks. A pure function of the set of blocks: their order does not matter. */
export function recompute(content: SpaceContent): Accounting {
  const { cidr } = content;
  const held: Prefix[] = [];
  const barred: Prefix[] = [];
  let outsideCount = 0;
  let occupantCount = 0;
  for (const prefix of content.occupants) {
    const part = clip(cidr, prefix);
    if (part !== undefined) held.push(part);
    if (part === prefix) occupantCount++;
    else outsideCount++;
  }
  for (const prefix of content.reserved ?? []) {
    const part = clip(cidr, prefix);
    if (part !== undefined) barred.push(part);
  }
  return accountingOf({
    pool: cidr,
    occupantCount,
    outsideCount,
    freeByLength: tally(cidr, [...held, ...barred]).free,
    heldByLength: tally(cidr, held).covered,
  });
}

/** The part of a block that lies in the pool: all of it, the pool itself where the block is larger, or nothing. */
export function clip(pool: Prefix, prefix: Prefix): Prefix | undefined {
  if (contains(pool, prefix)) return prefix;
  return contains(prefix, pool) ? pool : undefined;
}

interface Tally {
  /** Maximal free blocks by length. */
  readonly free: Float64Array;
  /** Blocks of halvings that are wholly covered, by length. */
  readonly covered: Float64Array;
}

function tally(pool: Prefix, blocks: readonly Prefix[]): Tally {
  const sorted = blocks.toSorted(comparePrefixes);
  const width = widthOf(pool.family);
  const free = new Float64Array(width + 1);
  const covered = new Float64Array(width + 1);
  const visit = (block: Prefix, from: number, to: number): void => {
    const first = sorted[from];
    if (from === to || first === undefined) {
      free[block.length] = (free[block.length] as number) + 1;
    } else if (first.length <= block.length) {
      covered[block.length] = (covered[block.length] as number) + 1;
    } else {
      const upper = upperHalf(block);
      const middle = lowerBound(sorted, upper.address, from, to);
      visit(truncate(block, block.length + 1), from, middle);
      visit(upper, middle, to);
    }
  };
  visit(pool, 0, sorted.length);
  return { free, covered };
}

function upperHalf(block: Prefix): Prefix {
  const length = block.length + 1;
  return block.family === 4
    ? { family: 4, address: block.address + 2 ** (32 - length), length }
    : { family: 6, address: block.address + (1n << BigInt(128 - length)), length };
}

/** Index of the first block in [from, to) that begins at `address` or after it. */
function lowerBound(sorted: readonly Prefix[], address: number | bigint, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Prefix).address < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
