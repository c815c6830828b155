/**
 * A released block rests as long as its pool requires, whichever operator runs meanwhile, and whatever was
 * deleted (PX-04).
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  API_VERSION,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
} from "../../src/api/index.ts";
import type { KubeObject } from "../../src/client/index.ts";
import { systemKernel } from "../../src/kernel/index.ts";
import { NAMESPACES } from "../../src/kube/index.ts";
import {
  findViolations,
  type Operator,
  type OperatorOptions,
  startOperator,
} from "../../src/operator/index.ts";
import { backingSubnetName } from "../../src/operator/view/world.ts";
import { createLogger, RuntimeMetrics } from "../../src/runtime/index.ts";
import { FleetWorld, NAMESPACE, reasonOf } from "./fleet-world.ts";
import { LeapingClock } from "./leaping-clock.ts";

const DELAY_MS = 600_000;
/** Stamps are whole seconds, rounded up. */
const ALL_OF_IT_MS = DELAY_MS + 1_000;
const delayed = { reuseDelaySeconds: DELAY_MS / 1_000 };

const clock = new LeapingClock();
const operators = new Set<Operator>();
let world: FleetWorld;

beforeAll(async () => {
  world = await FleetWorld.start();
  await world.pool("elsewhere", "10.255.0.0/16");
});
afterEach(async () => {
  for (const operator of operators) await stop(operator);
});
afterAll(() => world.stop());

async function operate(more: Partial<OperatorOptions> = {}): Promise<Operator> {
  const operator = await startOperator({
    client: world.newClient(),
    kernel: { ...systemKernel, clock },
    logger: createLogger({ clock, level: "silent" }),
    metrics: new RuntimeMetrics(),
    ...more,
  });
  operators.add(operator);
  return operator;
}

async function stop(operator: Operator): Promise<void> {
  operators.delete(operator);
  await operator.stop();
}

const waits = (name: string, reason: string) =>
  world.until(SUBNET_CLAIMS, name, (claim) => reasonOf(claim) === reason);
const rests = (name: string) => world.until(SUBNETS, name, ({ status }) => status?.phase === "Released");

/** Of a pool of one block, released; another claim waits for it. Returns the Subnet's name. */
async function releasedBlock(pool: string, cidr: string): Promise<string> {
  await world.pool(pool, cidr, delayed);
  await world.claim(`${pool}-a`, pool);
  const { status } = await world.bound(`${pool}-a`);
  const name = status?.subnetRef?.name ?? "";
  await world.claim(`${pool}-b`, pool);
  await waits(`${pool}-b`, "PoolExhausted");
  await world.delete(SUBNET_CLAIMS, `${pool}-a`);
  await rests(name);
  return name;
}

let marker = 0;

/**
 * What the operator had to read when it started has been read: it serves the next claim that comes.
 */
async function servesOthers(): Promise<void> {
  const name = `marker-${marker++}`;
  await world.claim(name, "elsewhere");
  await world.bound(name);
}

/** The claim waits still half a delay after its block was released, and is served when that has rested. */
async function isServedWhenDue(pool: string): Promise<void> {
  await servesOthers();
  expect(reasonOf((await world.get(SUBNET_CLAIMS, `${pool}-b`)) as never)).toBe("PoolExhausted");
  clock.leap(ALL_OF_IT_MS - DELAY_MS / 2);
  await world.bound(`${pool}-b`);
}

describe("who decides may change while a block rests", () => {
  test("PX-04 RQ-07 an operator that starts again lets a block rest for what is left", async () => {
    const first = await operate();
    await releasedBlock("restarts", "10.0.0.0/24");
    await stop(first);
    clock.leap(DELAY_MS / 2);
    await operate();
    await isServedWhenDue("restarts");
  });

  test("PX-04 another replica that takes over knows what rests", async () => {
    const lease = (identity: string, retryPeriodMs: number) => ({
      leaderElection: {
        namespace: NAMESPACE,
        name: "lease",
        identity,
        // Longer than what passes at once here.
        leaseDurationMs: 10 * DELAY_MS,
        renewDeadlineMs: 5 * DELAY_MS,
        retryPeriodMs,
      },
    });
    const leader = await operate(lease("one", DELAY_MS));
    const standby = operate(lease("two", 50));
    await releasedBlock("fails-over", "10.1.0.0/24");
    await stop(leader);
    await standby;
    await servesOthers();
    clock.leap(DELAY_MS / 2);
    await isServedWhenDue("fails-over");
  });

  test("PX-04 a pool whose spec has faults for a while forgets no rest", async () => {
    await operate();
    await releasedBlock("falters", "10.2.0.0/24");
    await world.merge(SUBNET_POOLS, "falters", { spec: { defaultBlockSize: 16 } });
    await waits("falters-b", "PoolNotReady");
    clock.leap(DELAY_MS / 2);
    await world.merge(SUBNET_POOLS, "falters", { spec: { defaultBlockSize: null } });
    await waits("falters-b", "PoolExhausted");
    await isServedWhenDue("falters");
  });
});

