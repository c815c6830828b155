import { describe, expect, test } from "vitest";
import type { SubnetPool, SubnetPoolStatus } from "../../api/index.ts";
import { readPoolSettings } from "../../api/index.ts";
import type { Decision } from "../../runtime/index.ts";
import { NOW_TEXT, pool } from "../testing/objects.ts";
import { usablePool } from "../testing/usable-pool.ts";
import { decidePoolStatus, MOST_LISTED_BLOCKS, type PoolStatusSnapshot } from "./pool-status.ts";

function snapshot(
  object: SubnetPool,
  more: Partial<PoolStatusSnapshot> = {},
  taken = {},
): PoolStatusSnapshot {
  const settings = readPoolSettings(object);
  return {
    pool: object,
    settings,
    allocatedCount: Object.keys(taken).length,
    accounting: settings.ok ? usablePool(object, taken).space.accounting() : undefined,
    listed: [],
    children: { count: 0, allocatedCount: 0, allocatedAddresses: 0n, capacityAddresses: 0n },
    obstacle: undefined,
    keptBy: undefined,
    inconsistencies: [],
    nowText: NOW_TEXT,
    ...more,
  };
}

function statusOf(decision: Decision): SubnetPoolStatus {
  const patch = decision.actions.find((action) => action.do === "patch-status");
  return patch?.do === "patch-status" ? patch.status : {};
}

function conditionOf(decision: Decision, type: string) {
  return statusOf(decision).conditions?.find((condition) => condition.type === type);
}

const small = pool("prod", "10.0.0.0/22");

describe("the figures of a pool", () => {
  test("PS-10 follow from its range and what is taken", () => {
    const decision = decidePoolStatus(snapshot(small, {}, { a: "10.0.0.0/24" }));
    expect(statusOf(decision)).toMatchObject({
      allocatedCount: 1,
      freeCount: 3,
      utilizationPercent: 25,
      largestFreeBlock: "/23",
      fragmentationPercent: 33.33,
      observedGeneration: 1,
    });
    expect(statusOf(decision).freeCountBySize).toMatchObject({ 22: 0, 23: 1, 24: 3, 25: 6, 32: 768 });
  });

  test("RQ-02 what is reserved is not free", () => {
    const reserving = pool("prod", "10.0.0.0/22", { spec: { reserved: [{ cidr: "10.0.3.0/24" }] } });
    expect(statusOf(decidePoolStatus(snapshot(reserving))).freeCount).toBe(3);
  });

  test("PX-01 an IPv6 pool lists 33 sizes at most, the default among them", () => {
    const sizes = Object.keys(
      statusOf(decidePoolStatus(snapshot(pool("v6", "fd00::/8")))).freeCountBySize ?? {},
    );
    expect(sizes).toHaveLength(33);
    expect(sizes).toContain("64");
  });

  test("PS-05 name its parent, however the pool names it", () => {
    const byLabel = pool("web", "10.0.0.0/22", { metadata: { labels: { "plexaubnet.io/parent": "corp" } } });
    const byReference = pool("web", "10.0.0.0/22", { spec: { parentRef: { name: "corp" } } });
    for (const child of [byLabel, byReference])
      expect(statusOf(decidePoolStatus(snapshot(child))).parent).toBe("corp");
    const orphan = { ...small, status: { parent: "corp" } };
    expect(statusOf(decidePoolStatus(snapshot(orphan))).parent).toBeNull();
  });

  test("PX-06 the list of blocks is cut, and reports it", () => {
    const listed = Array.from({ length: MOST_LISTED_BLOCKS }, (_, i) => ({
      cidr: `10.0.0.${i}/32`,
      clusterID: `c${i}`,
    }));
    const decision = decidePoolStatus(snapshot(small, { listed, allocatedCount: 1000 }));
    expect(statusOf(decision)).toMatchObject({ allocatedCIDRsTruncated: true, allocatedCount: 1000 });
    expect(JSON.stringify(statusOf(decision)).length).toBeLessThan(64 * 1024);
  });

  test("PS-06 a status with the same content is not written, and none carries a time of its own", () => {
    const first = decidePoolStatus(snapshot(small));
    const written = pool("prod", "10.0.0.0/22", { status: statusOf(first) });
    expect(decidePoolStatus(snapshot(written, { nowText: "2026-06-01T00:00:00Z" })).actions).toEqual([]);
  });

  test("a patch holds only what changed", () => {
    const written = pool("prod", "10.0.0.0/22", { status: statusOf(decidePoolStatus(snapshot(small))) });
    const decision = decidePoolStatus(snapshot(written, {}, { a: "10.0.0.0/24" }));
    expect(statusOf(decision)).not.toHaveProperty("conditions");
    expect(statusOf(decision)).not.toHaveProperty("observedGeneration");
  });

  test("a block that is freed leaves the list", () => {
    const listed = [{ cidr: "10.0.0.0/24", clusterID: "a" }];
    const before = statusOf(decidePoolStatus(snapshot(small, { listed }, { a: "10.0.0.0/24" })));
    const decision = decidePoolStatus(snapshot(pool("prod", "10.0.0.0/22", { status: before })));
    expect(statusOf(decision).allocatedCIDRs).toEqual({ "10.0.0.0/24": null });
  });
});

