import { expect, test } from "vitest";
import { keyOf } from "../../runtime/index.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { worldOf } from "../testing/world-of.ts";
import { inhabitantsOf, snapshotOf } from "./reconciler.ts";

test("PX-02 whichever replica looks, and in whatever order it came to know the fleet, it sees the same status", () => {
  const looked = pool("looked-at", "10.0.0.0/20");
  const objects = [
    ...["c", "a", "b"].map((name) => pool(name, "10.0.0.0/22")),
    ...["z", "y", "x"].map((name, i) =>
      subnet(name, "looked-at", `10.1.${3 - i}.0/24`, { status: allocated() }),
    ),
  ];
  const inconsistenciesIn = (order: typeof objects) => {
    const world = worldOf(looked, ...order);
    const view = world.spaces.view(keyOf({ namespace: NAMESPACE, name: "looked-at" }));
    if (view === undefined) throw new Error("the pool has no view");
    return snapshotOf(world, looked, view).inconsistencies.map(({ message }) => message);
  };
  const seen = inconsistenciesIn(objects);
  expect(seen).toHaveLength(2);
  expect(seen[1]).toContain("SubnetPool a (10.0.0.0/22), SubnetPool b");
  expect(inconsistenciesIn([...objects].reverse())).toEqual(seen);
});

test("a child whose label and reference contradict each other counts where it is in the way of a deletion", () => {
  const torn = pool("torn", "10.0.0.0/24", {
    metadata: { labels: { "plexaubnet.io/parent": "by-label" } },
    spec: { parentRef: { name: "by-reference" } },
  });
  const parents = ["by-label", "by-reference"].map((name) => pool(name, "10.0.0.0/16"));
  const world = worldOf(torn, ...parents);
  const counts = parents.map((parent) => {
    const { name } = parent.metadata;
    const view = world.spaces.view(keyOf({ namespace: NAMESPACE, name }));
    if (view === undefined) throw new Error("the pool has no view");
    return [snapshotOf(world, parent, view).children.count, inhabitantsOf(world, NAMESPACE, name).childCount];
  });
  expect(counts).toEqual([
    [0, 0],
    [1, 1],
  ]);
});
