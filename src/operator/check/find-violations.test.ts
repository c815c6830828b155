/** A sound fleet is built by the operator's own decisions; then one thing is broken at a time. */
import { expect, test } from "vitest";
import type { Subnet, SubnetClaim, SubnetPool } from "../../api/index.ts";
import { subnetNameFor } from "../model/subnet-name.ts";
import { claim, NOW_TEXT, pool, subnet } from "../testing/objects.ts";
import {
  boundClaim,
  found,
  heldSubnet,
  NOW_MS,
  protectedPool,
  READY,
  sound,
  withStatuses,
} from "../testing/sound-fleet.ts";
import { backingSubnetName } from "../view/world.ts";
import { findViolations } from "./find-violations.ts";
import { allObjects, type FleetObjects } from "./fleet-objects.ts";

function replaced<T extends { metadata: { name: string } }>(
  list: readonly T[],
  name: string,
  change: (object: T) => T,
): T[] {
  expect(list.map((each) => each.metadata.name)).toContain(name);
  return list.map((each) => (each.metadata.name === name ? change(each) : each));
}

const subnetOfA = subnetNameFor("corp", "a");
const backing = backingSubnetName("corp", "web");

test("a sound fleet has no violation", () => {
  expect(found(sound)).toEqual([]);
});

test("PX-02 overlapping blocks of one pool are found, whichever lies inside the other", () => {
  for (const cidr of ["10.0.0.0/24", "10.0.0.128/25", "10.0.0.0/23"]) {
    const objects = withStatuses({ ...sound, subnets: [...sound.subnets, heldSubnet("corp", "evil", cidr)] });
    expect(found(objects).filter((each) => each.startsWith("overlap:"))).toHaveLength(1);
  }
});

test("PX-02 a block of the parent inside a child pool's range is an overlap, at any depth", () => {
  const inChild = heldSubnet("corp", "evil", "10.0.16.128/25");
  const around = heldSubnet("corp", "evil", "10.0.0.0/19");
  for (const evil of [inChild, around]) {
    const objects = withStatuses({ ...sound, subnets: [...sound.subnets, evil] });
    expect(found(objects).some((each) => each.startsWith("overlap:"))).toBe(true);
  }
});

test("a pool that is filled by one block of its own size overlaps nothing", () => {
  const objects = withStatuses({
    ...sound,
    claims: [boundClaim("a", "corp", "10.0.0.0/24")],
    subnets: [
      heldSubnet("web", "all", "10.0.16.0/20"),
      ...sound.subnets.filter(({ spec }) => spec.poolRef === "corp"),
    ],
  });
  expect(found(objects)).toEqual([]);
});

test("a Failed or undecided Subnet overlaps nothing; a retained one still does", () => {
  const candidate = (status?: Subnet["status"]) => {
    const made = heldSubnet("corp", "late", "10.0.0.0/24");
    const { status: _, ...rest } = made;
    const objects = { ...sound, subnets: [...sound.subnets, status ? { ...made, status } : rest] };
    return found(withStatuses(objects)).filter((each) => each.startsWith("overlap:"));
  };
  expect(candidate()).toEqual([]);
  expect(candidate({ phase: "Failed", observedGeneration: 1 })).toEqual([]);
  expect(candidate({ phase: "Allocated", observedGeneration: 0 })).toEqual([]);
  expect(candidate({ phase: "Released", observedGeneration: 1 })).toHaveLength(1);
});

test("a block outside its pool, or of a pool that is gone", () => {
  const outside = { ...sound, subnets: [...sound.subnets, heldSubnet("corp", "far", "10.9.0.0/24")] };
  expect(found(withStatuses(outside))).toContain(`outside-pool: Subnet ${subnetNameFor("corp", "far")}`);
  const homeless = { ...sound, subnets: [...sound.subnets, heldSubnet("gone", "x", "10.9.0.0/24")] };
  expect(found(homeless)).toContain(`outside-pool: Subnet ${subnetNameFor("gone", "x")}`);
});

test("a Ready child pool that is not its block of the parent", () => {
  const without = { ...sound, subnets: sound.subnets.filter(({ metadata }) => metadata.name !== backing) };
  expect(found(without)).toContain("child-block: SubnetPool web");
  const pools = replaced(sound.pools, "web", (web) => ({
    ...web,
    spec: { ...web.spec, cidr: "10.0.16.0/19" },
  }));
  expect(found({ ...sound, pools })).toContain("child-block: SubnetPool web");
});

