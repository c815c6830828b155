/**
 * What was promised or recorded counts, where other objects are missing or say otherwise
 * (`docs/design/0009`).
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  API_VERSION,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
} from "../../src/api/index.ts";
import type { KubeObject, Resource } from "../../src/client/index.ts";
import { FleetWorld, NAMESPACE, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
});
afterAll(() => world.stop());

const cidrOf = (claim: SubnetClaim) => claim.status?.allocatedCIDR;

/** In the shape that backup tools give it: name, labels and spec. */
async function saved<T extends KubeObject>(resource: Resource<T>, name: string): Promise<T> {
  const { kind, apiVersion, metadata, spec } = (await world.get(resource, name)) as T & { spec: unknown };
  const { labels = {} } = metadata;
  return { kind, apiVersion, metadata: { name, namespace: NAMESPACE, labels }, spec } as unknown as T;
}

test("PX-11 a pool that grew comes back as large as it was, from the record of its claim alone", async () => {
  await world.pool("a", "10.8.0.0/15", { defaultBlockSize: 24 });
  await world.poolClaim("a-team", "a", 24);
  await world.until(SUBNET_POOL_CLAIMS, "a-team", (claim) => reasonOf(claim) === "Bound");
  await world.merge(SUBNET_POOLS, "a-team", { spec: { cidr: "10.8.0.0/22" } });
  const recorded = (claim: KubeObject) => claim.metadata.labels?.["plexaubnet.io/block"] === "10.8.0.0_22";
  await world.until(SUBNET_POOL_CLAIMS, "a-team", recorded);
  const names = ["a-0", "a-1", "a-2"];
  for (const name of names) await world.claim(name, "a-team", { blockSize: 24 });
  const before = await Promise.all(names.map((name) => world.bound(name)));
  const claims = await Promise.all(names.map((name) => saved(SUBNET_CLAIMS, name)));
  const team = await saved(SUBNET_POOL_CLAIMS, "a-team");
  for (const name of names) await world.delete(SUBNET_CLAIMS, name);
  await world.delete(SUBNET_POOL_CLAIMS, "a-team");
  await world.untilGone(SUBNET_POOL_CLAIMS, "a-team");
  await world.client.create(SUBNET_POOL_CLAIMS, team);
  await world.claim("a-new", "a");
  for (const claim of claims) await world.client.create(SUBNET_CLAIMS, claim);
  const after = await Promise.all(names.map((name) => world.bound(name)));
  expect(after.map(cidrOf)).toEqual(before.map(cidrOf));
  expect(cidrOf(await world.bound("a-new"))).toBe("10.8.4.0/24");
});

test("PX-11 a pool claim whose range is another's by now does not say that it is served", async () => {
  await world.pool("b", "10.10.0.0/16", { defaultBlockSize: 16 });
  await world.poolClaim("b-team", "b", 16);
  await world.until(SUBNET_POOL_CLAIMS, "b-team", (claim) => reasonOf(claim) === "Bound");
  const pool = await saved(SUBNET_POOLS, "b-team");
  const claim = await saved(SUBNET_POOL_CLAIMS, "b-team");
  await world.delete(SUBNET_POOL_CLAIMS, "b-team");
  await world.untilGone(SUBNET_POOL_CLAIMS, "b-team");
  await world.claim("b-big", "b");
  await world.bound("b-big");
  await world.client.create(SUBNET_POOLS, pool);
  await world.client.create(SUBNET_POOL_CLAIMS, claim);
  const waits = await world.until(SUBNET_POOL_CLAIMS, "b-team", (each) => reasonOf(each) === "BlockTaken");
  expect(waits.status?.message).toContain("b-b-big");
  await world.delete(SUBNET_CLAIMS, "b-big");
  await world.until(SUBNET_POOL_CLAIMS, "b-team", (each) => reasonOf(each) === "Bound");
});

test("PX-11 a status that a user forged moves nothing, and is put right", async () => {
  await world.pool("c", "10.12.0.0/22");
  for (const name of ["c-0", "c-1", "c-2"]) {
    await world.claim(name, "c");
    await world.bound(name);
  }
  await world.delete(SUBNET_CLAIMS, "c-0");
  const patch = (name: string, status: object | null) =>
    world.client.patch(
      SUBNET_CLAIMS,
      { namespace: NAMESPACE, name },
      "merge",
      { status },
      { subresource: "status" },
    );
  await patch("c-2", { allocatedCIDR: "10.12.1.0/24" });
  await patch("c-1", { phase: null, allocatedCIDR: null, subnetRef: null, conditions: null });
  await world.until(SUBNET_CLAIMS, "c-1", (claim) => cidrOf(claim) === "10.12.1.0/24");
  await world.until(SUBNET_CLAIMS, "c-2", (claim) => cidrOf(claim) === "10.12.2.0/24");
});

