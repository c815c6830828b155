/**
 * Child pools that grow into their parent and shrink out of it again: no block is let go, and nothing
 * is held in vain.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetPool,
} from "../../src/api/index.ts";
import { createMemoryStore } from "../../src/apiserver/index.ts";
import { extensionNameFor } from "../../src/operator/model/subnet-name.ts";
import type { FaultPlan } from "../../src/testing/index.ts";
import { FleetWorld, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
});
afterAll(() => world.stop());

const resize = (name: string, cidr: string) => world.merge(SUBNET_POOLS, name, { spec: { cidr } });

const messageOf = (pool: SubnetPool) =>
  pool.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";

/** Ready, with the range that it has now. */
const readyNow = (name: string, at = world) =>
  at.until(
    SUBNET_POOLS,
    name,
    (pool) => reasonOf(pool) === "Ready" && pool.status?.observedGeneration === pool.metadata.generation,
  );

const saysOf = (name: string, reason: string, words: string) =>
  world.until(SUBNET_POOLS, name, (pool) => reasonOf(pool) === reason && messageOf(pool).includes(words));

async function heldOf(parent: string, child: string, at = world): Promise<string[]> {
  const subnets = await at.list(SUBNETS);
  return subnets
    .filter(({ spec }) => spec.poolRef === parent && spec.clusterID === `pool.${child}`)
    .map(({ spec, status }) => `${spec.cidr} ${status?.phase}`)
    .sort();
}

test("PS-15 a child pool grows into free space of its parent, and shrinks back", async () => {
  await world.pool("up-a", "10.1.0.0/16");
  await world.poolClaim("a", "up-a", 24);
  await readyNow("a");
  await world.claim("first-in-a", "a");
  const first = await world.bound("first-in-a");
  await world.claim("second-in-a", "a");
  await world.until(SUBNET_CLAIMS, "second-in-a", (claim) => reasonOf(claim) === "PoolExhausted");
  await resize("a", "10.1.0.0/22");
  expect((await world.bound("second-in-a")).status?.allocatedCIDR).toBe("10.1.1.0/24");
  const whole = ["10.1.0.0/24 Allocated", "10.1.1.0/24 Allocated", "10.1.2.0/23 Allocated"];
  expect(await heldOf("up-a", "a")).toEqual(whole);
  const parent = await world.poolShows("up-a", ({ allocatedCount }) => allocatedCount === 3);
  expect(parent.status).toMatchObject({ freeCount: 252, childPools: { count: 1 } });
  // A block larger than any piece that the pool consists of.
  await world.delete(SUBNET_CLAIMS, "second-in-a");
  await world.claim("large-in-a", "a", { blockSize: 23 });
  expect((await world.bound("large-in-a")).status?.allocatedCIDR).toBe("10.1.2.0/23");
  expect((await world.get(SUBNET_POOL_CLAIMS, "a"))?.status?.phase).toBe("Bound");
  await world.delete(SUBNET_CLAIMS, "large-in-a");
  await world.untilGone(SUBNET_CLAIMS, "large-in-a");
  await resize("a", "10.1.0.0/23");
  await world.poolShows("up-a", ({ allocatedCount }) => allocatedCount === 2);
  expect(await heldOf("up-a", "a")).toEqual(whole.slice(0, 2));
  await resize("a", "10.1.0.0/24");
  await world.poolShows("up-a", ({ allocatedCount, freeCount }) => allocatedCount === 1 && freeCount === 255);
  const after = await world.bound("first-in-a");
  expect(after.status?.subnetRef?.uid).toBe(first.status?.subnetRef?.uid);
  expect((await world.get(SUBNET_POOL_CLAIMS, "a"))?.status?.phase).toBe("Bound");
});

test("PX-04 one block of a grown pool may span all of its pieces", async () => {
  await world.pool("up-span", "10.9.0.0/16");
  await world.pool("span", "10.9.0.0/24", { parentRef: { name: "up-span" } });
  await readyNow("span");
  await resize("span", "10.9.0.0/22");
  await world.claim("all-of-span", "span", { blockSize: 22 });
  expect((await world.bound("all-of-span")).status?.allocatedCIDR).toBe("10.9.0.0/22");
});

test("PX-03 growth that meets another pool reports which, disturbs none, and goes on when the range is free", async () => {
  await world.pool("up-b", "10.2.0.0/16");
  await world.poolClaim("b", "up-b", 24);
  await world.claim("in-b", "b");
  await world.bound("in-b");
  await world.claim("in-the-way", "up-b", { requestedCIDR: "10.2.3.0/24" });
  const holder = (await world.bound("in-the-way")).status?.subnetRef?.name ?? "";
  await resize("b", "10.2.0.0/22");
  // Before, it prints how far it came by then.
  const pool = await saysOf("b", "BlockTaken", "set spec.cidr back to 10.2.0.0/23");
  expect(messageOf(pool)).toContain(holder);
  expect(messageOf(pool)).toContain("10.2.2.0/23");
  await world.recorded(
    ({ reason, regarding, involvedObject }) =>
      reason === "AllocationConflict" &&
      ((involvedObject ?? regarding) as { name?: string } | undefined)?.name === "b",
  );
  await world.claim("new-in-b", "b");
  await world.until(SUBNET_CLAIMS, "new-in-b", (claim) => reasonOf(claim) === "PoolNotReady");
  expect((await world.bound("in-b")).status?.allocatedCIDR).toBe("10.2.0.0/24");
  await world.delete(SUBNET_CLAIMS, "in-the-way");
  await readyNow("b");
  expect((await world.bound("new-in-b")).status?.allocatedCIDR).toBe("10.2.1.0/24");
});

