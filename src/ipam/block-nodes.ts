/**
 * The nodes of a block trie, side by side in one typed array. Knows fields, bits and bit sets; what the nodes mean
 * is the business of `block-trie.ts`.
 *
 * Node 0 is no node. The fields of a node are 32-bit words:
 *
 *     META      length in the low 8 bits, count of BARRED blocks above
 *     HELD      count of HELD blocks
 *     LEFT      the child whose next bit is 0
 *     RIGHT     the child whose next bit is 1
 *     ADDRESS   W words
 *     FREE_LEFT W words: the set of lengths of maximal free blocks in the lower half, bit n for length 32 × first + n + 1
 *     FREE_RIGHT W words: the same of the upper half
 *
 * W is as small as it can be: words in which all addresses are the same, since the root is that long, or zero, since
 * no block is that long, are left out. So IPv4 has W = 1, and so have /64 blocks out of an IPv6 /32. W grows when a
 * longer block or a shorter root comes, at most three times.
 */
import { assert } from "../kernel/index.ts";

const META = 0;
const HELD = 1;
const LEFT = 2;
const ADDRESS = 4;
const ONE_BARRED = 256;
const MOST_BARRED = 2 ** 24 - 1;

export const NONE = 0;

export class BlockNodes {
  #cells: Uint32Array;
  /** True while a copy reads the same array: the next change needs an array of its own. */
  #shared = false;
  /** First and last word of an address that is kept. */
  #first: number;
  #last: number;
  #words: number;
  #stride: number;
  /** Words before `#first`, the same for all nodes. */
  readonly #base = new Uint32Array(4);
  /** First of the nodes that were given back, linked through their left child. */
  #unused = NONE;
  #end = 1;
  #count = 0;
  readonly #query = new Uint32Array(4);

  /** Room for `capacity` nodes below a root of this address and length. */
  constructor(root: Uint32Array, rootLength: number, capacity: number) {
    this.#first = Math.min(rootLength >>> 5, 3);
    this.#last = this.#first;
    this.#words = 1;
    this.#stride = ADDRESS + 3;
    this.#base.set(root);
    this.#cells = new Uint32Array(this.#stride * capacity);
  }

