import { describe, expect, test } from "vitest";
import { GROUP } from "../../api/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import { allocated, claim, pool, poolClaim, subnet } from "../testing/objects.ts";
import { worldOf } from "../testing/world-of.ts";
import { backingSubnetName, type OperatorWorld } from "../view/world.ts";
import { answerAdmission } from "./admission-review.ts";
import type { AdmissionPolicy } from "./review.ts";

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly message: string };
  readonly warnings?: readonly string[];
}

function ask(
  world: OperatorWorld,
  object: KubeObject,
  old?: KubeObject,
  policy: Partial<AdmissionPolicy> = {},
): Response {
  const request = {
    uid: "7",
    kind: { group: GROUP, version: "v1alpha1", kind: object.kind },
    namespace: object.metadata.namespace,
    operation: old === undefined ? "CREATE" : "UPDATE",
    object,
    oldObject: old ?? null,
  };
  const answer = answerAdmission(
    world,
    { denyOverlappingPools: false, ...policy },
    JSON.stringify({ request }),
  );
  if (!answer.ok) throw new Error(answer.error);
  return (answer.value as { response: Response }).response;
}

const prod = pool("prod", "10.0.0.0/16", { spec: { minBlockSize: 20, maxBlockSize: 26 } });
const world = worldOf(
  prod,
  claim("payments", "prod", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } }),
  subnet("prod-payments", "prod", "10.0.0.0/24", { status: allocated() }),
  pool("child", "10.0.64.0/20", { spec: { parentRef: { name: "prod" } } }),
);

const web = pool("web", "10.0.4.0/24", { spec: { parentRef: { name: "prod" } } });
const nested = worldOf(
  pool("prod", "10.0.0.0/16", { spec: { reserved: [{ cidr: "10.0.7.0/28", reason: "routers" }] } }),
  web,
  subnet(backingSubnetName("prod", "web"), "prod", "10.0.4.0/24", {
    spec: { clusterID: "pool.web" },
    status: allocated(),
  }),
  subnet("next-door", "prod", "10.0.5.0/26", { status: allocated() }),
);

const refused: [string, KubeObject, string][] = [
  ["PX-07 a pool with host bits", pool("x", "10.1.0.1/16"), "10.1.0.0/16"],
  ["PX-07 a pool that is no range", pool("x", "10.1/16"), "spec.cidr"],
  [
    "PX-07 a default size outside the bounds",
    pool("x", "10.1.0.0/16", { spec: { maxBlockSize: 20, defaultBlockSize: 26 } }),
    "spec.defaultBlockSize",
  ],
  [
    "PX-07 a least size above the greatest",
    pool("x", "10.1.0.0/16", { spec: { minBlockSize: 26, maxBlockSize: 20 } }),
    "spec.maxBlockSize",
  ],
  [
    "PX-07 a reservation outside the pool",
    pool("x", "10.1.0.0/16", { spec: { reserved: [{ cidr: "10.2.0.0/24" }] } }),
    "spec.reserved[0].cidr",
  ],
  [
    "PX-07 a pool that is its own parent",
    pool("x", "10.1.0.0/16", { spec: { parentRef: { name: "x" } } }),
    "its own parent",
  ],
  [
    "PX-07 a child outside its parent",
    pool("x", "10.1.0.0/20", { spec: { parentRef: { name: "prod" } } }),
    "outside the parent prod",
  ],
  [
    "PX-07 a claim that asks for a size too large",
    claim("x", "prod", { spec: { blockSize: 8 } }),
    "spec.blockSize",
  ],
  [
    "PX-07 a claim that asks for a block outside",
    claim("x", "prod", { spec: { requestedCIDR: "10.9.0.0/24" } }),
    "spec.requestedCIDR",
  ],
  ["PX-07 a claim of the other family", claim("x", "prod", { spec: { requestedCIDR: "fd00::/64" } }), "IPv6"],
  [
    "PX-07 a claim with a strange clusterID",
    claim("x", "prod", { spec: { clusterID: "Payments!" } }),
    "spec.clusterID",
  ],
  ["PX-07 a Subnet that overlaps another", subnet("x", "prod", "10.0.0.128/25"), "prod-payments"],
  ["PX-07 a Subnet outside its pool", subnet("x", "prod", "10.9.0.0/24"), "outside the pool"],
  ["PX-07 a pool claim larger than the pool", poolClaim("x", "prod", 8), "spec.desiredBlockSize"],
];