test("PX-03 growth that meets another pool is taken back by setting the range back", async () => {
  await world.pool("up-c", "10.3.0.0/16");
  await world.pool("c", "10.3.0.0/24", { parentRef: { name: "up-c" } });
  await readyNow("c");
  await world.claim("blocks-c", "up-c", { requestedCIDR: "10.3.2.0/24" });
  await world.bound("blocks-c");
  await resize("c", "10.3.0.0/22");
  await saysOf("c", "BlockTaken", "10.3.2.0/24");
  await resize("c", "10.3.0.0/24");
  await readyNow("c");
  // A piece goes after it was marked, and only then is it gone.
  await world.untilAll(
    SUBNETS,
    (all) => [...all.values()].filter(({ spec }) => spec.clusterID === "pool.c").length === 1,
  );
  await world.poolShows("up-c", ({ allocatedCount }) => allocatedCount === 2);
  expect(await heldOf("up-c", "c")).toEqual(["10.3.0.0/24 Allocated"]);
});

test("PX-03 a reserved range that blocks it is named, and growth goes on when it is lifted", async () => {
  await world.pool("up-d", "10.4.0.0/16", { reserved: [{ cidr: "10.4.1.0/28", reason: "routers" }] });
  await world.pool("d", "10.4.0.0/24", { parentRef: { name: "up-d" } });
  await readyNow("d");
  await resize("d", "10.4.0.0/23");
  await saysOf("d", "BlockTaken", "reserved (routers)");
  await world.merge(SUBNET_POOLS, "up-d", { spec: { reserved: [] } });
  await readyNow("d");
});

test("PX-04 a piece that is given back rests in the parent, and growing there again waits for that", async () => {
  await world.pool("up-rest", "10.11.0.0/16", { reuseDelaySeconds: 1 });
  await world.pool("rest", "10.11.0.0/24", { parentRef: { name: "up-rest" } });
  await readyNow("rest");
  await resize("rest", "10.11.0.0/23");
  await readyNow("rest");
  const given = await world.get(SUBNETS, extensionNameFor("up-rest", "rest", "10.11.1.0/24"));
  await resize("rest", "10.11.0.0/24");
  await world.until(SUBNETS, given?.metadata.name ?? "", ({ status }) => status?.phase === "Released");
  await resize("rest", "10.11.0.0/23");
  await saysOf("rest", "BlockPending", "waits for 10.11.1.0/24");
  await readyNow("rest");
  const again = await world.get(SUBNETS, given?.metadata.name ?? "");
  expect(again?.metadata.uid).not.toBe(given?.metadata.uid);
});

test("PX-05 three deep, each waits for the one above it to grow first", async () => {
  await world.pool("top", "10.5.0.0/24");
  await world.pool("middle", "10.5.0.0/24", { parentRef: { name: "top" } });
  await world.pool("bottom", "10.5.0.0/25", { parentRef: { name: "middle" }, defaultBlockSize: 26 });
  await readyNow("bottom");
  await world.claim("deep", "bottom");
  await world.bound("deep");
  await resize("bottom", "10.5.0.0/22");
  await saysOf("bottom", "BlockTaken", "let middle grow first");
  await resize("middle", "10.5.0.0/22");
  await saysOf("middle", "BlockTaken", "let top grow first");
  await saysOf("bottom", "BlockPending", "");
  await resize("top", "10.5.0.0/22");
  await readyNow("top");
  await readyNow("middle");
  await readyNow("bottom");
  expect(await heldOf("top", "middle")).toHaveLength(3);
  await world.claim("deep-2", "bottom", { blockSize: 23 });
  expect((await world.bound("deep-2")).status?.allocatedCIDR).toBe("10.5.2.0/23");
});

test("PS-15 a piece that something lives in outside of the range is kept until that is gone", async () => {
  await world.pool("up-e", "10.6.0.0/16");
  await world.pool("e", "10.6.0.0/24", { parentRef: { name: "up-e" } });
  await readyNow("e");
  await resize("e", "10.6.0.0/23");
  await readyNow("e");
  await world.claim("far-in-e", "e", { requestedCIDR: "10.6.1.0/24" });
  await world.bound("far-in-e");
  await resize("e", "10.6.0.0/24");
  await world.until(SUBNET_POOLS, "e", (pool) =>
    (pool.status?.conditions ?? []).some(({ type, status }) => type === "Consistent" && status === "False"),
  );
  await readyNow("e");
  expect(await heldOf("up-e", "e")).toHaveLength(2);
  await world.delete(SUBNET_CLAIMS, "far-in-e");
  await world.poolShows("up-e", ({ allocatedCount }) => allocatedCount === 1);
  expect(await heldOf("up-e", "e")).toEqual(["10.6.0.0/24 Allocated"]);
});

