/**
 * What an API without our webhooks lets through, and what it does not: every manifest that cannot be right
 * ends in a refusal or in a condition, with a reason, the field and the cure; and disturbs no other.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  API_VERSION,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../src/api/index.ts";
import { ApiError, type KubeObject, type Resource } from "../../src/client/index.ts";
import { FleetWorld, NAMESPACE, reasonOf } from "./fleet-world.ts";

let world: FleetWorld;
beforeAll(async () => {
  world = await FleetWorld.start();
  await world.startOperator();
  await world.pool("good", "10.0.0.0/16", { reserved: [{ cidr: "10.0.255.0/24", reason: "routers" }] });
  await world.pool("full", "10.1.0.0/24");
  await world.claim("has-it", "full");
  await world.bound("has-it");
});
afterAll(() => world.stop());

let made = 0;

/** Whatever the spec: types would not let these through. */
function make<T extends KubeObject>(resource: Resource<T>, spec: object, metadata: object = {}): Promise<T> {
  const name = `bad-${made++}`;
  const object = {
    apiVersion: API_VERSION,
    kind: resource.kind,
    metadata: { name, namespace: NAMESPACE, ...metadata },
    spec,
  };
  return world.client.create(resource, object as unknown as T);
}

type Kind = SubnetPool | SubnetClaim | Subnet | SubnetPoolClaim;

/** The reason and the message of its Ready condition, once there is one that is not True. */
async function complaintOf<T extends Kind>(resource: Resource<T>, spec: object): Promise<string> {
  const { metadata } = await make(resource, spec);
  const isTold = (object: T) => {
    const ready = object.status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.status === "False" && !["PoolNotReady", "BlockPending"].includes(ready.reason);
  };
  const object = await world.until(resource, metadata.name, isTold);
  const ready = object.status?.conditions?.find(({ type }) => type === "Ready");
  return `${ready?.reason}: ${ready?.message}`;
}

async function refusalOf<T extends KubeObject>(resource: Resource<T>, spec: object): Promise<string> {
  try {
    await make(resource, spec);
  } catch (error) {
    if (error instanceof ApiError && error.code === 422) return error.message;
    throw error;
  }
  throw new Error(`it was taken: ${JSON.stringify(spec)}`);
}

describe("the API refuses what is certain to be wrong", () => {
  const cidr = "10.2.0.0/16";
  test.each<[string, object, RegExp]>([
    ["host bits", { cidr: "10.0.0.1/16" }, /spec\.cidr: .*has host bits set: write 10\.0\.0\.0\/16/],
    ["an empty range", { cidr: "" }, /spec\.cidr/],
    [
      "a range that is a word",
      { cidr: "ten" },
      /spec\.cidr: .*ten is not a prefix: write it as 10\.0\.0\.0\/16/,
    ],
    ["digits of another script", { cidr: "10.0.0.0/１６" }, /spec\.cidr/],
    ["a length that IPv4 has not", { cidr: "10.0.0.0/33" }, /spec\.cidr/],
    ["min > max", { cidr, minBlockSize: 26, maxBlockSize: 20 }, /minBlockSize must not be greater/],
    ["a negative size", { cidr, minBlockSize: -1 }, /spec\.minBlockSize/],
    ["a huge size", { cidr, minBlockSize: 2 ** 53 }, /spec\.minBlockSize/],
    ["a size that is a text", { cidr, defaultBlockSize: "24" }, /spec\.defaultBlockSize/],
    [
      "a reserved range outside",
      { cidr, reserved: [{ cidr: "10.3.0.0/24" }] },
      /spec\.reserved: .*inside spec\.cidr/,
    ],
    ["a reserved range of the other family", { cidr, reserved: [{ cidr: "fd00::/64" }] }, /spec\.reserved/],
    ["a reserved range without one", { cidr, reserved: [{ reason: "x" }] }, /spec\.reserved\[0\]\.cidr/],
    ["a negative reuse delay", { cidr, reuseDelaySeconds: -5 }, /spec\.reuseDelaySeconds/],
    ["an unknown strategy", { cidr, strategy: "Random" }, /spec\.strategy: .*Linear/],
    ["a parent without a name", { cidr, parentRef: { name: "" } }, /spec\.parentRef\.name/],
  ])("a pool with %s", async (_, spec, pattern) => {
    expect(await refusalOf(SUBNET_POOLS, spec)).toMatch(pattern);
  });

  test("a pool that is its own parent", async () => {
    const spec = { cidr, parentRef: { name: "selfish" } };
    await expect(make(SUBNET_POOLS, spec, { name: "selfish" })).rejects.toThrow(
      /spec\.parentRef\.name: .*cannot be its own parent: name another pool/,
    );
  });

  test.each<[string, object, RegExp]>([
    ["no pool", { clusterID: "a" }, /spec\.poolRef/],
    ["a name that no pool can have", { poolRef: "x".repeat(300), clusterID: "a" }, /spec\.poolRef/],
    ["an empty clusterID", { poolRef: "good", clusterID: "" }, /spec\.clusterID/],
    ["a clusterID of another script", { poolRef: "good", clusterID: "клас" }, /spec\.clusterID/],
    ["host bits", { poolRef: "good", clusterID: "a", requestedCIDR: "10.0.0.7/24" }, /spec\.requestedCIDR/],
    [
      "a size and a block",
      { poolRef: "good", clusterID: "a", blockSize: 24, requestedCIDR: "10.0.0.0/25" },
      /are mutually exclusive: remove one of them/,
    ],
  ])("a claim with %s", async (_, spec, pattern) => {
    expect(await refusalOf(SUBNET_CLAIMS, spec)).toMatch(pattern);
  });
});

