/**
 * A block trie that speaks in prefixes of one family: the part that `FreeSpace` and `PoolSpace` share.
 */
import { assert } from "../kernel/index.ts";
import type { Layer } from "./block-nodes.ts";
import { BlockTrie } from "./block-trie.ts";
import { contains, type Family, type Prefix, widthOf } from "./prefix.ts";

/**
 * Which free block is allocated.
 *
 * - `Linear`: the lowest address that fits.
 * - `Buddy`: the lowest of the smallest maximal free blocks that fit, so that large blocks stay whole.
 * - `Sparse`: the beginning of the lowest of the largest maximal free blocks, so that a block has room to grow.
 */
export type Strategy = "Linear" | "Buddy" | "Sparse";

export interface Overlap<P extends Prefix = Prefix> {
  readonly prefix: P;
  readonly allocated: boolean;
  readonly reserved: boolean;
}

export class PrefixTrie<P extends Prefix = Prefix> {
  readonly trie: BlockTrie;
  readonly family: Family;
  /** Turns an IPv6 address into words and back. */
  readonly #view = new DataView(new ArrayBuffer(16));
  #pool: P;

  constructor(pool: P, from?: BlockTrie) {
    this.#pool = pool;
    this.family = pool.family;
    const root = new Uint32Array(4);
    this.#write(pool, root);
    this.trie = from ?? new BlockTrie(widthOf(pool.family), root, pool.length);
  }

  snapshot(): PrefixTrie<P> {
    return new PrefixTrie(this.#pool, this.trie.snapshot());
  }

  /** `pool` contains the pool so far. */
  grow(pool: P): void {
    this.#write(pool, this.trie.key);
    this.trie.grow(pool.length);
    this.#pool = pool;
  }

  /** `pool` lies in the pool so far. False, and nothing changes: a block lies outside it. */
  shrink(pool: P): boolean {
    this.#load(pool);
    if (!this.trie.shrink(pool.length)) return false;
    this.#pool = pool;
    return true;
  }

  get pool(): P {
    return this.#pool;
  }

  isInside(prefix: Prefix): boolean {
    return contains(this.#pool, prefix);
  }

  put(prefix: Prefix, layer: Layer): void {
    this.#load(prefix);
    this.trie.put(prefix.length, layer);
  }

  take(prefix: Prefix, layer: Layer): boolean {
    this.#load(prefix);
    return this.trie.take(prefix.length, layer);
  }

  isFree(prefix: Prefix): boolean {
    this.#load(prefix);
    return this.trie.isFree(prefix.length);
  }

  /** Blocks put in that share an address with this one, by address, outer ones first. */
  *overlapping(prefix: Prefix): Generator<Overlap<P>> {
    this.#load(prefix);
    for (const { length, held, barred } of this.trie.overlapping(prefix.length)) {
      yield { prefix: this.#read(length), allocated: held, reserved: barred };
    }
  }

  /** Puts a block in on the HELD layer if all of it is free. */
  putIfFree(prefix: Prefix): boolean {
    this.#load(prefix);
    return this.trie.putIfFree(prefix.length);
  }

  /** A free block of `length`, not taken; undefined when none is left. `length` lies in [pool length, width]. */
  find(length: number, strategy: Strategy): P | undefined {
    const [shortest, longest] = this.#lengthsFor(length, strategy);
    return shortest <= longest && this.trie.findFree(shortest, longest) >= 0 ? this.#read(length) : undefined;
  }

  /** As {@link find}, and puts the block in on the HELD layer. */
  putFound(length: number, strategy: Strategy): P | undefined {
    const [shortest, longest] = this.#lengthsFor(length, strategy);
    if (shortest > longest) return undefined;
    if (length > this.#pool.length) {
      return this.trie.putFound(shortest, longest, length) ? this.#read(length) : undefined;
    }
    return this.putIfFree(this.#pool) ? this.#pool : undefined;
  }

  /** The lengths of maximal free blocks of which the lowest is the right one; none when the first is larger. */
  #lengthsFor(length: number, strategy: Strategy): [number, number] {
    const free = this.trie.freeByLength;
    let shortest = this.#pool.length;
    let longest = length;
    if (strategy === "Buddy") {
      while (longest >= shortest && free[longest] === 0) longest--;
      shortest = longest < shortest ? longest + 1 : longest;
    } else if (strategy === "Sparse") {
      while (shortest <= longest && free[shortest] === 0) shortest++;
      longest = shortest > longest ? longest : shortest;
    }
    return [shortest, longest];
  }

  *freeBlocks(): Generator<P> {
    for (const length of this.trie.freeBlocks()) yield this.#read(length);
  }

  #load(prefix: Prefix): void {
    assert(this.isInside(prefix), "a block outside the pool was looked up in it");
    this.#write(prefix, this.trie.key);
  }

  #write(prefix: Prefix, key: Uint32Array): void {
    if (prefix.family === 4) {
      key[0] = prefix.address;
      return;
    }
    this.#view.setBigUint64(0, prefix.address >> 64n);
    this.#view.setBigUint64(8, prefix.address);
    for (let i = 0; i < 4; i++) key[i] = this.#view.getUint32(i * 4);
  }

  #read(length: number): P {
    const { key } = this.trie;
    if (this.family === 4) return { family: 4, address: key[0], length } as P;
    for (let i = 0; i < 4; i++) this.#view.setUint32(i * 4, key[i] as number);
    const address = (this.#view.getBigUint64(0) << 64n) | this.#view.getBigUint64(8);
    return { family: 6, address, length } as P;
  }
}
