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
 * is a free block of length p+1; all of them are maximal. Each node knows the lengths of the maximal free blocks in
 * either half below it, as if it covered nothing itself; it does not look at its ancestors.
 *
 * Cost: every operation O(width); putting in or taking out a block that covers others, O(blocks it covers) more.
 * Memory: at most two nodes a block, of 24 bytes for IPv4, 24 to 60 for IPv6.
 *
 * Callers put the block of which they speak into `key`, as 32-bit words, most significant first, host bits clear. It
 * lies in the root.
 */
import { BlockNodes, HELD, type Layer, NONE } from "./block-nodes.ts";
import {
  addToEach,
  bitOf,
  blocksBelow,
  countFreeBelow,
  countHeld,
  countSplit,
  freeBlocks,
  gatherForks,
  loadSibling,
  setBit,
} from "./block-walk.ts";

const LONGEST_PATH = 129;
/** Nodes; doubled as need be. */
const FIRST_CAPACITY = 16;
/** As many as stay in a processor's second-level cache. */
const GATHERED_FORKS = 16_384;

export class BlockTrie {
  readonly nodes: BlockNodes;
  /** The block that the next call speaks of; also where a search leaves the address that it found. */
  readonly key: Uint32Array = new Uint32Array(4);
  /** Number of maximal free blocks, by length. */
  readonly freeByLength: Float64Array;
  /** Number of HELD blocks that no other HELD block covers, by length: their sizes add up to the union. */
  readonly heldByLength: Float64Array;

  #root: number;
  /** Number of nodes at which the uppermost forks are gathered next. */
  #gatherAt = GATHERED_FORKS * 4;

  /** Left by `#locate`: the ancestors of the key's block, and what it meets at its end. */
  readonly #path = new Int32Array(LONGEST_PATH);
  #depth = 0;
  /** The node of exactly this block. */
  #exact: number = NONE;
  /** The node below the end of the path, when the block has no node: they part after `#common` bits. */
  #below: number = NONE;
  #common = 0;
  /** Whether an ancestor is covered at all, and whether one is HELD. */
  #covered = false;
  #heldAbove = false;

  /** Empty, over the first `rootLength` bits of `address`; or over what `from` holds now. */
  constructor(width: number, address: Uint32Array, rootLength: number, from?: BlockTrie) {
    this.nodes = from?.nodes.snapshot() ?? new BlockNodes(address, rootLength, FIRST_CAPACITY);
    this.freeByLength = from?.freeByLength.slice() ?? new Float64Array(width + 1);
    this.heldByLength = from?.heldByLength.slice() ?? new Float64Array(width + 1);
    this.#root = from === undefined ? this.nodes.create(address, rootLength) : from.#root;
    if (from === undefined) this.freeByLength[rootLength] = 1;
  }

