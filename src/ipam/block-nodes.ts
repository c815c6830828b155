/**
 * The nodes of a block trie, side by side in one typed array. Knows fields, bits and bit sets; what the nodes mean
 * is the business of `block-trie.ts`.
 *
 * Node 0 is unused. The fields of a node are 32-bit words. There are as few as can be, and they lie together, since at
 * a million blocks nothing counts but how many cache lines an operation touches:
 *
 *     META        length in the low 8 bits, then flags: has it HELD, BARRED blocks; several of them; is it slotted
 *     LEFT        the child whose next bit is 0
 *     RIGHT       the child whose next bit is 1
 *     ADDRESS     W words
 *     FREE_LEFT   W words: the lengths of the maximal free blocks in the lower half, as a bit set;
 *                 undefined while the node has no children
 *     FREE_RIGHT  W words: the same of the upper half
 *
 * That a block is in more than once is rare; such counts are in a map.
 *
 * A slotted leaf stands for up to 64 blocks of one length, each at most once on a layer: see `slots.ts`. In the place of
 * children it has the HELD slots of either half, and in the first words of the bit sets the BARRED ones.
 *
 * W is as small as it can be: words in which all addresses are the same, since the root is that long, or zero, since
 * no block is that long, are left out. So IPv4 has W = 1, and so have /64 blocks out of an IPv6 /32. W grows when a
 * longer block or a shorter root comes, at most three times.
 */
import { freeLevels, halfOf, SLOT_BITS } from "./slots.ts";

const META = 0;
const LEFT = 1;
const ADDRESS = 3;
const LENGTH_BITS = 255;
const HELD_FLAG = 256;
const BARRED_FLAG = 512;
const EITHER_FLAG = HELD_FLAG | BARRED_FLAG;
/** Shifts a flag to the one that means: more than once. */
const SEVERAL = 2;
const SLOTTED_FLAG = 4096;

export const NONE = 0;

/** A block on the HELD layer has an owner; one on the BARRED layer must not be allocated. */
export const HELD = 0;
export const BARRED = 1;
export type Layer = typeof HELD | typeof BARRED;

