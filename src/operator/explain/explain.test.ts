import { expect, test } from "vitest";
import type { Subnet, SubnetClaim, SubnetPool, SubnetPoolClaim } from "../../api/index.ts";
import type { FleetObject, FleetObjects } from "../check/fleet-objects.ts";
import { subnetNameFor } from "../model/subnet-name.ts";
import { allocated, claim, NOW_TEXT, pool, poolClaim, subnet } from "../testing/objects.ts";
import { backingSubnetName } from "../view/world.ts";
import { explain } from "./explain.ts";

/** A Subnet and the Bound claim it serves. */
function served(name: string, poolRef: string, cidr: string, spec: Partial<SubnetClaim["spec"]> = {}) {
  const subnetName = subnetNameFor(poolRef, name);
  const holder = claim(name, poolRef, {
    spec,
    status: {
      observedGeneration: 1,
      phase: "Bound",
      allocatedCIDR: cidr,
      subnetRef: { name: subnetName, uid: `uid-${subnetName}` },
      conditions: [
        { type: "Ready", status: "True", reason: "Bound", message: "", lastTransitionTime: NOW_TEXT },
      ],
    },
  });
  const block = subnet(subnetName, poolRef, cidr, {
    spec: { clusterID: name, claimRef: { name, uid: `uid-${name}` } },
    status: allocated(),
  });
  return { claim: holder, subnet: block };
}

function refusal(reason: string, message: string, phase: "Pending" | "Error" = "Pending") {
  const ready = { type: "Ready", status: "False" as const, reason, message, lastTransitionTime: NOW_TEXT };
  return { observedGeneration: 1, phase, message, conditions: [ready] };
}

function refused(
  name: string,
  poolRef: string,
  spec: Partial<SubnetClaim["spec"]>,
  reason: string,
  message: string,
) {
  return claim(name, poolRef, { spec, status: refusal(reason, message) });
}

function fleet(...objects: readonly (FleetObject | ReturnType<typeof served>)[]): FleetObjects {
  const flat = objects.flatMap((each): FleetObject[] =>
    "kind" in each ? [each] : [each.claim, each.subnet],
  );
  const ofKind = <T>(kind: string) => flat.filter((each) => each.kind === kind) as unknown as T[];
  return {
    pools: ofKind<SubnetPool>("SubnetPool"),
    poolClaims: ofKind<SubnetPoolClaim>("SubnetPoolClaim"),
    claims: ofKind<SubnetClaim>("SubnetClaim"),
    subnets: ofKind<Subnet>("Subnet"),
  };
}

const a = served("a", "corp", "10.0.0.0/24");
const b = served("b", "corp", "10.0.1.0/24");
const corp = pool("corp", "10.0.0.0/22");

test("a Bound claim: which block, why that one, and what its neighbours are", () => {
  const { sentences, block, state } = explain(b.claim, fleet(corp, a, b));
  expect(state).toBe("Bound");
  expect(sentences[0]).toBe("SubnetClaim b is Bound: 10.0.1.0/24 of pool corp is given to cluster b.");
  expect(sentences).toContainEqual(expect.stringContaining("lowest free /24; it would choose the same one"));
  expect(sentences).toContain("Below it lies 10.0.0.0/24 of SubnetClaim a, above it 10.0.2.0/23 is free.");
  expect(block).toMatchObject({
    cidr: "10.0.1.0/24",
    strategy: "Linear",
    wouldBeChosenToday: "10.0.1.0/24",
    neighbours: [
      { side: "below", what: "taken", by: "SubnetClaim a" },
      { side: "above", what: "free", cidr: "10.0.2.0/23" },
    ],
  });
});

test("a block that would lie elsewhere today reports it, by Linear and by Buddy", () => {
  const alone = explain(b.claim, fleet(corp, b));
  expect(alone.block?.wouldBeChosenToday).toBe("10.0.0.0/24");
  expect(alone.sentences).toContainEqual(
    expect.stringContaining("today that would be 10.0.0.0/24, but a block never moves"),
  );
  const buddy = pool("corp", "10.0.0.0/22", { spec: { strategy: "Buddy" } });
  // Next to the /24 at the end, the smallest free block that fits is 10.0.2.0/24.
  const last = served("c", "corp", "10.0.3.0/24");
  const explained = explain(b.claim, fleet(buddy, last, b));
  expect(explained.block).toMatchObject({ strategy: "Buddy", wouldBeChosenToday: "10.0.2.0/24" });
  expect(explained.sentences).toContainEqual(expect.stringContaining("the smallest free block"));
});