describe("what the API cannot know becomes a reason that names the field and the cure", () => {
  const cidr = "10.4.0.0/16";
  test.each<[string, object, RegExp]>([
    ["a default outside its bounds", { cidr, defaultBlockSize: 12 }, /^InvalidSpec: spec\.defaultBlockSize/],
    ["a default that IPv4 has not", { cidr, defaultBlockSize: 64 }, /^InvalidSpec: [^;]*use 0 to 32$/],
    ["a largest length above its own", { cidr, maxBlockSize: 12 }, /^InvalidSpec: spec\.maxBlockSize/],
    ["a parent that is not there", { cidr, parentRef: { name: "пул" } }, /^ParentNotFound: .*create it/],
    ["a range outside its parent", { cidr: "10.77.0.0/24", parentRef: { name: "good" } }, /10\.0\.0\.0\/16/],
    ["a parent of the other family", { cidr: "fd00::/64", parentRef: { name: "good" } }, /10\.0\.0\.0\/16/],
  ])("a pool with %s", async (_, spec, pattern) => {
    expect(await complaintOf(SUBNET_POOLS, spec)).toMatch(pattern);
  });

  test("a circle of parents", async () => {
    await world.pool("circle-a", "10.5.0.0/16", { parentRef: { name: "circle-b" } });
    await world.pool("circle-b", "10.5.0.0/16", { parentRef: { name: "circle-a" } });
    for (const name of ["circle-a", "circle-b"]) {
      const pool = await world.until(SUBNET_POOLS, name, (object) => reasonOf(object) === "ParentCycle");
      expect(pool.status?.conditions?.[0]?.message).toMatch(/its own ancestor.*name another parent/);
    }
  });

  test("a pool that the label makes its own parent", async () => {
    const labels = { "plexaubnet.io/parent": "labelled" };
    await make(SUBNET_POOLS, { cidr }, { name: "labelled", labels });
    const pool = await world.until(SUBNET_POOLS, "labelled", (object) => reasonOf(object) === "InvalidSpec");
    expect(pool.status?.conditions?.[0]?.message).toContain("cannot be its own parent: name another pool");
  });

  test.each<[string, object, RegExp]>([
    ["larger than the pool", { blockSize: 8 }, /^SizeNotAllowed: spec\.blockSize: .*longer prefix/],
    ["of everything", { blockSize: 0 }, /^SizeNotAllowed: spec\.blockSize/],
    ["longer than an address", { blockSize: 33 }, /^SizeNotAllowed: spec\.blockSize: .*use 0 to 32/],
    ["of the other family", { requestedCIDR: "fd00::/64" }, /^OutsidePool: spec\.requestedCIDR: .*family/],
    ["outside", { requestedCIDR: "10.1.0.0/24" }, /^OutsidePool: spec\.requestedCIDR: .*inside it/],
    [
      "reserved",
      { requestedCIDR: "10.0.255.0/26" },
      /^Reserved: spec\.requestedCIDR: .*\(routers\): request/,
    ],
    ["of no pool", { poolRef: "プール" }, /^PoolNotFound: spec\.poolRef: .*create it, or name another pool/],
    ["of a full pool", { poolRef: "full" }, /^PoolExhausted: .*release a block, or grow the pool/],
    [
      "taken",
      { poolRef: "full", requestedCIDR: "10.1.0.0/25" },
      /^BlockTaken: spec\.requestedCIDR: .*taken by Subnet full-has-it-.*another block/,
    ],
  ])("a claim for a block that is %s", async (what, spec, pattern) => {
    const clusterID = what.replaceAll(" ", "-");
    expect(await complaintOf(SUBNET_CLAIMS, { poolRef: "good", clusterID, ...spec })).toMatch(pattern);
  });

  test.each<[string, object, RegExp]>([
    ["outside", { cidr: "10.9.0.0/24" }, /^OutsidePool: spec\.cidr/],
    ["of the other family", { cidr: "fd00::/64" }, /^OutsidePool: spec\.cidr/],
    ["reserved", { cidr: "10.0.255.0/28" }, /^Reserved: spec\.cidr: .*choose another block/],
    ["of no pool", { poolRef: "none", cidr: "10.0.9.0/24" }, /^PoolNotFound: spec\.poolRef: .*create it/],
  ])("a Subnet that is %s", async (_, spec, pattern) => {
    expect(await complaintOf(SUBNETS, { poolRef: "good", clusterID: "by-hand", ...spec })).toMatch(pattern);
  });

  test.each<[string, object, RegExp]>([
    ["a size larger than the parent", { desiredBlockSize: 8 }, /^SizeNotAllowed: spec\.desiredBlockSize/],
    ["no parent", { parentPoolRef: "none" }, /^PoolNotFound: spec\.parentPoolRef: .*create it/],
    [
      "a template that does not fit",
      { template: { defaultBlockSize: 20 } },
      /^InvalidSpec: spec\.template\.defaultBlockSize: .*choose one inside/,
    ],
  ])("a pool claim with %s", async (_, spec, pattern) => {
    const wanted = { parentPoolRef: "good", desiredBlockSize: 24, ...spec };
    expect(await complaintOf(SUBNET_POOL_CLAIMS, wanted)).toMatch(pattern);
  });
});

