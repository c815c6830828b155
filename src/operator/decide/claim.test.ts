import { describe, expect, test } from "vitest";
import { CLAIM_REASONS, type Subnet, type SubnetClaimStatus } from "../../api/index.ts";
import { created, mine, prod, reasonOf, recorded, snapshot, statusOf } from "../testing/claim-fixture.ts";
import { allocated, claim, NAMESPACE, NOW_TEXT, pool, subnet } from "../testing/objects.ts";
import { usablePool } from "../testing/usable-pool.ts";
import { type ClaimSnapshot, decideClaim } from "./claim.ts";

describe("a claim that can be served", () => {
  test("PX-01 takes the pool's default size when it names none", () => {
    expect(created(decideClaim(snapshot())).spec.cidr).toBe("10.0.0.0/24");
  });

  test("PX-01 takes the size that it names, past what is taken", () => {
    const wanted = claim("payments", "prod", { spec: { blockSize: 22 } });
    const decision = decideClaim(
      snapshot({ claim: wanted, pool: usablePool(prod, { other: "10.0.0.0/24" }) }),
    );
    expect(created(decision).spec.cidr).toBe("10.0.4.0/22");
  });

  test("PX-04 takes exactly the block that it names", () => {
    const wanted = claim("payments", "prod", { spec: { requestedCIDR: "10.0.9.0/24" } });
    expect(created(decideClaim(snapshot({ claim: wanted }))).spec.cidr).toBe("10.0.9.0/24");
  });

  test("PX-11 its Subnet names it by UID, is protected, and has no owner with which it would be collected", () => {
    const { metadata, spec } = created(decideClaim(snapshot()));
    expect(spec.claimRef).toEqual({ name: "payments", uid: "uid-payments" });
    expect(metadata.ownerReferences).toBeUndefined();
    expect(metadata.finalizers).toEqual(["plexaubnet.io/subnet-protection"]);
  });

  test("is bound only when its Subnet is Allocated", () => {
    expect(statusOf(decideClaim(snapshot({ subnet: mine(undefined) })))).toEqual({});
    const asked = recorded(claim("payments", "prod"));
    expect(statusOf(decideClaim(snapshot({ claim: asked, subnet: mine(allocated()) })))).toMatchObject({
      phase: "Bound",
      allocatedCIDR: "10.0.0.0/24",
      subnetRef: { name: "prod-payments-x", uid: "uid-prod-payments-x" },
      observedGeneration: 1,
    });
  });

  test("PS-06 once bound, writes nothing", () => {
    const asked = recorded(claim("payments", "prod"));
    const first = statusOf(decideClaim(snapshot({ claim: asked, subnet: mine(allocated()) })));
    const bound = { ...asked, status: first as SubnetClaimStatus };
    expect(decideClaim(snapshot({ claim: bound, subnet: mine(allocated()) })).actions).toEqual([]);
  });

  test("drops a Subnet that lost its block, to try another", () => {
    const decision = decideClaim(snapshot({ subnet: mine({ phase: "Failed", observedGeneration: 1 }) }));
    expect(decision.actions).toMatchObject([{ do: "delete", of: { metadata: { name: "prod-payments-x" } } }]);
  });

  test("gives back what it was given when it asks for another pool or clusterID before it is bound", () => {
    const orphan = subnet("dev-payments-x", "dev", "10.1.0.0/24", { status: allocated() });
    const decision = decideClaim(snapshot({ orphans: [orphan] }));
    expect(decision.actions).toMatchObject([
      { do: "confirm-there", unchanged: true },
      { do: "delete", of: { metadata: { name: "dev-payments-x" } } },
    ]);
  });

  test("gives back a block that it asks for no more, and never one that it was promised", () => {
    const wanted = claim("payments", "prod", { spec: { blockSize: 22 } });
    const early = decideClaim(snapshot({ claim: wanted, subnet: mine(allocated()) }));
    expect(early.actions).toMatchObject([
      { do: "confirm-there", unchanged: true },
      { do: "delete", of: { metadata: { name: "prod-payments-x" } } },
    ]);
    const bound = { ...wanted, status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } } as const;
    const late = decideClaim(snapshot({ claim: bound, subnet: mine(allocated()) }));
    expect(late.actions.filter((action) => action.do === "delete")).toEqual([]);
  });

  test("PX-03 reports what keeps its Subnet from being decided", () => {
    const pending = mine({ phase: "Pending" });
    const going = { state: "not-ready", reason: "Deleting", message: "is being deleted" } as const;
    expect(reasonOf(decideClaim(snapshot({ pool: going, subnet: pending })))).toBe("PoolNotReady");
    expect(reasonOf(decideClaim(snapshot({ pool: { state: "missing" }, subnet: pending })))).toBe(
      "PoolNotFound",
    );
  });

  test("PX-04 takes over the block that was retained for its identity", () => {
    const retained = subnet("prod-payments-x", "prod", "10.0.7.0/24", {
      spec: { claimRef: { name: "gone", uid: "uid-gone" } },
      status: { phase: "Released", observedGeneration: 1 },
    });
    const decision = decideClaim(snapshot({ subnet: retained }));
    expect(decision.actions).toMatchObject([
      { do: "confirm-gone", name: "gone", uid: "uid-gone" },
      { do: "patch", patch: { metadata: { labels: { "plexaubnet.io/block": "10.0.7.0_24" } } } },
      { do: "patch", patch: { spec: { claimRef: { name: "payments", uid: "uid-payments" } } } },
    ]);
  });
});