test("an exact request needs no strategy; reserved ranges and edges are neighbours, too", () => {
  const reserving = pool("corp", "10.0.0.0/23", {
    spec: { reserved: [{ cidr: "10.0.0.0/24", reason: "routers" }] },
  });
  const exact = served("x", "corp", "10.0.1.0/24", { requestedCIDR: "10.0.1.0/24" });
  const { sentences, block } = explain(exact.claim, fleet(reserving, exact));
  expect(sentences).toContain("It asked for exactly this block.");
  expect(sentences).toContain("Below it 10.0.0.0/24 is reserved (routers), above it the pool ends.");
  expect(block?.strategy).toBeUndefined();
});

test("PX-03 an exhausted pool: what is free, what would make room, and who waits as well", () => {
  const full = [a, b, served("c", "corp", "10.0.2.0/25"), served("d", "corp", "10.0.3.0/25")];
  const waiting = refused("late", "corp", { blockSize: 23 }, "PoolExhausted", "pool corp has no free /23");
  const other = refused("later", "corp", { blockSize: 23 }, "PoolExhausted", "pool corp has no free /23");
  const { sentences, openings, alsoWaiting, reason } = explain(waiting, fleet(corp, ...full, waiting, other));
  expect(reason).toBe("PoolExhausted");
  expect(sentences).toContain("Free in pool corp (10.0.0.0/22) are 2 × /25.");
  expect(openings).toEqual([
    { block: "10.0.0.0/23", release: ["SubnetClaim a", "SubnetClaim b"] },
    { block: "10.0.2.0/23", release: ["SubnetClaim c", "SubnetClaim d"] },
  ]);
  expect(sentences).toContain("10.0.0.0/23 would be free without SubnetClaim a and SubnetClaim b.");
  expect(alsoWaiting).toEqual(["SubnetClaim later"]);
  expect(sentences).toContain("The pool may grow: no other one has addresses in 10.0.0.0/21.");
});

test("PS-15 a child pool: what stands for it in its parent, and whether it may grow there", () => {
  const web = pool("web", "10.0.0.0/23", { spec: { parentRef: { name: "corp" } } });
  const spec = { clusterID: "pool.web" };
  const base = subnet(backingSubnetName("corp", "web"), "corp", "10.0.0.0/24", { spec, status: allocated() });
  const owner = { apiVersion: "plexaubnet.io/v1alpha1", kind: "SubnetPool", name: "web", uid: "uid-web" };
  const piece = subnet("piece", "corp", "10.0.1.0/24", {
    metadata: { ownerReferences: [{ ...owner, controller: true }] },
    spec,
    status: allocated(),
  });
  const waiting = refused("late", "web", { blockSize: 23 }, "PoolExhausted", "full");
  const x = served("x", "web", "10.0.0.0/25");
  const said = (y?: ReturnType<typeof served>) =>
    explain(waiting, fleet(corp, web, base, piece, waiting, x, ...(y === undefined ? [] : [y]))).sentences;
  expect(said()).toContain("The pool may grow: no other one has addresses in 10.0.0.0/22.");
  expect(said(served("y", "corp", "10.0.2.0/25")).join(" ")).not.toContain("may grow");
  const { sentences } = explain(web, fleet(corp, web, base, piece));
  expect(sentences[0]).toContain(
    "(10.0.0.0/24, Allocated) and Subnet piece (10.0.1.0/24, Allocated) stand for it",
  );
});

