/**
 * The nodes of a block trie, side by side in one typed array. Knows fields, bits and bit sets; what the nodes mean
 * is the business of `block-trie.ts`.
 *
 * Node 0 is no node. Fields of a node, as 32-bit words: META (length in the low 8 bits, count of BARRED blocks
 * above), count of HELD blocks, left child, right child, address (1 or 4 words), and the set of lengths of the
 * maximal free blocks below it (as many words; bit n−1 stands for length n).
 */
import { assert } from "../kernel/index.ts";

const META = 0;
const HELD_COUNT = 1;
const LEFT = 2;
const ADDRESS = 4;
const ONE_BARRED = 256;
const MOST_BARRED = 2 ** 24 - 1;

export const NONE = 0;

export class BlockNodes {
  /** 32-bit words of an address: 1 for IPv4, 4 for IPv6. */
  readonly words: 1 | 4;
  readonly #stride: number;
  readonly #mask: number;
  #cells: Uint32Array;
  /** First of the nodes that were given back, linked through their left child. */
  #unused = NONE;
  #end = 1;
  #count = 0;
  /** The words of the bit sets that can be other than zero. */
  #firstWord = 0;
  #lastWord = 0;
  readonly #query = new Uint32Array(4);

  constructor(words: 1 | 4, capacity: number) {
    this.words = words;
    this.#stride = ADDRESS + 2 * words;
    this.#mask = ADDRESS + words;
    this.#cells = new Uint32Array(this.#stride * capacity);
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
    return this.#cells[node * this.#stride + HELD_COUNT] as number;
  }

  barredCount(node: number): number {
    return (this.#cells[node * this.#stride + META] as number) >>> 8;
  }

  addHeld(node: number, count: 1 | -1): void {
    const at = node * this.#stride + HELD_COUNT;
    this.#cells[at] = (this.#cells[at] as number) + count;
  }

  addBarred(node: number, count: 1 | -1): void {
    const at = node * this.#stride + META;
    assert(count < 0 || this.barredCount(node) < MOST_BARRED, "too many reservations of one block");
    this.#cells[at] = (this.#cells[at] as number) + count * ONE_BARRED;
  }

  isCovered(node: number): boolean {
    const base = node * this.#stride;
    return this.#cells[base + HELD_COUNT] !== 0 || (this.#cells[base + META] as number) >= ONE_BARRED;
  }

  child(node: number, side: number): number {
    return this.#cells[node * this.#stride + LEFT + side] as number;
  }

  setChild(node: number, side: number, child: number): void {
    this.#cells[node * this.#stride + LEFT + side] = child;
  }

  hasChildren(node: number): boolean {
    const base = node * this.#stride + LEFT;
    return this.#cells[base] !== NONE || this.#cells[base + 1] !== NONE;
  }

  /** A node without children or blocks, for the first `length` bits of `key`. */
  create(key: Uint32Array, length: number): number {
    let node = this.#unused;
    if (node !== NONE) this.#unused = this.child(node, 0);
    else {
      if ((this.#end + 1) * this.#stride > this.#cells.length) this.#enlarge();
      node = this.#end++;
    }
    this.#count++;
    const base = node * this.#stride;
    this.#cells.fill(0, base, base + this.#stride);
    this.#cells[base + META] = length;
    for (let i = 0; i < this.words; i++) {
      this.#cells[base + ADDRESS + i] = truncatedWord(key[i] as number, i, length);
    }
    return node;
  }

  dispose(node: number): void {
    this.setChild(node, 0, this.#unused);
    this.#unused = node;
    this.#count--;
  }

  /** By half while small; by an eighth when large, so that little memory is taken in vain. */
  #enlarge(): void {
    const capacity = this.#cells.length / this.#stride;
    const more = capacity < 65536 ? capacity : Math.ceil(capacity / 8);
    const cells = new Uint32Array((capacity + more) * this.#stride);
    cells.set(this.#cells);
    this.#cells = cells;
  }

  loadAddress(node: number, key: Uint32Array): void {
    const base = node * this.#stride + ADDRESS;
    for (let i = 0; i < this.words; i++) key[i] = this.#cells[base + i] as number;
  }

  bit(node: number, position: number): number {
    const word = this.#cells[node * this.#stride + ADDRESS + (position >>> 5)] as number;
    return (word >>> (31 - (position & 31))) & 1;
  }

  /** How many of the first `limit` bits of the node's address and of `key` are the same. */
  commonLength(node: number, key: Uint32Array, limit: number): number {
    const base = node * this.#stride + ADDRESS;
    for (let i = 0; i * 32 < limit; i++) {
      const difference = ((this.#cells[base + i] as number) ^ (key[i] as number)) >>> 0;
      if (difference !== 0) return Math.min(i * 32 + Math.clz32(difference), limit);
    }
    return limit;
  }

  /** Bit sets hold lengths from `shortest` + 1 to the longest one ever announced by {@link useLength}. */
  useRoot(shortest: number): void {
    this.#firstWord = Math.min(shortest >>> 5, this.words - 1);
    this.#lastWord = Math.max(this.#lastWord, this.#firstWord);
  }

  useLength(length: number): void {
    if (length > 0 && (length - 1) >>> 5 > this.#lastWord) this.#lastWord = (length - 1) >>> 5;
  }

  /** Computes the node's bit set from its children. False: it stays as it was. */
  updateMask(node: number): boolean {
    const base = node * this.#stride;
    const covered = this.isCovered(node);
    const half = this.lengthOf(node) + 1;
    const left = this.child(node, 0);
    const right = this.child(node, 1);
    let changed = false;
    for (let word = this.#firstWord; word <= this.#lastWord; word++) {
      const mask = covered
        ? 0
        : (this.#maskOfSide(left, half, word) | this.#maskOfSide(right, half, word)) >>> 0;
      const at = base + this.#mask + word;
      if (this.#cells[at] !== mask) {
        this.#cells[at] = mask;
        changed = true;
      }
    }
    return changed;
  }

  #maskOfSide(child: number, half: number, word: number): number {
    if (child === NONE) return lengthsInWord(half, half, word);
    const below = this.#cells[child * this.#stride + this.#mask + word] as number;
    return below | lengthsInWord(half + 1, this.lengthOf(child), word);
  }

  /** Sets what {@link meets} asks for: any length in [shortest, longest]. */
  ask(shortest: number, longest: number): void {
    for (let word = this.#firstWord; word <= this.#lastWord; word++) {
      this.#query[word] = lengthsInWord(Math.max(shortest, 1), longest, word);
    }
  }

  /** Whether a maximal free block of a length that was asked for lies below the node. */
  meets(node: number): boolean {
    const base = node * this.#stride + this.#mask;
    for (let word = this.#firstWord; word <= this.#lastWord; word++) {
      if (((this.#cells[base + word] as number) & (this.#query[word] as number)) !== 0) return true;
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

function truncatedWord(value: number, index: number, length: number): number {
  const bits = length - index * 32;
  if (bits >= 32) return value;
  return bits <= 0 ? 0 : value & (0xffffffff << (32 - bits));
}