describe("what no time can cure is refused, with the field and the cure", () => {
  test.each(refused)("%s", (_name, object, words) => {
    const { uid, allowed, status } = ask(world, object);
    expect({ uid, allowed }).toEqual({ uid: "7", allowed: false });
    expect(status?.message).toContain(words);
  });

  test("PS-15 a shrink that would leave Subnets outside", () => {
    const shrunk = pool("prod", "10.0.128.0/17");
    expect(ask(world, shrunk, prod)).toMatchObject({
      allowed: false,
      status: { message: expect.stringContaining("prod-payments (10.0.0.0/24)") },
    });
  });

  test("PX-07 a child pool that is moved to where it holds nothing", () => {
    const moved = pool("web", "10.0.40.0/24", { spec: { parentRef: { name: "prod" } } });
    expect(ask(nested, moved, web).status?.message).toContain("holds 10.0.4.0/24 in its parent prod");
  });

  test("PX-07 a child pool that grows into a range that is reserved", () => {
    const grown = pool("web", "10.0.4.0/22", { spec: { parentRef: { name: "prod" } } });
    expect(ask(nested, grown, web).status?.message).toContain("remove the reservation");
  });

  test("a cycle of parents", () => {
    const looped = pool("prod", "10.0.0.0/16", { spec: { parentRef: { name: "child" } } });
    expect(ask(world, looped, prod).status?.message).toContain("its own ancestor");
  });

  test("an overlapping pool, where that is asked for", () => {
    const twin = pool("twin", "10.0.0.0/15");
    expect(ask(world, twin, undefined, { denyOverlappingPools: true })).toMatchObject({ allowed: false });
    expect(ask(world, twin)).toMatchObject({ allowed: true, warnings: [expect.stringContaining("prod")] });
  });
});

describe("what time decides is let in", () => {
  test("PX-03 a claim on a pool that is still to come, with a warning", () => {
    expect(ask(world, claim("x", "to-come"))).toMatchObject({
      allowed: true,
      warnings: [expect.stringContaining("to-come")],
    });
  });

  test("PX-03 a claim for a clusterID that is taken, with a warning", () => {
    const twin = claim("x", "prod", { spec: { clusterID: "payments" } });
    expect(ask(world, twin)).toMatchObject({
      allowed: true,
      warnings: [expect.stringContaining("payments")],
    });
  });

  test("PX-03 a claim on a full pool", () => {
    const full = worldOf(
      pool("full", "10.0.0.0/24"),
      subnet("all", "full", "10.0.0.0/24", { status: allocated() }),
    );
    expect(ask(full, claim("x", "full"))).toEqual({ uid: "7", allowed: true });
  });

  test("PS-15 a pool that grows", () => {
    expect(ask(world, pool("prod", "10.0.0.0/15"), prod)).toMatchObject({ allowed: true });
  });

  test("PX-07 a reservation of what is allocated, with a warning that names it", () => {
    const reserved = [{ cidr: "10.0.0.0/20", reason: "routers" }];
    expect(ask(world, pool("prod", "10.0.0.0/16", { spec: { reserved } }), prod)).toEqual({
      uid: "7",
      allowed: true,
      warnings: [
        "spec.reserved: a reserved range overlaps allocated blocks: Subnet prod-payments (10.0.0.0/24): remove the reservation, or release the blocks",
      ],
    });
    const elsewhere = [{ cidr: "10.0.16.0/20" }];
    expect(
      ask(world, pool("prod", "10.0.0.0/16", { spec: { reserved: elsewhere } }), prod).warnings,
    ).toBeUndefined();
  });

  test("PX-07 a child pool that grows, and one that must wait for another block, with a warning", () => {
    const parentRef = { name: "prod" };
    const free = worldOf(
      pool("prod", "10.0.0.0/16"),
      web,
      subnet(backingSubnetName("prod", "web"), "prod", "10.0.4.0/24", { status: allocated() }),
    );
    const grown = pool("web", "10.0.4.0/23", { spec: { parentRef } });
    expect(ask(free, grown, web)).toEqual({ uid: "7", allowed: true });
    expect(ask(nested, grown, web)).toMatchObject({
      allowed: true,
      warnings: [expect.stringContaining("10.0.5.0/26, which is taken by Subnet next-door")],
    });
    expect(ask(nested, pool("web", "10.0.4.0/25", { spec: { parentRef } }), web).allowed).toBe(true);
  });

  test("a Subnet that the operator is creating does not stand in its own way", () => {
    world.spaces.hold("fleet/prod", "fleet/mine", { family: 4, address: 0x0a000800, length: 24 } as never);
    expect(ask(world, subnet("mine", "prod", "10.0.8.0/24")).allowed).toBe(true);
  });

  test("an object with faults whose spec stays as it was can still be labelled and lose its finalizers", () => {
    const broken = pool("x", "10.1/16");
    expect(ask(world, broken, broken).allowed).toBe(true);
    const going = pool("x", "10.1/16", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });
    expect(ask(world, going, pool("x", "10.2/16")).allowed).toBe(true);
  });
});