  /** The same nodes, as they are now, whatever happens to these. Copied only when one of the two changes. */
  snapshot(): BlockNodes {
    const copy = new BlockNodes(this.#base, this.#first * 32, 1);
    this.#shared = true;
    copy.#shared = true;
    copy.#cells = this.#cells;
    copy.#first = this.#first;
    copy.#last = this.#last;
    copy.#words = this.#words;
    copy.#stride = this.#stride;
    copy.#unused = this.#unused;
    copy.#end = this.#end;
    copy.#count = this.#count;
    return copy;
  }

  /** To be called before any change. */
  prepareToChange(): void {
    if (!this.#shared) return;
    this.#cells = this.#cells.slice();
    this.#shared = false;
  }

  get byteLength(): number {
    return this.#cells.byteLength;
  }

  /** Nodes in use. */
  get count(): number {
    return this.#count;
  }

  lengthOf(node: number): number {
    return (this.#cells[node * this.#stride + META] as number) & 255;
  }

  heldCount(node: number): number {
    return this.#cells[node * this.#stride + HELD] as number;
  }

  barredCount(node: number): number {
    return (this.#cells[node * this.#stride + META] as number) >>> 8;
  }

  addHeld(node: number, count: 1 | -1): void {
    const at = node * this.#stride + HELD;
    this.#cells[at] = (this.#cells[at] as number) + count;
  }

  addBarred(node: number, count: 1 | -1): void {
    const at = node * this.#stride + META;
    assert(count < 0 || this.barredCount(node) < MOST_BARRED, "too many reservations of one block");
    this.#cells[at] = (this.#cells[at] as number) + count * ONE_BARRED;
  }

  isCovered(node: number): boolean {
    const base = node * this.#stride;
    return this.#cells[base + HELD] !== 0 || (this.#cells[base + META] as number) >= ONE_BARRED;
  }

  child(node: number, side: number): number {
    return this.#cells[node * this.#stride + LEFT + side] as number;
  }

  /** Call {@link refresh} after it. */
  setChild(node: number, side: number, child: number): void {
    this.#cells[node * this.#stride + LEFT + side] = child;
  }

  hasChildren(node: number): boolean {
    const base = node * this.#stride + LEFT;
    return this.#cells[base] !== NONE || this.#cells[base + 1] !== NONE;
  }

  /** A node without children or blocks, for the first `length` bits of `key`. Announce the length first. */
  create(key: Uint32Array, length: number): number {
    let node = this.#unused;
    if (node !== NONE) this.#unused = this.child(node, 0);
    else {
      if ((this.#end + 1) * this.#stride > this.#cells.length) this.#enlarge();
      node = this.#end++;
    }
    this.#count++;
    const base = node * this.#stride;
    this.#cells[base + META] = length;
    this.#cells[base + HELD] = 0;
    this.#cells[base + LEFT] = NONE;
    this.#cells[base + LEFT + 1] = NONE;
    for (let i = 0; i < this.#words; i++) {
      const word = this.#first + i;
      const half = lengthsInWord(length + 1, length + 1, word);
      this.#cells[base + ADDRESS + i] = truncatedWord(key[word] as number, word, length);
      this.#cells[base + ADDRESS + this.#words + i] = half;
      this.#cells[base + ADDRESS + 2 * this.#words + i] = half;
    }
    return node;
  }

  dispose(node: number): void {
    this.setChild(node, 0, this.#unused);
    this.#unused = node;
    this.#count--;
  }

  /** By as much again while small; by an eighth when large, so that little memory is taken in vain. */
  #enlarge(): void {
    const capacity = this.#cells.length / this.#stride;
    const more = capacity < 65536 ? capacity + 4 : Math.ceil(capacity / 8);
    const cells = new Uint32Array((capacity + more) * this.#stride);
    cells.set(this.#cells);
    this.#cells = cells;
  }

  /** Announces a length that nodes may have from now on: one in use, or that of a shorter root. */
  announce(length: number): void {
    const first = Math.min(this.#first, length >>> 5);
    const last = Math.max(this.#last, (length - 1) >> 5);
    if (first !== this.#first || last !== this.#last) this.#widen(first, last);
  }

  /** Lays all nodes out anew, with more words. */
  #widen(first: number, last: number): void {
    const words = last - first + 1;
    const stride = ADDRESS + 3 * words;
    const cells = new Uint32Array((this.#cells.length / this.#stride) * stride);
    const skipped = this.#first - first;
    for (let node = 1; node < this.#end; node++) {
      const from = node * this.#stride;
      const to = node * stride;
      for (let i = 0; i < ADDRESS; i++) cells[to + i] = this.#cells[from + i] as number;
      for (let i = 0; i < skipped; i++) cells[to + ADDRESS + i] = this.#base[first + i] as number;
      for (let part = 0; part < 3; part++) {
        for (let i = 0; i < this.#words; i++) {
          const value = this.#cells[from + ADDRESS + part * this.#words + i] as number;
          cells[to + ADDRESS + part * words + skipped + i] = value;
        }
      }
      // The halves of the blocks that were the longest possible ones could not be written down before.
      const next = this.#last + 1;
      if (next <= last && ((cells[to + META] as number) & 255) === next * 32) {
        cells[to + ADDRESS + words + next - first] = 1;
        cells[to + ADDRESS + 2 * words + next - first] = 1;
      }
    }
    this.#cells = cells;
    this.#first = first;
    this.#last = last;
    this.#words = words;
    this.#stride = stride;
  }

  loadAddress(node: number, key: Uint32Array): void {
    const base = node * this.#stride + ADDRESS - this.#first;
    for (let word = 0; word < 4; word++) {
      if (word < this.#first) key[word] = this.#base[word] as number;
      else key[word] = word > this.#last ? 0 : (this.#cells[base + word] as number);
    }
  }

  /** A bit of the node's address, below the root and above the longest length announced. */
  bit(node: number, position: number): number {
    const word = this.#cells[node * this.#stride + ADDRESS + (position >>> 5) - this.#first] as number;
    return (word >>> (31 - (position & 31))) & 1;
  }

  /** How many of the first `limit` bits of the node's address and of `key` are the same; both lie in the root. */
  commonLength(node: number, key: Uint32Array, limit: number): number {
    const base = node * this.#stride + ADDRESS - this.#first;
    for (let word = this.#first; word * 32 < limit; word++) {
      const difference = (this.#cells[base + word] as number) ^ (key[word] as number);
      if (difference !== 0) return Math.min(word * 32 + Math.clz32(difference), limit);
    }
    return limit;
  }

  /** Computes the bit set of one half from the child there. False: it stays as it was. */
  refresh(node: number, side: number): boolean {
    const cells = this.#cells;
    const words = this.#words;
    const base = node * this.#stride;
    const half = ((cells[base + META] as number) & 255) + 1;
    const child = cells[base + LEFT + side] as number;
    const childBase = child * this.#stride;
    const childLength = (cells[childBase + META] as number) & 255;
    const open = child !== NONE && !this.isCovered(child);
    let changed = false;
    for (let i = 0; i < words; i++) {
      let set = 0;
      if (child === NONE) set = lengthsInWord(half, half, this.#first + i);
      else if (half < childLength) set = lengthsInWord(half + 1, childLength, this.#first + i);
      if (open) {
        const below = childBase + ADDRESS + words + i;
        set |= (cells[below] as number) | (cells[below + words] as number);
      }
      set >>>= 0;
      const at = base + ADDRESS + (1 + side) * words + i;
      if (cells[at] !== set) {
        cells[at] = set;
        changed = true;
      }
    }
    return changed;
  }

  /** Sets what {@link meets} asks for: any length in [shortest, longest]. */
  ask(shortest: number, longest: number): void {
    for (let i = 0; i < this.#words; i++) {
      this.#query[i] = lengthsInWord(Math.max(shortest, 1), longest, this.#first + i);
    }
  }

  /** Whether a maximal free block of a length that was asked for lies in that half of a node. */
  meets(node: number, side: number): boolean {
    const base = node * this.#stride + ADDRESS + (1 + side) * this.#words;
    for (let i = 0; i < this.#words; i++) {
      if (((this.#cells[base + i] as number) & (this.#query[i] as number)) !== 0) return true;
    }
    return false;
  }
}

/** The bits that stand for the lengths shortest … longest in one word of a bit set. */
function lengthsInWord(shortest: number, longest: number, word: number): number {
  const from = Math.max(shortest - 1 - word * 32, 0);
  const to = Math.min(longest - 1 - word * 32, 31);
  return from > to ? 0 : (0xffffffff >>> (31 - (to - from))) << from;
}

/** A word of an address without what comes after the first `length` bits of the address. */
function truncatedWord(value: number, index: number, length: number): number {
  const bits = length - index * 32;
  if (bits >= 32) return value;
  return bits <= 0 ? 0 : value & (0xffffffff << (32 - bits));
}
