/**
 * Thousands of claims on a pool that is full: each gets to know it, no other waits for it, and a block that
 * is released serves one of them and wakes few. `FULL_POOL_CLAIMS=10000` asks with as many as the number that
 * is promised.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SUBNET_CLAIMS, SUBNETS, type SubnetClaim } from "../../src/api/index.ts";
import { createMemoryStore } from "../../src/apiserver/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { type Operator, startOperator } from "../../src/operator/index.ts";
import { createLogger, RuntimeMetrics } from "../../src/runtime/index.ts";
import { budget } from "../budget.ts";
import { FleetWorld, NAMESPACE, reasonOf } from "./fleet-world.ts";

const WAITING = budget("FULL_POOL_CLAIMS", 1_000, 3_000);
const AT_ONCE = 64;
const TIME_LIMIT_MS = 120_000 + WAITING * 20;

let world: FleetWorld;
let operator: Operator;
const store = createMemoryStore();
const metrics = new RuntimeMetrics();
/** Requests that changed something, by any client; Events of before are written when there is time. */
let writes = 0;

beforeAll(async () => {
  world = await FleetWorld.start(store, {
    faults: ({ method, path }) => {
      if (method !== "GET" && !path.endsWith("/events")) writes++;
      return undefined;
    },
  });
  operator = await startOperator({
    client: world.newClient(),
    kernel: systemKernel,
    logger: createLogger({ clock: systemKernel.clock, level: "silent" }),
    metrics,
  });
  await world.pool("full", "10.0.0.0/28", { defaultBlockSize: 32 });
  await world.pool("other", "10.1.0.0/16");
  for (let i = 0; i < 16; i++) await world.claim(`holds-${i}`, "full");
  await world.poolShows("full", ({ allocatedCount }) => allocatedCount === 16);
});
afterAll(async () => {
  await operator.stop();
  await world.stop();
}, TIME_LIMIT_MS);

const isAnswered = (claim: SubnetClaim) => reasonOf(claim) === "PoolExhausted";

async function reconciles(): Promise<number> {
  const text = await metrics.registry.metrics();
  const lines = text.matchAll(/^controller_runtime_reconcile_total\{[^}]*"SubnetClaim"[^}]*\} (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** All of them, and early among them one for another pool. */
async function claimAll(): Promise<void> {
  let next = 0;
  const claimant = async () => {
    while (next < WAITING) {
      const i = next++;
      if (i === Math.floor(WAITING / 10)) await world.claim("elsewhere", "other");
      await world.claim(`waits-${i}`, "full");
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, claimant));
}

/**
 * How many of the waiting ones were answered between the creation of the claim in the other pool and its
 * Bound.
 */
async function answersBeforeElsewhere(): Promise<number> {
  const { resourceVersion } = (await world.client.list(SUBNET_CLAIMS, { namespace: NAMESPACE })).metadata;
  let answered = 0;
  let atCreation = 0;
  for await (const event of await world.client.watch(SUBNET_CLAIMS, {
    namespace: NAMESPACE,
    resourceVersion,
  })) {
    const claim = event.object as SubnetClaim;
    const isElsewhere = claim.metadata.name === "elsewhere";
    if (isElsewhere && event.type === "ADDED") atCreation = answered;
    if (isElsewhere && claim.status?.phase === "Bound") return answered - atCreation;
    if (event.type === "MODIFIED" && isAnswered(claim)) answered++;
  }
  throw new Error("the watch ended early");
}

/** Resolves when so many claims are as expected; reads each change once, since there are many. */
async function untilCount(count: number, holds: (claim: SubnetClaim) => boolean): Promise<void> {
  const { items, metadata } = await world.client.list(SUBNET_CLAIMS, { namespace: NAMESPACE });
  const found = new Set(items.filter(holds).map((claim) => claim.metadata.name));
  if (found.size >= count) return;
  const from = { namespace: NAMESPACE, resourceVersion: metadata.resourceVersion };
  for await (const event of await world.client.watch(SUBNET_CLAIMS, from)) {
    if (event.type !== "ADDED" && event.type !== "MODIFIED") continue;
    if (holds(event.object as SubnetClaim)) found.add(event.object.metadata.name);
    if (found.size >= count) return;
  }
  throw new Error("the watch ended early");
}

describe(`${WAITING} claims on a pool that is full`, () => {
  test(
    "PX-03 each is Pending and reports why, and a claim in another pool is served meanwhile",
    async () => {
      const between = answersBeforeElsewhere();
      await claimAll();
      await untilCount(WAITING, isAnswered);
      expect((await world.bound("elsewhere")).status?.allocatedCIDR).toBe("10.1.0.0/24");
      // Pools take turns. In one line it would have waited for nearly all of them.
      expect(await between).toBeLessThan(WAITING / 3);
      for (const claim of await world.list(SUBNET_CLAIMS)) {
        if (!claim.metadata.name.startsWith("waits-")) continue;
        expect(claim.status).toMatchObject({
          phase: "Pending",
          message: "pool full has no free /32: release a block, or grow the pool",
          observedGeneration: 1,
        });
      }
    },
    TIME_LIMIT_MS,
  );

  test("PX-06 the pool's status is up to date", async () => {
    const full = await world.poolShows("full", ({ allocatedCount }) => allocatedCount === 16);
    expect(full.status).toMatchObject({ freeCount: 0, utilizationPercent: 100 });
    expect(full.status?.conditions?.find(({ type }) => type === "Exhausted")?.status).toBe("True");
  });

  test(
    "PX-03 a block that is released serves exactly one of them, and wakes no more than a few",
    async () => {
      for (const round of [0, 1, 2]) {
        const before = { writes, reconciles: await reconciles() };
        await world.delete(SUBNET_CLAIMS, `holds-${round}`);
        await untilCount(
          round + 1,
          ({ metadata, status }) => metadata.name.startsWith("waits-") && status?.phase === "Bound",
        );
        await world.poolShows("full", ({ allocatedCount }) => allocatedCount === 16);
        expect((await reconciles()) - before.reconciles).toBeLessThan(20);
        expect(writes - before.writes).toBeLessThan(20);
      }
      const subnets = await world.list(SUBNETS);
      expect(subnets.filter(({ spec }) => spec.poolRef === "full")).toHaveLength(16);
    },
    TIME_LIMIT_MS,
  );

  test("nothing is written at rest, though all of them wait", async () => {
    const { revision } = store;
    // Whatever another pool does wakes none of them.
    await world.claim("elsewhere-too", "other");
    await world.bound("elsewhere-too");
    await world.poolShows("other", ({ allocatedCount }) => allocatedCount === 2);
    const changed = await world.client.list(SUBNET_CLAIMS, { namespace: NAMESPACE });
    const isNew = ({ metadata }: SubnetClaim) => Number(metadata.resourceVersion) > revision;
    expect(changed.items.filter(isNew).map(({ metadata }) => metadata.name)).toEqual(["elsewhere-too"]);
  });
});