test("PX-05 a range that was moved away takes and gives back nothing, and reports it", async () => {
  await world.pool("up-f", "10.7.0.0/16");
  await world.pool("f", "10.7.0.0/24", { parentRef: { name: "up-f" } });
  await readyNow("f");
  await resize("f", "10.7.8.0/24");
  await saysOf("f", "BlockDiffers", "holds 10.7.0.0/24 in its parent up-f");
  expect(await heldOf("up-f", "f")).toEqual(["10.7.0.0/24 Allocated"]);
  await resize("f", "10.7.0.0/25");
  await readyNow("f");
});

test("PX-05 a grown child that is deleted gives everything back", async () => {
  await world.pool("up-g", "10.8.0.0/16");
  await world.poolClaim("g", "up-g", 24);
  await readyNow("g");
  await resize("g", "10.8.0.0/20");
  await readyNow("g");
  await world.poolShows("up-g", ({ allocatedCount }) => allocatedCount === 5);
  await world.delete(SUBNET_POOL_CLAIMS, "g");
  await world.untilGone(SUBNET_POOL_CLAIMS, "g");
  await world.poolShows("up-g", ({ allocatedCount, freeCount }) => allocatedCount === 0 && freeCount === 256);
  await world.delete(SUBNET_POOLS, "up-g");
  await world.untilGone(SUBNET_POOLS, "up-g");
});

test("PX-05 any Subnet behind a grown pool that is robbed of its finalizer and deleted is made again", async () => {
  await world.pool("up-h", "10.10.0.0/16");
  await world.poolClaim("h", "up-h", 24);
  await readyNow("h");
  await resize("h", "10.10.0.0/22");
  await readyNow("h");
  const before = await world.list(SUBNETS);
  const behind = before.filter(({ spec }) => spec.clusterID === "pool.h");
  expect(behind).toHaveLength(3);
  for (const { metadata } of behind) {
    await world.delete(SUBNETS, metadata.name);
    await world.merge(SUBNETS, metadata.name, { metadata: { finalizers: null } });
    await world.until(
      SUBNETS,
      metadata.name,
      (subnet) => subnet.metadata.uid !== metadata.uid && subnet.status?.phase === "Allocated",
    );
    await readyNow("h");
  }
  expect(await heldOf("up-h", "h")).toHaveLength(3);
});

test("PX-02 pools without a parent that grow into each other are reported, and both go on", async () => {
  await world.pool("east", "172.30.0.0/24");
  await world.pool("west", "172.30.1.0/24");
  await readyNow("west");
  await resize("east", "172.30.0.0/23");
  await resize("west", "172.30.0.0/23");
  for (const name of ["east", "west"]) {
    await world.until(SUBNET_POOLS, name, (pool) =>
      (pool.status?.conditions ?? []).some(({ type, status }) => type === "Consistent" && status === "False"),
    );
    await world.claim(`in-${name}`, name);
    await world.bound(`in-${name}`);
  }
  await world.delete(SUBNET_CLAIMS, "in-west");
  await resize("east", "172.30.0.0/24");
  await resize("west", "172.30.1.0/24");
  for (const name of ["east", "west"])
    await world.until(SUBNET_POOLS, name, (pool) =>
      (pool.status?.conditions ?? []).some(({ type, status }) => type === "Consistent" && status === "True"),
    );
});

test("PX-02 growth that is cut off between two pieces is carried on by the next operator", async () => {
  const store = createMemoryStore();
  // Not so many requests: one of a leader that was killed arrives late, and makes nothing.
  let mostSubnets = Number.POSITIVE_INFINITY;
  const faults: FaultPlan = ({ method, path }) =>
    method === "POST" && path.endsWith("/subnets") && store.count("plexaubnet.io/subnets") >= mostSubnets
      ? { kind: "refuse", code: 503 }
      : undefined;
  const cut = await FleetWorld.start(store, { faults });
  try {
    const first = await cut.startOperator();
    await cut.pool("up", "10.1.0.0/16");
    await cut.pool("down", "10.1.0.0/24", { parentRef: { name: "up" } });
    await readyNow("down", cut);
    mostSubnets = 3;
    await cut.merge(SUBNET_POOLS, "down", { spec: { cidr: "10.1.0.0/20" } });
    await cut.poolShows("up", ({ allocatedCount }) => allocatedCount === 3);
    expect(await heldOf("up", "down", cut)).toHaveLength(3);
    await cut.stopOperator(first);
    mostSubnets = Number.POSITIVE_INFINITY;
    await cut.startOperator();
    await readyNow("down", cut);
    expect(await heldOf("up", "down", cut)).toHaveLength(5);
    await cut.poolShows("up", ({ allocatedCount, freeCount }) => allocatedCount === 5 && freeCount === 240);
  } finally {
    await cut.stop();
  }
});
