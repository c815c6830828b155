import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNET_POOLS, SUBNETS, type Subnet, type SubnetClaim } from "../../src/api/index.ts";
import { overlaps, parsePrefix } from "../../src/ipam/index.ts";
import { FleetWorld, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
});
afterAll(() => world.stop());

const waits = (name: string, reason: string) =>
  world.until(SUBNET_CLAIMS, name, (claim) => reasonOf(claim) === reason);

describe("each reason goes automatically when its cause goes (PX-03)", () => {
  test("PX-03 PoolNotFound: the pool appears", async () => {
    await world.claim("early", "to-come");
    await waits("early", "PoolNotFound");
    await world.pool("to-come", "10.0.0.0/24");
    await world.bound("early");
  });

  test("PX-03 PoolExhausted: a block is released", async () => {
    await world.pool("full", "10.0.0.0/24");
    await world.claim("has-it", "full");
    await world.bound("has-it");
    await world.claim("wants-it", "full");
    await waits("wants-it", "PoolExhausted");
    await world.delete(SUBNET_CLAIMS, "has-it");
    expect((await world.bound("wants-it")).status?.allocatedCIDR).toBe("10.0.0.0/24");
  });

  test("PX-03 PoolExhausted: the pool grows", async () => {
    await world.pool("tight", "10.1.0.0/24");
    await world.claim("one", "tight");
    await world.bound("one");
    await world.claim("two", "tight");
    await waits("two", "PoolExhausted");
    await world.merge(SUBNET_POOLS, "tight", { spec: { cidr: "10.1.0.0/23" } });
    expect((await world.bound("two")).status?.allocatedCIDR).toBe("10.1.1.0/24");
  });

  test("PX-03 BlockTaken: the blocker is removed", async () => {
    await world.pool("exact", "10.2.0.0/22");
    await world.claim("blocker", "exact", { blockSize: 23 });
    await world.bound("blocker");
    await world.claim("exactly", "exact", { requestedCIDR: "10.2.1.0/24" });
    await waits("exactly", "BlockTaken");
    await world.delete(SUBNET_CLAIMS, "blocker");
    await world.bound("exactly");
  });

  test("PX-03 SizeNotAllowed: the pool allows it", async () => {
    await world.pool("bounded", "10.3.0.0/16", { minBlockSize: 22, maxBlockSize: 24 });
    await world.claim("tiny", "bounded", { blockSize: 28 });
    await waits("tiny", "SizeNotAllowed");
    await world.merge(SUBNET_POOLS, "bounded", { spec: { maxBlockSize: 28 } });
    await world.bound("tiny");
  });

  test("PX-03 Reserved: the reservation is lifted", async () => {
    await world.pool("reserving", "10.4.0.0/16", { reserved: [{ cidr: "10.4.0.0/24", reason: "routers" }] });
    await world.claim("insists", "reserving", { requestedCIDR: "10.4.0.0/24" });
    await waits("insists", "Reserved");
    await world.merge(SUBNET_POOLS, "reserving", { spec: { reserved: null } });
    await world.bound("insists");
  });

  test("PX-03 OutsidePool: the claim is changed", async () => {
    await world.pool("inside", "10.5.0.0/16");
    await world.claim("astray", "inside", { requestedCIDR: "10.6.0.0/24" });
    await waits("astray", "OutsidePool");
    await world.merge(SUBNET_CLAIMS, "astray", { spec: { requestedCIDR: "10.5.0.0/24" } });
    await world.bound("astray");
  });

  test("PX-03 DuplicateClusterID: the holder goes", async () => {
    await world.pool("single", "10.7.0.0/16");
    await world.claim("holder", "single", { clusterID: "same" });
    await world.bound("holder");
    await world.claim("second", "single", { clusterID: "same" });
    expect((await waits("second", "DuplicateClusterID")).status?.message).toContain("holder");
    await world.delete(SUBNET_CLAIMS, "holder");
    await world.bound("second");
  });

  test("PX-03 AllocationLost: the claim gets the same block again", async () => {
    await world.pool("loses", "10.8.0.0/16");
    await world.claim("before", "loses");
    await world.bound("before");
    await world.claim("robbed", "loses");
    const first = await world.bound("robbed");
    const subnetName = first.status?.subnetRef?.name ?? "";
    // Deleted first: on an object that is not, the operator puts its finalizer back.
    await world.delete(SUBNETS, subnetName);
    await world.merge(SUBNETS, subnetName, { metadata: { finalizers: null } });
    const again = await world.until(
      SUBNET_CLAIMS,
      "robbed",
      ({ status }) => status?.phase === "Bound" && status.subnetRef?.uid !== first.status?.subnetRef?.uid,
    );
    expect(again.status?.allocatedCIDR).toBe(first.status?.allocatedCIDR);
  });

  test("PX-04 Retain: a new claim of the same identity gets the same block", async () => {
    await world.pool("keeps", "10.9.0.0/16", { reclaimPolicy: "Retain" });
    await world.claim("other", "keeps");
    await world.bound("other");
    await world.claim("was", "keeps", { clusterID: "payments" });
    const { status } = await world.bound("was");
    await world.delete(SUBNET_CLAIMS, "was");
    await world.until(
      SUBNETS,
      status?.subnetRef?.name ?? "",
      (subnet) => subnet.status?.phase === "Released",
    );
    await world.claim("is", "keeps", { clusterID: "payments" });
    expect((await world.bound("is")).status).toMatchObject({
      allocatedCIDR: status?.allocatedCIDR,
      subnetRef: status?.subnetRef,
    });
  });
});

