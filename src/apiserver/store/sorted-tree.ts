/**
 * An immutable ordered map of things that have a namespace and a name: a weight-balanced tree (Adams 1992, with the
 * parameters ⟨3, 2⟩ that Hirai and Yamamoto proved right in 2011).
 *
 * A change copies the path to the root and shares the rest, so every state that a kind ever had can be kept for the
 * price of a handful of nodes a change. That is all that multi-version reads need. Each node knows the size of what is
 * below it, so counting a range and finding a page cost O(log n).
 */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

export interface TreeNode<T extends Named> {
  readonly item: T;
  readonly left: Tree<T>;
  readonly right: Tree<T>;
  readonly size: number;
}

export type Tree<T extends Named> = TreeNode<T> | undefined;

const MAX_WEIGHT_RATIO = 3;
const SINGLE_ROTATION_RATIO = 2;

/** By namespace, then name, by code unit. */
export function compareNamed(a: Named, b: Named): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

export function treeSize<T extends Named>(tree: Tree<T>): number {
  return tree === undefined ? 0 : tree.size;
}

export function treeGet<T extends Named>(tree: Tree<T>, key: Named): T | undefined {
  let node = tree;
  while (node !== undefined) {
    const order = compareNamed(key, node.item);
    if (order === 0) return node.item;
    node = order < 0 ? node.left : node.right;
  }
  return undefined;
}

/** The tree with `item` in it, in place of one with the same key. */
export function treePut<T extends Named>(tree: Tree<T>, item: T): TreeNode<T> {
  if (tree === undefined) return makeNode(item, undefined, undefined);
  const order = compareNamed(item, tree.item);
  if (order === 0) return { item, left: tree.left, right: tree.right, size: tree.size };
  return order < 0
    ? balance(tree.item, treePut(tree.left, item), tree.right)
    : balance(tree.item, tree.left, treePut(tree.right, item));
}

export function treeDelete<T extends Named>(tree: Tree<T>, key: Named): Tree<T> {
  if (tree === undefined) return undefined;
  const order = compareNamed(key, tree.item);
  if (order < 0) return balance(tree.item, treeDelete(tree.left, key), tree.right);
  if (order > 0) return balance(tree.item, tree.left, treeDelete(tree.right, key));
  if (tree.left === undefined) return tree.right;
  if (tree.right === undefined) return tree.left;
  const successor = firstItem(tree.right);
  return balance(successor, tree.left, treeDelete(tree.right, successor));
}

/** O(n). `items` must be sorted by {@link compareNamed} and without duplicates. */
export function treeFromSorted<T extends Named>(items: readonly T[], from = 0, to = items.length): Tree<T> {
  if (from >= to) return undefined;
  const middle = (from + to) >>> 1;
  const left = treeFromSorted(items, from, middle);
  return makeNode(items[middle] as T, left, treeFromSorted(items, middle + 1, to));
}

/** How many items are at or before `key`. */
export function treeRank<T extends Named>(tree: Tree<T>, key: Named): number {
  let rank = 0;
  let node = tree;
  while (node !== undefined) {
    if (compareNamed(key, node.item) >= 0) {
      rank += treeSize(node.left) + 1;
      node = node.right;
    } else {
      node = node.left;
    }
  }
  return rank;
}

/** Items number `from` (the first is 0) up to but not including `to`. */
export function treeSlice<T extends Named>(tree: Tree<T>, from: number, to: number): T[] {
  const items: T[] = [];
  collect(tree, from, to, items);
  return items;
}

function collect<T extends Named>(tree: Tree<T>, from: number, to: number, into: T[]): void {
  if (tree === undefined || from >= to || to <= 0 || from >= tree.size) return;
  const position = treeSize(tree.left);
  if (from < position) collect(tree.left, from, Math.min(to, position), into);
  if (from <= position && position < to) into.push(tree.item);
  if (to > position + 1) collect(tree.right, Math.max(from - position - 1, 0), to - position - 1, into);
}

function firstItem<T extends Named>(tree: TreeNode<T>): T {
  let node = tree;
  while (node.left !== undefined) node = node.left;
  return node.item;
}

function makeNode<T extends Named>(item: T, left: Tree<T>, right: Tree<T>): TreeNode<T> {
  return { item, left, right, size: treeSize(left) + treeSize(right) + 1 };
}

function balance<T extends Named>(item: T, left: Tree<T>, right: Tree<T>): TreeNode<T> {
  const leftWeight = treeSize(left) + 1;
  const rightWeight = treeSize(right) + 1;
  if (right !== undefined && rightWeight > MAX_WEIGHT_RATIO * leftWeight)
    return rotateLeft(item, left, right);
  if (left !== undefined && leftWeight > MAX_WEIGHT_RATIO * rightWeight)
    return rotateRight(item, left, right);
  return makeNode(item, left, right);
}

function rotateLeft<T extends Named>(item: T, left: Tree<T>, right: TreeNode<T>): TreeNode<T> {
  const inner = right.left;
  if (inner === undefined || treeSize(inner) + 1 < SINGLE_ROTATION_RATIO * (treeSize(right.right) + 1)) {
    return makeNode(right.item, makeNode(item, left, inner), right.right);
  }
  return makeNode(
    inner.item,
    makeNode(item, left, inner.left),
    makeNode(right.item, inner.right, right.right),
  );
}

function rotateRight<T extends Named>(item: T, left: TreeNode<T>, right: Tree<T>): TreeNode<T> {
  const inner = left.right;
  if (inner === undefined || treeSize(inner) + 1 < SINGLE_ROTATION_RATIO * (treeSize(left.left) + 1)) {
    return makeNode(left.item, left.left, makeNode(item, inner, right));
  }
  return makeNode(inner.item, makeNode(left.item, left.left, inner.left), makeNode(item, inner.right, right));
}
