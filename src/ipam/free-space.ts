/**
 * The free space of one block of addresses, as a library without owners and names. Blocks are
 * allocated, released, reserved; no address is ever allocated twice.
 *
 * Every call is O(width) at any number of blocks, except where documented otherwise. No input makes one throw.
 *
 * @example
 *   const pool = parsePrefix("10.0.0.0/8");
 *   const space = new FreeSpace(pool.value);
 *   space.allocate(24);            // { ok: true, value: 10.0.0.0/24 }
 *   space.allocate(16, "Buddy");   // { ok: true, value: 10.1.0.0/16 }
 */
import { err, ok, type Result } from "../kernel/index.ts";
import { type Accounting, accountingOf } from "./accounting.ts";
import { BARRED, HELD } from "./block-nodes.ts";
import { formatPrefix } from "./format.ts";
import { contains, type Prefix, widthOf } from "./prefix.ts";
import { type Overlap, PrefixTrie, type Strategy } from "./prefix-trie.ts";

export type AllocateFailure =
  | { readonly reason: "exhausted"; readonly length: number }
  /** A block of this length is larger than the pool. */
  | { readonly reason: "size-too-large"; readonly length: number; readonly poolLength: number }
  /** Not a prefix length of this family. */
  | { readonly reason: "size-invalid"; readonly length: number; readonly longest: number };

/** Why a block cannot be allocated. `by` is a conflicting block. */
export type BlockFailure<P extends Prefix = Prefix> =
  | { readonly reason: "outside"; readonly pool: P }
  | { readonly reason: "allocated"; readonly by: P }
  | { readonly reason: "reserved"; readonly by: P };

export type ReleaseFailure = { readonly reason: "not-allocated" } | { readonly reason: "not-reserved" };

/** The blocks of a space as text, by address: for tests, for logs, for a picture. */
export interface SpaceJson {
  readonly pool: string;
  readonly allocated: readonly string[];
  readonly reserved: readonly string[];
  readonly free: readonly string[];
}

/** What can be read of a space, live or as it was. Do not change a space while one of its iterators is under way. */
export interface SpaceReader<P extends Prefix = Prefix> {
  readonly pool: P;
  isFree(prefix: P): boolean;
  /** Maximal free blocks by address. */
  freeBlocks(): Iterable<P>;
  /** Allocated and reserved blocks by address, outer ones first. */
  blocks(): Iterable<Overlap<P>>;
  /** Blocks that share an address with this one. O(width + result). */
  overlapping(prefix: P): Iterable<Overlap<P>>;
  /** Index: prefix length. Number of maximal free blocks. */
  histogram(): readonly number[];
  /** Prefix length of the largest free block; undefined when nothing is free. */
  largestFreeLength(): number | undefined;
  /** Allocated blocks count as occupants. */
  accounting(): Accounting;
  toJSON(): SpaceJson;
}

class SpaceView<P extends Prefix> implements SpaceReader<P> {
  protected readonly trie: PrefixTrie<P>;
  /** Allocated blocks. */
  protected count: number;

  constructor(trie: PrefixTrie<P>, count: number) {
    this.trie = trie;
    this.count = count;
  }

  get pool(): P {
    return this.trie.pool;
  }

  isFree(prefix: P): boolean {
    return this.trie.isInside(prefix) && this.trie.isFree(prefix);
  }

  freeBlocks(): Iterable<P> {
    return this.trie.freeBlocks();
  }

  blocks(): Iterable<Overlap<P>> {
    return this.overlapping(this.pool);
  }

  overlapping(prefix: P): Iterable<Overlap<P>> {
    const part = contains(prefix, this.pool) ? this.pool : prefix;
    return this.trie.isInside(part) ? this.trie.overlapping(part) : [];
  }

  histogram(): readonly number[] {
    return Array.from(this.trie.trie.freeByLength);
  }

  largestFreeLength(): number | undefined {
    const length = this.trie.trie.freeByLength.findIndex((count) => count > 0);
    return length < 0 ? undefined : length;
  }

  accounting(): Accounting {
    return accountingOf({
      pool: this.pool,
      occupantCount: this.count,
      outsideCount: 0,
      freeByLength: this.trie.trie.freeByLength,
      heldByLength: this.trie.trie.heldByLength,
    });
  }

