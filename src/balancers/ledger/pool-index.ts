/**
 * Which pool an IP lies in. Pure. The result is a pool, or a value with the reason why there is none: never an empty record
 * and never an ID of 0 (RC-01).
 */
import {
  type Address,
  type AddressRange,
  formatAddress,
  parseAddress,
  rangeAddressCount,
  rangeContains,
  rangeToPrefixes,
  truncate,
  widthOf,
} from "../../ipam/index.ts";
import { parsePoolRange } from "./pool-range.ts";

export interface NamedRanges {
  readonly name: string;
  /** CIDRs or `a-b`, as they are written. */
  readonly ranges: readonly string[];
}

export interface NearPool {
  readonly name: string;
  /** The range of it that is nearest. */
  readonly range: string;
  /** Addresses between the IP and that range. */
  readonly distance: string;
}

export type LookUp<T extends NamedRanges> =
  | { readonly result: "found"; readonly ip: string; readonly pool: T; readonly range: string }
  /** The nearest pools of the IP's family, at most three. */
  | { readonly result: "not-found"; readonly ip: string; readonly nearest: readonly NearPool[] }
  /** Several pools hold the IP in ranges of the same size. */
  | { readonly result: "ambiguous"; readonly ip: string; readonly pools: readonly T[] }
  | { readonly result: "not-an-ip"; readonly ip: string };

interface Entry<T> {
  readonly pool: T;
  readonly text: string;
  readonly range: AddressRange;
  readonly count: bigint;
}

const MOST_NEAREST = 3;

/** Built once for a list of pools; a look-up costs at most one probe for each prefix length in use. */
export class PoolIndex<T extends NamedRanges> {
  readonly #entries: Entry<T>[] = [];
  /** Family → length → first address → the ranges of which that block is a part. */
  readonly #blocks: Record<4 | 6, Map<number, Map<number | bigint, Entry<T>[]>>> = {
    4: new Map(),
    6: new Map(),
  };

  /** Invalid ranges contain no address; the comparison reports them. */
  constructor(pools: Iterable<T>) {
    for (const pool of pools) {
      for (const text of pool.ranges) {
        const range = parsePoolRange(text);
        if (range.ok) this.#add({ pool, text, range: range.value, count: rangeAddressCount(range.value) });
      }
    }
  }

  lookUp(ip: string): LookUp<T> {
    const address = parseAddress(ip);
    if (!address.ok) return { result: "not-an-ip", ip };
    const text = formatAddress(address.value);
    const tied = this.#mostSpecific(address.value);
    const [best] = tied;
    if (best === undefined) {
      return { result: "not-found", ip: text, nearest: this.#nearest(address.value) };
    }
    const pools = poolsOf(tied);
    if (pools.length > 1) return { result: "ambiguous", ip: text, pools };
    return { result: "found", ip: text, pool: best.pool, range: best.text };
  }

  /** The pools that hold it in their smallest ranges: none, one, or several between which nothing chooses. For very many. */
  poolsAt(ip: string): readonly T[] {
    const address = parseAddress(ip);
    return address.ok ? poolsOf(this.#mostSpecific(address.value)) : [];
  }

  /** Whether any pool holds it: cheaper than to look it up. */
  holds(ip: string): boolean {
    const address = parseAddress(ip);
    return address.ok && this.#holding(address.value).length > 0;
  }

  #add(entry: Entry<T>): void {
    this.#entries.push(entry);
    for (const { family, address, length } of rangeToPrefixes(entry.range)) {
      const lengths = this.#blocks[family];
      const blocks = lengths.get(length) ?? new Map<number | bigint, Entry<T>[]>();
      lengths.set(length, blocks);
      const there = blocks.get(address);
      if (there === undefined) blocks.set(address, [entry]);
      else there.push(entry);
    }
  }

  #mostSpecific(address: Address): Entry<T>[] {
    const holding = this.#holding(address);
    if (holding.length < 2) return holding;
    const smallest = holding.reduce(
      (least, { count }) => (count < least ? count : least),
      holding[0]?.count ?? 0n,
    );
    return holding.filter(({ count }) => count === smallest);
  }

  #holding(address: Address): Entry<T>[] {
    const found: Entry<T>[] = [];
    for (const [length, blocks] of this.#blocks[address.family]) {
      found.push(...(blocks.get(truncate(address, length).address) ?? []));
    }
    return found;
  }

  #nearest(address: Address): NearPool[] {
    const byPool = new Map<T, { entry: Entry<T>; distance: bigint }>();
    for (const entry of this.#entries) {
      if (entry.range.first.family !== address.family) continue;
      const distance = distanceTo(entry.range, address);
      const known = byPool.get(entry.pool);
      if (known === undefined || distance < known.distance) byPool.set(entry.pool, { entry, distance });
    }
    return [...byPool.values()]
      .sort((a, b) => (a.distance < b.distance ? -1 : a.distance > b.distance ? 1 : 0))
      .slice(0, MOST_NEAREST)
      .map(({ entry, distance }) => ({
        name: entry.pool.name,
        range: entry.text,
        distance: String(distance),
      }));
  }
}

function poolsOf<T extends NamedRanges>(entries: readonly Entry<T>[]): T[] {
  return [...new Set(entries.map(({ pool }) => pool))];
}

function distanceTo(range: AddressRange, address: Address): bigint {
  if (rangeContains(range, address)) return 0n;
  const at = BigInt(address.address);
  const first = BigInt(range.first.address);
  return at < first ? first - at : at - BigInt(range.last.address);
}

/** One sentence for people; the last resort is always named. */
export function describeLookUp<T extends NamedRanges>(found: LookUp<T>): string {
  switch (found.result) {
    case "found":
      return `the pool ${found.pool.name} holds it in ${found.range}.`;
    case "not-an-ip":
      return `${JSON.stringify(found.ip)} is not an IP address.`;
    case "ambiguous": {
      const names = found.pools.map(({ name }) => name).join(", ");
      return `${found.ip} lies in ${found.pools.length} pools of the ledger at once (${names}); make their ranges disjoint.`;
    }
    case "not-found": {
      const near = found.nearest.map(({ name, range }) => `${name} (${range})`).join(", ");
      const nearest =
        near === ""
          ? `it has none of the IPv${found.ip.includes(":") ? 6 : 4} family`
          : `the nearest are ${near}`;
      return `no pool of the ledger holds ${found.ip}; ${nearest}.`;
    }
  }
}

/** The widest that a text of an address can be, for columns. */
export const ADDRESS_TEXT_LENGTH = 45;

/** An address as text that sorts as the address does: 32 hexadecimal digits. */
export function sortKeyOf(address: Address): string {
  return BigInt(address.address)
    .toString(16)
    .padStart(widthOf(6) / 4, "0");
}
