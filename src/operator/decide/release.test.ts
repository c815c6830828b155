import { describe, expect, test } from "vitest";
import { SUBNET_PROTECTION_FINALIZER, type Subnet, type SubnetStatus } from "../../api/index.ts";
import type { Decision } from "../../runtime/index.ts";
import { allocated, NOW_TEXT, pool, subnet } from "../testing/objects.ts";
import { usablePool } from "../testing/usable-pool.ts";
import type { ClaimStanding } from "./standing.ts";
import { decideSubnet, type SubnetSnapshot } from "./subnet.ts";

const NOW_MS = Date.parse(NOW_TEXT);
const RETAIN = { retains: true, delayMs: 0 };
const MINUTE = { retains: false, delayMs: 60_000 };
const AT_ONCE = { retains: false, delayMs: 0 };
const claimRef = { name: "payments", uid: "uid-payments" };
const labels = { "plexaubnet.io/pool": "prod", "plexaubnet.io/cluster-id": "a" };

function standing(claim: ClaimStanding["claim"]): ClaimStanding {
  return { kind: "claim", ...claimRef, claim, isNameFree: false };
}

const gone = { standing: standing("gone") };

function block(status: SubnetStatus, metadata: Partial<Subnet["metadata"]> = {}): Subnet {
  const finalizers = [SUBNET_PROTECTION_FINALIZER];
  return subnet("a", "prod", "10.0.0.0/24", {
    metadata: { finalizers, labels, ...metadata },
    spec: { claimRef },
    status: { life: "uuid-a", ...status },
  });
}

function decide(of: Subnet, more: Partial<SubnetSnapshot> = {}): Decision {
  return decideSubnet({
    subnet: of,
    ticket: "1",
    pool: usablePool(pool("prod", "10.0.0.0/16")),
    conflicts: [],
    managed: true,
    policy: MINUTE,
    isUnused: false,
    standing: standing("lives"),
    poolRequest: undefined,
    nowMs: NOW_MS,
    nowText: NOW_TEXT,
    jitterMs: 0,
    ...more,
  });
}

const done = ({ actions }: Decision) => actions.map((action) => action.do);

function statusOf({ actions }: Decision): Partial<SubnetStatus> {
  const patch = actions.find((action) => action.do === "patch-status");
  return patch?.do === "patch-status" ? patch.status : {};
}

const released = (releasedAt?: string): SubnetStatus => ({
  phase: "Released",
  observedGeneration: 1,
  ...(releasedAt === undefined ? {} : { releasedAt }),
});

describe("a Subnet is made ready for its release before its block is used", () => {
  const owner = {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "SubnetClaim",
    name: "payments",
    uid: "uid-payments",
  };
  const owned = (finalizers: string[], status?: SubnetStatus) =>
    subnet("a", "prod", "10.0.0.0/24", {
      metadata: { ownerReferences: [owner], finalizers, labels },
      spec: { claimRef },
      ...(status === undefined ? {} : { status }),
    });

  test.each([
    MINUTE,
    RETAIN,
    AT_ONCE,
  ])("PX-11 the garbage collector never gets it, and it is protected (%o)", (policy) => {
    const metadata = { ownerReferences: [], finalizers: ["x", SUBNET_PROTECTION_FINALIZER] };
    for (const status of [undefined, allocated()])
      expect(decide(owned(["x"], status), { policy }).actions).toMatchObject([
        { do: "patch", patch: { metadata } },
      ]);
  });

  test("PX-11 what an earlier version protected it by is taken off, and labels that were changed are put back", () => {
    const former = block(allocated({ life: "uuid-a" }), {
      finalizers: ["plexaubnet.io/reuse-delay"],
      labels: { ...labels, "plexaubnet.io/pool": "forged" },
    });
    expect(decide(former).actions).toMatchObject([
      {
        patch: {
          metadata: { finalizers: [SUBNET_PROTECTION_FINALIZER], labels: { "plexaubnet.io/pool": "prod" } },
        },
      },
    ]);
  });

  test("PX-04 one that was made by hand is protected where blocks rest, and nowhere else", () => {
    const byHand = (finalizers: string[]) =>
      subnet("a", "prod", "10.0.0.0/24", { metadata: { finalizers }, status: allocated({ life: "uuid-a" }) });
    const nothing = { standing: { kind: "nothing" } } as const;
    expect(decide(byHand([]), nothing).actions).toMatchObject([
      { patch: { metadata: { finalizers: [SUBNET_PROTECTION_FINALIZER] } } },
    ]);
    expect(
      decide(byHand([SUBNET_PROTECTION_FINALIZER]), { ...nothing, policy: AT_ONCE }).actions,
    ).toMatchObject([{ patch: { metadata: { finalizers: [] } } }]);
  });

  test("PS-06 one that is ready is not written again", () => {
    expect(decide(block(allocated())).actions).toEqual([]);
  });
});

