/**
 * What was once found by random histories or by reasoning about them, each as the shortest history that shows
 * it.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../src/api/index.ts";
import { FleetWorld, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
});
afterAll(() => world.stop());

const waits = (name: string, reason: string) =>
  world.until(SUBNET_CLAIMS, name, (claim) => reasonOf(claim) === reason);

/** Takes away what keeps a Subnet that is deleted while something stands on it. */
async function rob(subnet: string): Promise<void> {
  await world.delete(SUBNETS, subnet);
  await world.merge(SUBNETS, subnet, { metadata: { finalizers: null } });
}

describe("a wake for space reaches every claim that it can serve (PX-03)", () => {
  test("PX-03 a claim that waits since before a block began to rest is bound when the rest ends", async () => {
    await world.pool("rests", "10.0.0.0/24", { reuseDelaySeconds: 1 });
    await world.claim("rests-first", "rests");
    await world.bound("rests-first");
    await world.claim("rests-next", "rests");
    await waits("rests-next", "PoolExhausted");
    await world.delete(SUBNET_CLAIMS, "rests-first");
    await world.bound("rests-next");
  });

  test("PS-03 the status of a pool shows the end of a rest", async () => {
    await world.pool("recovers", "10.1.0.0/24", { reuseDelaySeconds: 1 });
    await world.claim("recovers", "recovers");
    await world.poolShows("recovers", (status) => status.freeCount === 0);
    await world.delete(SUBNET_CLAIMS, "recovers");
    await world.poolShows("recovers", (status) => status.freeCount === 1);
  });

  test("PX-03 a pool claim that waits for a name does not take the wake of a claim that waits for space", async () => {
    await world.pool("wanted", "10.2.0.0/24");
    await world.pool("name-taken", "10.3.0.0/24");
    await world.claim("wanted-first", "wanted");
    await world.bound("wanted-first");
    await world.poolClaim("name-taken", "wanted", 24);
    await world.until(SUBNET_POOL_CLAIMS, "name-taken", (claim) => reasonOf(claim) === "PoolNameTaken");
    await world.claim("wanted-next", "wanted");
    await waits("wanted-next", "PoolExhausted");
    await world.delete(SUBNET_CLAIMS, "wanted-first");
    await world.bound("wanted-next");
  });

  test("PX-03 a claim with a used identity is served when the holder asks for another identity", async () => {
    await world.pool("renames", "10.4.0.0/24");
    await world.claim("renames-holder", "renames", { clusterID: "same" });
    const held = await world.bound("renames-holder");
    // The holder loses its block to another, and with it the rule that its spec stays as it is.
    await world.merge(SUBNET_POOLS, "renames", { spec: { reserved: [{ cidr: "10.4.0.0/24" }] } });
    await rob(held.status?.subnetRef?.name ?? "");
    await waits("renames-holder", "AllocationLost");
    await world.claim("renames-next", "renames", { clusterID: "same", blockSize: 25 });
    await waits("renames-next", "DuplicateClusterID");
    await world.merge(SUBNET_CLAIMS, "renames-holder", { spec: { clusterID: "other" } });
    await waits("renames-next", "PoolExhausted");
  });
});

