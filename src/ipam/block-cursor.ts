/**
 * A place in a block trie: where the key's block is, or where it would be, and the path that leads there. Read-only.
 *
 * A change of the trie makes what was found here stale, except where the one who changes it keeps it right.
 */
import { type BlockNodes, HELD, NONE } from "./block-nodes.ts";
import { bitOf, loadSibling, setBit } from "./block-walk.ts";
import { addSlot, freeLevel, groupOf, halfOf, lowestOf, slotOf } from "./slots.ts";

const LONGEST_PATH = 129;

export class BlockCursor {
  readonly nodes: BlockNodes;
  /** The block in question; also where a search leaves the address that it found. */
  readonly key: Uint32Array = new Uint32Array(4);
  root: number;

  /** The ancestors of the key's block, the root first. */
  readonly path = new Int32Array(LONGEST_PATH);
  depth = 0;
  /** The node of exactly this block. */
  exact: number = NONE;
  /** The node below the end of the path, when the block has no node: they part after `common` bits. */
  below: number = NONE;
  common = 0;
  /** The slotted leaf that the block lies in and is shorter than. It is the end of the path. */
  slotted: number = NONE;
  /** Whether a block around this one is there at all, and whether one is HELD. */
  covered = false;
  heldAbove = false;

  constructor(nodes: BlockNodes, root: number) {
    this.nodes = nodes;
    this.root = root;
  }

  get parent(): number {
    return this.path[this.depth - 1] as number;
  }

  isEmpty(): boolean {
    return !this.nodes.hasChildren(this.root) && !this.nodes.isCovered(this.root);
  }

  /** Goes to the key's block. */
  locate(length: number): void {
    const { nodes, key } = this;
    let node = this.root;
    this.#reset();
    for (;;) {
      const nodeLength = nodes.lengthOf(node);
      if (nodeLength === length) {
        this.exact = node;
        return;
      }
      if (nodes.isCovered(node)) {
        this.covered = true;
        if (nodes.isHeld(node)) this.heldAbove = true;
      }
      this.path[this.depth++] = node;
      if (nodes.isSlotted(node)) {
        this.#enterSlots(node, length);
        return;
      }
      const child = nodes.child(node, bitOf(key, nodeLength));
      if (child === NONE) return;
      const childLength = nodes.lengthOf(child);
      const common = nodes.commonLength(child, key, Math.min(childLength, length));
      if (common < childLength) {
        this.below = child;
        this.common = common;
        return;
      }
      node = child;
    }
  }

  #reset(): void {
    this.depth = 0;
    this.exact = NONE;
    this.below = NONE;
    this.common = 0;
    this.slotted = NONE;
    this.covered = false;
    this.heldAbove = false;
  }

  #enterSlots(node: number, length: number): void {
    const { nodes } = this;
    this.slotted = node;
    const slotLength = nodes.slotLengthOf(node);
    if (length <= slotLength) return;
    const slot = slotOf(this.key, slotLength);
    this.covered = this.covered || ((nodes.takenSlots(node) >>> slot) & 1) === 1;
    this.heldAbove = this.heldAbove || ((nodes.slots(node, HELD) >>> slot) & 1) === 1;
  }

  /** After {@link locate}: whether nothing that was put in shares an address with the block. */
  isFree(length: number): boolean {
    if (this.covered) return false;
    if (this.slotted !== NONE) return (this.nodes.takenSlots(this.slotted) & this.slotGroup(length)) === 0;
    if (this.exact !== NONE) return this.exact === this.root && this.isEmpty();
    return this.below === NONE || this.common < length;
  }

  /** After {@link locate}, in a slotted leaf: the slots that share an address with the block. */
  slotGroup(length: number): number {
    const slotLength = this.nodes.slotLengthOf(this.slotted);
    return groupOf(slotOf(this.key, slotLength), Math.max(slotLength - length, 0));
  }

  /**
   * After {@link locate}: the length of the maximal free block that the key's block lies in, if it lies in one. In a
   * slotted leaf the block is a slot.
   */
  freeLengthAround(): number {
    const { nodes } = this;
    if (this.slotted !== NONE) {
      const length = nodes.slotLengthOf(this.slotted);
      return length - freeLevel(nodes.takenSlots(this.slotted), slotOf(this.key, length));
    }
    if (this.exact !== NONE || this.isEmpty()) return nodes.lengthOf(this.root);
    return (this.below !== NONE ? this.common : nodes.lengthOf(this.parent)) + 1;
  }

  /**
   * The length of the lowest maximal free block of a length in [shortest, longest], its address in `key`; or -1. Leaves
   * what {@link locate} would leave for any block at its beginning that is smaller than the root.
   */
  findFree(shortest: number, longest: number): number {
    const { nodes, key } = this;
    let node = this.root;
    this.#reset();
    if (nodes.isCovered(node)) return -1;
    if (!nodes.hasChildren(node)) {
      const length = nodes.lengthOf(node);
      nodes.loadAddress(node, key);
      this.path[this.depth++] = node;
      return length >= shortest && length <= longest ? length : -1;
    }
    nodes.ask(shortest, longest);
    for (;;) {
      const side = nodes.meets(node, 0) ? 0 : 1;
      if (side === 1 && !nodes.meets(node, 1)) return -1;
      this.path[this.depth++] = node;
      if (nodes.isSlotted(node)) return this.#findSlot(node, side, shortest, longest);
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
    this.below = child;
    this.common = length - 1;
    return loadSibling(this.nodes, child, length, this.key);
  }

  /** The same in the half of a slotted leaf that has such a block. */
  #findSlot(node: number, side: number, shortest: number, longest: number): number {
    const { nodes, key } = this;
    this.slotted = node;
    const taken = nodes.takenSlots(node);
    const slotLength = nodes.slotLengthOf(node);
    let free = ~taken & halfOf(side);
    while (free !== 0) {
      const slot = lowestOf(free);
      const level = freeLevel(taken, slot);
      const length = slotLength - level;
      if (length >= shortest && length <= longest) {
        nodes.loadAddress(node, key);
        addSlot(key, slotLength, slot);
        return length;
      }
      free &= ~groupOf(slot, level);
    }
    return -1;
  }
}
