/**
 * What a pool's space amounts to (`docs/allocation-protocol.md#accounting`). Every number is a function of three tallies by prefix
 * length, exact at any size, and costs O(width) to read whatever the number of blocks.
 */
import { addressCount, type Prefix, widthOf } from "./prefix.ts";

export interface Accounting {
  /** Owners inside the pool. */
  readonly occupantCount: number;
  /** Owners whose block is not, or not wholly, inside the pool. */
  readonly outsideCount: number;
  /** Index: prefix length. Free aligned blocks of that length, at most 2^53−1. */
  readonly freeCountBySize: readonly number[];
  /** Index: prefix length. Maximal free blocks: those whose buddy is not wholly free. */
  readonly maximalFreeBySize: readonly number[];
  /** Prefix length of the largest free block; undefined when nothing is free. */
  readonly largestFreeLength: number | undefined;
  /** 100 × allocated ÷ capacity, rounded half up to two decimals. */
  readonly utilizationPercent: number;
  /** 100 × (1 − largest free block ÷ free addresses), rounded half up to two decimals; 0 when nothing is free. */
  readonly fragmentationPercent: number;
  /** Addresses. capacity = allocated + reserved + free. */
  readonly capacity: bigint;
  /** Held by at least one occupant. */
  readonly allocated: bigint;
  /** Held by none, and reserved. */
  readonly reserved: bigint;
  readonly free: bigint;
}

export interface Tallies {
  readonly pool: Prefix;
  readonly occupantCount: number;
  readonly outsideCount: number;
  readonly freeByLength: ArrayLike<number>;
  readonly heldByLength: ArrayLike<number>;
}

export function accountingOf(tallies: Tallies): Accounting {
  const { pool, freeByLength, heldByLength } = tallies;
  const width = widthOf(pool.family);
  const capacity = addressCount(pool);
  const free = addressesOf(freeByLength, pool.length, width);
  const allocated = addressesOf(heldByLength, pool.length, width);
  let largest = pool.length;
  while (largest <= width && freeByLength[largest] === 0) largest++;
  const largestFreeLength = largest > width ? undefined : largest;
  const largestSize = largestFreeLength === undefined ? 0n : 1n << BigInt(width - largestFreeLength);
  return {
    occupantCount: tallies.occupantCount,
    outsideCount: tallies.outsideCount,
    freeCountBySize: freeCounts(freeByLength, width),
    maximalFreeBySize: Array.from({ length: width + 1 }, (_, length) => freeByLength[length] as number),
    largestFreeLength,
    utilizationPercent: percent(allocated, capacity),
    fragmentationPercent: percent(free - largestSize, free),
    capacity,
    allocated,
    reserved: capacity - allocated - free,
    free,
  };
}

/** Free aligned blocks of one length: the figure for a pool's default size. 0 for a length out of range. */
export function freeCount(accounting: Accounting, length: number): number {
  return accounting.freeCountBySize[length] ?? 0;
}

function addressesOf(byLength: ArrayLike<number>, shortest: number, width: number): bigint {
  let sum = 0n;
  for (let length = shortest; length <= width; length++) {
    const count = byLength[length] as number;
    if (count !== 0) sum += BigInt(count) << BigInt(width - length);
  }
  return sum;
}

/** Doubling is exact below 2^53, and what has reached the cap stays there. */
function freeCounts(freeByLength: ArrayLike<number>, width: number): number[] {
  const counts: number[] = [];
  let count = 0;
  for (let length = 0; length <= width; length++) {
    count = Math.min(count * 2 + (freeByLength[length] as number), Number.MAX_SAFE_INTEGER);
    counts.push(count);
  }
  return counts;
}

/** 100 × part ÷ whole, rounded half up to two decimals; 0 of 0 is 0. */
export function percent(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 20_000n + whole) / (whole * 2n)) / 100;
}

export interface AccountingDifference {
  readonly field: string;
  readonly left: string;
  readonly right: string;
}

/** Where two accountings differ, field by field; empty when they say the same. */
export function diff(left: Accounting, right: Accounting): AccountingDifference[] {
  const differences: AccountingDifference[] = [];
  const compare = (field: string, a: unknown, b: unknown) => {
    if (a !== b) differences.push({ field, left: String(a), right: String(b) });
  };
  for (const field of Object.keys(left) as (keyof Accounting)[]) {
    const a = left[field];
    const b = right[field];
    if (!Array.isArray(a) || !Array.isArray(b)) compare(field, a, b);
    else for (let i = 0; i < Math.max(a.length, b.length); i++) compare(`${field}[${i}]`, a[i], b[i]);
  }
  return differences;
}