const unserved: Record<string, { more: Partial<ClaimSnapshot>; reason: string; phase: "Pending" | "Error" }> =
  {
    "a pool that does not exist": {
      more: { pool: { state: "missing" } },
      reason: "PoolNotFound",
      phase: "Pending",
    },
    "a pool that is not ready": {
      more: { pool: { state: "not-ready", reason: "Deleting", message: "is being deleted" } },
      reason: "PoolNotReady",
      phase: "Pending",
    },
    "a pool without a free block of that size": {
      more: { pool: usablePool(prod, { all: "10.0.0.0/16" }) },
      reason: "PoolExhausted",
      phase: "Pending",
    },
    "a block that another Subnet has": {
      more: {
        claim: claim("payments", "prod", { spec: { requestedCIDR: "10.0.9.0/24" } }),
        pool: usablePool(prod, { other: "10.0.8.0/22" }),
      },
      reason: "BlockTaken",
      phase: "Pending",
    },
    "a block outside the pool": {
      more: { claim: claim("payments", "prod", { spec: { requestedCIDR: "10.1.0.0/24" } }) },
      reason: "OutsidePool",
      phase: "Error",
    },
    "a block of the other family": {
      more: { claim: claim("payments", "prod", { spec: { requestedCIDR: "fd00::/64" } }) },
      reason: "OutsidePool",
      phase: "Error",
    },
    "a block with host bits": {
      more: { claim: claim("payments", "prod", { spec: { requestedCIDR: "10.0.9.1/24" } }) },
      reason: "NotAligned",
      phase: "Error",
    },
    "a reserved block": {
      more: { claim: claim("payments", "prod", { spec: { requestedCIDR: "10.0.255.0/24" } }) },
      reason: "Reserved",
      phase: "Error",
    },
    "a size that the pool does not give out": {
      more: { claim: claim("payments", "prod", { spec: { blockSize: 28 } }) },
      reason: "SizeNotAllowed",
      phase: "Error",
    },
    "a block larger than the pool": {
      more: { claim: claim("payments", "prod", { spec: { blockSize: 8 } }) },
      reason: "SizeNotAllowed",
      phase: "Error",
    },
    "a clusterID that another claim holds a block for": {
      more: { holder: claim("payments-old", "prod") },
      reason: "DuplicateClusterID",
      phase: "Pending",
    },
    "a pool that is paused": {
      more: { pool: usablePool(pool("prod", "10.0.0.0/16", { spec: { paused: true } })) },
      reason: "PoolPaused",
      phase: "Pending",
    },
    "a size and a block at once": {
      more: { claim: claim("payments", "prod", { spec: { requestedCIDR: "10.0.9.0/24", blockSize: 24 } }) },
      reason: "InvalidSpec",
      phase: "Error",
    },
    "a text that is no prefix": {
      more: { claim: claim("payments", "prod", { spec: { requestedCIDR: "10.0.9/24" } }) },
      reason: "InvalidSpec",
      phase: "Error",
    },
    "a block that was deleted and is another's now": {
      more: {
        claim: claim("payments", "prod", { status: { phase: "Bound", allocatedCIDR: "10.0.9.0/24" } }),
        pool: usablePool(prod, { other: "10.0.9.0/24" }),
      },
      reason: "AllocationLost",
      phase: "Error",
    },
  };

