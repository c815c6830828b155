import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetPool,
} from "../../src/api/index.ts";
import type { Resource } from "../../src/client/index.ts";
import { FleetWorld, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
});
afterAll(() => world.stop());

describe("the status of a pool", () => {
  test("PS-03 RQ-01 follows the allocations that appear and go, exactly", async () => {
    await world.pool("status", "10.0.0.0/22");
    await world.poolShows("status", (status) => status.freeCount === 4);
    await world.claim("a", "status");
    await world.poolShows("status", (status) => status.freeCount === 3 && status.allocatedCount === 1);
    await world.delete(SUBNET_CLAIMS, "a");
    const pool = await world.poolShows(
      "status",
      (status) => status.freeCount === 4 && status.allocatedCount === 0,
    );
    expect(pool.status).toMatchObject({ allocatedCIDRs: {}, utilizationPercent: 0, largestFreeBlock: "/22" });
  });

  test("PS-14 a deleted child pool gives its space back to the parent's freeCount", async () => {
    await world.pool("root", "10.0.0.0/20");
    await world.poolClaim("child", "root", 22);
    await world.poolShows("root", (status) => status.freeCount === 12 && status.childPools?.count === 1);
    await world.claim("b", "child");
    await world.bound("b");
    await world.delete(SUBNET_CLAIMS, "b");
    await world.delete(SUBNET_POOL_CLAIMS, "child");
    const root = await world.poolShows(
      "root",
      (status) => status.freeCount === 16 && status.childPools?.count === 0,
    );
    expect(root.status?.allocatedCount).toBe(0);
    await world.untilGone(SUBNET_POOL_CLAIMS, "child");
  });

  test("RQ-02 a parent counts its own Subnets, and shows what its children hold beside them", async () => {
    await world.pool("corp", "10.0.0.0/20");
    await world.poolClaim("web", "corp", 22);
    await world.poolShows("web", (status) => status.freeCount === 4);
    await world.claim("c", "web");
    const corp = await world.poolShows("corp", (status) => status.childPools?.allocatedCount === 1);
    // The one Subnet of its own is the block behind the child.
    expect(corp.status).toMatchObject({
      allocatedCount: 1,
      freeCount: 12,
      childPools: { utilizationPercent: 25 },
    });
  });

  test("RQ-10.4 a changed range shows at once", async () => {
    await world.pool("grows", "10.0.0.0/24");
    await world.poolShows("grows", (status) => status.freeCount === 1);
    await world.merge(SUBNET_POOLS, "grows", { spec: { cidr: "10.0.0.0/22" } });
    await world.poolShows("grows", (status) => status.freeCount === 4);
  });

  test("RQ-10.5 the annotation forces a recomputation, which changes nothing that was right", async () => {
    await world.pool("checked", "10.0.0.0/24");
    const before = await world.poolShows("checked", (status) => status.freeCount === 1);
    await world.merge(SUBNET_POOLS, "checked", {
      metadata: { annotations: { "plexaubnet.io/recalculate": "now" } },
    });
    await world.claim("after", "checked");
    await world.bound("after");
    const after = await world.poolShows("checked", (status) => status.freeCount === 0);
    expect(after.metadata.uid).toBe(before.metadata.uid);
  });

  test("PX-08 an exhausted pool reports it", async () => {
    await world.pool("small", "10.0.0.0/24");
    await world.claim("takes-all", "small");
    await world.bound("takes-all");
    const pool = await world.until(SUBNET_POOLS, "small", (found) =>
      (found.status?.conditions ?? []).some((c) => c.type === "Exhausted" && c.status === "True"),
    );
    expect(pool.status?.freeCount).toBe(0);
  });
});