export class BlockNodes {
  #cells: Uint32Array;
  /** Counts above 1, by 2 × node + layer. */
  #several = new Map<number, number>();
  #capacity: number;
  /** True while a copy reads the same arrays: the next change needs arrays of its own. */
  #shared = false;
  /** First and last word of an address that is kept. */
  #first: number;
  #last: number;
  #words: number;
  /** Words of a node. */
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
    this.#capacity = capacity;
    this.#cells = new Uint32Array(this.#stride * capacity);
  }

  /** The same nodes, as they are now, whatever happens to these. Copied only when one of the two changes. */
  snapshot(): BlockNodes {
    const copy = new BlockNodes(this.#base, this.#first * 32, 1);
    this.#shared = true;
    copy.#shared = true;
    copy.#cells = this.#cells;
    copy.#several = this.#several;
    copy.#capacity = this.#capacity;
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
    this.#several = new Map(this.#several);
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
    return (this.#cells[node * this.#stride + META] as number) & LENGTH_BITS;
  }

  isCovered(node: number): boolean {
    return ((this.#cells[node * this.#stride + META] as number) & EITHER_FLAG) !== 0;
  }

  isHeld(node: number): boolean {
    return ((this.#cells[node * this.#stride + META] as number) & HELD_FLAG) !== 0;
  }

  /** How often the node's block was put in on a layer. */
  countOf(node: number, layer: Layer): number {
    const meta = this.#cells[node * this.#stride + META] as number;
    const flag = HELD_FLAG << layer;
    if ((meta & flag) === 0) return 0;
    return (meta & (flag << SEVERAL)) === 0 ? 1 : (this.#several.get(2 * node + layer) as number);
  }

  add(node: number, layer: Layer, change: 1 | -1): void {
    const count = this.countOf(node, layer) + change;
    const at = node * this.#stride + META;
    const flag = HELD_FLAG << layer;
    let meta = (this.#cells[at] as number) & ~(flag | (flag << SEVERAL));
    if (count > 0) meta |= flag;
    if (count > 1) {
      meta |= flag << SEVERAL;
      this.#several.set(2 * node + layer, count);
    } else if (count === 1 && change < 0) {
      this.#several.delete(2 * node + layer);
    }
    this.#cells[at] = meta;
  }

  child(node: number, side: number): number {
    return this.#cells[node * this.#stride + LEFT + side] as number;
  }

  /** Call {@link open} before a node's first child, and {@link refresh} after. */
  setChild(node: number, side: number, child: number): void {
    this.#cells[node * this.#stride + LEFT + side] = child;
  }

  hasChildren(node: number): boolean {
    const base = node * this.#stride + LEFT;
    return this.#cells[base] !== NONE || this.#cells[base + 1] !== NONE;
  }

  isLeafOrCovered(node: number): boolean {
    return ((this.#cells[node * this.#stride + META] as number) & (EITHER_FLAG | SLOTTED_FLAG)) !== 0;
  }

  isSlotted(node: number): boolean {
    return ((this.#cells[node * this.#stride + META] as number) & SLOTTED_FLAG) !== 0;
  }

  /** Makes a slotted leaf of a node without children or blocks. */
  makeSlotted(node: number): void {
    const at = node * this.#stride;
    this.#cells[at + META] = (this.#cells[at + META] as number) | SLOTTED_FLAG;
    for (let side = 0; side < 2; side++) this.#cells[this.#slotsAt(node, BARRED, side)] = 0;
  }

  #slotsAt(node: number, layer: Layer, side: number): number {
    const at = node * this.#stride;
    return layer === HELD ? at + LEFT + side : at + ADDRESS + (1 + side) * this.#words;
  }

  /** The slots in a half of a slotted leaf that have a block on a layer. */
  slots(node: number, layer: Layer, side: number): number {
    return this.#cells[this.#slotsAt(node, layer, side)] as number;
  }

  /** The slots in a half of a slotted leaf that have a block. */
  takenSlots(node: number, side: number): number {
    return this.slots(node, HELD, side) | this.slots(node, BARRED, side);
  }

  toggleSlot(node: number, layer: Layer, slot: number): void {
    const at = this.#slotsAt(node, layer, halfOf(slot));
    this.#cells[at] = (this.#cells[at] as number) ^ (1 << slot);
  }

  slotLengthOf(node: number): number {
    return this.lengthOf(node) + SLOT_BITS;
  }

  /** A node without children or blocks, for the first `length` bits of `key`. Announce the length first. */
  create(key: Uint32Array, length: number): number {
    let node = this.#unused;
    if (node !== NONE) this.#unused = this.child(node, 0);
    else {
      if (this.#end === this.#capacity) this.#enlarge();
      node = this.#end++;
    }
    this.#count++;
    const words = this.#words;
    const base = node * this.#stride;
    this.#cells[base + META] = length;
    this.#cells[base + LEFT] = NONE;
    this.#cells[base + LEFT + 1] = NONE;
    for (let i = 0; i < words; i++) {
      const word = this.#first + i;
      this.#cells[base + ADDRESS + i] = truncatedWord(key[word] as number, word, length);
    }
    return node;
  }

  /** Marks both halves of a node without children as free, as far as it goes. */
  open(node: number): void {
    const words = this.#words;
    const half = this.lengthOf(node) + 1;
    const at = node * this.#stride + ADDRESS + words;
    for (let i = 0; i < words; i++) {
      const set = lengthsInWord(half, half, this.#first + i);
      this.#cells[at + i] = set;
      this.#cells[at + words + i] = set;
    }
  }

  dispose(node: number): void {
    this.setChild(node, 0, this.#unused);
    this.#unused = node;
    this.#count--;
  }

  /** Gives a node the next number that no node ever had. The caller must update references to it. */
  moveToEnd(node: number): number {
    if (this.#end === this.#capacity) this.#enlarge();
    const moved = this.#end++;
    const from = node * this.#stride;
    this.#cells.copyWithin(moved * this.#stride, from, from + this.#stride);
    this.setChild(node, 0, this.#unused);
    this.#unused = node;
    return moved;
  }

  /** By as much again while small; by an eighth when large, so that little memory is taken in vain. */
  #enlarge(): void {
    const capacity = this.#capacity + (this.#capacity < 65536 ? this.#capacity : this.#capacity >>> 3);
    this.#capacity = capacity;
    this.#cells = resized(this.#cells, capacity * this.#stride);
  }

  /** Announces a length that nodes may have from now on: one in use, or that of a shorter root. */
  announce(length: number): void {
    const first = Math.min(this.#first, length >>> 5);
    const last = Math.max(this.#last, (length - 1) >> 5);
    if (first !== this.#first || last !== this.#last) this.#widen(first, last);
  }

  /** Copies all nodes into a new layout with more words. */
  #widen(first: number, last: number): void {
    const words = last - first + 1;
    const stride = ADDRESS + 3 * words;
    const cells = new Uint32Array(this.#capacity * stride);
    const skipped = this.#first - first;
    for (let node = 1; node < this.#end; node++) {
      const from = node * this.#stride;
      const to = node * stride;
      for (let i = 0; i < ADDRESS; i++) cells[to + i] = this.#cells[from + i] as number;
      for (let i = 0; i < skipped; i++) cells[to + ADDRESS + i] = this.#base[first + i] as number;
      for (let part = 0; part < 3; part++) {
        const of = from + ADDRESS + part * this.#words;
        const at = to + ADDRESS + part * words + skipped;
        for (let i = 0; i < this.#words; i++) cells[at + i] = this.#cells[of + i] as number;
        if (part > 0 && this.isSlotted(node)) cells[at - skipped] = this.#cells[of] as number;
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
    const half = ((cells[base + META] as number) & LENGTH_BITS) + 1;
    const child = cells[base + LEFT + side] as number;
    const childBase = child * this.#stride;
    const childMeta = cells[childBase + META] as number;
    const childLength = childMeta & LENGTH_BITS;
    const open = child !== NONE && (childMeta & EITHER_FLAG) === 0;
    const slotted = child !== NONE && (childMeta & SLOTTED_FLAG) !== 0;
    const levels = slotted
      ? freeLevels(this.takenSlots(child, 0)) | freeLevels(this.takenSlots(child, 1))
      : 0;
    let changed = false;
    for (let i = 0; i < words; i++) {
      let set = 0;
      if (child === NONE) set = lengthsInWord(half, half, this.#first + i);
      else if (half < childLength) set = lengthsInWord(half + 1, childLength, this.#first + i);
      if (slotted) set |= shiftedIntoWord(levels, childLength, this.#first + i);
      else if (open) {
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

function resized(array: Uint32Array, length: number): Uint32Array {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}

/** The bits that stand for the lengths shortest … longest in one word of a bit set. */
function lengthsInWord(shortest: number, longest: number, word: number): number {
  const from = Math.max(shortest - 1 - word * 32, 0);
  const to = Math.min(longest - 1 - word * 32, 31);
  return from > to ? 0 : (0xffffffff >>> (31 - (to - from))) << from;
}

/** A bit set that begins at bit `start`, as far as it is in one word. */
function shiftedIntoWord(set: number, start: number, word: number): number {
  const shift = start - word * 32;
  if (shift > 31 || shift < -31) return 0;
  return shift >= 0 ? set << shift : set >>> -shift;
}

/** A word of an address without what comes after the first `length` bits of the address. */
function truncatedWord(value: number, index: number, length: number): number {
  const bits = length - index * 32;
  if (bits >= 32) return value;
  return bits <= 0 ? 0 : value & (0xffffffff << (32 - bits));
}
