import { expect, test } from "vitest";
import { withDistinctOwners } from "./metadata-changes.ts";

const owner = (uid: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name: "a",
  uid,
  ...more,
});

test("PX-09: an owner that is named twice is kept once, whatever the order of its members", () => {
  const { apiVersion, ...rest } = owner("1");
  const { ownerReferences } = withDistinctOwners({
    ownerReferences: [owner("1"), owner("2"), { ...rest, apiVersion }, owner("1", { controller: true })],
  });
  expect(ownerReferences).toEqual([owner("1"), owner("2"), owner("1", { controller: true })]);
});

test("PX-09: each of many owners is read a few times, and not once for each other one", () => {
  let reads = 0;
  const ownerReferences = Array.from({ length: 2_000 }, (_, i) =>
    Object.defineProperty(owner(""), "uid", {
      enumerable: true,
      get: () => {
        reads++;
        return `u${i}`;
      },
    }),
  );
  expect(withDistinctOwners({ ownerReferences }).ownerReferences).toHaveLength(2_000);
  expect(reads).toBeLessThan(20 * 2_000);
});