test("the cheapest opening comes first: one claim before two, and a claim before a child pool", () => {
  const child = subnet(backingSubnetName("corp", "web"), "corp", "10.0.0.0/23", {
    spec: { clusterID: "pool.web" },
    status: allocated(),
  });
  const large = served("e", "corp", "10.0.2.0/23");
  const waiting = refused("late", "corp", { blockSize: 23 }, "PoolExhausted", "full");
  const asking = poolClaim("web", "corp", 23);
  const { openings } = explain(waiting, fleet(corp, child, asking, large, waiting));
  expect(openings).toEqual([
    { block: "10.0.2.0/23", release: ["SubnetClaim e"] },
    { block: "10.0.0.0/23", release: ["SubnetPoolClaim web"] },
  ]);
});

test("no release helps where every block of the size is reserved in part; another pool stops growth", () => {
  const reserving = pool("corp", "10.0.0.0/23", {
    spec: { reserved: ["10.0.0.0/25", "10.0.1.0/25"].map((cidr) => ({ cidr, reason: "routers" })) },
  });
  const waiting = refused("late", "corp", { blockSize: 24 }, "PoolExhausted", "full");
  const { sentences, openings } = explain(waiting, fleet(reserving, pool("lab", "10.0.2.0/24"), waiting));
  expect(openings).toEqual([]);
  expect(sentences).toContainEqual(
    expect.stringContaining("the pool reserves a part of every /24: 10.0.0.0/25 (routers)"),
  );
  expect(sentences.join(" ")).not.toContain("may grow");
});

test("a taken block names its holders, and the lowest free one of that size", () => {
  const spec = { requestedCIDR: "10.0.0.0/23" };
  const waiting = refused("late", "corp", spec, "BlockTaken", "10.0.0.0/23 is taken");
  const { sentences, blockers } = explain(waiting, fleet(corp, a, b, waiting));
  expect(blockers?.map(({ release }) => release)).toEqual(["SubnetClaim a", "SubnetClaim b"]);
  expect(sentences).toContain("Blocked by: 10.0.0.0/24 of SubnetClaim a and 10.0.1.0/24 of SubnetClaim b.");
  expect(sentences).toContain("The lowest free block of that size is 10.0.2.0/23.");
});

test("a missing pool: the pools there are, or the pool claim that is to make it", () => {
  const waiting = refused("late", "web", {}, "PoolNotFound", "there is no SubnetPool web");
  expect(explain(waiting, fleet(corp, waiting)).sentences).toContain("The pools of the namespace are corp.");
  const maker = poolClaim("web", "corp", 8, { status: refusal("SizeNotAllowed", "too large", "Error") });
  expect(explain(waiting, fleet(corp, maker, waiting)).sentences).toContain(
    "SubnetPoolClaim web requests that pool, and is not fulfilled: too large.",
  );
});

test("a duplicate names who holds the block; one outside its pool, the pools that contain it", () => {
  const twin = claim("twin", "corp", {
    spec: { clusterID: "a" },
    status: refusal("DuplicateClusterID", "taken"),
  });
  expect(explain(twin, fleet(corp, a, twin)).sentences).toContain(
    "It is fulfilled automatically as soon as SubnetClaim a is deleted.",
  );
  const spec = { requestedCIDR: "10.0.4.0/24" };
  const astray = claim("x", "corp", { spec, status: refusal("OutsidePool", "outside", "Error") });
  expect(explain(astray, fleet(corp, pool("lab", "10.0.4.0/22"), astray)).sentences).toContain(
    "It lies in pool lab (10.0.4.0/22).",
  );
});

test("a lost block is promised again, and what blocks it is named", () => {
  const lost = claim("a", "corp", {
    status: { ...refusal("AllocationLost", "taken", "Error"), allocatedCIDR: "10.0.0.0/24" },
  });
  const thief = subnet("thief", "corp", "10.0.0.0/24", { status: allocated() });
  expect(explain(lost, fleet(corp, lost, thief)).sentences).toEqual(
    expect.arrayContaining([
      "Blocked by: 10.0.0.0/24 of Subnet thief.",
      expect.stringContaining("gets that block again as soon as it is free"),
    ]),
  );
});

test("a claim without an answer, or that could be served by now, points at the operator", () => {
  const fresh = claim("new", "corp");
  expect(explain(fresh, fleet(corp, fresh)).sentences).toContain(
    "The operator has not decided it yet: is it running?",
  );
  const stale = refused("late", "corp", {}, "PoolExhausted", "full");
  expect(explain(stale, fleet(corp, stale)).sentences).toContain(
    "It could be fulfilled now (it takes 10.0.0.0/24): is the operator running?",
  );
});