describe("what is odd, and right all the same", () => {
  test.each([["-"], ["..."], ["a-"], ["c".repeat(63)]])("PX-03 the clusterID %s", async (clusterID) => {
    const { metadata } = await make(SUBNET_CLAIMS, { poolRef: "good", clusterID });
    await world.bound(metadata.name);
  });

  test("PX-05 a pool whose name is longer than a label may be, and a pool cut out of it", async () => {
    const name = "b".repeat(200);
    await world.pool(name, "10.8.0.0/16");
    await world.claim("in-long", name);
    await world.bound("in-long");
    await world.poolClaim("cut-out", name, 24);
    await world.until(SUBNET_POOL_CLAIMS, "cut-out", ({ status }) => status?.phase === "Bound");
    await world.claim("in-cut-out", "cut-out", { blockSize: 28 });
    await world.bound("in-cut-out");
  });

  test("PX-01 a pool of all addresses, and a claim for all of them", async () => {
    await world.pool("everything", "::/0");
    await world.claim("everything", "everything", { blockSize: 0 });
    expect((await world.bound("everything")).status?.allocatedCIDR).toBe("::/0");
  });

  test.each([
    ["an empty one", {}],
    ["one of empty texts", { name: "", uid: "" }],
    ["one that can be nobody's", { name: "プール/../x", uid: "ü" }],
  ])("a Subnet made by hand with a claimRef: %s", async (_, claimRef) => {
    const cidr = `10.0.${100 + made}.0/24`;
    const { metadata } = await make(SUBNETS, { poolRef: "good", clusterID: "by-hand", cidr, claimRef });
    await world.until(SUBNETS, metadata.name, ({ status }) => status?.phase === "Allocated");
  });

  test("reserved ranges that overlap, and a pool that is reserved throughout", async () => {
    const twice = [{ cidr: "10.6.0.0/24" }, { cidr: "10.6.0.0/25" }, { cidr: "10.6.0.0/24" }];
    await world.pool("reserved-twice", "10.6.0.0/16", { reserved: twice });
    await world.claim("beside", "reserved-twice");
    expect((await world.bound("beside")).status?.allocatedCIDR).toBe("10.6.1.0/24");
    await world.pool("all-reserved", "10.7.0.0/16", { reserved: [{ cidr: "10.7.0.0/16" }] });
    await world.claim("nothing-left", "all-reserved");
    await world.until(SUBNET_CLAIMS, "nothing-left", (claim) => reasonOf(claim) === "PoolExhausted");
  });

  test("conditions that another client put into a status stay", async () => {
    await world.claim("audited", "full");
    const told = await world.until(SUBNET_CLAIMS, "audited", (claim) => reasonOf(claim) === "PoolExhausted");
    const audited = {
      type: "example.com/Audited",
      status: "True",
      reason: "Seen",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const status = { conditions: [...(told.status?.conditions ?? []), audited] };
    const target = { namespace: NAMESPACE, name: "audited" };
    await world.client.patch(SUBNET_CLAIMS, target, "merge", { status }, { subresource: "status" });
    await world.merge(SUBNET_CLAIMS, "audited", { spec: { poolRef: "good" } });
    expect((await world.bound("audited")).status?.conditions).toContainEqual(audited);
  });
});

test("and a client that asks for what is right gets it as ever", async () => {
  await world.claim("sane", "good");
  await world.bound("sane");
  const has = await world.get(SUBNET_CLAIMS, "has-it");
  expect(has?.status).toMatchObject({ phase: "Bound", allocatedCIDR: "10.1.0.0/24" });
});
