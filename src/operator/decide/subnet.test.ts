import { describe, expect, test } from "vitest";
import type { SubnetStatus } from "../../api/index.ts";
import { type Decision, request } from "../../runtime/index.ts";
import { allocated, NAMESPACE, NOW_TEXT, pool, subnet } from "../testing/objects.ts";
import { usablePool } from "../testing/usable-pool.ts";
import type { ClaimStanding } from "./standing.ts";
import { type ConflictingSubnet, decideSubnet, type SubnetSnapshot } from "./subnet.ts";

const prod = usablePool(
  pool("prod", "10.0.0.0/16", { spec: { reserved: [{ cidr: "10.0.255.0/24", reason: "routers" }] } }),
);

function snapshot(more: Partial<SubnetSnapshot> = {}): SubnetSnapshot {
  return {
    subnet: subnet("a", "prod", "10.0.0.0/24", { metadata: { resourceVersion: "20" } }),
    ticket: "20",
    pool: prod,
    conflicts: [],
    managed: false,
    policy: { retains: false, delayMs: 0 },
    isUnused: false,
    standing: { kind: "nothing" },
    poolRequest: request(NAMESPACE, "prod"),
    nowMs: Date.parse(NOW_TEXT),
    nowText: NOW_TEXT,
    jitterMs: 0,
    ...more,
  };
}

/** What a Subnet has that serves a claim. */
const served = {
  finalizers: ["plexaubnet.io/subnet-protection"],
  labels: { "plexaubnet.io/pool": "prod", "plexaubnet.io/cluster-id": "a" },
};

function standing(more: Partial<ClaimStanding>): ClaimStanding {
  return {
    kind: "claim",
    name: "payments",
    uid: "uid-payments",
    claim: "lives",
    isNameFree: false,
    ...more,
  };
}

function statusOf(decision: Decision): Partial<SubnetStatus> {
  const patch = decision.actions.find((action) => action.do === "patch-status");
  return patch?.do === "patch-status" ? patch.status : {};
}

/** As the API server notes a creation. */
const writtenByOperator = {
  manager: "plexaubnet-operator",
  operation: "Update",
  time: "2026-01-01T00:00:00Z",
  fieldsV1: { "f:spec": { "f:cidr": {} } },
};

const conflict = (more: Partial<ConflictingSubnet>): ConflictingSubnet => ({
  name: "b",
  allocated: false,
  ticket: "10",
  ...more,
});

test("PX-05 its pool is protected before it is allocated, if that was not done yet", () => {
  const poolObject = pool("prod", "10.0.0.0/16");
  const { actions } = decideSubnet(snapshot({ poolObject }));
  expect(actions.map((action) => action.do).slice(0, 2)).toEqual(["patch", "patch-status"]);
  expect(actions[0]).toMatchObject({
    of: poolObject,
    patch: { metadata: { finalizers: ["plexaubnet.io/pool-protection"] } },
  });
  const finalizers = ["plexaubnet.io/pool-protection"];
  const isProtected = pool("prod", "10.0.0.0/16", { metadata: { finalizers } });
  const again = decideSubnet(snapshot({ poolObject: isProtected }));
  expect(again.actions[0]?.do).toBe("patch-status");
});

describe("one that another operator allocated (PX-02)", () => {
  const given = subnet("a", "prod", "10.0.0.0/24", { status: { phase: "Allocated", allocatedAt: "then" } });

  test("PX-02 is decided as any other, and keeps the time at which it was allocated", () => {
    const decision = decideSubnet(snapshot({ subnet: given }));
    expect(statusOf(decision)).toMatchObject({ observedGeneration: 1 });
    expect(statusOf(decision)).not.toHaveProperty("allocatedAt");
  });

  test("PX-02 waits, without a write, for one that is not decided yet and will lose to it", () => {
    const open = conflict({ ticket: undefined, defers: true });
    const decision = decideSubnet(snapshot({ subnet: given, ticket: undefined, conflicts: [open] }));
    expect(decision).toMatchObject({ verdict: "blocked", actions: [] });
    expect(decision.verdict === "blocked" && decision.until).toContainEqual(
      expect.objectContaining({ value: `${NAMESPACE}/b` }),
    );
  });

  test("PX-02 loses to one that does not yield", () => {
    const conflicts = [
      conflict({ ticket: undefined, defers: true }),
      conflict({ name: "c", allocated: true }),
    ];
    const decision = decideSubnet(snapshot({ subnet: given, ticket: undefined, conflicts }));
    expect(statusOf(decision)).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("Subnet c"),
    });
  });

  test("PX-03 is not taken back while its pool is not ready", () => {
    const pool = { state: "not-ready", reason: "InvalidSpec", message: "has faults" } as const;
    expect(decideSubnet(snapshot({ subnet: given, pool }))).toMatchObject({
      verdict: "blocked",
      actions: [],
    });
  });
});