describe("who gets a block that rests", () => {
  test("PX-04 the next claim of its identity gets it at once", async () => {
    await operate();
    const name = await releasedBlock("returns", "10.3.0.0/24");
    await world.claim("returns-again", "returns", { clusterID: "returns-a" });
    const { status } = await world.bound("returns-again");
    expect(status).toMatchObject({ allocatedCIDR: "10.3.0.0/24", subnetRef: { name } });
    expect(reasonOf((await world.get(SUBNET_CLAIMS, "returns-b")) as never)).toBe("PoolExhausted");
  });

  test("PX-03 PX-04 a claim for exactly that block reports until when, and gets it then", async () => {
    await operate();
    await releasedBlock("exact", "10.4.0.0/24");
    await world.delete(SUBNET_CLAIMS, "exact-b");
    await world.claim("exact-c", "exact", { requestedCIDR: "10.4.0.0/25" });
    const { status } = await waits("exact-c", "BlockTaken");
    const until = /resting until (\S+)/.exec(status?.message ?? "")?.[1] ?? "";
    expect(Math.abs(Date.parse(until) - clock.now() - DELAY_MS)).toBeLessThan(60_000);
    clock.leap(ALL_OF_IT_MS);
    await world.bound("exact-c");
  });

  test("PX-03 a claim that waited for the block in use learns until when it rests", async () => {
    await operate();
    await world.pool("learns", "10.5.0.0/24", delayed);
    await world.claim("learns-a", "learns");
    await world.bound("learns-a");
    await world.claim("learns-b", "learns", { requestedCIDR: "10.5.0.0/24" });
    await waits("learns-b", "BlockTaken");
    await world.delete(SUBNET_CLAIMS, "learns-a");
    await world.until(SUBNET_CLAIMS, "learns-b", ({ status }) => /resting until/.test(status?.message ?? ""));
  });

  test("PX-04 a Subnet that is deleted while its claim is there does not go, nor rest", async () => {
    await operate();
    await world.pool("robbed", "10.6.0.0/24", delayed);
    await world.claim("robbed-a", "robbed");
    const { status } = await world.bound("robbed-a");
    await world.claim("robbed-b", "robbed");
    await waits("robbed-b", "PoolExhausted");
    const subnetName = status?.subnetRef?.name ?? "";
    await world.delete(SUBNETS, subnetName);
    clock.leap(ALL_OF_IT_MS);
    // What is asked for after it was decided about before.
    await world.claim("robbed-c", "robbed");
    await waits("robbed-c", "PoolExhausted");
    const subnet = (await world.get(SUBNETS, subnetName)) as Subnet;
    expect(subnet.metadata.deletionTimestamp).toBeDefined();
    expect(subnet.status?.phase).toBe("Allocated");
    expect((await world.get(SUBNET_CLAIMS, "robbed-a"))?.status?.phase).toBe("Bound");
    await world.delete(SUBNET_CLAIMS, "robbed-a");
    await world.until(SUBNETS, subnetName, ({ status: after }) => after?.phase === "Released");
    clock.leap(ALL_OF_IT_MS);
    await world.bound("robbed-b");
    await world.delete(SUBNET_CLAIMS, "robbed-c");
  });

  test("PX-04 a Subnet that was made by hand rests as well when it is deleted", async () => {
    const first = await operate();
    await world.pool("hand", "10.7.0.0/24", delayed);
    await world.subnet("by-hand", "hand", "10.7.0.0/24");
    await world.until(SUBNETS, "by-hand", (subnet) => subnet.status?.phase === "Allocated");
    await world.claim("hand-b", "hand");
    await waits("hand-b", "PoolExhausted");
    await world.delete(SUBNETS, "by-hand");
    await rests("by-hand");
    await stop(first);
    clock.leap(DELAY_MS / 2);
    await operate();
    await isServedWhenDue("hand");
    expect(await world.get(SUBNETS, "by-hand")).toBeUndefined();
  });

  test("PX-04 PX-05 the block of a child pool rests in the parent, and the pool claim does not wait for it", async () => {
    await operate();
    await world.pool("parent", "10.8.0.0/22", delayed);
    await world.poolClaim("child", "parent", 22);
    await world.until(SUBNET_POOLS, "child", (pool) => reasonOf(pool) === "Ready");
    await world.claim("parent-b", "parent");
    await waits("parent-b", "PoolExhausted");
    await world.delete(SUBNET_POOL_CLAIMS, "child");
    await world.untilGone(SUBNET_POOL_CLAIMS, "child");
    await world.until(
      SUBNETS,
      backingSubnetName("parent", "child"),
      ({ status }) => status?.phase === "Released",
    );
    // A replica that has just become the leader may see the claim before the end of what it had, and gives it
    // that again.
    const again = await world.steadily(async () => {
      await world.poolClaim("child", "parent", 22);
      return world.until(SUBNET_POOL_CLAIMS, "child", (c) => reasonOf(c) === "DuplicateClusterID");
    });
    expect(again.status?.message).toContain("has the same identity");
    await world.delete(SUBNET_POOL_CLAIMS, "child");
    clock.leap(DELAY_MS / 2);
    await isServedWhenDue("parent");
  });

  test("PX-04 a release whose time lies in the future is over after one delay from now", async () => {
    await operate();
    const name = await releasedBlock("future", "10.9.0.0/24");
    const future = { status: { releasedAt: "2090-01-01T00:00:00Z" } };
    await world.client.patch(SUBNETS, { namespace: NAMESPACE, name }, "merge", future, {
      subresource: "status",
    });
    await world.until(SUBNETS, name, (subnet) => !subnet.status?.releasedAt?.startsWith("2090"));
    clock.leap(ALL_OF_IT_MS);
    await world.bound("future-b");
  });
});

