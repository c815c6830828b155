import { describe, expect, test } from "vitest";
import type { Decision } from "../../runtime/index.ts";
import { backingSubnet } from "../pool/hold-range.ts";
import { lengthFreedKey } from "../space-signals.ts";
import { allocated, NAMESPACE, NOW_TEXT, pool, poolClaim, subnet } from "../testing/objects.ts";
import { prefix, usablePool } from "../testing/usable-pool.ts";
import { decidePoolClaim, type PoolClaimSnapshot } from "./decide.ts";

const corp = pool("corp", "10.0.0.0/16");
const owner = {
  apiVersion: "plexaubnet.io/v1alpha1",
  kind: "SubnetPoolClaim",
  name: "web",
  uid: "uid-web",
  controller: true,
};
const child = pool("web", "10.0.0.0/20", {
  metadata: { ownerReferences: [owner] },
  spec: { parentRef: { name: "corp" } },
});
const backing = (cidr: string, status = allocated()) =>
  subnet("corp-pool-web-x", "corp", cidr, { metadata: { ownerReferences: [owner] }, status });

const protectedBy = (finalizers: readonly string[]) =>
  poolClaim("web", "corp", 20, {
    metadata: { finalizers },
    status: { phase: "Bound", boundPoolName: "web" },
  });

function snapshot(more: Partial<PoolClaimSnapshot> = {}): PoolClaimSnapshot {
  return {
    claim: protectedBy(["plexaubnet.io/block-protection"]),
    parent: usablePool(corp),
    subnet: undefined,
    child: undefined,
    lacking: prefix("10.0.0.0/20"),
    inner: [],
    strays: [],
    subnetName: "corp-pool-web-x",
    restsUntil: undefined,
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
    const stray = subnet("lab-pool-web-x", "lab", "10.9.0.0/20", { status: allocated() });
    expect(decidePoolClaim(snapshot({ strays: [stray] })).actions).toMatchObject([
      { do: "delete", of: { metadata: { name: "lab-pool-web-x" } } },
    ]);
  });

  test("gives back a block of another size than it asks for now", () => {
    expect(decidePoolClaim(snapshot({ subnet: backing("10.0.0.0/22") })).actions).toMatchObject([
      { do: "delete", of: { metadata: { name: "corp-pool-web-x" } } },
    ]);
  });
});

describe("the block behind a pool that is made", () => {
  test("PX-05 is taken again, exactly, when its Subnet is gone", () => {
    const decision = decidePoolClaim(snapshot({ child }));
    expect(decision.actions.at(-1)).toEqual(
      backingSubnet({
        namespace: NAMESPACE,
        parentName: "corp",
        childName: "web",
        cidr: "10.0.0.0/20",
        owner: { ...owner, blockOwnerDeletion: true } as never,
      }),
    );
  });

  test("PX-05 is protected again when somebody took the protection away", () => {
    const [patch] = decidePoolClaim(snapshot({ child, claim: protectedBy(["of/others"]) })).actions;
    expect(patch).toMatchObject({
      patch: { metadata: { finalizers: ["of/others", "plexaubnet.io/block-protection"] } },
    });
  });

  test("PX-03 is waited for while another has it, and the claim says so", () => {
    const decision = decidePoolClaim(snapshot({ child, parent: usablePool(corp, { other: "10.0.1.0/24" }) }));
    expect(reasonOf(decision)).toEqual(["AllocationLost"]);
    expect(decision.verdict).toBe("blocked");
    expect(decision.actions.some((action) => action.do === "create")).toBe(false);
  });

  test("PX-03 is asked for anew when it failed and nothing stands in the way any more", () => {
    const failed = backing("10.0.0.0/20", { phase: "Failed", observedGeneration: 1 });
    expect(decidePoolClaim(snapshot({ child, subnet: failed })).actions).toMatchObject([
      { do: "delete", of: { metadata: { name: "corp-pool-web-x" } } },
    ]);
  });
});

test("PX-03 says what keeps its block from being decided", () => {
  const pending = backing("10.0.0.0/20", { phase: "Pending" });
  const going = { state: "not-ready", reason: "Deleting", why: "is being deleted" } as const;
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

describe("a pool claim that somebody else is in the way of", () => {
  const told = ({ actions }: Decision) =>
    actions.flatMap((action) => {
      if (action.do === "emit") return [action.event.reason];
      return action.do === "patch-status" ? [(action.status as { phase: string }).phase] : [];
    });

  test("PX-08 waits, and the Event says that it is in conflict, not that its spec is wrong", () => {
    const claim = poolClaim("web", "corp", 20);
    const others = { metadata: { ownerReferences: [] } };
    const name = decidePoolClaim(snapshot({ claim, child: pool("web", "10.0.0.0/20", others) }));
    expect(told(name)).toEqual(["Pending", "AllocationConflict"]);
    const block = subnet("corp-pool-web-x", "corp", "10.0.0.0/20", { ...others, status: allocated() });
    expect(told(decidePoolClaim(snapshot({ claim, subnet: block })))).toEqual([
      "Pending",
      "AllocationConflict",
    ]);
  });

  test("PX-08 is told so once", () => {
    const child = pool("web", "10.0.0.0/20");
    const first = decidePoolClaim(snapshot({ claim: poolClaim("web", "corp", 20), child }));
    const patch = first.actions.find((action) => action.do === "patch-status");
    const claim = poolClaim("web", "corp", 20, { status: patch?.do === "patch-status" ? patch.status : {} });
    expect(told(decidePoolClaim(snapshot({ claim, child })))).toEqual([]);
  });
});
