import { expect, test } from "vitest";
import { SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { statusFixture } from "../testing/status-fixture.ts";

/** A pool with a Subnet and a child pool. */
async function setUp() {
  const { fixture, looksAt, start } = statusFixture();
  fixture.api.put(SUBNET_POOLS, pool("corp", "10.0.0.0/16"));
  fixture.api.put(SUBNET_POOLS, pool("team", "10.0.16.0/20", { spec: { parentRef: { name: "corp" } } }));
  fixture.api.put(SUBNETS, subnet("a", "corp", "10.0.0.0/24", { status: allocated() }));
  await start();
  return { fixture, looksAtCorp: () => looksAt("corp") };
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
