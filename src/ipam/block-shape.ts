/**
 * Changes of the shape of a block trie at a cursor: nodes come and go, and the bit sets above them follow. What the blocks
 * add up to is the business of `block-trie.ts`.
 */
import type { BlockCursor } from "./block-cursor.ts";
import { BARRED, type BlockNodes, HELD, NONE } from "./block-nodes.ts";
import { bitOf } from "./block-walk.ts";
import { addSlot, halfOf, hasSlot, SLOTS } from "./slots.ts";

/** After {@link BlockCursor.locate}: a node for the key's block, and a fork above it if two paths part there. */
export function insert(at: BlockCursor, length: number): number {
  const { nodes, key, parent, below } = at;
  const side = bitOf(key, nodes.lengthOf(parent));
  const node = nodes.create(key, length);
  if (!nodes.hasChildren(parent)) nodes.open(parent);
  if (below === NONE || at.common === length) {
    nodes.setChild(parent, side, node);
    if (below === NONE) return node;
    nodes.open(node);
    nodes.setChild(node, nodes.bit(below, length), below);
    nodes.refresh(node, nodes.bit(below, length));
    return node;
  }
  const fork = nodes.create(key, at.common);
  const forkSide = bitOf(key, at.common);
  nodes.open(fork);
  nodes.setChild(parent, side, fork);
  nodes.setChild(fork, forkSide, node);
  nodes.setChild(fork, 1 - forkSide, below);
  nodes.refresh(fork, 1 - forkSide);
  at.path[at.depth++] = fork;
  return node;
}

/** Drops a node that covers nothing any more and has children, unless it is needed as a fork or as the root. */
export function unlinkPassing(at: BlockCursor, node: number): void {
  const { nodes } = at;
  const left = nodes.child(node, 0);
  const right = nodes.child(node, 1);
  if (node === at.root || (left !== NONE && right !== NONE)) return;
  const { parent } = at;
  nodes.setChild(parent, nodes.bit(node, nodes.lengthOf(parent)), left !== NONE ? left : right);
  nodes.dispose(node);
}

/** Drops a node that covers nothing and has no children. Returns the length of the free block it is now in. */
export function unlinkLeaf(at: BlockCursor, node: number): number {
  const { nodes } = at;
  if (node === at.root) return nodes.lengthOf(at.root);
  const { parent } = at;
  const parentLength = nodes.lengthOf(parent);
  nodes.setChild(parent, nodes.bit(node, parentLength), NONE);
  nodes.dispose(node);
  if (parent === at.root) return at.isEmpty() ? parentLength : parentLength + 1;
  if (!nodes.isCovered(parent)) {
    at.depth--;
    unlinkPassing(at, parent);
  }
  return parentLength + 1;
}

/** Makes nodes of the slots of the leaf that the key's block lies in or is. Nothing else changes. */
export function dissolve(at: BlockCursor, length: number): void {
  const { nodes, key } = at;
  const block = key.slice();
  const leaf = at.slotted !== NONE ? at.slotted : at.exact;
  if (at.slotted !== NONE) at.depth--;
  const slotLength = nodes.slotLengthOf(leaf);
  const held = [nodes.slots(leaf, HELD, 0), nodes.slots(leaf, HELD, 1)] as const;
  const barred = [nodes.slots(leaf, BARRED, 0), nodes.slots(leaf, BARRED, 1)] as const;
  nodes.loadAddress(leaf, key);
  const start = key.slice();
  nodes.setChild(at.parent, bitOf(key, nodes.lengthOf(at.parent)), NONE);
  nodes.dispose(leaf);
  for (let slot = 0; slot < SLOTS; slot++) {
    const isHeld = hasSlot(held[halfOf(slot)] as number, slot);
    const isBarred = hasSlot(barred[halfOf(slot)] as number, slot);
    if (!isHeld && !isBarred) continue;
    key.set(start);
    addSlot(key, slotLength, slot);
    at.locate(slotLength);
    const node = insert(at, slotLength);
    if (isHeld) nodes.add(node, HELD, 1);
    if (isBarred) nodes.add(node, BARRED, 1);
    refreshPath(at);
  }
  key.set(block);
  at.locate(length);
}

/** Brings the bit sets above a change up to date, as far as they change. */
export function refreshPath(at: BlockCursor): void {
  const { nodes, key } = at;
  for (let i = at.depth - 1; i >= 0; i--) {
    const node = at.path[i] as number;
    if (nodes.isSlotted(node)) continue;
    if (!nodes.refresh(node, bitOf(key, nodes.lengthOf(node)))) return;
  }
}

/**
 * Moves up to `limit` of the uppermost forks side by side. Every search passes through some of them; scattered over the
 * whole array, each would cost a cache line and a page of its own. Nodes with a block keep their numbers.
 */
export function gatherForks(nodes: BlockNodes, root: number, limit: number): void {
  let left = limit;
  for (let level = [root]; level.length > 0; ) {
    const below: number[] = [];
    for (const parent of level) {
      for (let side = 0; side < 2; side++) {
        let child = nodes.child(parent, side);
        if (child === NONE || nodes.isSlotted(child) || !nodes.hasChildren(child)) continue;
        if (!nodes.isCovered(child)) {
          if (left-- === 0) return;
          child = nodes.moveToEnd(child);
          nodes.setChild(parent, side, child);
        }
        below.push(child);
      }
    }
    level = below;
  }
}