describe("nested pools", () => {
  test("PX-05 a pool is kept while a Subnet lives in it, and goes after it", async () => {
    await world.pool("kept", "10.0.0.0/24");
    await world.claim("lives-here", "kept");
    await world.bound("lives-here");
    await world.delete(SUBNET_POOLS, "kept");
    await world.until(SUBNET_POOLS, "kept", (pool) => reasonOf(pool) === "DeletionBlocked");
    await world.delete(SUBNET_CLAIMS, "lives-here");
    await world.untilGone(SUBNET_POOLS, "kept");
  });

  test("PX-05 the protection of a pool and of a pool claim that a user removes comes back", async () => {
    await world.pool("guarded", "10.11.0.0/20");
    await world.poolClaim("guarded-child", "guarded", 24);
    await world.until(SUBNET_POOL_CLAIMS, "guarded-child", (claim) => reasonOf(claim) === "Bound");
    const guarded: readonly (readonly [Resource, string])[] = [
      [SUBNET_POOLS, "guarded"],
      [SUBNET_POOL_CLAIMS, "guarded-child"],
    ];
    for (const [resource, name] of guarded) {
      await world.until(resource, name, ({ metadata }) => (metadata.finalizers ?? []).length === 1);
      await world.merge(resource, name, { metadata: { finalizers: null } });
      await world.until(resource, name, ({ metadata }) => (metadata.finalizers ?? []).length === 1);
    }
  });

  test("PX-05 the parent's block is released only after the child pool is gone", async () => {
    await world.pool("above", "10.0.0.0/20");
    await world.poolClaim("below", "above", 22);
    await world.poolShows("below", (status) => status.freeCount === 4);
    await world.claim("inside", "below");
    await world.bound("inside");
    await world.delete(SUBNET_POOL_CLAIMS, "below");
    await world.until(SUBNET_POOLS, "below", (pool) => reasonOf(pool) === "DeletionBlocked");
    expect((await world.get(SUBNET_POOLS, "above"))?.status?.freeCount).toBe(12);
    await world.delete(SUBNET_CLAIMS, "inside");
    await world.untilGone(SUBNET_POOL_CLAIMS, "below");
    await world.poolShows("above", (status) => status.freeCount === 16);
  });

  test("PX-05 pools nest to any depth", async () => {
    await world.pool("level-0", "10.0.0.0/8");
    for (let level = 1; level <= 6; level++)
      await world.poolClaim(`level-${level}`, `level-${level - 1}`, 8 + 2 * level);
    await world.claim("deep", "level-6");
    expect((await world.bound("deep")).status?.allocatedCIDR).toBe("10.0.0.0/24");
  });

  test("PS-05 a hand-made child holds its block in the parent, by label or by reference", async () => {
    await world.pool("mother", "10.8.0.0/20");
    await world.pool("daughter", "10.8.4.0/22", { parentRef: { name: "mother" } });
    await world.poolShows("mother", (status) => status.freeCount === 12);
    await world.until(SUBNET_POOLS, "daughter", (pool) => reasonOf(pool) === "Ready");
    await world.claim("in-daughter", "daughter");
    expect((await world.bound("in-daughter")).status?.allocatedCIDR).toBe("10.8.4.0/24");
  });

  test("PX-03 a hand-made child whose block is taken is not ready, and is when the block is freed", async () => {
    await world.pool("owner", "10.9.0.0/20");
    await world.claim("squats", "owner", { requestedCIDR: "10.9.5.0/24" });
    await world.bound("squats");
    await world.pool("late", "10.9.4.0/22", { parentRef: { name: "owner" } });
    await world.until(SUBNET_POOLS, "late", (pool) => reasonOf(pool) === "BlockTaken");
    await world.delete(SUBNET_CLAIMS, "squats");
    await world.until(SUBNET_POOLS, "late", (pool) => reasonOf(pool) === "Ready");
  });

  test("a cycle of parents is reported, and harms nothing", async () => {
    await world.pool("egg", "10.10.0.0/20", { parentRef: { name: "hen" } });
    await world.pool("hen", "10.10.0.0/20", { parentRef: { name: "egg" } });
    await world.until(SUBNET_POOLS, "hen", (pool) => reasonOf(pool) === "ParentCycle");
    await world.until(SUBNET_POOLS, "egg", (pool) => reasonOf(pool) === "ParentCycle");
  });
});

test("PX-02 a Subnet made by hand is allocated, and one that overlaps it fails and reports which was first", async () => {
  await world.pool("manual", "10.20.0.0/16");
  await world.subnet("first", "manual", "10.20.0.0/20");
  await world.until(SUBNETS, "first", (subnet) => subnet.status?.phase === "Allocated");
  await world.subnet("second", "manual", "10.20.4.0/24");
  const second = await world.until(SUBNETS, "second", (subnet) => subnet.status?.phase === "Failed");
  expect(second.status?.message).toContain("first");
  await world.claim("avoids", "manual", { blockSize: 20 });
  expect((await world.bound("avoids")).status?.allocatedCIDR).toBe("10.20.16.0/20");
  await world.delete(SUBNETS, "first");
  await world.until(SUBNETS, "second", (subnet) => subnet.status?.phase === "Allocated");
});

