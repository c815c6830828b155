/**
 * Whatever deletes the record of a block, the block stays whose it is while that one uses it
 * (`docs/design/0009`).
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
} from "../../src/api/index.ts";
import type { Resource } from "../../src/client/index.ts";
import { NAMESPACES } from "../../src/kube/index.ts";
import { backingSubnetName } from "../../src/operator/view/world.ts";
import { FleetWorld, NAMESPACE, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
});
afterAll(() => world.stop());

const foreground = (resource: Resource, name: string) =>
  world.client.delete(resource, { namespace: NAMESPACE, name }, { propagationPolicy: "Foreground" });
const strip = (resource: Resource, name: string) =>
  world.merge(resource, name, { metadata: { finalizers: null } });
/** In this order: what protects a Subnet that stays is put back. */
async function rob(subnet: string): Promise<void> {
  await world.delete(SUBNETS, subnet);
  await strip(SUBNETS, subnet);
}
const waits = (name: string, reason = "PoolExhausted") =>
  world.until(SUBNET_CLAIMS, name, (claim) => reasonOf(claim) === reason);
const cidrOf = async (name: string) => (await world.get(SUBNET_CLAIMS, name))?.status?.allocatedCIDR;
const subnetOf = (claim: SubnetClaim) => claim.status?.subnetRef?.name ?? "";

/** A company of two /16, a team that has the first of them, and a cluster in it. */
async function team(corp: string, second: number, by: "claim" | "hand"): Promise<string> {
  await world.pool(corp, `10.${second}.0.0/15`, { defaultBlockSize: 16 });
  const name = `${corp}-team`;
  if (by === "claim") await world.poolClaim(name, corp, 16);
  else await world.pool(name, `10.${second}.0.0/16`, { parentRef: { name: corp } });
  await world.claim(`${name}-web`, name);
  await world.bound(`${name}-web`);
  return name;
}

/** Two more claims for a /16: the first gets the other half, the second nothing. */
async function expectHeld(corp: string, second: number): Promise<void> {
  await world.claim(`${corp}-big1`, corp);
  expect((await world.bound(`${corp}-big1`)).status?.allocatedCIDR).toBe(`10.${second + 1}.0.0/16`);
  await world.claim(`${corp}-big2`, corp);
  await waits(`${corp}-big2`);
  expect(await cidrOf(`${corp}-team-web`)).toBe(`10.${second}.0.0/24`);
}

