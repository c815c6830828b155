import { describe, expect, test } from "vitest";
import { recordLabels, type Subnet } from "../../api/index.ts";
import { type Decision, type Request, request } from "../../runtime/index.ts";
import { lengthFreedKey } from "../model/wait-keys.ts";
import { allocated, NAMESPACE, NOW_TEXT, pool, poolClaim, subnet } from "../testing/objects.ts";
import { prefix, usablePool } from "../testing/usable-pool.ts";
import { decidePoolClaim, type PoolClaimSnapshot } from "./pool-claim.ts";

const corp = pool("corp", "10.0.0.0/16");
const child = pool("web", "10.0.0.0/20", {
  metadata: { labels: { "plexaubnet.io/pool-claim": "web" } },
  spec: { parentRef: { name: "corp" } },
});
const backing = (cidr: string, status = allocated()) =>
  subnet("corp-pool-web-x", "corp", cidr, { spec: { clusterID: "pool.web" }, status });

const protectedBy = (finalizers: readonly string[]) =>
  poolClaim("web", "corp", 20, {
    metadata: { finalizers },
    status: { phase: "Bound", boundPoolName: "web" },
  });

function snapshot(more: Partial<PoolClaimSnapshot> = {}): PoolClaimSnapshot {
  return {
    request: request(NAMESPACE, "web") as Request,
    claim: protectedBy(["plexaubnet.io/block-protection"]),
    parent: usablePool(corp),
    subnet: undefined,
    child: undefined,
    inner: [],
    isInside: (owner) => owner === "poolclaim/team/10.0.0.0/24",
    orphans: [],
    subnetName: "corp-pool-web-x",
    restsUntil: undefined,
    freedLengths: () => [],
    nowText: NOW_TEXT,
    ...more,
  };
}

const reasonOf = ({ actions }: Decision) =>
  actions.flatMap((action) =>
    action.do === "patch-status"
      ? (action.status as { conditions: { reason: string }[] }).conditions.map(({ reason }) => reason)
      : [],
  );

describe("a pool claim that changes its mind before its pool is made", () => {
  test("gives back the block of the parent that it named before", () => {
    const orphan = subnet("lab-pool-web-x", "lab", "10.9.0.0/20", { status: allocated() });
    expect(decidePoolClaim(snapshot({ orphans: [orphan] })).actions).toMatchObject([
      { do: "delete", of: { metadata: { name: "lab-pool-web-x" } } },
    ]);
  });

  test("gives back a block of another size than it asks for now", () => {
    expect(decidePoolClaim(snapshot({ subnet: backing("10.0.0.0/22") })).actions).toMatchObject([
      { do: "delete", of: { metadata: { name: "corp-pool-web-x" } } },
    ]);
  });
});

describe("a pool that is made", () => {
  test("PX-05 is protected again when a user removed the protection", () => {
    const [patch] = decidePoolClaim(snapshot({ child, claim: protectedBy(["of/others"]) })).actions;
    expect(patch).toMatchObject({
      patch: { metadata: { finalizers: ["of/others", "plexaubnet.io/block-protection"] } },
    });
  });

  test("PX-11 its range is on record with the claim", () => {
    const [patch] = decidePoolClaim(snapshot({ child, heldRange: prefix("10.0.0.0/20") })).actions;
    expect(patch).toMatchObject({
      patch: { metadata: { labels: { "plexaubnet.io/block": "10.0.0.0_20" } } },
    });
  });

  test("PX-05 a claim that goes reports what keeps its pool", () => {
    const { metadata, ...rest } = protectedBy(["plexaubnet.io/block-protection"]);
    const claim = { ...rest, metadata: { ...metadata, deletionTimestamp: NOW_TEXT } };
    const decision = decidePoolClaim(snapshot({ claim, child, keptBy: "3 Subnets" }));
    expect(decision.actions[0]).toMatchObject({ do: "delete", of: child });
    expect(reasonOf(decision)).toEqual(["DeletionBlocked"]);
  });
});

describe("a pool of the claim's name that it did not make (PX-11)", () => {
  const restored = (cidr: string, parent = "corp") =>
    pool("web", cidr, { spec: { parentRef: { name: parent } } });

  test("PX-11 is adopted when it is what the claim asks for", () => {
    const { actions } = decidePoolClaim(snapshot({ child: restored("10.0.16.0/20") }));
    expect(actions).toMatchObject([
      { do: "patch", patch: { metadata: { labels: { "plexaubnet.io/pool-claim": "web" } } } },
    ]);
  });

  test.each([
    ["has another size", restored("10.0.0.0/21")],
    ["has another parent", restored("10.0.0.0/20", "lab")],
    [
      "was made for another claim",
      { ...child, metadata: { ...child.metadata, labels: { "plexaubnet.io/pool-claim": "x" } } },
    ],
  ])("PX-11 is left alone when it %s", (_, other) => {
    expect(reasonOf(decidePoolClaim(snapshot({ child: other })))).toEqual(["PoolNameTaken"]);
  });
});