test("what lies in a namespace that is not served is let in without a word", () => {
  const elsewhere = claim("x", "nowhere", {
    metadata: { namespace: "elsewhere" },
    spec: { blockSize: 24, requestedCIDR: "10.0.9.0/24" },
  });
  expect(ask(world, elsewhere).allowed).toBe(false);
  expect(ask(world, elsewhere, undefined, { namespaces: ["fleet"] })).toEqual({ uid: "7", allowed: true });
  expect(ask(world, claim("x", "nowhere"), undefined, { namespaces: ["fleet"] })).toMatchObject({
    warnings: [expect.stringContaining("nowhere")],
  });
});

test("PX-17 who makes a request that is let in is noted, unless it changes no spec or stores nothing", () => {
  const noted: unknown[] = [];
  const review = (request: object) => {
    const common = { uid: "7", kind: { group: GROUP, kind: "SubnetClaim" }, userInfo: { username: "jane" } };
    const body = JSON.stringify({ request: { ...common, ...request } });
    answerAdmission(world, { denyOverlappingPools: false }, body, (request) => noted.push(request));
  };
  const made = claim("fresh", "prod", { metadata: { uid: "u1", generation: 1 } });
  const later = claim("fresh", "prod", { metadata: { uid: "u1", generation: 2 }, spec: { blockSize: 25 } });
  const refused = claim("fresh", "prod", { metadata: { uid: "u1", generation: 2 }, spec: { blockSize: 9 } });
  review({ operation: "CREATE", object: made });
  review({ operation: "CREATE", object: made, dryRun: true });
  review({ operation: "CREATE", object: made, userInfo: {} });
  review({ operation: "UPDATE", object: made, oldObject: made });
  review({ operation: "UPDATE", object: refused, oldObject: made });
  review({ operation: "UPDATE", object: later, oldObject: made });
  review({ operation: "DELETE", object: null, oldObject: later });
  review({ operation: "DELETE", object: null, oldObject: later, kind: { group: "", kind: "Pod" } });
  expect(noted).toEqual([
    { operation: "CREATE", uid: "u1", generation: 1, user: "jane" },
    { operation: "UPDATE", uid: "u1", generation: 2, user: "jane" },
    { operation: "DELETE", uid: "u1", generation: 0, user: "jane" },
  ]);
});

test("a body that is not an AdmissionReview gets a sentence", () => {
  for (const body of ["", "{}", "null", '{"request":{}}', "[]"]) {
    expect(answerAdmission(world, { denyOverlappingPools: false }, body)).toMatchObject({
      ok: false,
      error: expect.stringContaining("AdmissionReview"),
    });
  }
});
