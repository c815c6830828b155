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
 * Blocks of one length, side by side, are what most pools hold. So a block that comes where nothing is within its 64
 * neighbours makes a slotted leaf, which has room for all of them, each at most once on a layer. What has no place in it
 * (a block of another length, the same block again) dissolves the leaf into a node for each of its blocks. That part
 * stays so until it has been empty, hence a block is dissolved at most once while it is in.
 *
 * Cost: every operation O(width) amortised, a call that dissolves a leaf 64 times as much; putting in or taking out a
 * block that covers others, O(blocks it covers) more. Memory: at most two nodes a block, of 24 bytes for IPv4, 24 to 60
 * for IPv6; two nodes for 64 blocks side by side.
 *
 * Callers put the block of which they speak into `key`, as 32-bit words, most significant first, host bits clear. It
 * lies in the root.
 */
import { BlockCursor } from "./block-cursor.ts";
import { BlockNodes, HELD, type Layer, NONE } from "./block-nodes.ts";
import { dissolve, gatherForks, insert, refreshPath, unlinkLeaf, unlinkPassing } from "./block-shape.ts";
import {
  addToEach,
  bitOf,
  blocksBelow,
  countFreeBelow,
  countHeld,
  countSplit,
  freeBlocks,
  nodeBlock,
  slotBlocks,
  type TakenBlock,
} from "./block-walk.ts";
import { halfOf, hasSlot, SLOT_BITS } from "./slots.ts";

/** Nodes; doubled as need be. */
const FIRST_CAPACITY = 16;
/** As many as stay in a processor's second-level cache. */
const GATHERED_FORKS = 16_384;

export class BlockTrie {
  readonly nodes: BlockNodes;
  /** The block that the next call speaks of; also where a search leaves the address that it found. */
  readonly key: Uint32Array;
  /** Number of maximal free blocks, by length. */
  readonly freeByLength: Float64Array;
  /** Number of HELD blocks that no other HELD block covers, by length: their sizes add up to the union. */
  readonly heldByLength: Float64Array;
  /** Where the last call went. */
  readonly #at: BlockCursor;
  /** Number of nodes at which the uppermost forks are gathered next. */
  #gatherAt = GATHERED_FORKS * 4;

  /** Empty, over the first `rootLength` bits of `address`; or over what `from` holds now. */
  constructor(width: number, address: Uint32Array, rootLength: number, from?: BlockTrie) {
    this.nodes = from?.nodes.snapshot() ?? new BlockNodes(address, rootLength, FIRST_CAPACITY);
    this.freeByLength = from?.freeByLength.slice() ?? new Float64Array(width + 1);
    this.heldByLength = from?.heldByLength.slice() ?? new Float64Array(width + 1);
    const root = from === undefined ? this.nodes.create(address, rootLength) : from.#at.root;
    this.#at = new BlockCursor(this.nodes, root);
    this.key = this.#at.key;
    if (from === undefined) this.freeByLength[rootLength] = 1;
  }