describe("the allocation protocol (PX-02)", () => {
  test("PX-02 a Subnet without a conflicting Subnet is allocated, on the state that was decided on", () => {
    const decision = decideSubnet(snapshot());
    expect(statusOf(decision)).toMatchObject({
      phase: "Allocated",
      allocatedAt: NOW_TEXT,
      observedGeneration: 1,
    });
    expect(decision.actions).toContainEqual(
      expect.objectContaining({
        do: "patch-status",
        of: expect.objectContaining({ metadata: expect.objectContaining({ resourceVersion: "20" }) }),
      }),
    );
  });

  test.each([
    ["PX-02 an earlier ticket wins", conflict({ ticket: "19" }), "Failed"],
    ["PX-02 a later ticket loses", conflict({ ticket: "21" }), "Allocated"],
    ["PX-02 tickets compare as numbers, not as text", conflict({ ticket: "9" }), "Failed"],
    ["PX-02 an unknown ticket of the other counts as earlier", conflict({ ticket: undefined }), "Failed"],
    [
      "PX-02 one that is allocated was first, whatever its ticket",
      conflict({ allocated: true, ticket: "99" }),
      "Failed",
    ],
  ])("%s", (_name, other, phase) => {
    expect(statusOf(decideSubnet(snapshot({ conflicts: [other] }))).phase).toBe(phase);
  });

  test("PX-02 an unknown ticket of its own loses to whatever overlaps", () => {
    const decision = decideSubnet(snapshot({ ticket: undefined, conflicts: [conflict({ ticket: "99" })] }));
    expect(statusOf(decision)).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("Subnet b"),
    });
  });

  test("PX-02 an unknown ticket of its own does no harm where nothing overlaps", () => {
    expect(statusOf(decideSubnet(snapshot({ ticket: undefined }))).phase).toBe("Allocated");
  });

  test("a failed Subnet comes back as a candidate, not as allocated, when nothing overlaps any more", () => {
    const failed = subnet("a", "prod", "10.0.0.0/24", { status: { phase: "Failed", observedGeneration: 1 } });
    expect(decideSubnet(snapshot({ subnet: failed, jitterMs: 700 }))).toMatchObject({
      verdict: "again",
      afterMs: 700,
      actions: [],
    });
    expect(statusOf(decideSubnet(snapshot({ subnet: failed }))).phase).toBe("Pending");
  });

  test("a failed Subnet stays failed while anything live overlaps, even with a later ticket", () => {
    const failed = subnet("a", "prod", "10.0.0.0/24", { status: { phase: "Failed", observedGeneration: 1 } });
    const decision = decideSubnet(snapshot({ subnet: failed, conflicts: [conflict({ ticket: "99" })] }));
    expect(decision.verdict).toBe("blocked");
    expect(statusOf(decision).phase).toBeUndefined();
  });

  test("PX-02 a failed Subnet that waits for another to be decided is left as it is, and is given no reason of its own", () => {
    const failed = subnet("a", "prod", "10.0.0.0/24", { status: { phase: "Failed", observedGeneration: 1 } });
    const open = conflict({ defers: true });
    const decision = decideSubnet(snapshot({ subnet: failed, conflicts: [open] }));
    expect(decision).toMatchObject({ verdict: "blocked", actions: [] });
  });

  test("a failed Subnet that a claim made is left for the claim to replace", () => {
    const failed = subnet("a", "prod", "10.0.0.0/24", { status: { phase: "Failed", observedGeneration: 1 } });
    expect(decideSubnet(snapshot({ subnet: failed, managed: true })).actions).toEqual([]);
  });

  test("a Subnet whose spec changed after it was decided is decided again", () => {
    const changed = subnet("a", "prod", "10.0.4.0/24", { metadata: { generation: 2 }, status: allocated() });
    expect(
      statusOf(decideSubnet(snapshot({ subnet: changed, conflicts: [conflict({ ticket: "10" })] }))).phase,
    ).toBe("Failed");
  });

  test("PS-06 an allocated Subnet is written no more", () => {
    const decided = subnet("a", "prod", "10.0.0.0/24", { status: allocated({ life: "uuid-a" }) });
    expect(decideSubnet(snapshot({ subnet: decided })).actions).toEqual([]);
  });
});