test("PX-05 a child pool that grew lies in its pieces, and one of its blocks may span several", () => {
  const piece = heldSubnet("corp", "pool.web", "10.0.0.0/20");
  const extension = {
    ...piece,
    metadata: { ...piece.metadata, name: "piece" },
  };
  const grow = (more: readonly Subnet[], cidr = "10.0.0.0/19") =>
    withStatuses({
      ...sound,
      pools: replaced(sound.pools, "web", (web) => ({ ...web, spec: { ...web.spec, cidr } })),
      poolClaims: sound.poolClaims.map(({ status: _, ...rest }) => rest),
      claims: [],
      subnets: [...sound.subnets.filter(({ metadata }) => metadata.name === backing), ...more],
    });
  const ofBlocks = (objects: FleetObjects) =>
    found(objects).filter((each) => /^(overlap|outside-pool|child-block|stale-block)/.test(each));
  const spanning = heldSubnet("web", "all", "10.0.0.0/19");
  expect(ofBlocks(grow([extension, spanning]))).toEqual([]);
  for (const poolName of ["web", "corp"]) {
    const evil = heldSubnet(poolName, "evil", "10.0.16.0/24");
    expect(ofBlocks(grow([extension, spanning, evil]))).toEqual([`overlap: Subnet ${evil.metadata.name}`]);
  }
  const grown = grow([extension]);
  const torn = { ...grown, subnets: grown.subnets.filter(({ metadata }) => metadata.name !== "piece") };
  expect(ofBlocks(torn)).toEqual(["child-block: SubnetPool web"]);
  expect(ofBlocks(grow([extension], "10.0.16.0/20"))).toEqual(["stale-block: Subnet piece"]);
});

test.each<[string, FleetObjects]>([
  ["no Subnet", { ...sound, subnets: sound.subnets.filter(({ metadata }) => metadata.name !== subnetOfA) }],
  [
    "a Subnet that is not Allocated",
    { ...sound, subnets: replaced(sound.subnets, subnetOfA, ({ status: _, ...rest }) => rest) },
  ],
  [
    "a second Subnet",
    { ...sound, subnets: [...sound.subnets, { ...heldSubnet("corp", "a2", "10.0.9.0/24", "a") }] },
  ],
  [
    "another CIDR",
    {
      ...sound,
      subnets: replaced(sound.subnets, subnetOfA, (s) => ({
        ...s,
        spec: { ...s.spec, cidr: "10.0.1.0/24" },
      })),
    },
  ],
  [
    "another UID",
    {
      ...sound,
      subnets: replaced(sound.subnets, subnetOfA, (s) => ({ ...s, metadata: { ...s.metadata, uid: "new" } })),
    },
  ],
])("a Bound claim with %s", (_, objects) => {
  expect(found(objects)).toContain("bound-claim: SubnetClaim a");
});

test("a Bound pool claim whose pool is gone, or belongs to another claim", () => {
  const gone = { ...sound, pools: sound.pools.filter(({ metadata }) => metadata.name !== "web") };
  expect(found(gone)).toContain("bound-claim: SubnetPoolClaim web");
  const pools = replaced(sound.pools, "web", ({ metadata: { labels: _, ...metadata }, ...rest }) => ({
    ...rest,
    metadata,
  }));
  expect(found({ ...sound, pools })).toContain("bound-claim: SubnetPoolClaim web");
});

test("a block that is held for a claim that is gone", () => {
  const objects = withStatuses({ ...sound, claims: sound.claims.slice(1) });
  expect(found(objects)).toContain(`lost-block: Subnet ${subnetOfA}`);
});

test("a block that is kept for a pool with another parent by now is a warning", () => {
  const held = heldSubnet("corp", "pool.lab", "10.0.64.0/20");
  const objects = withStatuses({
    ...sound,
    pools: [...sound.pools, pool("lab", "10.0.64.0/20", { metadata: protectedPool })],
    subnets: [...sound.subnets, held, heldSubnet("lab", "bench", "10.0.64.0/24")],
  });
  expect(
    findViolations(objects, NOW_MS).map(({ invariant, severity }) => `${severity} ${invariant}`),
  ).toEqual(["warning stale-block", "warning overlapping-pools"]);
});

test("RQ-03 PS-10 each figure of a status that is not the result of a recomputation is named", () => {
  const wrong = (status: Partial<NonNullable<SubnetPool["status"]>>) => {
    const pools = replaced(sound.pools, "corp", (corp) => ({
      ...corp,
      status: { ...corp.status, ...status },
    }));
    return findViolations({ ...sound, pools }, NOW_MS);
  };
  expect(wrong({ freeCount: 7 })).toMatchObject([
    { invariant: "status", message: expect.stringContaining("freeCount is 7 and should be 239") },
  ]);
  expect(wrong({ allocatedCount: 1 })[0]?.message).toContain("allocatedCount is 1 and should be 2");
  expect(wrong({ conditions: [] })[0]?.message).toContain("Ready is missing and should be True (Ready)");
  expect(wrong({ allocatedCIDRs: {} })[0]?.message).toContain("10.0.0.0/24");
});