function expectNoOverlap(subnets: Iterable<Subnet>): void {
  const live = [...subnets].filter((subnet) => subnet.status?.phase === "Allocated");
  const blocks = live.map((subnet) => {
    const parsed = parsePrefix(subnet.spec.cidr);
    if (!parsed.ok) throw new Error(subnet.spec.cidr);
    return parsed.value;
  });
  for (const [i, block] of blocks.entries()) {
    for (const other of blocks.slice(i + 1)) expect(overlaps(block, other)).toBe(false);
  }
}

describe("races (RQ-07)", () => {
  test("RQ-07 PX-02 two hundred claims at once share a pool without overlap and without a gap", async () => {
    await world.pool("burst", "10.16.0.0/16");
    await Promise.all(Array.from({ length: 200 }, (_, i) => world.claim(`burst-${i}`, "burst")));
    await world.poolShows("burst", (status) => status.allocatedCount === 200);
    const subnets = (await world.list(SUBNETS)).filter((subnet) => subnet.spec.poolRef === "burst");
    expectNoOverlap(subnets);
    // Linear allocates the lowest that fits, so two hundred /24s fill the first two hundred places.
    expect(new Set(subnets.map((subnet) => Number(subnet.spec.cidr.split(".")[2]))).size).toBe(200);
    expect(Math.max(...subnets.map((subnet) => Number(subnet.spec.cidr.split(".")[2])))).toBe(199);
  });

  test("RQ-07 a claim that is deleted and made again under one name is bound again", async () => {
    await world.pool("flips", "10.17.0.0/24");
    for (let round = 0; round < 5; round++) {
      await world.claim("flip", "flips");
      await world.bound("flip");
      await world.delete(SUBNET_CLAIMS, "flip");
    }
    await world.poolShows("flips", (status) => status.freeCount === 1 && status.allocatedCount === 0);
  });

  test("RQ-07 a claim that is deleted while it binds leaves nothing behind", async () => {
    await world.pool("brief", "10.18.0.0/20");
    const names = Array.from({ length: 10 }, (_, i) => `brief-${i}`);
    await Promise.all(
      names.map(async (name) => {
        await world.claim(name, "brief");
        await world.delete(SUBNET_CLAIMS, name);
      }),
    );
    await world.untilAll(SUBNETS, (all) =>
      [...all.values()].every((subnet) => subnet.spec.poolRef !== "brief"),
    );
    await world.poolShows("brief", (status) => status.freeCount === 16);
  });

  test("RQ-07 a pool that is deleted while claims bind goes when they have gone", async () => {
    await world.pool("doomed", "10.19.0.0/20");
    await Promise.all([
      ...Array.from({ length: 5 }, (_, i) => world.claim(`doomed-${i}`, "doomed")),
      world.delete(SUBNET_POOLS, "doomed"),
    ]);
    for (let i = 0; i < 5; i++) await world.delete(SUBNET_CLAIMS, `doomed-${i}`);
    await world.untilGone(SUBNET_POOLS, "doomed");
  });
});

test("PX-03 many claims wait for a full pool; each block that is freed serves one, until all are served", async () => {
  await world.pool("queue", "10.24.0.0/22");
  const first = Array.from({ length: 4 }, (_, i) => `queue-${i}`);
  for (const name of first) await world.claim(name, "queue");
  await world.poolShows("queue", (status) => status.allocatedCount === 4);
  const waiting = Array.from({ length: 20 }, (_, i) => `waiting-${i}`);
  await Promise.all(waiting.map((name) => world.claim(name, "queue")));
  const isWaiting = (claim: SubnetClaim) => reasonOf(claim) === "PoolExhausted";
  for (const name of waiting) await world.until(SUBNET_CLAIMS, name, isWaiting);
  // One of those who wait goes away without a word, and must not take a wake with it.
  await world.delete(SUBNET_CLAIMS, "waiting-0");
  const served = new Set<string>(first);
  while (served.size < 23) {
    const claims = await world.untilAll(SUBNET_CLAIMS, (all) =>
      [...served].some((name) => all.get(name)?.status?.phase === "Bound"),
    );
    for (const name of served)
      if (claims.get(name)?.status?.phase === "Bound") await world.delete(SUBNET_CLAIMS, name);
    const after = await world.untilAll(SUBNET_CLAIMS, (all) => {
      const bound = waiting.filter((name) => all.get(name)?.status?.phase === "Bound");
      return bound.length === Math.min(4, waiting.filter((name) => all.has(name)).length);
    });
    for (const name of waiting) if (after.get(name)?.status?.phase === "Bound") served.add(name);
  }
  expect(served.size).toBe(23);
});

test("PX-02 an operator that starts again allocates nothing twice and keeps what is bound", async () => {
  const restarted = await FleetWorld.start();
  try {
    const first = await restarted.startOperator();
    await restarted.pool("prod", "10.0.0.0/16");
    await Promise.all(Array.from({ length: 40 }, (_, i) => restarted.claim(`c-${i}`, "prod")));
    await restarted.bound("c-0");
    await restarted.stopOperator(first);
    // What is not decided yet may still lose its block.
    const decided = (await restarted.list(SUBNETS)).filter(({ status }) => status?.phase === "Allocated");
    const before = new Map(decided.map(({ metadata, spec }) => [metadata.name, spec.cidr]));
    await restarted.startOperator();
    await restarted.poolShows("prod", (status) => status.allocatedCount === 40);
    const after = await restarted.list(SUBNETS);
    expectNoOverlap(after);
    for (const subnet of after) {
      const cidr = before.get(subnet.metadata.name);
      if (cidr !== undefined) expect(subnet.spec.cidr).toBe(cidr);
    }
  } finally {
    await restarted.stop();
  }
});
