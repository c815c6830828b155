import { expect, test } from "vitest";
import { SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { RuntimeFixture } from "../../runtime/testing/runtime-fixture.ts";
import { keepBooks } from "../bookkeeping.ts";
import { operatorControllers } from "../controllers.ts";
import { operatorIndexes } from "../indexes.ts";
import { OperatorWorld } from "../operator-world.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";

/** PoolStatus alone, over an API that holds a pool with a Subnet and a child pool; and the pools it looked at. */
async function setUp() {
  const fixture = new RuntimeFixture();
  const manager = fixture.manager({ indexes: operatorIndexes });
  const world = new OperatorWorld(manager, fixture.kernel);
  const { logger, metrics } = fixture;
  const books = keepBooks(manager, world, { registry: metrics.registry, logger });
  const looked: string[] = [];
  for (const definition of operatorControllers(world, books)) {
    if (definition.name !== "PoolStatus") continue;
    const { reconcile } = definition;
    manager.add({
      ...definition,
      reconcile: (target) => {
        looked.push(keyOf(target));
        return reconcile(target);
      },
    });
  }
  fixture.api.put(SUBNET_POOLS, pool("corp", "10.0.0.0/16"));
  fixture.api.put(SUBNET_POOLS, pool("team", "10.0.16.0/20", { spec: { parentRef: { name: "corp" } } }));
  fixture.api.put(SUBNETS, subnet("a", "corp", "10.0.0.0/24", { status: allocated() }));
  await manager.start();
  await fixture.pass(1_000);
  looked.length = 0;
  return { fixture, looksAtCorp: () => looked.filter((key) => key === `${NAMESPACE}/corp`).length };
}

test("RQ-05 a Subnet and a child pool of one pool that are deleted in quick succession cost it one reconcile", async () => {
  const { fixture, looksAtCorp } = await setUp();
  fixture.api.remove(SUBNETS, NAMESPACE, "a");
  fixture.api.remove(SUBNET_POOLS, NAMESPACE, "team");
  await fixture.pass(1_000);
  expect(looksAtCorp()).toBe(1);
  expect(fixture.api.peek(SUBNET_POOLS, NAMESPACE, "corp")?.status).toMatchObject({
    allocatedCount: 0,
    childPools: { count: 0 },
  });
});

test("RQ-05 each of the two deletions costs one where they are far apart", async () => {
  const { fixture, looksAtCorp } = await setUp();
  fixture.api.remove(SUBNETS, NAMESPACE, "a");
  await fixture.pass(1_000);
  expect(looksAtCorp()).toBe(1);
  fixture.api.remove(SUBNET_POOLS, NAMESPACE, "team");
  await fixture.pass(1_000);
  expect(looksAtCorp()).toBe(2);
});