test("PX-04 a block that rests is accounted for as any other, and is overdue when its time has passed", () => {
  const slow = replaced(sound.pools, "corp", (corp) => ({
    ...corp,
    spec: { ...corp.spec, reuseDelaySeconds: 60 },
  }));
  const name = subnetNameFor("corp", "gone");
  const message =
    "rests until 2026-01-01T00:01:00Z: claim gone is gone, the next one for gone gets this block before that";
  const resting = subnet(name, "corp", "10.0.9.0/24", {
    metadata: heldSubnet("corp", "gone", "10.0.9.0/24", "gone").metadata,
    spec: { clusterID: "gone", claimRef: { name: "gone", uid: "uid-gone" } },
    status: {
      phase: "Released",
      life: `uuid-${name}`.slice(0, 9),
      observedGeneration: 1,
      allocatedAt: NOW_TEXT,
      releasedAt: NOW_TEXT,
      message,
      conditions: [{ ...READY, status: "False", reason: "Released", message }],
    },
  });
  const objects = withStatuses({ ...sound, pools: slow, subnets: [...sound.subnets, resting] });
  const at = (seconds: number) =>
    findViolations(objects, NOW_MS + seconds * 1_000).map(({ invariant }) => invariant);
  expect(at(59)).toEqual([]);
  expect(at(61)).toEqual(["unsettled"]);
  const wrong = replaced(objects.pools, "corp", (corp) => ({
    ...corp,
    status: { ...corp.status, freeCount: 7 },
  }));
  expect(found({ ...objects, pools: wrong })).toEqual(["status: SubnetPool corp"]);
});

test("PX-03 a claim without a reason, and one that could be served", () => {
  const silent = { ...sound, claims: [...sound.claims, claim("c", "corp")] };
  expect(found(silent)).toEqual(["stuck: SubnetClaim c", "unsettled: SubnetClaim c"]);
  const refused = claim("c", "corp", {
    status: {
      observedGeneration: 1,
      phase: "Pending",
      message: "full",
      conditions: [
        {
          type: "Ready",
          status: "False",
          reason: "PoolExhausted",
          message: "full",
          lastTransitionTime: NOW_TEXT,
        },
      ],
    },
  });
  expect(found({ ...sound, claims: [...sound.claims, refused] })).toEqual(["unsettled: SubnetClaim c"]);
});

test("an undecided Subnet is unsettled", () => {
  const objects = withStatuses({
    ...sound,
    subnets: [...sound.subnets, subnet("hand", "corp", "10.0.5.0/24")],
  });
  expect(found(objects)).toEqual(["unsettled: Subnet hand"]);
});

test("unrelated pools that overlap are a warning, once for each pair", () => {
  const other = pool("other", "10.0.128.0/17", { metadata: protectedPool });
  const objects = withStatuses({ ...sound, pools: [...sound.pools, other] });
  expect(findViolations(objects, NOW_MS)).toMatchObject([
    { invariant: "overlapping-pools", severity: "warning", objects: ["SubnetPool corp", "SubnetPool other"] },
  ]);
});

test("pools in a circle are survived, and namespaces are kept apart", () => {
  const circle = ["x", "y"].map((name) =>
    pool(name, "10.50.0.0/24", {
      metadata: protectedPool,
      spec: { parentRef: { name: name === "x" ? "y" : "x" } },
    }),
  );
  const objects = withStatuses({ ...sound, pools: [...sound.pools, ...circle] });
  expect(found(objects)).toEqual([]);
  const elsewhere = allObjects(sound).map((each) => ({
    ...each,
    metadata: { ...each.metadata, namespace: "elsewhere", uid: `${each.metadata.uid}` },
  }));
  const ofKind = <T>(kind: string) => elsewhere.filter((each) => each.kind === kind) as unknown as T[];
  expect(
    found({
      pools: [...sound.pools, ...ofKind<SubnetPool>("SubnetPool")],
      poolClaims: [...sound.poolClaims, ...ofKind<(typeof sound.poolClaims)[0]>("SubnetPoolClaim")],
      claims: [...sound.claims, ...ofKind<SubnetClaim>("SubnetClaim")],
      subnets: [...sound.subnets, ...ofKind<Subnet>("Subnet")],
    }),
  ).toEqual([]);
});

const lostReady = { ...READY, status: "False" as const, reason: "AllocationLost", message: "it is gone" };
test.each<[string, Partial<FleetObjects>]>([
  ["double-promise: SubnetClaim c", { claims: [boundClaim("c", "corp", "10.0.0.128/25")] }],
  ["awaited-block: SubnetClaim d", { claims: [claim("d", "corp", { status: { conditions: [lostReady] } })] }],
  [
    "failed-subnet: Subnet e",
    { subnets: [subnet("e", "corp", "10.0.0.0/25", { status: { phase: "Failed" } })] },
  ],
  [
    "awaited-claim: Subnet f",
    { subnets: [subnet("f", "corp", "10.0.9.0/24", { spec: { claimRef: { name: "x" } } })] },
  ],
  // The object of its pool is missing.
  [
    `overlap: Subnet ${subnetNameFor("gone", "g")}`,
    { subnets: [heldSubnet("gone", "g", "10.0.0.0/25", "g")] },
  ],
])("PX-11 %s", (expected, { claims = [], subnets = [] }) => {
  const objects = { ...sound, claims: [...sound.claims, ...claims], subnets: [...sound.subnets, ...subnets] };
  expect(found(objects)).toContain(expected);
});