describe("the conditions of a pool", () => {
  test("a spec with faults is not ready, and names field and cure", () => {
    const faulty = pool("prod", "10.0.0.1/22", { spec: {} });
    const decision = decidePoolStatus(snapshot(faulty));
    expect(conditionOf(decision, "Ready")).toMatchObject({
      status: "False",
      message: expect.stringMatching(/spec.cidr.*10.0.0.0\/22/),
    });
    expect(statusOf(decision).freeCount).toBeUndefined();
  });

  test("PS-15 label and reference that contradict each other are reported", () => {
    const torn = pool("prod", "10.0.0.0/22", {
      metadata: { labels: { "plexaubnet.io/parent": "a" } },
      spec: { parentRef: { name: "b" } },
    });
    expect(conditionOf(decidePoolStatus(snapshot(torn)), "Ready")).toMatchObject({
      status: "False",
      reason: "ParentMismatch",
    });
  });

  test("lastTransitionTime moves with the status of a condition, not with its words", () => {
    const first = statusOf(decidePoolStatus(snapshot(small)));
    const later = {
      nowText: "2026-06-01T00:00:00Z",
      obstacle: { reason: "BlockTaken" as const, message: "is taken" },
    };
    const decision = decidePoolStatus(snapshot(pool("prod", "10.0.0.0/22", { status: first }), later));
    expect(conditionOf(decision, "Ready")?.lastTransitionTime).toBe("2026-06-01T00:00:00Z");
    expect(conditionOf(decision, "Exhausted")?.lastTransitionTime).toBe(NOW_TEXT);
  });

  const warningsOf = ({ actions }: Decision) =>
    actions.flatMap((action) =>
      action.do === "emit" && action.event.type === "Warning"
        ? [`${action.event.reason}: ${action.event.message}`]
        : [],
    );

  const overlap = { reason: "PoolOverlap", message: "overlaps: SubnetPool other (10.0.0.0/8)" } as const;
  const outside = {
    reason: "SubnetsOutside",
    message: "Subnets are outside the pool: Subnet a (10.1.0.0/24)",
  } as const;

  test("PX-08 an overlap with another pool is an Event, once", () => {
    const first = decidePoolStatus(snapshot(small, { inconsistencies: [overlap] }));
    expect(warningsOf(first)).toEqual([`PoolOverlap: ${overlap.message}`]);
    const told = pool("prod", "10.0.0.0/22", { status: statusOf(first) });
    const another = { ...overlap, message: `${overlap.message}, SubnetPool third (10.0.0.0/9)` };
    const later = decidePoolStatus(snapshot(told, { inconsistencies: [another] }));
    expect(later.actions.map((action) => action.do)).toEqual(["patch-status"]);
  });

  test("PX-08 Subnets that a shrink leaves outside are an Event, also of a pool that overlaps another", () => {
    expect(warningsOf(decidePoolStatus(snapshot(small, { inconsistencies: [outside] })))).toEqual([
      `ValidationFailed: ${outside.message}`,
    ]);
    const status = statusOf(decidePoolStatus(snapshot(small, { inconsistencies: [overlap] })));
    const told = pool("prod", "10.0.0.0/22", { status });
    const both = decidePoolStatus(snapshot(told, { inconsistencies: [outside, overlap] }));
    expect(warningsOf(both)).toEqual([`ValidationFailed: ${outside.message}; ${overlap.message}`]);
  });

  test("PX-08 a reservation of what is allocated is an Event, once", () => {
    const reserved = {
      reason: "ReservedInUse",
      message: "a reserved range overlaps allocated blocks: Subnet a",
    } as const;
    const first = decidePoolStatus(snapshot(small, { inconsistencies: [reserved] }));
    expect(warningsOf(first)).toEqual([`ValidationFailed: ${reserved.message}`]);
    expect(conditionOf(first, "Consistent")).toMatchObject({ status: "False", reason: "ReservedInUse" });
    const told = { ...small, status: { ...statusOf(first), allocatedCount: 7 } };
    expect(warningsOf(decidePoolStatus(snapshot(told, { inconsistencies: [reserved] })))).toEqual([]);
  });

  test.each([
    ["host bits", { cidr: "10.0.0.1/22" }, /^ValidationFailed: spec\.cidr/],
    ["itself as its parent", { parentRef: { name: "prod" } }, /^ValidationFailed: spec\.parentRef\.name/],
    [
      "a reserved range outside",
      { reserved: [{ cidr: "10.9.0.0/24" }] },
      /^ValidationFailed: spec\.reserved/,
    ],
    [
      "a default size outside its bounds",
      { minBlockSize: 26, maxBlockSize: 28, defaultBlockSize: 30 },
      /^ValidationFailed: spec\.defaultBlockSize/,
    ],
  ])("PX-08 a spec with %s is an Event, once", (_what, spec, expected) => {
    const faulty = pool("prod", "10.0.0.0/22", { spec });
    const first = decidePoolStatus(snapshot(faulty));
    expect(warningsOf(first)).toEqual([expect.stringMatching(expected)]);
    const told = { ...faulty, status: { ...statusOf(first), allocatedCount: 7 } };
    expect(warningsOf(decidePoolStatus(snapshot(told)))).toEqual([]);
  });

  test("PX-08 contradicting parents, and pools in a circle, are an Event", () => {
    const labels = { "plexaubnet.io/parent": "a" };
    const torn = pool("prod", "10.0.0.0/22", { metadata: { labels }, spec: { parentRef: { name: "b" } } });
    expect(warningsOf(decidePoolStatus(snapshot(torn)))).toEqual([
      expect.stringMatching(/^ValidationFailed/),
    ]);
    const obstacle = { reason: "ParentCycle" as const, message: "the pool is its own ancestor" };
    expect(warningsOf(decidePoolStatus(snapshot(small, { obstacle })))).toEqual([
      "ValidationFailed: the pool is its own ancestor",
    ]);
  });

  test("PX-08 a pool that waits for its block emits no Event", () => {
    const obstacle = { reason: "BlockPending" as const, message: "the pool waits for its block" };
    expect(warningsOf(decidePoolStatus(snapshot(small, { obstacle })))).toEqual([]);
  });
});