  toJSON(): SpaceJson {
    const blocks = [...this.blocks()];
    return {
      pool: formatPrefix(this.pool),
      allocated: blocks.filter((block) => block.allocated).map((block) => formatPrefix(block.prefix)),
      reserved: blocks.filter((block) => block.reserved).map((block) => formatPrefix(block.prefix)),
      free: [...this.freeBlocks()].map(formatPrefix),
    };
  }
}

export class FreeSpace<P extends Prefix = Prefix> extends SpaceView<P> {
  constructor(pool: P) {
    super(new PrefixTrie(pool), 0);
  }

  /** Bytes that the blocks take. */
  get byteLength(): number {
    return this.trie.trie.nodes.byteLength;
  }

  /** Allocated blocks. */
  get allocatedCount(): number {
    return this.count;
  }

  /** The block that {@link allocate} would take. */
  find(length: number, strategy: Strategy = "Linear"): Result<P, AllocateFailure> {
    const failure = checkSize(length, this.pool);
    if (failure !== undefined) return err(failure);
    const found = this.trie.find(length, strategy);
    return found === undefined ? err({ reason: "exhausted", length }) : ok(found);
  }

  allocate(length: number, strategy: Strategy = "Linear"): Result<P, AllocateFailure> {
    const failure = checkSize(length, this.pool);
    if (failure !== undefined) return err(failure);
    const found = this.trie.putFound(length, strategy);
    if (found === undefined) return err({ reason: "exhausted", length });
    this.count++;
    return ok(found);
  }

  /** Exactly this block, if all of it is free. */
  allocateExact(prefix: P): Result<void, BlockFailure<P>> {
    if (!this.trie.isInside(prefix)) return err({ reason: "outside", pool: this.pool });
    if (this.trie.putIfFree(prefix)) {
      this.count++;
      return ok(undefined);
    }
    let reserved: P | undefined;
    for (const overlap of this.overlapping(prefix)) {
      if (overlap.allocated) return err({ reason: "allocated", by: overlap.prefix });
      reserved ??= overlap.prefix;
    }
    return err({ reason: "reserved", by: reserved ?? prefix });
  }

  /** Gives back a block that was allocated, whole, as it was allocated. */
  release(prefix: P): Result<void, ReleaseFailure> {
    if (!this.trie.isInside(prefix) || !this.trie.take(prefix, HELD)) return err({ reason: "not-allocated" });
    this.count--;
    return ok(undefined);
  }

  /** Excludes a block from allocation. What is allocated there stays so. Reserve twice, unreserve twice. */
  reserve(prefix: P): Result<void, BlockFailure<P>> {
    if (!this.trie.isInside(prefix)) return err({ reason: "outside", pool: this.pool });
    this.trie.put(prefix, BARRED);
    return ok(undefined);
  }

  unreserve(prefix: P): Result<void, ReleaseFailure> {
    const isReserved = this.trie.isInside(prefix) && this.trie.take(prefix, BARRED);
    return isReserved ? ok(undefined) : err({ reason: "not-reserved" });
  }

  /** A larger pool around this one. */
  grow(pool: P): Result<void, BlockFailure<P>> {
    if (!contains(pool, this.pool)) return err({ reason: "outside", pool: this.pool });
    this.trie.grow(pool);
    return ok(undefined);
  }

  /** A smaller pool inside this one, if nothing is allocated or reserved outside it. */
  shrink(pool: P): Result<void, BlockFailure<P>> {
    if (!this.trie.isInside(pool)) return err({ reason: "outside", pool: this.pool });
    if (this.trie.shrink(pool)) return ok(undefined);
    for (const { prefix, allocated } of this.blocks()) {
      if (!contains(pool, prefix)) return err({ reason: allocated ? "allocated" : "reserved", by: prefix });
    }
    return ok(undefined);
  }

  /** The space as it is now, whatever comes. O(width); the first change after it copies the arrays once. */
  snapshot(): SpaceReader<P> {
    return new SpaceView(this.trie.snapshot(), this.count);
  }
}

/** Why no block of this length can ever be had from the pool. */
export function checkSize(length: number, pool: Prefix): AllocateFailure | undefined {
  const longest = widthOf(pool.family);
  if (!Number.isInteger(length) || length < 0 || length > longest) {
    return { reason: "size-invalid", length, longest };
  }
  return length < pool.length ? { reason: "size-too-large", length, poolLength: pool.length } : undefined;
}
