/**
 * The structure under free space: a path-compressed binary trie of blocks, in one typed array.
 *
 * It holds a multiset of blocks on two layers, HELD and BARRED. What no block of either layer covers is free. Free
 * blocks are not stored: they are what hangs off the paths. Because just the blocks put in are stored, with a
 * count each, the space covered is their union whatever the order in which they came, and one that overlaps others
 * can go and leave theirs covered.
 *
 * A node is a prefix: a block put in, or the point where two paths part, or the root (the pool). On an edge from
 * length p to length c hang free blocks of the lengths p+2 … c, one each, and a missing child of a node of length p
 * is a free block of length p+1; all of them are maximal. Each node knows the lengths of the maximal free blocks
 * below it, none when it is covered itself; it does not look at its ancestors.
 *
 * Cost: every operation O(width); putting in or taking out a block that covers others, O(blocks it covers) more.
 * Memory: at most two nodes a block, of 24 bytes (IPv4) or 48 (IPv6).
 *
 * Callers put the block of which they speak into `key`, as 32-bit words, most significant first, host bits clear.
 */
import { assert } from "../kernel/index.ts";
import { BlockNodes, NONE } from "./block-nodes.ts";

export const HELD = 0;
export const BARRED = 1;
export type Layer = typeof HELD | typeof BARRED;

export class BlockTrie {
  readonly nodes: BlockNodes;
  /** The block that the next call speaks of; also where a search leaves the address that it found. */
  readonly key: Uint32Array = new Uint32Array(4);
  /** Number of maximal free blocks, by length. */
  readonly freeByLength: Float64Array;
  /** Number of HELD blocks that no other HELD block covers, by length: their sizes add up to the union. */
  readonly heldByLength: Float64Array;

  #root: number;

  /** Left by `#locate`: the ancestors of the key's block, and what it meets at its end. */
  readonly #path = new Int32Array(130);
  #depth = 0;
  /** The node of exactly this block. */
  #exact: number = NONE;
  /** The node below the end of the path, when the block has no node: they part after `#common` bits. */
  #below: number = NONE;
  #common = 0;
  #fork: number = NONE;
  /** Whether an ancestor is covered at all, and whether one is HELD. */
  #covered = false;
  #heldAbove = false;