describe("what ends a rest before its time", () => {
  test("PX-04 a delay that is taken away frees the blocks that rest", async () => {
    await operate();
    await releasedBlock("hurries", "10.16.0.0/24");
    await world.merge(SUBNET_POOLS, "hurries", { spec: { reuseDelaySeconds: 0 } });
    const { status } = await world.bound("hurries-b");
    // From now on it goes with its claim.
    await world.delete(SUBNET_CLAIMS, "hurries-b");
    await world.untilGone(SUBNETS, status?.subnetRef?.name ?? "");
  });

  test("PX-04 a delay that comes later holds what was allocated before", async () => {
    await operate();
    await world.pool("slows", "10.17.0.0/24");
    await world.claim("slows-a", "slows");
    const name = (await world.bound("slows-a")).status?.subnetRef?.name ?? "";
    await world.merge(SUBNET_POOLS, "slows", { spec: delayed });
    const isReady = ({ metadata }: Subnet) =>
      metadata.finalizers?.length === 1 && metadata.ownerReferences === undefined;
    await world.until(SUBNETS, name, isReady);
    await world.delete(SUBNET_CLAIMS, "slows-a");
    await rests(name);
  });

  test("PX-05 a pool that is deleted does not wait for the blocks that rest in it", async () => {
    await operate();
    await releasedBlock("goes", "10.18.0.0/24");
    await world.delete(SUBNET_CLAIMS, "goes-b");
    await world.merge(SUBNET_POOLS, "goes", { spec: { cidr: "10.18.0.0/23" } });
    await world.subnet("goes-hand", "goes", "10.18.1.0/24");
    await world.until(SUBNETS, "goes-hand", ({ status }) => status?.phase === "Allocated");
    await world.delete(SUBNETS, "goes-hand");
    await rests("goes-hand");
    await world.delete(SUBNET_POOLS, "goes");
    await world.untilGone(SUBNET_POOLS, "goes");
  });

  test("PX-05 a block in use in a pool that is being deleted will not rest", async () => {
    await operate();
    await world.pool("leaves", "10.20.0.0/24", delayed);
    await world.claim("leaves-a", "leaves");
    await world.bound("leaves-a");
    await world.delete(SUBNET_POOLS, "leaves");
    await world.delete(SUBNET_CLAIMS, "leaves-a");
    await world.untilGone(SUBNET_POOLS, "leaves");
  });

  test("PX-04 a Subnet whose rest a user removes gets it back", async () => {
    await operate();
    await world.pool("steady", "10.21.0.0/24", delayed);
    await world.claim("steady-a", "steady");
    const { status } = await world.bound("steady-a");
    const subnetName = status?.subnetRef?.name ?? "";
    const hasFinalizer = ({ metadata }: Subnet) => metadata.finalizers?.length === 1;
    await world.until(SUBNETS, subnetName, hasFinalizer);
    await world.merge(SUBNETS, subnetName, { metadata: { finalizers: null } });
    await world.until(SUBNETS, subnetName, hasFinalizer);
  });

  test("PX-05 a namespace that is deleted does not wait for the blocks that rest in it", async () => {
    await operate();
    const namespace = "passing";
    const object = (kind: string, name: string, spec: object) =>
      ({ apiVersion: API_VERSION, kind, metadata: { name, namespace }, spec }) as unknown as KubeObject;
    await world.client.create(NAMESPACES, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
    });
    await world.client.create(
      SUBNET_POOLS,
      object("SubnetPool", "p", { cidr: "10.0.0.0/22", ...delayed }) as never,
    );
    for (const name of ["a", "b"])
      await world.client.create(
        SUBNET_CLAIMS,
        object("SubnetClaim", name, { poolRef: "p", clusterID: name }) as never,
      );
    const isBound = async () =>
      (await world.client.list(SUBNET_CLAIMS, { namespace })).items.filter(
        ({ status }) => status?.phase === "Bound",
      ).length;
    await expect.poll(isBound).toBe(2);
    await world.client.delete(SUBNET_CLAIMS, { namespace, name: "a" });
    await world.client.delete(NAMESPACES, { name: namespace });
    const names = async () =>
      (await world.client.list(NAMESPACES, {})).items.map(({ metadata }) => metadata.name);
    await expect.poll(names).not.toContain(namespace);
  });

  test("PX-04 what a pool retained goes when it retains no more", async () => {
    await operate();
    await world.pool("retained", "10.19.0.0/24", { reclaimPolicy: "Retain" });
    await world.claim("retained-a", "retained");
    const name = (await world.bound("retained-a")).status?.subnetRef?.name ?? "";
    await world.claim("retained-b", "retained");
    await waits("retained-b", "PoolExhausted");
    await world.delete(SUBNET_CLAIMS, "retained-a");
    await rests(name);
    await world.merge(SUBNET_POOLS, "retained", { spec: { reclaimPolicy: "Delete" } });
    await world.bound("retained-b");
  });
});

