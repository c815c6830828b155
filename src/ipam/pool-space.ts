/**
 * The space of one pool as it is in real life: blocks with owners, and reserved ranges.
 *
 * What is taken is the union of all occupants' blocks, whatever the order in which they came and went: they may
 * overlap, nest, be identical, or lie outside the pool. Nothing here refuses a fact. `check` and `find` are the
 * questions to ask before a new one is made.
 */
import { assert, err, ok, type Result } from "../kernel/index.ts";
import { type Accounting, type AccountingDifference, accountingOf, diff } from "./accounting.ts";
import { BARRED, HELD } from "./block-nodes.ts";
import { type AllocateFailure, checkSize } from "./free-space.ts";
import { comparePrefixes, equals, overlaps, type Prefix } from "./prefix.ts";
import { PrefixTrie, type Strategy } from "./prefix-trie.ts";
import { clip, recompute } from "./recompute.ts";

export interface Reservation {
  readonly prefix: Prefix;
  readonly reason: string;
}

export interface PoolSpaceOptions {
  readonly cidr: Prefix;
  readonly reserved?: readonly Reservation[];
}

export interface Occupant {
  readonly owner: string;
  readonly prefix: Prefix;
}

export type FindFailure = AllocateFailure;

export type CheckFailure =
  | { readonly reason: "outside"; readonly pool: Prefix }
  | { readonly reason: "taken"; readonly by: string; readonly prefix: Prefix }
  | { readonly reason: "reserved"; readonly by: string; readonly prefix: Prefix };

export class PoolSpace {
  #trie: PrefixTrie;
  #reserved: readonly Reservation[];
  readonly #occupants = new Map<string, Prefix>();
  readonly #outside = new Map<string, Prefix>();
  /** Owners inside the pool, by their block. */
  readonly #owners = new Map<string, string | Set<string>>();