  /** Starts empty, with the first `rootLength` bits of `address` as root. */
  constructor(words: 1 | 4, address: Uint32Array, rootLength: number, capacity = 16) {
    this.nodes = new BlockNodes(words, Math.max(capacity, 4));
    this.freeByLength = new Float64Array(words * 32 + 1);
    this.heldByLength = new Float64Array(words * 32 + 1);
    this.nodes.useRoot(rootLength);
    this.#root = this.nodes.create(address, rootLength);
    this.nodes.updateMask(this.#root);
    this.freeByLength[rootLength] = 1;
  }

  get root(): number {
    return this.#root;
  }

  get rootLength(): number {
    return this.nodes.lengthOf(this.#root);
  }

  /** Whether the key's block lies in the root. The other calls want it to. */
  isInside(length: number): boolean {
    const { rootLength } = this;
    return length >= rootLength && this.nodes.commonLength(this.#root, this.key, rootLength) === rootLength;
  }

  /** The node of exactly the key's block, or 0. */
  nodeAt(length: number): number {
    this.#locate(length);
    return this.#exact;
  }

  /** Whether no block put in shares an address with the key's. */
  isFree(length: number): boolean {
    this.#locate(length);
    if (this.#covered) return false;
    if (this.#exact !== NONE) return this.#exact === this.#root && this.#isEmptyRoot();
    return this.#below === NONE || this.#common < length;
  }

  /** Puts the key's block in, once more if it is in already. Returns its node. */
  put(length: number, layer: Layer): number {
    const { nodes } = this;
    this.#locate(length);
    const freeLength = this.#freeLengthAroundKey();
    const node = this.#ensureNode(length);
    const wasCovered = nodes.isCovered(node);
    const hasChildren = nodes.hasChildren(node);
    if (!wasCovered && !this.#covered) {
      if (hasChildren) this.#countFreeBelow(node, -1);
      else this.#countSplit(freeLength, length, 1);
    }
    if (layer === HELD) {
      if (nodes.heldCount(node) === 0 && !this.#heldAbove) this.#countHeld(node, 1);
      nodes.addHeld(node, 1);
    } else {
      nodes.addBarred(node, 1);
    }
    if (!wasCovered) {
      nodes.useLength(length);
      nodes.updateMask(node);
      if (this.#fork !== NONE) nodes.updateMask(this.#fork);
      this.#updateMasksUp();
    }
    return node;
  }

  /** Takes the key's block out once. False: it is not in. */
  take(length: number, layer: Layer): boolean {
    const { nodes } = this;
    this.#locate(length);
    const node = this.#exact;
    if (node === NONE) return false;
    if (layer === HELD) {
      if (nodes.heldCount(node) === 0) return false;
      nodes.addHeld(node, -1);
      if (nodes.heldCount(node) === 0 && !this.#heldAbove) this.#countHeld(node, -1);
    } else {
      if (nodes.barredCount(node) === 0) return false;
      nodes.addBarred(node, -1);
    }
    if (nodes.isCovered(node)) return true;
    if (nodes.hasChildren(node)) {
      if (!this.#covered) this.#countFreeBelow(node, 1);
      nodes.updateMask(node);
      this.#unlinkPassing(node);
    } else {
      const freeLength = this.#unlinkLeaf(node);
      if (!this.#covered) this.#countSplit(freeLength, length, -1);
    }
    this.#updateMasksUp();
    return true;
  }

  /**
   * The lowest maximal free block whose length lies in [shortest, longest]: its length, with its address in `key`;
   * or -1.
   */
  findFree(shortest: number, longest: number): number {
    const { nodes } = this;
    let node = this.#root;
    if (this.#isEmptyRoot()) {
      const length = this.rootLength;
      nodes.loadAddress(node, this.key);
      return length >= shortest && length <= longest ? length : -1;
    }
    nodes.ask(shortest, longest);
    if (!nodes.meets(node)) return -1;
    for (;;) {
      const half = nodes.lengthOf(node) + 1;
      let into: number = NONE;
      for (let side = 0; side < 2 && into === NONE; side++) {
        const child = nodes.child(node, side);
        if (child === NONE) {
          if (half < shortest || half > longest) continue;
          nodes.loadAddress(node, this.key);
          this.#setKeyBit(half - 1, side);
          return half;
        }
        const from = Math.max(shortest, half + 1);
        const to = Math.min(longest, nodes.lengthOf(child));
        for (let length = from; length <= to; length++) {
          if (nodes.bit(child, length - 1) === 1) return this.#loadSibling(child, length);
        }
        if (nodes.meets(child)) into = child;
        for (let length = to; length >= from && into === NONE; length--) {
          if (nodes.bit(child, length - 1) === 0) return this.#loadSibling(child, length);
        }
      }
      assert(into !== NONE, "a bit set promises a free block that is not there", { shortest, longest });
      node = into;
    }
  }

  /** Nodes with a block that overlaps the key's: by address, outer ones first. The trie must not change meanwhile. */
  *overlapping(length: number): Generator<number> {
    this.#locate(length);
    const start = this.#exact !== NONE ? this.#exact : this.#common === length ? this.#below : NONE;
    for (const node of this.#path.slice(0, this.#depth)) if (this.nodes.isCovered(node)) yield node;
    if (start !== NONE) yield* this.blocks(start);
  }

  /** Nodes with a block, from `start` down, by address, outer ones first. The trie must not change meanwhile. */
  *blocks(start: number = this.#root): Generator<number> {
    const pending = [start];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (this.nodes.isCovered(node)) yield node;
      const right = this.nodes.child(node, 1);
      const left = this.nodes.child(node, 0);
      if (right !== NONE) pending.push(right);
      if (left !== NONE) pending.push(left);
    }
  }

  /** Lengths of the maximal free blocks by address; the address is in `key` until the next step. */
  *freeBlocks(): Generator<number> {
    if (this.#isEmptyRoot()) {
      this.nodes.loadAddress(this.#root, this.key);
      yield this.rootLength;
    } else {
      yield* this.#freeBelow(this.#root);
    }
  }

  *#freeBelow(node: number): Generator<number> {
    const { nodes } = this;
    if (nodes.isCovered(node)) return;
    const half = nodes.lengthOf(node) + 1;
    for (let side = 0; side < 2; side++) {
      const child = nodes.child(node, side);
      if (child === NONE) {
        nodes.loadAddress(node, this.key);
        this.#setKeyBit(half - 1, side);
        yield half;
        continue;
      }
      const childLength = nodes.lengthOf(child);
      for (let length = half + 1; length <= childLength; length++) {
        if (nodes.bit(child, length - 1) === 1) yield this.#loadSibling(child, length);
      }
      yield* this.#freeBelow(child);
      for (let length = childLength; length > half; length--) {
        if (nodes.bit(child, length - 1) === 0) yield this.#loadSibling(child, length);
      }
    }
  }

  #isEmptyRoot(): boolean {
    return !this.nodes.hasChildren(this.#root) && !this.nodes.isCovered(this.#root);
  }

  #keyBit(position: number): number {
    return ((this.key[position >>> 5] as number) >>> (31 - (position & 31))) & 1;
  }

  #setKeyBit(position: number, bit: number): void {
    const flag = 1 << (31 - (position & 31));
    const word = this.key[position >>> 5] as number;
    this.key[position >>> 5] = bit === 1 ? word | flag : word & ~flag;
  }

  /** The block of this length that is the buddy of the node's ancestor of the same length. */
  #loadSibling(node: number, length: number): number {
    this.nodes.loadAddress(node, this.key);
    const { key } = this;
    this.#setKeyBit(length - 1, 1 - this.nodes.bit(node, length - 1));
    const word = (length - 1) >>> 5;
    const bits = length - word * 32;
    if (bits < 32) key[word] = (key[word] as number) & (0xffffffff << (32 - bits));
    for (let i = word + 1; i < 4; i++) key[i] = 0;
    return length;
  }

  #locate(length: number): void {
    const { nodes } = this;
    let node = this.#root;
    this.#depth = 0;
    this.#exact = NONE;
    this.#below = NONE;
    this.#common = 0;
    this.#covered = false;
    this.#heldAbove = false;
    for (;;) {
      const nodeLength = nodes.lengthOf(node);
      if (nodeLength === length) {
        this.#exact = node;
        return;
      }
      if (nodes.isCovered(node)) {
        this.#covered = true;
        if (nodes.heldCount(node) > 0) this.#heldAbove = true;
      }
      this.#path[this.#depth++] = node;
      const child = nodes.child(node, this.#keyBit(nodeLength));
      if (child === NONE) return;
      const childLength = nodes.lengthOf(child);
      const common = nodes.commonLength(child, this.key, Math.min(childLength, length));
      if (common < childLength) {
        this.#below = child;
        this.#common = common;
        return;
      }
      node = child;
    }
  }

  #parent(): number {
    return this.#path[this.#depth - 1] as number;
  }

  /** After `#locate`: the length of the maximal free block that the key's block lies in, if it lies in one. */
  #freeLengthAroundKey(): number {
    if (this.#exact !== NONE || this.#isEmptyRoot()) return this.rootLength;
    if (this.#below !== NONE) return this.#common + 1;
    return this.nodes.lengthOf(this.#parent()) + 1;
  }

  /** After `#locate`: the key's node, made if need be; `#fork` is the new fork above it, if one was needed. */
  #ensureNode(length: number): number {
    const { nodes } = this;
    this.#fork = NONE;
    if (this.#exact !== NONE) return this.#exact;
    const parent = this.#parent();
    const node = nodes.create(this.key, length);
    const below = this.#below;
    const side = this.#keyBit(nodes.lengthOf(parent));
    if (below === NONE || this.#common === length) {
      nodes.setChild(parent, side, node);
      if (below !== NONE) nodes.setChild(node, nodes.bit(below, length), below);
      return node;
    }
    const fork = nodes.create(this.key, this.#common);
    nodes.setChild(parent, side, fork);
    nodes.setChild(fork, this.#keyBit(this.#common), node);
    nodes.setChild(fork, 1 - this.#keyBit(this.#common), below);
    this.#fork = fork;
    return node;
  }

  /** Drops a node that covers nothing any more and has children, unless it is needed as a fork or as the root. */
  #unlinkPassing(node: number): void {
    const { nodes } = this;
    const left = nodes.child(node, 0);
    const right = nodes.child(node, 1);
    if (node === this.#root || (left !== NONE && right !== NONE)) return;
    nodes.setChild(
      this.#parent(),
      nodes.bit(node, nodes.lengthOf(this.#parent())),
      left !== NONE ? left : right,
    );
    nodes.dispose(node);
  }

  /** Drops a node that covers nothing and has no children. Returns the length of the free block it is now in. */
  #unlinkLeaf(node: number): number {
    const { nodes } = this;
    if (node === this.#root) {
      nodes.updateMask(node);
      return this.rootLength;
    }
    const parent = this.#parent();
    const parentLength = nodes.lengthOf(parent);
    nodes.setChild(parent, nodes.bit(node, parentLength), NONE);
    nodes.dispose(node);
    if (parent === this.#root) return this.#isEmptyRoot() ? parentLength : parentLength + 1;
    if (!nodes.isCovered(parent)) {
      this.#depth--;
      this.#unlinkPassing(parent);
    }
    return parentLength + 1;
  }

  #updateMasksUp(): void {
    for (let i = this.#depth - 1; i >= 0; i--) {
      if (!this.nodes.updateMask(this.#path[i] as number)) return;
    }
  }

  /** A block of `length` goes into (1) or comes out of (-1) a maximal free block of `freeLength`. */
  #countSplit(freeLength: number, length: number, sign: 1 | -1): void {
    const free = this.freeByLength;
    free[freeLength] = (free[freeLength] as number) - sign;
    for (let i = freeLength + 1; i <= length; i++) free[i] = (free[i] as number) + sign;
  }

  /** Counts the maximal free blocks below a node with children, as if the node itself covered nothing. */
  #countFreeBelow(start: number, sign: 1 | -1): void {
    const { nodes } = this;
    const free = this.freeByLength;
    const pending = [start];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      const half = nodes.lengthOf(node) + 1;
      for (let side = 0; side < 2; side++) {
        const child = nodes.child(node, side);
        if (child === NONE) {
          free[half] = (free[half] as number) + sign;
          continue;
        }
        const childLength = nodes.lengthOf(child);
        for (let i = half + 1; i <= childLength; i++) free[i] = (free[i] as number) + sign;
        if (!nodes.isCovered(child)) pending.push(child);
      }
    }
  }

  /** A HELD block that no other covers comes (1) or goes (-1): those below it stop or start to count. */
  #countHeld(start: number, sign: 1 | -1): void {
    const { nodes } = this;
    const held = this.heldByLength;
    held[nodes.lengthOf(start)] = (held[nodes.lengthOf(start)] as number) + sign;
    if (!nodes.hasChildren(start)) return;
    const pending = [nodes.child(start, 0), nodes.child(start, 1)];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node === NONE) continue;
      if (nodes.heldCount(node) > 0) {
        held[nodes.lengthOf(node)] = (held[nodes.lengthOf(node)] as number) - sign;
      } else {
        pending.push(nodes.child(node, 0), nodes.child(node, 1));
      }
    }
  }
}