describe("pools below pools", () => {
  test("PX-03 PX-05 a hand-made grandchild is ready once everything above it is there", async () => {
    await world.pool("grandchild", "10.8.0.0/24", { parentRef: { name: "middle" } });
    await world.pool("middle", "10.8.0.0/22", { parentRef: { name: "ancestor" } });
    await world.until(SUBNET_POOLS, "middle", (pool) => reasonOf(pool) === "ParentNotFound");
    await world.pool("ancestor", "10.8.0.0/20");
    await world.until(SUBNET_POOLS, "grandchild", (pool) => reasonOf(pool) === "Ready");
  });

  test("PX-03 a circle of three that is opened is reported to all in it", async () => {
    const named = ["round-a", "round-b", "round-c"];
    for (const [i, name] of named.entries())
      await world.pool(name, "10.12.0.0/22", { parentRef: { name: named[(i + 1) % 3] ?? "" } });
    for (const name of named)
      await world.until(SUBNET_POOLS, name, (pool) => reasonOf(pool) === "ParentCycle");
    await world.merge(SUBNET_POOLS, "round-c", { spec: { parentRef: null } });
    for (const name of named) await world.until(SUBNET_POOLS, name, (pool) => reasonOf(pool) === "Ready");
  });

  test("PX-05 an empty child pool that gets another parent gives its block of the former one back", async () => {
    await world.pool("former", "10.16.0.0/20");
    await world.pool("latter", "10.16.0.0/16");
    await world.pool("moves", "10.16.4.0/22", { parentRef: { name: "former" } });
    await world.poolShows("former", (status) => status.freeCount === 12);
    await world.claim("lives", "moves");
    await world.bound("lives");
    await world.merge(SUBNET_POOLS, "moves", { spec: { parentRef: { name: "latter" } } });
    await world.poolShows("latter", (status) => status.allocatedCount === 1);
    // What lives in it is in use, and the former parent must not give it out.
    expect((await world.get(SUBNET_POOLS, "former"))?.status?.freeCount).toBe(12);
    await world.delete(SUBNET_CLAIMS, "lives");
    await world.poolShows("former", (status) => status.freeCount === 16);
  });

  test("PX-05 a pool that a claim made gets its block back when the Subnet behind it is robbed and deleted", async () => {
    await world.pool("stands", "10.20.0.0/20");
    await world.poolClaim("stood-on", "stands", 22);
    await world.until(SUBNET_POOLS, "stood-on", (pool) => reasonOf(pool) === "Ready");
    const [backing] = (await world.list(SUBNETS)).filter(({ spec }) => spec.poolRef === "stands");
    await rob(backing?.metadata.name ?? "");
    const again = await world.until(
      SUBNETS,
      backing?.metadata.name ?? "",
      ({ metadata, status }) => metadata.uid !== backing?.metadata.uid && status?.phase === "Allocated",
    );
    expect(again.spec.cidr).toBe(backing?.spec.cidr);
    await world.until(SUBNET_POOL_CLAIMS, "stood-on", (claim) => reasonOf(claim) === "Bound");
    await world.claim("stands-there", "stood-on");
    await world.bound("stands-there");
  });
});

describe("reclaim policy (PX-04)", () => {
  test("PX-04 what was allocated before the pool retained outlives its claim as well", async () => {
    await world.pool("turns", "10.24.0.0/20");
    await world.claim("turned", "turns");
    const { status } = await world.bound("turned");
    const name = status?.subnetRef?.name ?? "";
    await world.merge(SUBNET_POOLS, "turns", { spec: { reclaimPolicy: "Retain" } });
    await world.until(SUBNETS, name, ({ metadata }) => (metadata.ownerReferences ?? []).length === 0);
    await world.delete(SUBNET_CLAIMS, "turned");
    await world.until(SUBNETS, name, (subnet) => subnet.status?.phase === "Released");
  });

  test("PX-04 a fault in the pool's spec costs no claim the block that is retained", async () => {
    await world.pool("falters", "10.25.0.0/20", { reclaimPolicy: "Retain" });
    await world.claim("kept", "falters");
    const { status } = await world.bound("kept");
    await world.merge(SUBNET_POOLS, "falters", { spec: { defaultBlockSize: 16 } });
    await world.until(SUBNET_POOLS, "falters", (pool) => reasonOf(pool) === "InvalidSpec");
    await world.delete(SUBNET_CLAIMS, "kept");
    const name = status?.subnetRef?.name ?? "";
    await world.until(SUBNETS, name, (subnet) => subnet.status?.phase === "Released");
  });

  test("PX-04 a claim is not bound to a retained block of another size than it asks for", async () => {
    await world.pool("differs", "10.26.0.0/20", { reclaimPolicy: "Retain" });
    await world.claim("differs-1", "differs", { clusterID: "same" });
    const { status } = await world.bound("differs-1");
    const name = status?.subnetRef?.name ?? "";
    await world.delete(SUBNET_CLAIMS, "differs-1");
    await world.until(SUBNETS, name, (subnet) => subnet.status?.phase === "Released");
    await world.claim("differs-2", "differs", { clusterID: "same", blockSize: 22 });
    expect((await waits("differs-2", "DuplicateClusterID")).status?.message).toContain("10.26.0.0/24");
    await world.delete(SUBNETS, name);
    expect((await world.bound("differs-2")).status?.allocatedCIDR).toBe("10.26.0.0/22");
  });
});
