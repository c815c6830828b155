import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareNamed,
  type Named,
  type Tree,
  treeDelete,
  treeFromSorted,
  treeGet,
  treePut,
  treeRank,
  treeSize,
  treeSlice,
} from "./sorted-tree.ts";

interface Item extends Named {
  readonly version: number;
}

const keys = fc.record({
  namespace: fc.constantFrom("", "a", "a-b", "b"),
  name: fc.string({ unit: fc.constantFrom("x", "y", "-"), minLength: 1, maxLength: 3 }),
});
const steps = fc.array(fc.record({ key: keys, deletes: fc.boolean() }), { maxLength: 200 });

function depth(tree: Tree<Item>): number {
  return tree === undefined ? 0 : 1 + Math.max(depth(tree.left), depth(tree.right));
}

/** What a weight-balanced tree with ratio 3 may have at most: each level leaves at most 3/4 of the weight. */
function deepest(size: number): number {
  return Math.ceil(Math.log(size + 1) / Math.log(4 / 3)) + 1;
}

test("it is a sorted list under puts and deletions, and older trees do not change", () => {
  fc.assert(
    fc.property(steps, keys, fc.nat(50), fc.nat(50), (list, probe, from, length) => {
      let tree: Tree<Item>;
      let model: Item[] = [];
      const snapshots: [Tree<Item>, Item[]][] = [];
      list.forEach(({ key, deletes }, version) => {
        model = model.filter((item) => compareNamed(item, key) !== 0);
        if (!deletes) model = [...model, { ...key, version }].sort(compareNamed);
        tree = deletes ? treeDelete(tree, key) : treePut(tree, { ...key, version });
        snapshots.push([tree, model]);
      });
      for (const [older, expected] of snapshots) {
        expect(treeSlice(older, 0, treeSize(older))).toEqual(expected);
        expect(depth(older)).toBeLessThanOrEqual(deepest(expected.length));
      }
      expect(treeSlice(tree, from, from + length)).toEqual(model.slice(from, from + length));
      expect(treeGet(tree, probe)).toEqual(model.find((item) => compareNamed(item, probe) === 0));
      expect(treeRank(tree, probe)).toBe(model.filter((item) => compareNamed(item, probe) <= 0).length);
      expect(treeSlice(treeFromSorted(model), 0, model.length)).toEqual(model);
    }),
  );
});

test("it stays shallow when items come and go in order", () => {
  const items = Array.from({ length: 5000 }, (_, i) => ({
    namespace: "",
    name: String(i).padStart(5, "0"),
    version: i,
  }));
  let tree: Tree<Item>;
  for (const item of items) tree = treePut(tree, item);
  expect(depth(tree)).toBeLessThanOrEqual(20);
  for (const item of items.slice(0, 4900)) tree = treeDelete(tree, item);
  expect(depth(tree)).toBeLessThanOrEqual(12);
});
