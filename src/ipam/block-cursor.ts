/**
 * A place in a block trie: where the key's block is, or where it would be, and the path that leads there. Read-only.
 *
 * A change of the trie makes what was found here stale, except where the one who changes it keeps it right.
 */
import { type BlockNodes, HELD, NONE } from "./block-nodes.ts";
import { bitOf, loadSibling, setBit } from "./block-walk.ts";
import { addSlot, freeLevel, groupOf, HALF_SLOTS, halfOf, hasSlot, lowestOf, slotOf } from "./slots.ts";

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
    const { nodes, key, path } = this;
    this.#reset();
    let node = this.root;
    let nodeLength = nodes.lengthOf(node);
    let depth = 0;
    while (nodeLength !== length) {
      path[depth++] = node;
      if (nodes.isLeafOrCovered(node)) {
        if (nodes.isSlotted(node)) {
          this.#enterSlots(node, length);
          break;
        }
        this.covered = true;
        if (nodes.isHeld(node)) this.heldAbove = true;
      }
      const child = nodes.child(node, bitOf(key, nodeLength));
      if (child === NONE) break;
      const childLength = nodes.lengthOf(child);
      const common = nodes.commonLength(child, key, Math.min(childLength, length));
      if (common < childLength) {
        this.below = child;
        this.common = common;
        break;
      }
      node = child;
      nodeLength = childLength;
    }
    this.depth = depth;
    if (nodeLength === length) this.exact = node;
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
    if (hasSlot(nodes.takenSlots(node, halfOf(slot)), slot)) this.covered = true;
    if (hasSlot(nodes.slots(node, HELD, halfOf(slot)), slot)) this.heldAbove = true;
  }

  /** After {@link locate}: whether nothing that was put in shares an address with the block. */
  isFree(length: number): boolean {
    if (this.covered) return false;
    if (this.slotted !== NONE) {
      const taken = this.nodes.takenSlots(this.slotted, halfOf(this.slot));
      return (taken & this.slotGroup(length)) === 0;
    }
    if (this.exact !== NONE) return this.exact === this.root && this.isEmpty();
    return this.below === NONE || this.common < length;
  }

  /** In a slotted leaf: the slot that the key's address is in. */
  get slot(): number {
    return slotOf(this.key, this.nodes.slotLengthOf(this.slotted));
  }

  /** In a slotted leaf: the slots that share an address with the key's block. */
  slotGroup(length: number): number {
    return groupOf(this.slot, Math.max(this.nodes.slotLengthOf(this.slotted) - length, 0));
  }

  /**
   * After {@link locate}: the length of the maximal free block that the key's block lies in, if it lies in one. In a
   * slotted leaf the block is a slot.
   */
  freeLengthAround(): number {
    const { nodes } = this;
    if (this.slotted !== NONE) {
      const { slot } = this;
      const level = freeLevel(nodes.takenSlots(this.slotted, halfOf(slot)), slot & 31);
      return nodes.slotLengthOf(this.slotted) - level;
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
      if (nodes.isSlotted(child)) {
        const length = this.#findSlot(child, shortest, longest);
        if (length >= 0) return length;
      } else if (!nodes.isCovered(child) && (nodes.meets(child, 0) || nodes.meets(child, 1))) {
        node = child;
        continue;
      }
      // The half has such a block, it is not before the child and not in it: it comes after it.
      let length = to;
      while (length > from && nodes.bit(child, length - 1) === 1) length--;
      return this.#foundBeside(child, length);
    }
  }

  #foundBeside(child: number, length: number): number {
    this.below = child;
    this.common = length - 1;
    return loadSibling(this.nodes, child, length, this.key);
  }

  /** The same in a slotted leaf; -1, and nothing changes, when it has no such block. */
  #findSlot(node: number, shortest: number, longest: number): number {
    const { nodes, key } = this;
    const slotLength = nodes.slotLengthOf(node);
    for (let side = 0; side < 2; side++) {
      const taken = nodes.takenSlots(node, side);
      let free = ~taken;
      while (free !== 0) {
        const slot = lowestOf(free);
        const level = freeLevel(taken, slot);
        const length = slotLength - level;
        if (length >= shortest && length <= longest) {
          this.slotted = node;
          this.path[this.depth++] = node;
          nodes.loadAddress(node, key);
          addSlot(key, slotLength, side * HALF_SLOTS + slot);
          return length;
        }
        free &= ~groupOf(slot, level);
      }
    }
    return -1;
  }
}