  constructor(options: PoolSpaceOptions) {
    this.#trie = new PrefixTrie(options.cidr);
    this.#reserved = options.reserved ?? [];
    for (const { prefix } of this.#reserved) this.#bar(prefix);
  }

  get cidr(): Prefix {
    return this.#trie.pool;
  }

  get reserved(): readonly Reservation[] {
    return this.#reserved;
  }

  get occupantCount(): number {
    return this.#occupants.size;
  }

  /** Replaces the reserved ranges. They may overlap occupants and each other, and lie outside the pool. */
  setReserved(reserved: readonly Reservation[]): void {
    for (const { prefix } of this.#reserved) this.#unbar(prefix);
    this.#reserved = reserved;
    for (const { prefix } of reserved) this.#bar(prefix);
  }

  /** Another range for the pool, in either direction: occupants come inside, or are outside from now on. */
  resize(cidr: Prefix): void {
    if (equals(cidr, this.cidr)) return;
    this.#trie = new PrefixTrie(cidr);
    this.#owners.clear();
    this.#outside.clear();
    for (const { prefix } of this.#reserved) this.#bar(prefix);
    for (const [owner, prefix] of this.#occupants) this.#settle(owner, prefix);
  }

  /** The owner's block is this one from now on. Idempotent; an owner has one block. */
  occupy(owner: string, prefix: Prefix): void {
    const before = this.#occupants.get(owner);
    if (before !== undefined) {
      if (equals(before, prefix)) return;
      this.#unsettle(owner, before);
    }
    this.#occupants.set(owner, prefix);
    this.#settle(owner, prefix);
  }

  /** The owner has no block any more. Idempotent. */
  vacate(owner: string): void {
    const prefix = this.#occupants.get(owner);
    if (prefix === undefined) return;
    this.#occupants.delete(owner);
    this.#unsettle(owner, prefix);
  }

  prefixOf(owner: string): Prefix | undefined {
    return this.#occupants.get(owner);
  }

  /** Owners whose block is not wholly inside the pool, by address. */
  outside(): Occupant[] {
    const list = [...this.#outside].map(([owner, prefix]) => ({ owner, prefix }));
    return list.sort((a, b) => comparePrefixes(a.prefix, b.prefix) || compareText(a.owner, b.owner));
  }

  /** A free block of this length, not taken. */
  find(length: number, strategy: Strategy): Result<Prefix, FindFailure> {
    const failure = checkSize(length, this.cidr);
    if (failure !== undefined) return err(failure);
    const found = this.#trie.find(length, strategy);
    return found === undefined ? err({ reason: "exhausted", length }) : ok(found);
  }

  /**
   * Whether exactly this block could be allocated now, or the first reason why not.
   *
   * @param isOwn owners that do not conflict with the caller. Default: none.
   */
  check(prefix: Prefix, isOwn?: (owner: string) => boolean): Result<void, CheckFailure> {
    if (!this.#trie.isInside(prefix)) return err({ reason: "outside", pool: this.cidr });
    if (this.#trie.isFree(prefix)) return ok(undefined);
    let isAmongOwn = false;
    for (const occupant of this.#overlapping(prefix)) {
      if (isOwn?.(occupant.owner) !== true)
        return err({ reason: "taken", by: occupant.owner, prefix: occupant.prefix });
      isAmongOwn = true;
    }
    const reservation = this.#reserved.find((entry) => overlaps(entry.prefix, prefix));
    if (reservation === undefined && isAmongOwn) return ok(undefined);
    assert(reservation !== undefined, "a block is not free, and nothing is in it", { length: prefix.length });
    return err({ reason: "reserved", by: reservation.reason, prefix: reservation.prefix });
  }

  /** All owners whose block shares an address with this one, by address, outer blocks first, then by owner. */
  overlappingOwners(prefix: Prefix): Occupant[] {
    return [...this.#overlapping(prefix)];
  }

  /**
   * All occupants that lie in the pool or around it, by address; of a range, those that share an address with it. Do not
   * change the pool while reading.
   */
  occupants(range = this.cidr): Iterable<Occupant> {
    return this.#overlapping(range);
  }

  /** Maximal free blocks by address. Do not change the pool while reading. */
  freeBlocks(): Iterable<Prefix> {
    return this.#trie.freeBlocks();
  }

  accounting(): Accounting {
    return accountingOf({
      pool: this.cidr,
      occupantCount: this.#occupants.size - this.#outside.size,
      outsideCount: this.#outside.size,
      freeByLength: this.#trie.trie.freeByLength,
      heldByLength: this.#trie.trie.heldByLength,
    });
  }

  /** The same accounting from scratch, without the engine: O(n log n). */
  recompute(): Accounting {
    return recompute({
      cidr: this.cidr,
      occupants: this.#occupants.values(),
      reserved: this.#reserved.map((entry) => entry.prefix),
    });
  }

  /** Differences between the incremental accounting and one from scratch. None, unless something is broken. */
  selfCheck(): AccountingDifference[] {
    return diff(this.accounting(), this.recompute());
  }

  *#overlapping(prefix: Prefix): Generator<Occupant> {
    const part = clip(this.cidr, prefix);
    if (part === undefined) return;
    for (const block of this.#trie.overlapping(part)) {
      const owners = this.#owners.get(keyOf(block.prefix));
      if (owners === undefined) continue;
      const names = typeof owners === "string" ? [owners] : [...owners].sort(compareText);
      for (const owner of names) yield { owner, prefix: this.#occupants.get(owner) as Prefix };
    }
  }

  #settle(owner: string, prefix: Prefix): void {
    const part = clip(this.cidr, prefix);
    if (part !== prefix) this.#outside.set(owner, prefix);
    if (part === undefined) return;
    this.#trie.put(part, HELD);
    const key = keyOf(part);
    const others = this.#owners.get(key);
    if (others === undefined) this.#owners.set(key, owner);
    else if (typeof others === "string") this.#owners.set(key, new Set([others, owner]));
    else others.add(owner);
  }

  #unsettle(owner: string, prefix: Prefix): void {
    this.#outside.delete(owner);
    const part = clip(this.cidr, prefix);
    if (part === undefined) return;
    this.#trie.take(part, HELD);
    const key = keyOf(part);
    const owners = this.#owners.get(key);
    if (typeof owners === "string") this.#owners.delete(key);
    else if (owners !== undefined) {
      owners.delete(owner);
      if (owners.size === 0) this.#owners.delete(key);
    }
  }

  #bar(prefix: Prefix): void {
    const part = clip(this.cidr, prefix);
    if (part !== undefined) this.#trie.put(part, BARRED);
  }

  #unbar(prefix: Prefix): void {
    const part = clip(this.cidr, prefix);
    if (part !== undefined) this.#trie.take(part, BARRED);
  }
}

/** The same text for the same block of a family. */
function keyOf(prefix: Prefix): string {
  return `${prefix.address.toString(16)}/${prefix.length}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
