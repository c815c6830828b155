/** What a look-up costs: how many objects of the caches it touches, which is to depend on its result alone. */
import { expect, test } from "vitest";
import type { Subnet, SubnetPool } from "../../api/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { POOL_REF_INDEX } from "../model/indexes.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { worldOf } from "../testing/world-of.ts";
import { inhabitantsOf } from "../view/inhabitants.ts";
import { snapshotOf, toParents, toPools } from "./pool-status.ts";
import { toPoolsBehind } from "./triggers.ts";

/** Pools of two Subnets each; three of them are children of one pool, the others of none that is there. */
function fleetOf(poolCount: number): readonly KubeObject[] {
  const objects: KubeObject[] = [pool("root", "10.0.0.0/8")];
  for (let n = 0; n < poolCount; n++) {
    const inside = { spec: { parentRef: { name: n < 3 ? "root" : "elsewhere" } } };
    const block = (third: number) => `10.${n >> 8}.${n & 255}.${third}/30`;
    objects.push(pool(`pool-${n}`, `10.${n >> 8}.${n & 255}.0/24`, inside));
    objects.push(subnet(`a-${n}`, `pool-${n}`, block(0), { status: allocated() }));
    objects.push(subnet(`b-${n}`, `pool-${n}`, block(4), { status: allocated() }));
  }
  return objects;
}

/** Notes each object of which as much as a field is read. Frozen, so that the cache keeps it and no copy. */
function watched<T extends KubeObject>(object: T, visited: Set<string>): T {
  const proxy = new Proxy(Object.freeze(object), {
    get(target, field) {
      visited.add(`${target.kind} ${target.metadata.name}`);
      return Reflect.get(target, field);
    },
  });
  return Object.freeze(proxy);
}

function fleetWatched(poolCount: number) {
  const visited = new Set<string>();
  const world = worldOf(...fleetOf(poolCount).map((object) => watched(object, visited)));
  const subnet = world.subnets.get(NAMESPACE, "a-1") as Subnet;
  const child = world.pools.get(NAMESPACE, "pool-1") as SubnetPool;
  return { world, subnet, child, visited };
}

type Fleet = ReturnType<typeof fleetWatched>;

const LOOK_UPS: Readonly<Record<string, (fleet: Fleet) => unknown>> = {
  "from an allocation to its pool": ({ world, subnet }) =>
    toPools(world.pools)({ type: "added", new: subnet, origin: "watch" }),
  "from an allocation to the pool that is held through it": ({ world, subnet }) =>
    toPoolsBehind(world)({ type: "added", new: subnet, origin: "watch" }),
  "from a child pool to its parent": ({ child }) => toParents({ type: "added", new: child, origin: "watch" }),
  "from a pool to its children": ({ world }) =>
    world.childrenOf(NAMESPACE, "root").map(({ metadata }) => metadata.name),
  "from a pool to its allocations": ({ world }) =>
    world.subnets.byIndex(POOL_REF_INDEX, `${NAMESPACE}/pool-1`).map(({ metadata }) => metadata.name),
  "from a pool to what lives in it": ({ world }) => inhabitantsOf(world, NAMESPACE, "root"),
  "from a child pool to its whole status": ({ world, child }) => {
    const view = world.spaces.view(keyOf({ namespace: NAMESPACE, name: "pool-1" }));
    return view && snapshotOf(world, child, view);
  },
};

function visitedBy(lookUp: (fleet: Fleet) => unknown, poolCount: number): readonly string[] {
  const fleet = fleetWatched(poolCount);
  fleet.visited.clear();
  lookUp(fleet);
  return [...fleet.visited].sort();
}

test.each(
  Object.entries(LOOK_UPS),
)("PS-04 %s: as many objects are visited among 3,000 as among 30", (_name, lookUp) => {
  const few = visitedBy(lookUp, 10);
  expect(few.length).toBeLessThanOrEqual(5);
  expect(visitedBy(lookUp, 1_000)).toEqual(few);
});

test("PS-04 what a scan visits would be seen", () => {
  const scan = ({ world }: Fleet) =>
    [...world.subnets.values()].filter(({ spec }) => spec.poolRef === "pool-1");
  expect(visitedBy(scan, 10)).toHaveLength(20);
});