test("PX-05 pools that are their own ancestors can be deleted, alone and together", async () => {
  // By label, which the kind's own rules cannot look at.
  await world.pool("self", "10.60.0.0/16");
  await world.merge(SUBNET_POOLS, "self", { metadata: { labels: { "plexaubnet.io/parent": "self" } } });
  await world.until(SUBNET_POOLS, "self", (pool) => reasonOf(pool) === "InvalidSpec");
  await world.pool("fox", "10.61.0.0/16", { parentRef: { name: "cub" } });
  await world.pool("cub", "10.61.0.0/16", { parentRef: { name: "fox" } });
  await world.pool("flea", "10.61.0.0/20", { parentRef: { name: "cub" } });
  // One whose deletion comes before it is protected goes at once.
  for (const name of ["fox", "cub", "flea"]) {
    await world.until(SUBNET_POOLS, name, ({ metadata }) => metadata.finalizers !== undefined);
  }
  for (const name of ["self", "fox", "cub"]) await world.delete(SUBNET_POOLS, name);
  await world.untilGone(SUBNET_POOLS, "self");
  await world.untilGone(SUBNET_POOLS, "fox");
  // It stays for the child that is none of its ancestors.
  await world.until(SUBNET_POOLS, "cub", (pool) => reasonOf(pool) === "DeletionBlocked");
  await world.delete(SUBNET_POOLS, "flea");
  await world.untilGone(SUBNET_POOLS, "cub");
});

test("PS-05 a pool that names no strategy shows the one that applies, and has not changed by that", async () => {
  const made = await world.pool("unsaid", "10.62.0.0/16");
  expect(made.spec.strategy).toBe("Linear");
  await world.poolShows("unsaid", (status) => status.observedGeneration === 1);
  const again = await world.merge(SUBNET_POOLS, "unsaid", { spec: { cidr: "10.62.0.0/16", strategy: null } });
  expect(again.spec.strategy).toBe("Linear");
  expect(again.metadata.generation).toBe(1);
  // A child takes over what its parent has, as long as the claim for it does not say.
  await world.merge(SUBNET_POOLS, "unsaid", { spec: { strategy: "Buddy" } });
  const claim = await world.poolClaim("takes-over", "unsaid", 20);
  expect(claim.spec.template?.strategy).toBeUndefined();
  await world.until(SUBNET_POOL_CLAIMS, "takes-over", ({ status }) => status?.phase === "Bound");
  expect((await world.get(SUBNET_POOLS, "takes-over"))?.spec.strategy).toBe("Buddy");
});

const inconsistency = (pool: SubnetPool) =>
  pool.status?.conditions?.find(({ type, status }) => type === "Consistent" && status === "False")?.message;

test("PX-08 pools that overlap stay usable, and both say so until one of them goes", async () => {
  await world.pool("left", "172.20.0.0/16");
  await world.pool("right", "172.20.128.0/17");
  const left = await world.until(SUBNET_POOLS, "left", (pool) => inconsistency(pool) !== undefined);
  expect(inconsistency(left)).toContain("right");
  await world.until(SUBNET_POOLS, "right", (pool) => inconsistency(pool) !== undefined);
  await world.recorded(({ reason }) => reason === "PoolOverlap");
  await world.claim("on-the-left", "left");
  await world.bound("on-the-left");
  await world.delete(SUBNET_POOLS, "right");
  await world.until(SUBNET_POOLS, "left", (pool) => inconsistency(pool) === undefined);
});

test("PS-15 PX-08 a pool that shrinks below its Subnets reports which lie outside, and serves what is left", async () => {
  await world.pool("shrinks", "172.21.0.0/22");
  await world.claim("far", "shrinks", { requestedCIDR: "172.21.3.0/24" });
  await world.bound("far");
  await world.merge(SUBNET_POOLS, "shrinks", { spec: { cidr: "172.21.0.0/23" } });
  const pool = await world.until(SUBNET_POOLS, "shrinks", (found) => inconsistency(found) !== undefined);
  expect(inconsistency(pool)).toContain("172.21.3.0/24");
  await world.recorded(
    ({ reason, message }) =>
      reason === "ValidationFailed" && String(message).includes("Subnets are outside the pool: Subnet"),
  );
  await world.claim("near", "shrinks");
  expect((await world.bound("near")).status?.allocatedCIDR).toBe("172.21.0.0/24");
  await world.delete(SUBNET_CLAIMS, "far");
  await world.until(SUBNET_POOLS, "shrinks", (found) => inconsistency(found) === undefined);
});