  get rootLength(): number {
    return this.nodes.lengthOf(this.#at.root);
  }

  /** The same trie as it is now, whatever happens to this one. O(width) now; the first of the two that changes copies. */
  snapshot(): BlockTrie {
    return new BlockTrie(this.freeByLength.length - 1, this.key, this.rootLength, this);
  }

  /** Whether no block put in shares an address with the key's. */
  isFree(length: number): boolean {
    this.#at.locate(length);
    return this.#at.isFree(length);
  }

  isEmpty(): boolean {
    return this.#at.isEmpty();
  }

  /** Inserts the key's block, again if it is already inserted. */
  put(length: number, layer: Layer): void {
    this.#prepare(length);
    this.#at.locate(length);
    this.#putLocated(length, layer);
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

  /** The length of the lowest maximal free block of a length in [shortest, longest], its address in `key`; or -1. */
  findFree(shortest: number, longest: number): number {
    return this.#at.findFree(shortest, longest);
  }

  #prepare(length: number): void {
    const { nodes } = this;
    nodes.prepareToChange();
    nodes.announce(length);
    if (nodes.count < this.#gatherAt) return;
    gatherForks(nodes, this.#at.root, GATHERED_FORKS);
    this.#gatherAt = nodes.count + (nodes.count >>> 2);
  }

  /** After {@link BlockCursor.locate}, or what leaves the same. */
  #putLocated(length: number, layer: Layer): void {
    const { nodes } = this;
    const at = this.#at;
    if (at.slotted !== NONE) {
      if (length === nodes.slotLengthOf(at.slotted) && !this.#hasSlot(length, layer)) {
        this.#putSlot(length, layer, at.freeLengthAround());
        return;
      }
      dissolve(at, length);
    } else if (at.exact === NONE) {
      if (this.#hasRoomForSlots(length)) {
        this.#putSlot(length, layer, at.freeLengthAround());
        return;
      }
    } else if (nodes.isSlotted(at.exact)) dissolve(at, length);
    this.#putNode(length, layer);
  }

  /** Whether nothing was put in within the leaf that would have the key's block as a slot, nor at it. */
  #hasRoomForSlots(length: number): boolean {
    const at = this.#at;
    const leafLength = length - SLOT_BITS;
    return this.nodes.lengthOf(at.parent) < leafLength && (at.below === NONE || at.common < leafLength);
  }

  /** Puts the key's block into the slotted leaf at hand, or into a new one. */
  #putSlot(length: number, layer: Layer, freeLength: number): void {
    const { nodes } = this;
    const at = this.#at;
    if (at.slotted === NONE) {
      at.slotted = insert(at, length - SLOT_BITS);
      nodes.makeSlotted(at.slotted);
      at.path[at.depth++] = at.slotted;
    }
    const { slot } = at;
    const wasTaken = hasSlot(nodes.takenSlots(at.slotted, halfOf(slot)), slot);
    nodes.toggleSlot(at.slotted, layer, slot);
    if (layer === HELD && !at.heldAbove) addToEach(this.heldByLength, length, length, 1);
    if (wasTaken) return;
    if (!at.covered) countSplit(this.freeByLength, freeLength, length, 1);
    refreshPath(at);
  }