  get rootLength(): number {
    return this.nodes.lengthOf(this.#root);
  }

  /** The same trie as it is now, whatever happens to this one. O(width) now; whoever changes first copies. */
  snapshot(): BlockTrie {
    return new BlockTrie(this.freeByLength.length - 1, this.key, this.rootLength, this);
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
    if (this.#exact !== NONE) return this.#exact === this.#root && this.isEmpty();
    return this.#below === NONE || this.#common < length;
  }

  isEmpty(): boolean {
    return !this.nodes.hasChildren(this.#root) && !this.nodes.isCovered(this.#root);
  }

  /** Puts the key's block in, once more if it is in already. Returns its node. */
  put(length: number, layer: Layer): number {
    this.#prepare(length);
    this.#locate(length);
    return this.#putLocated(length, layer);
  }

  /** Puts the key's block in on the HELD layer if all of it is free. */
  putIfFree(length: number): boolean {
    this.#prepare(length);
    const free = this.isFree(length);
    if (free) this.#putLocated(length, HELD);
    return free;
  }

  /** As {@link findFree}, and puts in a block of `length` there, at its beginning. False: there is none. */
  putFound(shortest: number, longest: number, length: number): boolean {
    this.#prepare(length);
    const found = this.findFree(shortest, longest) >= 0;
    if (found) this.#putLocated(length, HELD);
    return found;
  }

  #prepare(length: number): void {
    const { nodes } = this;
    nodes.prepareToChange();
    nodes.announce(length);
    if (nodes.count < this.#gatherAt) return;
    gatherForks(nodes, this.#root, GATHERED_FORKS);
    this.#gatherAt = nodes.count + (nodes.count >>> 2);
  }

  /** After `#locate`, or what leaves the same. */
  #putLocated(length: number, layer: Layer): number {
    const { nodes } = this;
    const freeLength = this.#freeLengthAroundKey();
    const node = this.#exact !== NONE ? this.#exact : this.#insert(length);
    const wasCovered = nodes.isCovered(node);
    if (!wasCovered && !this.#covered) {
      if (nodes.hasChildren(node)) countFreeBelow(nodes, node, this.freeByLength, -1);
      else countSplit(this.freeByLength, freeLength, length, 1);
    }
    const isFirst = nodes.countOf(node, layer) === 0;
    if (layer === HELD && isFirst && !this.#heldAbove) countHeld(nodes, node, this.heldByLength, 1);
    nodes.add(node, layer, 1);
    if (!wasCovered) this.#refreshPath();
    return node;
  }

  /** Takes the key's block out once. False: it is not in. */
  take(length: number, layer: Layer): boolean {
    const { nodes } = this;
    nodes.prepareToChange();
    this.#locate(length);
    const node = this.#exact;
    if (node === NONE || nodes.countOf(node, layer) === 0) return false;
    nodes.add(node, layer, -1);
    const wasLast = nodes.countOf(node, layer) === 0;
    if (layer === HELD && wasLast && !this.#heldAbove) countHeld(nodes, node, this.heldByLength, -1);
    if (nodes.isCovered(node)) return true;
    if (nodes.hasChildren(node)) {
      if (!this.#covered) countFreeBelow(nodes, node, this.freeByLength, 1);
      this.#unlinkPassing(node);
    } else {
      const freeLength = this.#unlinkLeaf(node);
      if (!this.#covered) countSplit(this.freeByLength, freeLength, length, -1);
    }
    this.#refreshPath();
    return true;
  }

  /**
   * The length of the lowest maximal free block of a length in [shortest, longest], its address in `key`; or -1. Leaves what `#locate` would leave for any block at its beginning that is smaller than the root.
   */
  findFree(shortest: number, longest: number): number {
    const { nodes, key } = this;
    let node = this.#root;
    this.#depth = 0;
    this.#exact = NONE;
    this.#below = NONE;
    this.#covered = false;
    this.#heldAbove = false;
    if (nodes.isCovered(node)) return -1;
    if (!nodes.hasChildren(node)) {
      const length = this.rootLength;
      nodes.loadAddress(node, key);
      this.#path[this.#depth++] = node;
      return length >= shortest && length <= longest ? length : -1;
    }
    nodes.ask(shortest, longest);
    for (;;) {
      const side = nodes.meets(node, 0) ? 0 : 1;
      if (side === 1 && !nodes.meets(node, 1)) return -1;
      this.#path[this.#depth++] = node;
      const half = nodes.lengthOf(node) + 1;
      const child = nodes.child(node, side);
      if (child === NONE) {
        nodes.loadAddress(node, key);
        setBit(key, half - 1, side);
        return half;
      }
      const from = Math.max(shortest, half + 1);
      const to = Math.min(longest, nodes.lengthOf(child));
      for (let length = from; length <= to; length++) {
        if (nodes.bit(child, length - 1) === 1) return this.#foundBeside(child, length);
      }
      if (nodes.isCovered(child) || !(nodes.meets(child, 0) || nodes.meets(child, 1))) {
        // The half has such a block, it is not before the child and not in it: it comes after it.
        let length = to;
        while (length > from && nodes.bit(child, length - 1) === 1) length--;
        return this.#foundBeside(child, length);
      }
      node = child;
    }
  }

  #foundBeside(child: number, length: number): number {
    this.#below = child;
    this.#common = length - 1;
    return loadSibling(this.nodes, child, length, this.key);
  }

  /** Nodes with a block that overlaps the key's: by address, outer ones first. The trie must not change meanwhile. */
  *overlapping(length: number): Generator<number> {
    this.#locate(length);
    const start = this.#exact !== NONE ? this.#exact : this.#common === length ? this.#below : NONE;
    for (const node of this.#path.slice(0, this.#depth)) if (this.nodes.isCovered(node)) yield node;
    if (start !== NONE) yield* blocksBelow(this.nodes, start);
  }

  /** Lengths of the maximal free blocks by address; the address is in `key` until the next step. */
  freeBlocks(): Generator<number> {
    return freeBlocks(this.nodes, this.#root, this.key);
  }

  /** Makes the key's block, which contains the root, the root. */
  grow(length: number): void {
    const { nodes } = this;
    const old = this.#root;
    const oldLength = this.rootLength;
    if (length >= oldLength) return;
    const empty = this.isEmpty();
    nodes.prepareToChange();
    nodes.announce(length);
    this.#root = nodes.create(this.key, length);
    this.#path[0] = this.#root;
    this.#depth = 1;
    if (empty) {
      nodes.dispose(old);
      this.freeByLength[oldLength] = 0;
      this.freeByLength[length] = 1;
      return;
    }
    const side = nodes.bit(old, length);
    nodes.open(this.#root);
    nodes.setChild(this.#root, side, old);
    nodes.refresh(this.#root, side);
    addToEach(this.freeByLength, length + 1, oldLength, 1);
    if (!nodes.isCovered(old)) {
      this.#unlinkPassing(old);
      nodes.refresh(this.#root, side);
    }
  }

  /** Makes the key's block the root. False, and nothing changes: there is a block outside it. */
  shrink(length: number): boolean {
    const { nodes } = this;
    const oldLength = this.rootLength;
    this.#locate(length);
    if (this.#exact === this.#root) return true;
    const side = bitOf(this.key, oldLength);
    const elsewhere = nodes.child(this.#root, 1 - side) !== NONE || nodes.isCovered(this.#root);
    const parted = this.#below !== NONE && this.#common < length;
    if (elsewhere || this.#depth > 1 || parted) return false;
    const empty = this.isEmpty();
    const old = this.#root;
    const below = this.#below;
    nodes.prepareToChange();
    nodes.announce(length);
    this.#root = this.#exact !== NONE ? this.#exact : nodes.create(this.key, length);
    if (below !== NONE) {
      nodes.open(this.#root);
      nodes.setChild(this.#root, nodes.bit(below, length), below);
      nodes.refresh(this.#root, nodes.bit(below, length));
    }
    nodes.dispose(old);
    if (empty) {
      this.freeByLength[oldLength] = 0;
      this.freeByLength[length] = 1;
    } else {
      for (let i = oldLength + 1; i <= length; i++)
        this.freeByLength[i] = (this.freeByLength[i] as number) - 1;
    }
    return true;
  }

  #locate(length: number): void {
    const { nodes, key } = this;
    let node = this.#root;
    let depth = 0;
    this.#exact = NONE;
    this.#below = NONE;
    this.#common = 0;
    this.#covered = false;
    this.#heldAbove = false;
    for (;;) {
      const nodeLength = nodes.lengthOf(node);
      if (nodeLength === length) {
        this.#exact = node;
        break;
      }
      if (nodes.isCovered(node)) {
        this.#covered = true;
        if (nodes.isHeld(node)) this.#heldAbove = true;
      }
      this.#path[depth++] = node;
      const child = nodes.child(node, bitOf(key, nodeLength));
      if (child === NONE) break;
      const childLength = nodes.lengthOf(child);
      const common = nodes.commonLength(child, key, Math.min(childLength, length));
      if (common < childLength) {
        this.#below = child;
        this.#common = common;
        break;
      }
      node = child;
    }
    this.#depth = depth;
  }

  /** After `#locate`: the length of the maximal free block that the key's block lies in, if it lies in one. */
  #freeLengthAroundKey(): number {
    if (this.#exact !== NONE || this.isEmpty()) return this.rootLength;
    if (this.#below !== NONE) return this.#common + 1;
    return this.nodes.lengthOf(this.#path[this.#depth - 1] as number) + 1;
  }

  /** After `#locate`: a node for the key's block, and a fork above it if two paths part there. */
  #insert(length: number): number {
    const { nodes, key } = this;
    const parent = this.#path[this.#depth - 1] as number;
    const side = bitOf(key, nodes.lengthOf(parent));
    const below = this.#below;
    const node = nodes.create(key, length);
    if (!nodes.hasChildren(parent)) nodes.open(parent);
    if (below === NONE || this.#common === length) {
      nodes.setChild(parent, side, node);
      if (below === NONE) return node;
      nodes.open(node);
      nodes.setChild(node, nodes.bit(below, length), below);
      nodes.refresh(node, nodes.bit(below, length));
      return node;
    }
    const fork = nodes.create(key, this.#common);
    const forkSide = bitOf(key, this.#common);
    nodes.open(fork);
    nodes.setChild(parent, side, fork);
    nodes.setChild(fork, forkSide, node);
    nodes.setChild(fork, 1 - forkSide, below);
    nodes.refresh(fork, 1 - forkSide);
    this.#path[this.#depth++] = fork;
    return node;
  }

  /** Drops a node that covers nothing any more and has children, unless it is needed as a fork or as the root. */
  #unlinkPassing(node: number): void {
    const { nodes } = this;
    const left = nodes.child(node, 0);
    const right = nodes.child(node, 1);
    if (node === this.#root || (left !== NONE && right !== NONE)) return;
    const parent = this.#path[this.#depth - 1] as number;
    nodes.setChild(parent, nodes.bit(node, nodes.lengthOf(parent)), left !== NONE ? left : right);
    nodes.dispose(node);
  }

  /** Drops a node that covers nothing and has no children. Returns the length of the free block it is now in. */
  #unlinkLeaf(node: number): number {
    const { nodes } = this;
    if (node === this.#root) return this.rootLength;
    const parent = this.#path[this.#depth - 1] as number;
    const parentLength = nodes.lengthOf(parent);
    nodes.setChild(parent, nodes.bit(node, parentLength), NONE);
    nodes.dispose(node);
    if (parent === this.#root) return this.isEmpty() ? parentLength : parentLength + 1;
    if (!nodes.isCovered(parent)) {
      this.#depth--;
      this.#unlinkPassing(parent);
    }
    return parentLength + 1;
  }

  /** Brings the bit sets above a change up to date, as far as they change. */
  #refreshPath(): void {
    const { nodes, key } = this;
    for (let i = this.#depth - 1; i >= 0; i--) {
      const node = this.#path[i] as number;
      if (!nodes.refresh(node, bitOf(key, nodes.lengthOf(node)))) return;
    }
  }
}
