/**
 * A pool's status that another client than the operator writes is put back, and one of its own wakes nothing.
 */
import { expect, test } from "vitest";
import { SUBNET_POOLS, SUBNETS, type SubnetPoolStatus } from "../../api/index.ts";
import { allocated, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { statusFixture } from "../testing/status-fixture.ts";

const PROD = { namespace: NAMESPACE, name: "prod" };

async function setUp() {
  const { fixture, looksAt, start } = statusFixture();
  fixture.api.put(SUBNET_POOLS, pool("prod", "10.0.0.0/16"));
  fixture.api.put(SUBNETS, subnet("a", "prod", "10.0.0.0/24", { status: allocated() }));
  await start();
  const status = () =>
    fixture.api.peek(SUBNET_POOLS, NAMESPACE, "prod")?.status as SubnetPoolStatus | undefined;
  const forge = (forged: object | null) =>
    fixture.api.patch(SUBNET_POOLS, PROD, "merge", { status: forged }, { subresource: "status" });
  const writes = () => fixture.api.log("patch").length;
  return { fixture, status, forge, writes, looks: () => looksAt("prod") };
}

test.each([
  ["wiped", null],
  ["forged", { allocatedCount: 99, parent: "nobody", allocatedCIDRs: { "10.0.9.0/24": "x" } }],
  ["said to be not ready", { conditions: [] }],
])("PS-01 a status that is %s is put back at once", async (_how, forged) => {
  const { fixture, status, forge } = await setUp();
  const before = status();
  expect(before).toMatchObject({ allocatedCount: 1 });
  await forge(forged);
  expect(status()).not.toEqual(before);
  await fixture.pass(50);
  expect(status()).toMatchObject({ allocatedCount: 1, allocatedCIDRs: { "10.0.0.0/24": "a" } });
  expect(status()?.parent).toBeUndefined();
  expect(status()?.conditions).toHaveLength(3);
});

test("PS-07 what the operator wrote itself wakes it to no second look", async () => {
  const { fixture, looks, writes } = await setUp();
  const before = [looks(), writes()];
  fixture.api.put(SUBNETS, subnet("b", "prod", "10.0.1.0/24", { status: allocated() }));
  await fixture.pass(60_000);
  expect([looks(), writes()]).toEqual([before[0]! + 1, before[1]! + 1]);
});

test("PS-07 nor does it when its answer comes after the watch has shown it, or its watch is late", async () => {
  const { fixture, looks, writes } = await setUp();
  const before = [looks(), writes()];
  const held = fixture.api.hold(SUBNET_POOLS);
  fixture.api.put(SUBNETS, subnet("b", "prod", "10.0.1.0/24", { status: allocated() }));
  await fixture.pass(500);
  held.release();
  await fixture.pass(60_000);
  expect([looks(), writes()]).toEqual([before[0]! + 1, before[1]! + 1]);
});

test("a condition of another client stays, and costs a read but no write", async () => {
  const { fixture, status, forge, writes } = await setUp();
  const before = writes();
  const own = {
    type: "Audited",
    status: "True",
    reason: "Seen",
    message: "",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  await forge({ conditions: [...(status()?.conditions ?? []), own] });
  await fixture.pass(60_000);
  expect(status()?.conditions).toContainEqual(own);
  expect(writes()).toBe(before + 1);
});

test("PS-06 a client that writes over and over costs no more than a write a second", async () => {
  const { fixture, status, forge, writes } = await setUp();
  let forged = 0;
  const before = writes();
  for (let ms = 0; ms < 10_000; ms += 50) {
    if (status()?.allocatedCount === 1) {
      await forge({ allocatedCount: 99 });
      forged++;
    }
    await fixture.pass(50);
  }
  await fixture.pass(2_000);
  expect(status()?.allocatedCount).toBe(1);
  expect(writes() - before - forged).toBeLessThanOrEqual(13);
});