  #putNode(length: number, layer: Layer): void {
    const { nodes } = this;
    const at = this.#at;
    const freeLength = at.freeLengthAround();
    const node = at.exact !== NONE ? at.exact : insert(at, length);
    const wasCovered = nodes.isCovered(node);
    if (!wasCovered && !at.covered) {
      if (nodes.hasChildren(node)) countFreeBelow(nodes, node, this.freeByLength, -1);
      else countSplit(this.freeByLength, freeLength, length, 1);
    }
    const isFirst = nodes.countOf(node, layer) === 0;
    if (layer === HELD && isFirst && !at.heldAbove) countHeld(nodes, node, this.heldByLength, 1);
    nodes.add(node, layer, 1);
    if (!wasCovered) refreshPath(at);
  }

  /** In a slotted leaf: whether the key's block is one of its blocks. */
  #hasSlot(length: number, layer: Layer): boolean {
    const { slotted, slot } = this.#at;
    if (length !== this.nodes.slotLengthOf(slotted)) return false;
    return hasSlot(this.nodes.slots(slotted, layer, halfOf(slot)), slot);
  }

  /** Takes the key's block out once. False: it is not in. */
  take(length: number, layer: Layer): boolean {
    const { nodes } = this;
    const at = this.#at;
    nodes.prepareToChange();
    at.locate(length);
    if (at.slotted !== NONE) return this.#takeSlot(length, layer);
    const node = at.exact;
    if (node === NONE || nodes.countOf(node, layer) === 0) return false;
    nodes.add(node, layer, -1);
    const wasLast = nodes.countOf(node, layer) === 0;
    if (layer === HELD && wasLast && !at.heldAbove) countHeld(nodes, node, this.heldByLength, -1);
    if (nodes.isCovered(node)) return true;
    if (nodes.hasChildren(node)) {
      if (!at.covered) countFreeBelow(nodes, node, this.freeByLength, 1);
      unlinkPassing(at, node);
    } else {
      const freeLength = unlinkLeaf(at, node);
      if (!at.covered) countSplit(this.freeByLength, freeLength, length, -1);
    }
    refreshPath(at);
    return true;
  }

  #takeSlot(length: number, layer: Layer): boolean {
    const { nodes } = this;
    const at = this.#at;
    if (!this.#hasSlot(length, layer)) return false;
    const { slot } = at;
    nodes.toggleSlot(at.slotted, layer, slot);
    if (layer === HELD && !at.heldAbove) addToEach(this.heldByLength, length, length, -1);
    const taken = nodes.takenSlots(at.slotted, halfOf(slot));
    if (hasSlot(taken, slot)) return true;
    let freeLength: number;
    if (taken === 0 && nodes.takenSlots(at.slotted, 1 - halfOf(slot)) === 0) {
      at.depth--;
      freeLength = unlinkLeaf(at, at.slotted);
    } else freeLength = at.freeLengthAround();
    if (!at.covered) countSplit(this.freeByLength, freeLength, length, -1);
    refreshPath(at);
    return true;
  }

  /** Blocks put in that overlap the key's: by address, outer ones first. The trie must not change meanwhile. */
  *overlapping(length: number): Generator<TakenBlock> {
    const { nodes, key } = this;
    const at = this.#at;
    at.locate(length);
    const { slotted } = at;
    const side = slotted === NONE ? 0 : halfOf(at.slot);
    const slots = slotted === NONE ? 0 : at.slotGroup(length);
    const start = at.exact !== NONE ? at.exact : at.common === length ? at.below : NONE;
    for (const node of at.path.slice(0, at.depth)) {
      if (nodes.isCovered(node)) yield nodeBlock(nodes, node, key);
    }
    if (slotted !== NONE) yield* slotBlocks(nodes, slotted, side, slots, key);
    else if (start !== NONE) yield* blocksBelow(nodes, start, key);
  }

  /** Lengths of the maximal free blocks by address; the address is in `key` until the next step. */
  freeBlocks(): Generator<number> {
    return freeBlocks(this.nodes, this.#at.root, this.key);
  }

  /** Makes the key's block, which contains the root, the root. */
  grow(length: number): void {
    const { nodes } = this;
    const at = this.#at;
    const old = at.root;
    const oldLength = this.rootLength;
    if (length >= oldLength) return;
    const empty = this.isEmpty();
    nodes.prepareToChange();
    nodes.announce(length);
    at.root = nodes.create(this.key, length);
    at.path[0] = at.root;
    at.depth = 1;
    if (empty) {
      nodes.dispose(old);
      this.freeByLength[oldLength] = 0;
      this.freeByLength[length] = 1;
      return;
    }
    const side = nodes.bit(old, length);
    nodes.open(at.root);
    nodes.setChild(at.root, side, old);
    nodes.refresh(at.root, side);
    addToEach(this.freeByLength, length + 1, oldLength, 1);
    if (!nodes.isCovered(old)) {
      unlinkPassing(at, old);
      nodes.refresh(at.root, side);
    }
  }

  /** Makes the key's block the root. False, and nothing changes: there is a block outside it. */
  shrink(length: number): boolean {
    const { nodes } = this;
    const at = this.#at;
    const oldLength = this.rootLength;
    at.locate(length);
    if (at.exact === at.root) return true;
    if (at.slotted !== NONE || (at.exact !== NONE && nodes.isSlotted(at.exact))) {
      nodes.prepareToChange();
      dissolve(at, length);
    }
    const side = bitOf(this.key, oldLength);
    const elsewhere = nodes.child(at.root, 1 - side) !== NONE || nodes.isCovered(at.root);
    const parted = at.below !== NONE && at.common < length;
    if (elsewhere || at.depth > 1 || parted) return false;
    const empty = this.isEmpty();
    const old = at.root;
    const below = at.below;
    nodes.prepareToChange();
    nodes.announce(length);
    at.root = at.exact !== NONE ? at.exact : nodes.create(this.key, length);
    if (below !== NONE) {
      nodes.open(at.root);
      nodes.setChild(at.root, nodes.bit(below, length), below);
      nodes.refresh(at.root, nodes.bit(below, length));
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
}