describe("which block a pool claim takes", () => {
  const cidrOf = ({ actions }: Decision) =>
    actions.flatMap((action) => (action.do === "create" ? [(action.object as Subnet).spec.cidr] : []));
  const claim = poolClaim("web", "corp", 20);
  const remembering = {
    ...claim,
    metadata: { ...claim.metadata, labels: recordLabels(claim, prefix("10.0.64.0/20"), "earlier") },
  };
  const exactly = poolClaim("web", "corp", 20, { spec: { requestedCIDR: "10.0.32.0/20" } });

  test("PX-11 that which it had before it was restored, also of a pool that is paused", () => {
    const paused = usablePool(pool("corp", "10.0.0.0/16", { spec: { paused: true } }));
    expect(cidrOf(decidePoolClaim(snapshot({ claim: remembering })))).toEqual(["10.0.64.0/20"]);
    expect(cidrOf(decidePoolClaim(snapshot({ claim: remembering, parent: paused })))).toEqual([
      "10.0.64.0/20",
    ]);
    expect(reasonOf(decidePoolClaim(snapshot({ claim, parent: paused })))).toEqual(["PoolPaused"]);
  });

  test("PX-11 no other one when that is taken", () => {
    const parent = usablePool(corp, { other: "10.0.64.0/24" });
    expect(reasonOf(decidePoolClaim(snapshot({ claim: remembering, parent })))).toEqual(["BlockTaken"]);
  });

  test("PX-04 exactly the range that it names", () => {
    expect(cidrOf(decidePoolClaim(snapshot({ claim: exactly })))).toEqual(["10.0.32.0/20"]);
    const parent = usablePool(corp, { other: "10.0.32.0/24" });
    expect(reasonOf(decidePoolClaim(snapshot({ claim: exactly, parent })))).toEqual(["BlockTaken"]);
  });
});

test("PX-03 reports what keeps its block from being decided", () => {
  const pending = backing("10.0.0.0/20", { phase: "Pending" });
  const going = { state: "not-ready", reason: "Deleting", message: "is being deleted" } as const;
  expect(reasonOf(decidePoolClaim(snapshot({ parent: going, subnet: pending })))).toEqual(["PoolNotReady"]);
  const missing = { state: "missing" } as const;
  expect(reasonOf(decidePoolClaim(snapshot({ parent: missing, subnet: pending })))).toEqual(["PoolNotFound"]);
});

test("PX-03 stands in the line for a length only when such a block would serve it", () => {
  const line = lengthFreedKey(NAMESPACE, "corp", 20);
  const waitsFor = (decision: Decision) => (decision.verdict === "blocked" ? decision.until : []);
  const full = usablePool(corp, { all: "10.0.0.0/16" });
  expect(waitsFor(decidePoolClaim(snapshot({ parent: full })))).toContainEqual(line);
  const theirs = pool("web", "10.7.0.0/20");
  expect(waitsFor(decidePoolClaim(snapshot({ child: theirs })))).not.toContainEqual(line);
});

describe("a pool claim that another block blocks", () => {
  const told = ({ actions }: Decision) =>
    actions.flatMap((action) => {
      if (action.do === "emit") return [action.event.reason];
      return action.do === "patch-status" ? [(action.status as { phase: string }).phase] : [];
    });

  test("PX-08 waits, and the Event reports that it is in conflict, not that its spec is wrong", () => {
    const claim = poolClaim("web", "corp", 20);
    const name = decidePoolClaim(snapshot({ claim, child: pool("web", "10.0.0.0/20") }));
    expect(told(name)).toEqual(["Pending", "AllocationConflict"]);
    const going = { metadata: { deletionTimestamp: NOW_TEXT } };
    const block = subnet("corp-pool-web-x", "corp", "10.0.0.0/20", { ...going, status: allocated() });
    expect(told(decidePoolClaim(snapshot({ claim, subnet: block })))).toEqual([
      "Pending",
      "AllocationConflict",
    ]);
  });

  test("PX-08 is reported once", () => {
    const child = pool("web", "10.0.0.0/20");
    const first = decidePoolClaim(snapshot({ claim: poolClaim("web", "corp", 20), child }));
    const patch = first.actions.find((action) => action.do === "patch-status");
    const claim = poolClaim("web", "corp", 20, { status: patch?.do === "patch-status" ? patch.status : {} });
    expect(told(decidePoolClaim(snapshot({ claim, child })))).toEqual([]);
  });
});