test("PX-02 after a restart a block that is taken over does not lose to a Subnet made by hand", async () => {
  const first = await operate();
  await world.pool("kept", "10.24.0.0/24", { reclaimPolicy: "Retain" });
  await world.claim("kept-a", "kept", { clusterID: "same" });
  const name = (await world.bound("kept-a")).status?.subnetRef?.name ?? "";
  await world.delete(SUBNET_CLAIMS, "kept-a");
  const { metadata } = await rests(name);
  await stop(first);
  const { uid = "" } = (await world.claim("kept-b", "kept", { clusterID: "same" })).metadata;
  await world.merge(SUBNETS, name, { spec: { claimRef: { name: "kept-b", uid } } });
  await world.subnet("kept-hand", "kept", "10.24.0.0/25");
  await operate();
  expect((await world.bound("kept-b")).status?.subnetRef).toEqual({ name, uid: metadata.uid });
  await world.until(SUBNETS, "kept-hand", ({ status }) => status?.phase === "Failed");
});

test("PX-06 when all this is at rest, every block that rests is accounted for", async () => {
  await operate();
  const look = async () => {
    const [pools, poolClaims, claims, subnets] = await Promise.all([
      world.list(SUBNET_POOLS),
      world.list(SUBNET_POOL_CLAIMS),
      world.list(SUBNET_CLAIMS),
      world.list(SUBNETS),
    ]);
    return findViolations({ pools, poolClaims, claims, subnets }, clock.now())
      .filter(({ severity }) => severity === "violation")
      .map(({ invariant, objects, message }) => `${invariant} ${objects[0]}: ${message}`);
  };
  await expect.poll(look).toEqual([]);
});