test("PX-11 a Subnet that a killed operator left behind goes, although no operator saw its claim go; a restored one stays", async () => {
  await world.pool("g", "10.30.0.0/16", { defaultBlockSize: 24 });
  const left = (name: string, cidr: string) => ({
    apiVersion: API_VERSION,
    kind: SUBNETS.kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { poolRef: "g", cidr, clusterID: name, claimRef: { name, uid: `of-${name}` } },
  });
  await world.client.create(SUBNETS, left("g-restored", "10.30.1.0/24") as Subnet);
  await world.client.create(SUBNETS, left("g-left", "10.30.2.0/24") as Subnet, {
    fieldManager: "plexaubnet-operator",
  });
  await world.untilGone(SUBNETS, "g-left");
  await world.until(SUBNETS, "g-restored", (each) => reasonOf(each) === "AwaitingClaim");
  await world.delete(SUBNETS, "g-restored");
});

test("PX-11 a pool does not go while a claim of it was promised a block, though its Subnet is gone", async () => {
  await world.pool("d", "10.14.0.0/15", { defaultBlockSize: 16 });
  await world.poolClaim("d-team", "d", 16);
  await world.claim("d-a", "d-team", { blockSize: 24 });
  const bound = await world.bound("d-a");
  await world.delete(SUBNET_POOL_CLAIMS, "d-team");
  const subnet = bound.status?.subnetRef?.name ?? "";
  await world.delete(SUBNETS, subnet);
  await world.merge(SUBNETS, subnet, { metadata: { finalizers: null } });
  await world.claim("d-big1", "d");
  expect(cidrOf(await world.bound("d-big1"))).toBe("10.15.0.0/16");
  await world.claim("d-big2", "d");
  await world.until(SUBNET_CLAIMS, "d-big2", (claim) => reasonOf(claim) === "PoolExhausted");
  await world.delete(SUBNET_CLAIMS, "d-a");
  await world.bound("d-big2");
});

test("PX-11 claims that are back before their pools keep their blocks in the pools that are there", async () => {
  await world.pool("e", "10.20.0.0/16", { defaultBlockSize: 24 });
  await world.poolClaim("e-team", "e", 22);
  await world.until(SUBNET_POOL_CLAIMS, "e-team", (claim) => reasonOf(claim) === "Bound");
  await world.poolClaim("e-crew", "e-team", 23);
  await world.until(SUBNET_POOL_CLAIMS, "e-crew", (claim) => reasonOf(claim) === "Bound");
  await world.claim("e-web", "e-crew");
  const before = await world.bound("e-web");
  const [claim, team, crew] = [
    await saved(SUBNET_CLAIMS, "e-web"),
    await saved(SUBNET_POOL_CLAIMS, "e-team"),
    await saved(SUBNET_POOL_CLAIMS, "e-crew"),
  ];
  await world.delete(SUBNET_CLAIMS, "e-web");
  for (const name of ["e-crew", "e-team"]) {
    await world.delete(SUBNET_POOL_CLAIMS, name);
    await world.untilGone(SUBNET_POOL_CLAIMS, name);
  }
  await world.client.create(SUBNET_CLAIMS, claim);
  await world.until(SUBNET_CLAIMS, "e-web", (each) => reasonOf(each) === "PoolNotFound");
  await world.claim("e-new", "e", { requestedCIDR: cidrOf(before) ?? "" });
  // The Subnet behind the team may be on its way out yet.
  await world.until(
    SUBNET_CLAIMS,
    "e-new",
    (each) => each.status?.message?.includes("kept for SubnetClaim e-web") === true,
  );
  // It is not known yet that the crew belongs to the team: its claim shows it.
  await world.client.create(SUBNET_POOL_CLAIMS, team);
  await world.client.create(SUBNET_POOL_CLAIMS, crew);
  expect(cidrOf(await world.bound("e-web"))).toBe(cidrOf(before));
});

test("PX-11 a forged decision about a Subnet that could not be decided is not made ours", async () => {
  await world.pool("f", "10.22.0.0/22");
  await world.claim("f-web", "f", { requestedCIDR: "10.22.0.0/24" });
  await world.bound("f-web");
  await world.subnet("f-forged", "f-missing", "10.22.0.0/24");
  await world.until(SUBNETS, "f-forged", (subnet) => reasonOf(subnet) === "PoolNotFound");
  const status = { phase: "Allocated" };
  await world.client.patch(
    SUBNETS,
    { namespace: NAMESPACE, name: "f-forged" },
    "merge",
    { status },
    { subresource: "status" },
  );
  await world.claim("f-more", "f");
  expect(cidrOf(await world.bound("f-more"))).toBe("10.22.1.0/24");
  expect((await world.get(SUBNETS, "f-forged"))?.status?.life).toBeUndefined();
  await world.delete(SUBNETS, "f-forged");
  await world.untilGone(SUBNETS, "f-forged");
});
