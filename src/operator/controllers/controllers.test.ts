import { describe, expect, test } from "vitest";
import { SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import type { KubeObject, Resource } from "../../kube/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { worldOf } from "../testing/world-of.ts";
import type { Bookkeeping } from "./bookkeeping.ts";
import { operatorControllers } from "./index.ts";

const books = { metrics: {}, verify() {}, countConflicts() {} } as unknown as Bookkeeping;

const corp = pool("corp", "10.0.0.0/8");
const team = pool("team", "10.1.0.0/16", { spec: { parentRef: { name: "corp" } } });
const squad = pool("squad", "10.1.1.0/24", { spec: { parentRef: { name: "team" } } });
const block = subnet("block", "team", "10.1.2.0/24", { status: allocated() });

const controllers = operatorControllers(worldOf(corp, team, squad, block), books);

/** Who reconciles what, once an object has changed so: `PoolStatus team`. */
function reconciledBy<T extends KubeObject>(resource: Resource<T>, old: T, fresh: T): readonly string[] {
  const delta = { type: "updated", old, new: fresh, origin: "watch" } as const;
  const found = new Set<string>();
  for (const { name, routes } of controllers) {
    for (const row of routes) {
      if (row.resource.kind !== resource.kind || !row.when(delta)) continue;
      for (const target of row.to(delta))
        if (target !== undefined) found.add(`${name} ${keyOf(target).slice(NAMESPACE.length + 1)}`);
    }
  }
  return [...found].sort();
}

describe("what an update of a pool reconciles", () => {
  const changed = { ...team.metadata, resourceVersion: "2" };

  test("PS-07 of its status alone: nothing, in any controller, unless another client wrote it", () => {
    const status = { allocatedCount: 1, freeCount: 255 };
    const after = { ...team, metadata: changed, status };
    for (const { observer } of controllers)
      observer?.beforeWrite({ do: "patch-status", resource: SUBNET_POOLS, of: team, status });
    expect(reconciledBy(SUBNET_POOLS, team, after)).toEqual([]);
    const forged = { ...after, status: { ...status, allocatedCount: 2 } };
    expect(reconciledBy(SUBNET_POOLS, after, forged)).toEqual(["PoolStatus team"]);
    expect(reconciledBy(SUBNET_POOLS, forged, after)).toEqual([]);
  });

  test("PS-07 RQ-10.4 of its spec: the pool itself, and those that its range concerns", () => {
    const after = {
      ...team,
      metadata: { ...changed, generation: 2 },
      spec: { ...team.spec, cidr: "10.1.0.0/15" },
    };
    const found = reconciledBy(SUBNET_POOLS, team, after);
    expect(found).toEqual(expect.arrayContaining(["PoolStatus team", "PoolStatus corp", "PoolStatus squad"]));
  });

  test("PS-07 of the label that names its parent, which is no part of the generation: the parent too", () => {
    const labels = { "plexaubnet.io/parent": "corp" };
    const orphan = pool("team", "10.1.0.0/16");
    const after = { ...orphan, metadata: { ...changed, labels } };
    expect(reconciledBy(SUBNET_POOLS, orphan, after)).toEqual(
      expect.arrayContaining(["PoolStatus corp", "PoolStatus team"]),
    );
  });
});

test("PS-07 the generation counts for pools only: the status of a Subnet reconciles its pool and that one's parent", () => {
  const pending = subnet("block", "team", "10.1.2.0/24");
  expect(reconciledBy(SUBNETS, pending, block)).toEqual(["PoolStatus corp", "PoolStatus team"]);
});
