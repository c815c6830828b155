import { describe, expect, test } from "vitest";
import type { SubnetPool, SubnetPoolSpec } from "../../api/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { worldOf } from "../testing/world-of.ts";
import { inhabitantsOf } from "../view/inhabitants.ts";
import { snapshotOf } from "./pool-status.ts";

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

/** The reasons and messages of what a pool's Consistent condition complains about. */
function complaintsOf(looked: SubnetPool, ...others: readonly KubeObject[]): string[] {
  const world = worldOf(looked, ...others);
  const view = world.spaces.view(keyOf({ namespace: NAMESPACE, name: looked.metadata.name }));
  if (view === undefined) throw new Error("the pool has no view");
  return snapshotOf(world, looked, view).inconsistencies.map(
    ({ reason, message }) => `${reason}: ${message}`,
  );
}

describe("a reserved range laid over what is allocated", () => {
  const reserving = (...reserved: SubnetPoolSpec["reserved"] & object) =>
    pool("prod", "10.9.0.0/22", { spec: { reserved } });
  const block = (name: string, cidr: string) => subnet(name, "prod", cidr, { status: allocated() });

  test("PX-04 is reported, with the Subnets and the cure", () => {
    const complaints = complaintsOf(
      reserving({ cidr: "10.9.0.0/24", reason: "printers" }, { cidr: "10.9.2.128/25" }),
      block("a", "10.9.0.0/24"),
      block("b", "10.9.1.0/24"),
      block("c", "10.9.2.0/24"),
    );
    expect(complaints).toEqual([
      "ReservedInUse: a reserved range overlaps allocated blocks: Subnet a (10.9.0.0/24), Subnet c (10.9.2.0/24): remove the reservation, or release the blocks",
    ]);
  });

  test("PX-04 names at most five of them, each once", () => {
    const blocks = Array.from({ length: 16 }, (_, i) => block(`s${i}`, `10.9.0.${i * 16}/28`));
    const [complaint] = complaintsOf(reserving({ cidr: "10.9.0.0/24" }, { cidr: "10.9.0.0/25" }), ...blocks);
    expect(complaint?.match(/Subnet /g)).toHaveLength(5);
    expect(complaint).toContain("s4 (10.9.0.64/28) and more: ");
  });

  test("is nothing to report where nothing is allocated from it", () => {
    expect(complaintsOf(reserving({ cidr: "10.9.3.0/24" }), block("a", "10.9.0.0/24"))).toEqual([]);
  });
});

test("a child whose label and reference contradict each other counts where it blocks a deletion", () => {
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