describe("a claim that cannot be fulfilled reports why, and what would help (PX-03)", () => {
  test.each(Object.entries(unserved))("PX-03 %s", (_name, { more, reason, phase }) => {
    const decision = decideClaim(snapshot(more));
    expect(reasonOf(decision)).toBe(reason);
    expect(statusOf(decision)).toMatchObject({ phase, message: expect.stringMatching(/.{20,}/) });
    expect(decision.verdict).toBe("blocked");
    expect(decision.actions.some((action) => action.do === "create")).toBe(false);
  });

  test("PX-03 every reason of the API is among these cases", () => {
    const covered = new Set(Object.values(unserved).map(({ reason }) => reason));
    expect([...CLAIM_REASONS].filter((reason) => !covered.has(reason))).toEqual([]);
  });

  test("PX-08 reports it in an Event, once", () => {
    const first = decideClaim(snapshot({ pool: { state: "missing" } }));
    const events = first.actions.filter((action) => action.do === "emit");
    expect(events.map(({ event }) => event.reason)).toEqual(["PoolNotFound"]);
    const told = claim("payments", "prod", { status: statusOf(first) as SubnetClaimStatus });
    expect(decideClaim(snapshot({ claim: told, pool: { state: "missing" } })).actions).toEqual([]);
  });

  test("PX-04 a block that rests is waited for, and the claim reports until when", () => {
    const wanted = claim("payments", "prod", { spec: { requestedCIDR: "10.0.9.0/24" } });
    const decision = decideClaim(
      snapshot({
        claim: wanted,
        pool: usablePool(prod, { gone: "10.0.9.0/24" }),
        restsUntil: (name) => (name === "gone" ? "2026-01-01T00:01:00Z" : undefined),
      }),
    );
    expect(reasonOf(decision)).toBe("BlockTaken");
    expect(statusOf(decision).message).toContain("resting until 2026-01-01T00:01:00Z");
    // No timer for each of those who wait: the Subnet that goes wakes them.
    expect(decision).not.toHaveProperty("afterMs");
    expect(decision).toMatchObject({
      until: expect.arrayContaining([expect.objectContaining({ value: `${NAMESPACE}/gone` })]),
    });
  });

  test("PX-04 what a claim reports of a full pool that rests its blocks stays the same while they rest", () => {
    const resting = pool("prod", "10.0.0.0/24", { spec: { reuseDelaySeconds: 60 } });
    const full = usablePool(resting, { gone: "10.0.0.0/24" });
    expect(statusOf(decideClaim(snapshot({ pool: full }))).message).toContain("rests for 60 s");
  });

  test("PX-04 a kept block that is going, or is not what the claim asks for, does not count as a block for it", () => {
    const kept = (deletionTimestamp?: string) =>
      subnet("prod-payments-x", "prod", "10.0.7.0/24", {
        metadata: deletionTimestamp === undefined ? {} : { deletionTimestamp },
        spec: { claimRef: { name: "gone", uid: "uid-gone" } },
        status: { phase: "Released", observedGeneration: 1 },
      });
    const restsUntil = () => "2026-01-01T00:01:00Z";
    const going = decideClaim(snapshot({ subnet: kept(NOW_TEXT), restsUntil }));
    const wider = claim("payments", "prod", { spec: { blockSize: 22 } });
    const other = decideClaim(snapshot({ claim: wider, subnet: kept(), restsUntil }));
    for (const decision of [going, other]) {
      expect(reasonOf(decision)).toBe("DuplicateClusterID");
      expect(statusOf(decision).message).toContain("until 2026-01-01T00:01:00Z: wait");
    }
    expect(statusOf(going).message).not.toContain("request that block");
  });
});