describe("a block whose claim is gone (PX-04)", () => {
  test("PX-04 rests from then on, as the Subnet shows, and its pool wakes it besides", () => {
    const decision = decide(block(allocated()), { ...gone, nowMs: NOW_MS + 1 });
    expect(done(decision)).toEqual(["confirm-gone", "patch-status", "emit"]);
    expect(statusOf(decision)).toMatchObject({
      phase: "Released",
      // Rounded up: a rest is never short.
      releasedAt: "2026-01-01T00:00:01Z",
      message: expect.stringContaining("rests until 2026-01-01T00:01:01Z"),
    });
    expect(decision).toMatchObject({ verdict: "blocked", afterMs: 60_999 });
  });

  test("PX-04 goes when it has rested, whichever operator decides, and not before", () => {
    const resting = block(released("2025-12-31T23:59:30Z"));
    expect(decide(resting, gone)).toMatchObject({ verdict: "blocked", afterMs: 30_000 });
    expect(done(decide(resting, { ...gone, nowMs: NOW_MS + 30_000 }))).toEqual([
      "confirm-gone",
      "patch",
      "delete",
    ]);
  });

  test.each([
    ["says nothing", undefined],
    ["is no time", "yesterday"],
    ["lies in the future", "2036-01-01T00:00:00Z"],
  ])("PX-04 a release that %s counts as now, and is written again", (_, releasedAt) => {
    const decision = decide(block(released(releasedAt)), gone);
    expect(statusOf(decision).releasedAt).toBe(NOW_TEXT);
    expect(decision).toMatchObject({ afterMs: 60_000 });
  });

  test("PX-04 a clock a little behind the one that wrote the release changes nothing about it", () => {
    const decision = decide(block(released("2026-01-01T00:00:01Z")), gone);
    expect(statusOf(decision)).not.toHaveProperty("releasedAt");
  });

  test("PX-04 goes at once when the delay is, or the pool, and stays for good when the pool retains", () => {
    const resting = block(released(NOW_TEXT));
    expect(done(decide(resting, { ...gone, policy: AT_ONCE }))).toEqual(["confirm-gone", "patch", "delete"]);
    const kept = decide(resting, { ...gone, policy: { ...MINUTE, retains: true } });
    expect(kept).toMatchObject({ verdict: "blocked" });
    expect(kept).not.toHaveProperty("afterMs");
    expect(statusOf(kept).message).toContain("retained");
  });

  test("PX-04 waits for its pool where there is none", () => {
    expect(decide(block(released(NOW_TEXT)), { ...gone, policy: undefined })).toMatchObject({
      verdict: "blocked",
      actions: [],
    });
  });

  test("PX-04 is allocated again when a claim of its identity took it over", () => {
    const taken = block({ ...released(NOW_TEXT), observedGeneration: 0 });
    expect(statusOf(decide(taken))).toMatchObject({ phase: "Allocated", releasedAt: null });
  });

  test("PX-02 that was taken over, it waits for a candidate of unknown order to lose, and does not lose to it", () => {
    const taken = block({ ...released(NOW_TEXT), observedGeneration: 0 });
    const open = { name: "hand", allocated: false, ticket: undefined, defers: true };
    expect(decide(taken, { ticket: undefined, conflicts: [open] })).toMatchObject({
      verdict: "blocked",
      actions: [],
    });
  });
});

describe("a Subnet that is being deleted (PX-04)", () => {
  const going = { deletionTimestamp: NOW_TEXT };
  const letsGo = (decision: Decision) =>
    expect(decision.actions).toMatchObject([
      { do: "confirm-gone" },
      { do: "patch", patch: { metadata: { finalizers: [] } } },
    ]);

  test("PX-04 rests first when its block was in use, whichever client deleted it", () => {
    const decision = decide(block(allocated(), going), gone);
    expect(statusOf(decision)).toMatchObject({ phase: "Released", releasedAt: NOW_TEXT });
    expect(decision).toMatchObject({ verdict: "blocked", afterMs: 60_000 });
  });

  test("PX-04 goes when it has rested", () => {
    expect(decide(block(released(NOW_TEXT), going), gone)).toMatchObject({
      afterMs: 60_000,
      verdict: "blocked",
    });
    letsGo(decide(block(released(NOW_TEXT), going), { ...gone, nowMs: NOW_MS + 60_000 }));
  });

  test("PX-04 a retained one that is deleted has rested since its claim went", () => {
    const policy = { ...MINUTE, retains: true };
    letsGo(decide(block(released("2025-12-01T00:00:00Z"), going), { ...gone, policy }));
  });

  test.each<[string, SubnetStatus, Partial<SubnetSnapshot>]>([
    ["its pool is gone", allocated(), { policy: undefined }],
    ["the delay is gone, or the pool is being deleted", allocated(), { policy: AT_ONCE }],
    ["its block was never used", allocated(), { isUnused: true }],
    ["it was never given out", { phase: "Pending" }, {}],
    ["it holds nothing", { phase: "Failed", observedGeneration: 1 }, {}],
  ])("PX-04 goes at once when %s", (_, status, more) => {
    letsGo(decide(block(status, going), { ...gone, ...more }));
  });

  test("is left alone where something else holds it", () => {
    expect(decide(block(allocated(), { ...going, finalizers: ["x"] }), gone).actions).toEqual([]);
  });
});