test("PX-04 room that rests after a release: until when, and what is served then", () => {
  const slow = pool("corp", "10.0.0.0/24", { spec: { reuseDelaySeconds: 60 } });
  const resting = subnet("gone", "corp", "10.0.0.0/24", {
    spec: { claimRef: { name: "gone", uid: "uid-gone" } },
    status: { phase: "Released", observedGeneration: 1, releasedAt: NOW_TEXT },
  });
  const until = "2026-01-01T00:01:00Z";
  const waiting = refused("late", "corp", {}, "PoolExhausted", "full");
  const { sentences, openings } = explain(waiting, fleet(slow, resting, waiting));
  expect(sentences).toContainEqual(
    expect.stringContaining(`rests for 60 s before it is allocated; the first of 1 is free at ${until}`),
  );
  expect(openings).toEqual([{ block: "10.0.0.0/24", release: [`Subnet gone, which rests until ${until}`] }]);
  const exact = refused("x", "corp", { requestedCIDR: "10.0.0.0/25" }, "BlockTaken", "taken");
  expect(explain(exact, fleet(slow, resting, exact)).sentences).toEqual(
    expect.arrayContaining([
      `Blocked by: 10.0.0.0/24, which rests until ${until}.`,
      "It is fulfilled automatically as soon as 10.0.0.0/24 has rested.",
    ]),
  );
});

test("PX-04 a neighbour that rests does not count as in use", () => {
  const slow = pool("corp", "10.0.0.0/22", { spec: { reuseDelaySeconds: 60 } });
  const resting = subnet("gone", "corp", "10.0.0.0/24", {
    spec: { claimRef: { name: "gone", uid: "uid-gone" } },
    status: { phase: "Released", observedGeneration: 1, releasedAt: NOW_TEXT },
  });
  expect(explain(b.claim, fleet(slow, resting, b)).sentences).toContain(
    "Below it 10.0.0.0/24 rests until 2026-01-01T00:01:00Z, above it 10.0.2.0/23 is free.",
  );
  expect(explain(slow, fleet(slow, resting, b)).sentences).toContain(
    "1 released block is kept besides, and not free yet: 10.0.0.0/24 until 2026-01-01T00:01:00Z.",
  );
});

test("every reason of a claim is explained by more than itself", () => {
  const reasons = ["PoolNotFound", "PoolNotReady", "SizeNotAllowed", "NotAligned", "InvalidSpec", "Reserved"];
  for (const reason of reasons) {
    const waiting = claim("w", "corp", {
      spec: { blockSize: 40 },
      status: refusal(reason, "so it is", "Error"),
    });
    expect(explain(waiting, fleet(corp, waiting)).sentences.length, reason).toBeGreaterThanOrEqual(2);
  }
});

test("a pool shows where it comes from, what is in it and what keeps it", () => {
  const going = pool("corp", "10.0.0.0/22", { metadata: { deletionTimestamp: NOW_TEXT } });
  expect(explain(corp, fleet(corp, a, b)).sentences).toEqual([
    "SubnetPool corp has the range 10.0.0.0/22 and has no parent.",
    "2 blocks are allocated, 50 % of its addresses; free are 1 × /23.",
    "It allocates /22 to /32, /24 by default, with the strategy Linear.",
  ]);
  const { state, sentences } = explain(going, fleet(going, a));
  expect(state).toBe("Deleting");
  expect(sentences).toContainEqual(expect.stringContaining("it still contains 1 Subnet"));
});

test("a Subnet shows what it stands for and what it overlaps", () => {
  const late = subnet("hand", "corp", "10.0.0.0/25", {
    status: { phase: "Failed", observedGeneration: 1, message: "overlaps" },
  });
  const explained = explain(late, fleet(corp, a, late));
  expect(explained.sentences).toEqual(
    expect.arrayContaining(["It was made by hand.", "Its block overlaps 10.0.0.0/24 of SubnetClaim a."]),
  );
  expect(explain(a.subnet, fleet(corp, a)).sentences).toContain("It stands for SubnetClaim a.");
});
