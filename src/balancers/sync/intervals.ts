/** Sets of addresses as intervals: what a pool gains and loses, which pools touch, and where the pool of an IP is unclear. */
import { type Family, formatAddress } from "../../ipam/index.ts";
import { type NamedRanges, parsePoolRange } from "../ledger/index.ts";

/** Both ends belong to it. */
export interface Interval {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** Sorted, without overlaps. Unreadable ranges hold no address. */
export function intervalsOf(ranges: readonly string[]): Interval[] {
  return union(ranges.flatMap((text) => intervalOf(text) ?? []));
}

function intervalOf(text: string): Interval | undefined {
  const range = parsePoolRange(text);
  if (!range.ok) return undefined;
  const { first, last } = range.value;
  return { family: first.family, first: BigInt(first.address), last: BigInt(last.address) };
}

function byStart(a: Interval, b: Interval): number {
  return a.family - b.family || (a.first < b.first ? -1 : a.first > b.first ? 1 : 0);
}

function union(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const next of [...intervals].sort(byStart)) {
    const last = merged.at(-1);
    if (last !== undefined && last.family === next.family && next.first <= last.last + 1n) {
      if (next.last > last.last) merged[merged.length - 1] = { ...last, last: next.last };
    } else merged.push(next);
  }
  return merged;
}

/** What is in `whole` and not in `parts`; both as {@link intervalsOf} makes them. */
export function without(whole: readonly Interval[], parts: readonly Interval[]): Interval[] {
  const left: Interval[] = [];
  for (const { family, first, last } of whole) {
    let start = first;
    for (const part of parts) {
      if (part.family !== family || part.last < start || part.first > last) continue;
      if (part.first > start) left.push({ family, first: start, last: part.first - 1n });
      start = part.last + 1n;
    }
    if (start <= last) left.push({ family, first: start, last });
  }
  return left;
}

/** Of how many addresses these are. */
export function sharedCount(one: readonly Interval[], other: readonly Interval[]): bigint {
  let count = 0n;
  for (const a of one) {
    for (const b of other) {
      if (a.family !== b.family) continue;
      const first = a.first > b.first ? a.first : b.first;
      const last = a.last < b.last ? a.last : b.last;
      if (first <= last) count += last - first + 1n;
    }
  }
  return count;
}

/** A stretch of addresses that several pools hold in ranges of the same size, so that a look-up cannot choose. */
export interface Ambiguity extends Interval {
  readonly pools: readonly string[];
}

interface Entry extends Interval {
  readonly name: string;
}

export function ambiguities(pools: Iterable<NamedRanges>): Ambiguity[] {
  const entries: Entry[] = [];
  for (const { name, ranges } of pools) {
    for (const text of ranges) {
      const interval = intervalOf(text);
      if (interval !== undefined) entries.push({ ...interval, name });
    }
  }
  const found: Ambiguity[] = [];
  for (const group of touching(entries)) found.push(...ambiguitiesAmong(group));
  return found;
}

/** Groups of entries that hang together; only those of several pools matter. */
function touching(entries: Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  let end = -1n;
  for (const entry of entries.sort(byStart)) {
    const group = groups.at(-1);
    if (group !== undefined && group[0]?.family === entry.family && entry.first <= end) group.push(entry);
    else {
      groups.push([entry]);
      end = -1n;
    }
    if (entry.last > end) end = entry.last;
  }
  return groups.filter((group) => group.some(({ name }) => name !== group[0]?.name));
}

function ambiguitiesAmong(group: readonly Entry[]): Ambiguity[] {
  const starts = new Set<bigint>();
  for (const { first, last } of group) starts.add(first).add(last + 1n);
  const edges = [...starts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return edges.slice(0, -1).flatMap((first, at): Ambiguity[] => {
    const last = (edges[at + 1] ?? first) - 1n;
    const holding = group.filter((entry) => entry.first <= first && entry.last >= last);
    const sizes = holding.map((entry) => entry.last - entry.first);
    const least = sizes.reduce((a, b) => (b < a ? b : a), sizes[0] ?? 0n);
    const pools = [...new Set(holding.filter((_, index) => sizes[index] === least).map(({ name }) => name))];
    const [one] = holding;
    return one === undefined || pools.length < 2 ? [] : [{ family: one.family, first, last, pools }];
  });
}

/** For people: where an interval begins. */
export function firstAddress({ family, first }: Interval): string {
  return formatAddress(family === 4 ? { family, address: Number(first) } : { family, address: first });
}