describe("a child pool in which a cluster lives (PX-11)", () => {
  test("PX-11 its pool claim is deleted in the foreground", async () => {
    const name = await team("a", 8, "claim");
    await foreground(SUBNET_POOL_CLAIMS, name);
    await world.until(SUBNET_POOL_CLAIMS, name, (claim) => reasonOf(claim) === "DeletionBlocked");
    await expectHeld("a", 8);
    await world.delete(SUBNET_CLAIMS, `${name}-web`);
    await world.untilGone(SUBNET_POOL_CLAIMS, name);
    await world.bound("a-big2");
  });

  test("PX-11 it was made by hand, and is deleted in the foreground", async () => {
    const name = await team("b", 10, "hand");
    await foreground(SUBNET_POOLS, name);
    await expectHeld("b", 10);
    await world.delete(SUBNET_CLAIMS, `${name}-web`);
    await world.untilGone(SUBNET_POOLS, name);
    await world.bound("b-big2");
  });

  test("PX-11 the Subnet behind it is deleted, and goes with the pool", async () => {
    const name = await team("c", 12, "claim");
    await world.delete(SUBNETS, backingSubnetName("c", name));
    await expectHeld("c", 12);
    // The pool goes on as before.
    await world.claim("c-more", name);
    await world.bound("c-more");
    await world.delete(SUBNET_CLAIMS, "c-more");
    await world.delete(SUBNET_CLAIMS, `${name}-web`);
    await world.poolShows(name, (status) => status.allocatedCount === 0);
    // A pool that is there needs it, though nothing lives in it.
    await world.claim("c-again", name);
    await world.bound("c-again");
    await world.delete(SUBNET_CLAIMS, "c-again");
    await waits("c-big2");
    await world.delete(SUBNET_POOL_CLAIMS, name);
    await world.bound("c-big2");
  });

  test("PX-11 the Subnet behind it is deleted and its finalizer taken away: it is made again", async () => {
    const name = await team("d", 14, "claim");
    const backing = backingSubnetName("d", name);
    const { metadata } = (await world.get(SUBNETS, backing)) as never as { metadata: { uid: string } };
    await world.claim("d-early", "d");
    await world.bound("d-early");
    await world.claim("d-waits", "d");
    await waits("d-waits");
    await rob(backing);
    await world.until(
      SUBNETS,
      backing,
      (subnet) => subnet.metadata.uid !== metadata.uid && subnet.status?.phase === "Allocated",
    );
    await waits("d-waits");
  });

  test("PX-11 pools that name each other as parents hold what lives in them, and stop no operator", async () => {
    const name = await team("p", 44, "hand");
    await world.delete(SUBNETS, backingSubnetName("p", name));
    await strip(SUBNETS, backingSubnetName("p", name));
    await world.merge(SUBNET_POOLS, "p", { spec: { parentRef: { name } } });
    await world.until(SUBNET_POOLS, "p", (pool) => reasonOf(pool) === "ParentCycle");
    await world.merge(SUBNET_POOLS, "p", { metadata: { labels: { "plexaubnet.io/parent": "p" } } });
    await world.merge(SUBNET_POOLS, "p", {
      spec: { parentRef: null },
      metadata: { labels: { "plexaubnet.io/parent": null } },
    });
    await world.until(SUBNET_POOLS, name, (pool) => reasonOf(pool) === "Ready");
    await expectHeld("p", 44);
  });

  test("PX-11 its pool is moved from under what it allocated, and the Subnet behind it is deleted", async () => {
    const name = await team("m", 40, "hand");
    const backing = backingSubnetName("m", name);
    await world.merge(SUBNET_POOLS, name, { spec: { cidr: "10.41.0.0/17" } });
    await world.delete(SUBNETS, backing);
    await world.claim("m-thief", "m", { requestedCIDR: "10.40.0.0/24" });
    await waits("m-thief", "BlockTaken");
    // Without the Subnet behind the pool the one that it allocated holds its block in the parent.
    await strip(SUBNETS, backing);
    await world.until(
      SUBNETS,
      backing,
      ({ spec, status }) => spec.cidr === "10.41.0.0/17" && status !== undefined,
    );
    await world.claim("m-other", "m", { requestedCIDR: "10.40.0.0/25" });
    const other = await waits("m-other", "BlockTaken");
    expect(other.status?.message).toContain("is outside of its pool");
    await world.delete(SUBNET_CLAIMS, "m-thief");
    await world.delete(SUBNET_CLAIMS, `${name}-web`);
    await world.bound("m-other");
  });

  test("PX-11 its finalizer is taken away, so that the pool object is gone: what lived there is held, in whatever pool", async () => {
    const name = await team("e", 16, "hand");
    await world.delete(SUBNET_POOLS, name);
    await strip(SUBNET_POOLS, name);
    await world.untilGone(SUBNET_POOLS, name);
    await expectHeld("e", 16);
    // The Subnet behind it as well.
    const backing = backingSubnetName("e", name);
    await rob(backing);
    await world.claim("e-last", "e", { blockSize: 17 });
    expect((await world.bound("e-last")).status?.allocatedCIDR).toBe("10.16.128.0/17");
    await waits("e-big2");
    // The pool comes back, and cannot have what was allocated since.
    await world.pool(name, "10.16.0.0/17", { parentRef: { name: "e" } });
    await world.until(SUBNETS, backing, ({ status }) => status?.phase === "Allocated");
    await world.bound(`${name}-web`);
  });
});