describe("what a hand-made Subnet must keep to", () => {
  test.each([
    ["outside the pool", "10.1.0.0/24", "OutsidePool"],
    ["of the other family", "fd00::/64", "OutsidePool"],
    ["with host bits", "10.0.0.1/24", "NotAligned"],
    ["no prefix at all", "10.0/24", "InvalidSpec"],
    ["within what the pool reserves", "10.0.255.128/25", "Reserved"],
    ["around what the pool reserves", "10.0.254.0/23", "Reserved"],
  ])("%s → Failed", (_name, cidr, reason) => {
    const decision = decideSubnet(snapshot({ subnet: subnet("a", "prod", cidr) }));
    expect(decision.counts).toBeUndefined();
    expect(statusOf(decision)).toMatchObject({ phase: "Failed", conditions: [{ reason }] });
    expect(decision.verdict).toBe("blocked");
  });

  test("PX-08 one that loses its block to another is counted as a conflict", () => {
    const decision = decideSubnet(snapshot({ conflicts: [conflict({ allocated: true })] }));
    expect(statusOf(decision)).toMatchObject({ phase: "Failed", conditions: [{ reason: "Overlap" }] });
    expect(decision.counts).toBe("allocation-conflict");
  });

  test("without a pool it stays a candidate and waits", () => {
    const decision = decideSubnet(snapshot({ pool: { state: "missing" } }));
    expect(statusOf(decision)).toMatchObject({ phase: "Pending", conditions: [{ reason: "PoolNotFound" }] });
    expect(decision.verdict).toBe("blocked");
  });
});