describe("a bound claim whose Subnet went behind its back", () => {
  const bound = claim("payments", "prod", { status: { phase: "Bound", allocatedCIDR: "10.0.9.0/24" } });

  test("gets the same block again", () => {
    const decision = decideClaim(snapshot({ claim: bound }));
    expect(created(decision).spec.cidr).toBe("10.0.9.0/24");
    expect(reasonOf(decision)).toBe("AllocationLost");
  });

  test("keeps its word about the block while it waits", () => {
    const decision = decideClaim(snapshot({ claim: bound, pool: { state: "missing" } }));
    expect(statusOf(decision)).not.toHaveProperty("allocatedCIDR");
    expect(reasonOf(decision)).toBe("AllocationLost");
  });
});

describe("a claim that another operator bound (PS-05)", () => {
  const bound = claim("payments", "prod", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } });
  const given = (claimRef: Subnet["spec"]["claimRef"], status = allocated()) =>
    subnet("prod-10-0-0-0-24", "prod", "10.0.0.0/24", {
      spec: { clusterID: "payments", ...(claimRef === undefined ? {} : { claimRef }) },
      status,
    });

  test.each([
    ["names no claim", undefined],
    ["has an empty reference", {}],
    ["names it without a UID", { name: "payments" }],
  ])("PS-05 takes over the Subnet of its block that %s", (_, claimRef) => {
    const { actions } = decideClaim(snapshot({ claim: bound, subnet: given(claimRef) }));
    expect(actions).toEqual([
      expect.objectContaining({ do: "patch", of: bound }),
      expect.objectContaining({
        do: "patch",
        patch: {
          metadata: { labels: { "plexaubnet.io/pool": "prod", "plexaubnet.io/cluster-id": "payments" } },
          spec: { claimRef: { name: "payments", uid: "uid-payments" } },
        },
      }),
    ]);
  });

  test("PS-05 does not take the one of another claim, and waits for its block", () => {
    const theirs = given({ name: "other", uid: "uid-other" });
    const decision = decideClaim(snapshot({ claim: bound, subnet: theirs }));
    expect(reasonOf(decision)).toBe("DuplicateClusterID");
    expect(statusOf(decision)).not.toHaveProperty("allocatedCIDR");
    expect(statusOf(decision).message).toContain("claim other");
  });

  test("PX-02 is left as it is until its Subnet is decided", () => {
    const undecided = given({ name: "payments", uid: "uid-payments" }, { phase: "Allocated" });
    expect(decideClaim(snapshot({ claim: bound, subnet: undecided })).actions).toEqual([]);
  });

  test("PS-05 keeps what it was promised although it asks for something else by now", () => {
    const orphan = given({ name: "payments", uid: "uid-payments" });
    expect(decideClaim(snapshot({ claim: bound, orphans: [orphan] })).actions).toEqual([]);
  });

  test("PS-05 keeps it although its request is invalid here", () => {
    const odd = recorded({ ...bound, spec: { ...bound.spec, requestedCIDR: "10.0.0.7/24" } });
    const held = subnet("prod-payments-x", "prod", "10.0.0.0/24", {
      metadata: { labels: { "plexaubnet.io/pool": "prod" } },
      spec: { clusterID: "payments", claimRef: { name: "payments", uid: "uid-payments" } },
      status: allocated(),
    });
    expect(statusOf(decideClaim(snapshot({ claim: odd, subnet: held })))).toMatchObject({
      subnetRef: { name: "prod-payments-x" },
    });
  });
});