describe("a claim that is bound (PX-11)", () => {
  test("PX-11 has a finalizer of its own, and is deleted in the foreground", async () => {
    await world.pool("f", "10.20.0.0/24");
    await world.claim("f-a", "f");
    await world.bound("f-a");
    await world.merge(SUBNET_CLAIMS, "f-a", { metadata: { finalizers: ["example.com/cluster-still-up"] } });
    await foreground(SUBNET_CLAIMS, "f-a");
    await world.claim("f-b", "f");
    await waits("f-b");
    expect(await cidrOf("f-a")).toBe("10.20.0.0/24");
    await world.merge(SUBNET_CLAIMS, "f-a", { metadata: { finalizers: [] } });
    expect((await world.bound("f-b")).status?.allocatedCIDR).toBe("10.20.0.0/24");
  });

  test("PX-11 its Subnet is deleted while another claim waits", async () => {
    await world.pool("g", "10.21.0.0/24");
    await world.claim("g-a", "g");
    const bound = await world.bound("g-a");
    await world.claim("g-b", "g");
    await waits("g-b");
    await world.delete(SUBNETS, subnetOf(bound));
    await world.until(SUBNETS, subnetOf(bound), ({ metadata }) => metadata.deletionTimestamp !== undefined);
    await world.claim("g-c", "g");
    await waits("g-c");
    expect((await world.get(SUBNET_CLAIMS, "g-a"))?.status?.phase).toBe("Bound");
    await world.delete(SUBNET_CLAIMS, "g-a");
    // Which of them waited longer, a leader does not know that came later.
    await world.untilAll(SUBNET_CLAIMS, (all) =>
      ["g-b", "g-c"].some((name) => all.get(name)?.status?.phase === "Bound"),
    );
  });

  test("PX-11 all Subnets are deleted, and their finalizers removed: every claim keeps what it had", async () => {
    await world.pool("h", "10.22.0.0/22");
    const names = ["h-0", "h-1", "h-2", "h-3"];
    for (const name of names) await world.claim(name, "h");
    const before = await Promise.all(names.map((name) => world.bound(name)));
    for (const name of ["h-4", "h-5"]) {
      await world.claim(name, "h");
      await waits(name);
    }
    for (const claim of before) {
      await rob(subnetOf(claim));
    }
    for (const { metadata, status } of before) {
      const after = await world.until(
        SUBNET_CLAIMS,
        metadata.name,
        (claim) => reasonOf(claim) === "Bound" && claim.status?.subnetRef?.uid !== status?.subnetRef?.uid,
      );
      expect(after.status?.allocatedCIDR).toBe(status?.allocatedCIDR);
    }
    for (const name of ["h-4", "h-5"]) await waits(name);
  });

  test("PX-11 F5 labels, owner references and records that a client changed are put back", async () => {
    await world.pool("i", "10.23.0.0/16");
    await world.claim("i-a", "i");
    const bound = await world.bound("i-a");
    const owner = {
      apiVersion: "plexaubnet.io/v1alpha1",
      kind: "SubnetClaim",
      name: "i-a",
      uid: "of-another-life",
    };
    await world.merge(SUBNETS, subnetOf(bound), {
      metadata: { labels: { "plexaubnet.io/pool": "corp" }, ownerReferences: [owner] },
    });
    await world.until(
      SUBNETS,
      subnetOf(bound),
      ({ metadata }) =>
        metadata.labels?.["plexaubnet.io/pool"] === "i" && (metadata.ownerReferences ?? []).length === 0,
    );
    await world.merge(SUBNET_CLAIMS, "i-a", { metadata: { labels: { "plexaubnet.io/block": null } } });
    await world.until(
      SUBNET_CLAIMS,
      "i-a",
      ({ metadata }) => metadata.labels?.["plexaubnet.io/block"] === "10.23.0.0_24",
    );
  });

  test("PX-11 is deleted and made again: it gets the block that it had, though a lower one is free", async () => {
    await world.pool("j", "10.24.0.0/16");
    for (const name of ["j-a", "j-b"]) {
      await world.claim(name, "j");
      await world.bound(name);
    }
    // What was released, a process knows that was there.
    await world.steadily(async () => {
      await world.delete(SUBNET_CLAIMS, "j-a");
      await world.delete(SUBNET_CLAIMS, "j-b");
      await world.claim("j-b", "j");
      expect((await world.bound("j-b")).status?.allocatedCIDR).toBe("10.24.1.0/24");
    });
  });

  test("PX-11 F3 a cluster holds a block for each purpose", async () => {
    await world.pool("k", "10.25.0.0/16");
    for (const purpose of ["nodes", "pods"]) {
      await world.claim(`k-${purpose}`, "k", { clusterID: "k", purpose });
      const { status } = await world.bound(`k-${purpose}`);
      const subnet = await world.get(SUBNETS, status?.subnetRef?.name ?? "");
      expect(subnet?.metadata.labels?.["plexaubnet.io/purpose"]).toBe(purpose);
    }
    await world.claim("k-twice", "k", { clusterID: "k", purpose: "pods" });
    await waits("k-twice", "DuplicateClusterID");
    await world.delete(SUBNET_CLAIMS, "k-twice");
  });

  test("PX-11 of a pool that is paused keeps its block, and a new claim waits until it is paused no more", async () => {
    await world.pool("l", "10.26.0.0/16");
    await world.claim("l-old", "l");
    await world.bound("l-old");
    await world.merge(SUBNET_POOLS, "l", { spec: { paused: true } });
    await world.claim("l-new", "l");
    await waits("l-new", "PoolPaused");
    expect(await cidrOf("l-old")).toBe("10.26.0.0/24");
    await world.merge(SUBNET_POOLS, "l", { spec: { paused: false } });
    await world.bound("l-new");
  });
});

test("PX-11 a namespace that is deleted goes, and nothing is left or made again", async () => {
  const namespace = "going";
  await world.client.create(NAMESPACES, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  const make = (kind: string, name: string, spec: object, resource: Resource) =>
    world.client.create(resource, {
      apiVersion: "plexaubnet.io/v1alpha1",
      kind,
      metadata: { name, namespace },
      spec,
    } as never);
  await make("SubnetPool", "p", { cidr: "10.0.0.0/16" }, SUBNET_POOLS);
  await make("SubnetPoolClaim", "team", { parentPoolRef: "p", desiredBlockSize: 20 }, SUBNET_POOL_CLAIMS);
  for (let n = 0; n < 20; n++)
    await make("SubnetClaim", `c${n}`, { poolRef: n % 2 ? "p" : "team", clusterID: `c${n}` }, SUBNET_CLAIMS);
  const isBound = async () => {
    const { items } = await world.client.list(SUBNET_CLAIMS, { namespace });
    return items.every(({ status }) => status?.phase === "Bound");
  };
  await expect.poll(isBound).toBe(true);
  await world.client.delete(NAMESPACES, { name: namespace });
  const isGone = async () => {
    const { items } = await world.client.list(NAMESPACES);
    return !items.some(({ metadata }) => metadata.name === namespace);
  };
  await expect.poll(isGone).toBe(true);
});