describe("a Subnet whose claim is gone", () => {
  const decided = subnet("a", "prod", "10.0.0.0/24", {
    spec: { claimRef: { name: "payments", uid: "uid-payments" } },
    metadata: served,
    status: allocated({ life: "uuid-a" }),
  });
  const gone = standing({ claim: "gone" });
  const policy = { retains: true, delayMs: 0 };
  const letsGo = (decision: Decision) =>
    expect(decision.actions.map((action) => action.do)).toEqual(["confirm-gone", "patch", "delete"]);

  test.each([
    undefined,
    "Pending",
  ] as const)("PX-11 is kept for it when it was not allocated in this life (phase %s)", (phase) => {
    const early = { ...decided, status: phase && { phase, observedGeneration: 1 } } as typeof decided;
    const decision = decideSubnet(snapshot({ subnet: early, policy, standing: gone }));
    expect(decision.verdict).toBe("blocked");
    expect(decision.actions.map((action) => action.do)).toEqual(["patch-status", "emit"]);
    expect(statusOf(decision).conditions?.[0]).toMatchObject({ reason: "AwaitingClaim" });
  });

  test("PX-11 a decision of another life is none", () => {
    const restored = { ...decided, status: allocated({ life: "uuid-b" }) };
    const decision = decideSubnet(snapshot({ subnet: restored, standing: gone }));
    expect(statusOf(decision)).toMatchObject({ phase: "Pending" });
  });

  test("PX-11 goes when an operator made it for a claim that is gone, and that operator died", () => {
    const early = { ...decided, status: { phase: "Pending" } } as const;
    const created = { creationTimestamp: "2026-01-01T00:00:00Z", managedFields: [writtenByOperator] };
    const made = { ...early, metadata: { ...early.metadata, ...created } };
    letsGo(decideSubnet(snapshot({ subnet: made, policy, standing: gone })));
  });

  test("PX-04 is retained still when the claim that took it over is gone before it was decided", () => {
    const adopted = {
      ...decided,
      status: { phase: "Released", life: "uuid-a", observedGeneration: 0 },
    } as const;
    const decision = decideSubnet(snapshot({ subnet: adopted, policy, standing: gone }));
    expect(statusOf(decision)).toMatchObject({ observedGeneration: 1, releasedAt: NOW_TEXT });
    expect(statusOf(decision).phase).toBeUndefined();
  });

  test("PX-04 is retained when the pool's policy is Retain, after the API confirmed that the claim is gone", () => {
    const decision = decideSubnet(snapshot({ subnet: decided, policy, standing: gone }));
    expect(decision.actions[0]).toMatchObject({ do: "confirm-gone", name: "payments", uid: "uid-payments" });
    expect(statusOf(decision)).toMatchObject({ phase: "Released", releasedAt: NOW_TEXT });
  });

  test("PX-04 goes where the pool deletes, and what protects it comes off first", () => {
    letsGo(decideSubnet(snapshot({ subnet: decided, standing: gone })));
  });
});

describe("a Subnet that is deleted while something stands on it (PX-11)", () => {
  const going = { ...served, deletionTimestamp: NOW_TEXT };
  const status = allocated({ life: "uuid-a" });

  test("PX-11 stays while its claim is there", () => {
    const claimRef = { name: "payments", uid: "uid-payments" };
    const deleted = subnet("a", "prod", "10.0.0.0/24", { spec: { claimRef }, metadata: going, status });
    expect(decideSubnet(snapshot({ subnet: deleted, standing: standing({ claim: "lives" }) }))).toMatchObject(
      {
        verdict: "blocked",
        actions: [],
      },
    );
    expect(decideSubnet(snapshot({ subnet: deleted, standing: standing({ claim: "heir" }) }))).toMatchObject({
      verdict: "blocked",
      actions: [],
    });
  });

  test("PX-11 behind a child pool it stays while something lives there, and is marked before it goes", () => {
    const labels = { "plexaubnet.io/pool": "prod", "plexaubnet.io/cluster-id": "pool.team" };
    const spec = { clusterID: "pool.team" };
    const behind = {
      kind: "pool",
      name: "team",
      pool: "going",
      isNeeded: false,
      isBase: true,
      isAskedFor: false,
    } as const;
    const deleted = subnet("a", "prod", "10.0.0.0/24", { spec, metadata: { ...going, labels }, status });
    const decide = (isInhabited: boolean, annotations: Readonly<Record<string, string>> = {}) =>
      decideSubnet(
        snapshot({
          subnet: { ...deleted, metadata: { ...deleted.metadata, annotations } },
          standing: { ...behind, isInhabited },
        }),
      );
    expect(decide(true)).toMatchObject({ verdict: "blocked", actions: [] });
    const needed = { ...behind, pool: "lives", isNeeded: true, isInhabited: false } as const;
    expect(decideSubnet(snapshot({ subnet: deleted, standing: needed }))).toMatchObject({ actions: [] });
    const mark = { "plexaubnet.io/given-back": "true" };
    expect(decide(false).actions).toMatchObject([
      { do: "patch", patch: { metadata: { annotations: mark } } },
    ]);
    expect(decide(false, mark).actions).toMatchObject([
      { do: "patch", patch: { metadata: { finalizers: [] } } },
    ]);
    // Something came to live there after it was marked.
    expect(decide(true, mark).actions).toMatchObject([
      { patch: { metadata: { annotations: { "plexaubnet.io/given-back": null } } } },
    ]);
  });
});
