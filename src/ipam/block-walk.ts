/**
 * Ways through a block trie: by address, and the counting of whole sub-tries. Read-only; the trie must not change while
 * a generator is under way.
 */
import { BARRED, type BlockNodes, HELD, NONE } from "./block-nodes.ts";
import { addSlot, freeGroups, HALF_SLOTS, hasSlot, lowestOf, sizeOf, WHOLE_HALF } from "./slots.ts";

/** A block that was put in. Its address is in `key` until the next step. */
export interface TakenBlock {
  readonly length: number;
  readonly held: boolean;
  readonly barred: boolean;
}

/** The blocks from `start` down, by address, outer ones first. */
export function* blocksBelow(nodes: BlockNodes, start: number, key: Uint32Array): Generator<TakenBlock> {
  const pending = [start];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (nodes.isSlotted(node)) {
      yield* slotBlocks(nodes, node, 0, WHOLE_HALF, key);
      yield* slotBlocks(nodes, node, 1, WHOLE_HALF, key);
      continue;
    }
    if (nodes.isCovered(node)) yield nodeBlock(nodes, node, key);
    const right = nodes.child(node, 1);
    const left = nodes.child(node, 0);
    if (right !== NONE) pending.push(right);
    if (left !== NONE) pending.push(left);
  }
}

export function nodeBlock(nodes: BlockNodes, node: number, key: Uint32Array): TakenBlock {
  nodes.loadAddress(node, key);
  return {
    length: nodes.lengthOf(node),
    held: nodes.countOf(node, HELD) > 0,
    barred: nodes.countOf(node, BARRED) > 0,
  };
}

/** The blocks in a half of a slotted leaf that are among `slots`. */
export function* slotBlocks(
  nodes: BlockNodes,
  node: number,
  side: number,
  slots: number,
  key: Uint32Array,
): Generator<TakenBlock> {
  const length = nodes.slotLengthOf(node);
  for (let rest = nodes.takenSlots(node, side) & slots; rest !== 0; rest &= rest - 1) {
    const slot = lowestOf(rest);
    nodes.loadAddress(node, key);
    addSlot(key, length, side * HALF_SLOTS + slot);
    yield {
      length,
      held: hasSlot(nodes.slots(node, HELD, side), slot),
      barred: hasSlot(nodes.slots(node, BARRED, side), slot),
    };
  }
}

/** Lengths of the maximal free blocks by address; the address is in `key` until the next step. */
export function* freeBlocks(nodes: BlockNodes, root: number, key: Uint32Array): Generator<number> {
  if (nodes.hasChildren(root)) yield* freeBelow(nodes, root, key);
  else if (!nodes.isCovered(root)) {
    nodes.loadAddress(root, key);
    yield nodes.lengthOf(root);
  }
}

/** The same below a node with children. */
function* freeBelow(nodes: BlockNodes, node: number, key: Uint32Array): Generator<number> {
  if (nodes.isCovered(node)) return;
  if (nodes.isSlotted(node)) {
    yield* freeSlots(nodes, node, key);
    return;
  }
  const half = nodes.lengthOf(node) + 1;
  for (let side = 0; side < 2; side++) {
    const child = nodes.child(node, side);
    if (child === NONE) {
      nodes.loadAddress(node, key);
      setBit(key, half - 1, side);
      yield half;
      continue;
    }
    const childLength = nodes.lengthOf(child);
    for (let length = half + 1; length <= childLength; length++) {
      if (nodes.bit(child, length - 1) === 1) yield loadSibling(nodes, child, length, key);
    }
    yield* freeBelow(nodes, child, key);
    for (let length = childLength; length > half; length--) {
      if (nodes.bit(child, length - 1) === 0) yield loadSibling(nodes, child, length, key);
    }
  }
}

function* freeSlots(nodes: BlockNodes, node: number, key: Uint32Array): Generator<number> {
  const length = nodes.slotLengthOf(node);
  for (let side = 0; side < 2; side++) {
    for (const { slot, level } of freeGroups(nodes.takenSlots(node, side))) {
      nodes.loadAddress(node, key);
      addSlot(key, length, side * HALF_SLOTS + slot);
      yield length - level;
    }
  }
}

/** A block of `length` goes into (1) or comes out of (-1) a maximal free block of `freeLength`. */
export function countSplit(byLength: Float64Array, freeLength: number, length: number, sign: 1 | -1): void {
  byLength[freeLength] = (byLength[freeLength] as number) - sign;
  addToEach(byLength, freeLength + 1, length, sign);
}

/** One block more (1) or less (-1) of each of the lengths from … to. */
export function addToEach(byLength: Float64Array, from: number, to: number, sign: 1 | -1): void {
  for (let length = from; length <= to; length++) byLength[length] = (byLength[length] as number) + sign;
}

/** Adds the maximal free blocks below a node with children to `byLength`, as if the node itself covered nothing. */
export function countFreeBelow(nodes: BlockNodes, start: number, byLength: Float64Array, sign: 1 | -1): void {
  const pending = [start];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (nodes.isSlotted(node)) {
      const length = nodes.slotLengthOf(node);
      for (const { level } of [0, 1].flatMap((side) => freeGroups(nodes.takenSlots(node, side)))) {
        addToEach(byLength, length - level, length - level, sign);
      }
      continue;
    }
    const half = nodes.lengthOf(node) + 1;
    for (let side = 0; side < 2; side++) {
      const child = nodes.child(node, side);
      if (child === NONE) {
        byLength[half] = (byLength[half] as number) + sign;
        continue;
      }
      const childLength = nodes.lengthOf(child);
      addToEach(byLength, half + 1, childLength, sign);
      if (!nodes.isCovered(child)) pending.push(child);
    }
  }
}

/** A HELD block that no other covers comes (1) or goes (-1): those below it stop or start to count. */
export function countHeld(nodes: BlockNodes, start: number, byLength: Float64Array, sign: 1 | -1): void {
  const length = nodes.lengthOf(start);
  byLength[length] = (byLength[length] as number) + sign;
  if (!nodes.hasChildren(start)) return;
  const pending = [nodes.child(start, 0), nodes.child(start, 1)];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node === NONE) continue;
    if (nodes.isSlotted(node)) {
      const below = nodes.slotLengthOf(node);
      byLength[below] =
        (byLength[below] as number) -
        sign * (sizeOf(nodes.slots(node, HELD, 0)) + sizeOf(nodes.slots(node, HELD, 1)));
    } else if (nodes.isHeld(node)) {
      const below = nodes.lengthOf(node);
      byLength[below] = (byLength[below] as number) - sign;
    } else {
      pending.push(nodes.child(node, 0), nodes.child(node, 1));
    }
  }
}

/** Puts into `key` the block of this length that is the buddy of the node's ancestor of the same length. */
export function loadSibling(nodes: BlockNodes, node: number, length: number, key: Uint32Array): number {
  nodes.loadAddress(node, key);
  setBit(key, length - 1, 1 - bitOf(key, length - 1));
  const word = (length - 1) >>> 5;
  const bits = length - word * 32;
  if (bits < 32) key[word] = (key[word] as number) & (0xffffffff << (32 - bits));
  for (let i = word + 1; i < 4; i++) key[i] = 0;
  return length;
}

export function bitOf(key: Uint32Array, position: number): number {
  return ((key[position >>> 5] as number) >>> (31 - (position & 31))) & 1;
}

export function setBit(key: Uint32Array, position: number, bit: number): void {
  const flag = 1 << (31 - (position & 31));
  const word = key[position >>> 5] as number;
  key[position >>> 5] = bit === 1 ? word | flag : word & ~flag;
}
