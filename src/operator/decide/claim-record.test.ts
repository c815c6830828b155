/** What a claim remembers of its block, and what that decides. */
import { describe, expect, test } from "vitest";
import { recordLabels, type SubnetClaim } from "../../api/index.ts";
import { created, mine, prod, reasonOf, recorded, snapshot, statusOf } from "../testing/claim-fixture.ts";
import { allocated, claim, pool, subnet } from "../testing/objects.ts";
import { prefix, usablePool } from "../testing/usable-pool.ts";
import { type ClaimSnapshot, decideClaim } from "./claim.ts";

describe("a claim remembers (PX-11)", () => {
  const block = "10.0.7.0/24";
  const plain = claim("payments", "prod");
  const remembering = recorded(plain, block, "earlier");
  const of = (claimOf: SubnetClaim, more: Partial<ClaimSnapshot> = {}) =>
    decideClaim(snapshot({ claim: claimOf, ...more }));

  test("PX-11 it asks for the block that it had, and writes that down before it asks for any", () => {
    expect(created(of(remembering)).spec.cidr).toBe(block);
    const first = of(plain).actions;
    expect(first.map((action) => action.do)).toEqual(["patch", "create"]);
    expect(first[0]).toMatchObject({
      patch: { metadata: { labels: recordLabels(plain, prefix("10.0.0.0/24")) } },
    });
  });

  test("PX-11 it waits and reports why when another has that block, or the pool has it no more", () => {
    const taken = of(remembering, { pool: usablePool(prod, { other: "10.0.7.128/25" }) });
    expect(reasonOf(taken)).toBe("BlockTaken");
    expect(statusOf(taken).message).toContain("had 10.0.7.0/24 before, which is taken by Subnet other");
    const outside = recorded(plain, "10.9.0.0/24", "earlier");
    expect(reasonOf(of(outside))).toBe("OutsidePool");
    const reserved = recorded(plain, "10.0.255.0/24", "earlier");
    expect(reasonOf(of(reserved))).toBe("Reserved");
  });

  test("PX-11 the claim that the block is held for is named before the Subnet that is only being created for it", () => {
    const taken = { "prod-pool-team": "10.0.6.0/23", "pool/team/10.0.6.0_23": "10.0.6.0/23" };
    const decision = of(remembering, { pool: usablePool(prod, taken) });
    expect(statusOf(decision).message).toContain("which is in use by the child pool team");
  });

  test("PX-11 it asks for something else when its spec does, and takes no copied record for its own", () => {
    const wider = { ...remembering, spec: { ...remembering.spec, blockSize: 22 } };
    expect(created(of(wider)).spec.cidr).toBe("10.0.0.0/22");
    const copy = { ...remembering, metadata: { ...remembering.metadata, name: "copy" } };
    expect(created(of(copy)).spec.cidr).toBe("10.0.0.0/24");
  });

  test("PX-11 what it only asked for it may exchange for another block", () => {
    const asked = recorded(plain, block);
    expect(created(of(asked)).spec.cidr).toBe(block);
    const other = of(asked, { pool: usablePool(prod, { other: block }) });
    expect(created(other).spec.cidr).toBe("10.0.0.0/24");
    const full = of(asked, { pool: usablePool(prod, { all: "10.0.0.0/16" }) });
    expect(full.actions[0]).toMatchObject({
      patch: { metadata: { labels: { "plexaubnet.io/block": null } } },
    });
  });

  test("PX-11 of a pool that is paused it gets that one, and a new claim waits", () => {
    const paused = usablePool(pool("prod", "10.0.0.0/16", { spec: { paused: true } }));
    expect(created(of(remembering, { pool: paused })).spec.cidr).toBe(block);
    expect(reasonOf(of(plain, { pool: paused }))).toBe("PoolPaused");
  });

  test("PX-11 a claim that is made again gets the block that it had when that is free", () => {
    expect(created(of(plain, { released: prefix(block) })).spec.cidr).toBe(block);
    const taken = usablePool(prod, { other: block });
    expect(created(of(plain, { released: prefix(block), pool: taken })).spec.cidr).toBe("10.0.0.0/24");
  });

  test("PX-11 it takes over the Subnet of its earlier life, and remembers that block", () => {
    const theirs = subnet("prod-payments-x", "prod", block, {
      spec: { clusterID: "payments", claimRef: { name: "payments", uid: "uid-before" } },
    });
    const { actions } = of(plain, { subnet: theirs });
    expect(actions.map((action) => action.do)).toEqual(["confirm-gone", "patch", "patch"]);
    expect(actions[1]).toMatchObject({
      patch: { metadata: { labels: { "plexaubnet.io/block-life": "uuid-befo" } } },
    });
    const cut = { ...theirs, spec: { ...theirs.spec, claimRef: { name: "payments" } } };
    expect(of(plain, { subnet: cut }).actions.map((action) => action.do)).toEqual(["patch", "patch"]);
    expect(reasonOf(of({ ...plain, spec: { ...plain.spec, blockSize: 22 } }, { subnet: theirs }))).toBe(
      "DuplicateClusterID",
    );
  });
});

describe("two claims are never bound to one block (PX-11)", () => {
  const asked = recorded(claim("payments", "prod"));
  const own = mine(allocated());
  const bindTo = (of: SubnetClaim, ...conflicts: SubnetClaim[]) =>
    decideClaim(snapshot({ claim: of, subnet: own, conflictingClaims: () => conflicts }));
  const conflict = claim("conflict", "prod");

  test("PX-11 a claim is bound only when its own record of the block was seen", () => {
    expect(bindTo(claim("payments", "prod")).actions.map((action) => action.do)).toEqual(["patch"]);
    expect(statusOf(bindTo(asked)).phase).toBe("Bound");
  });

  test("PX-11 one that another was promised or remembers goes back", () => {
    const promised = { ...conflict, status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } } as const;
    for (const each of [promised, recorded(conflict, "10.0.0.0/24", "earlier")])
      expect(bindTo(asked, each).actions).toMatchObject([
        { do: "confirm-there", of: asked },
        { do: "delete", of: own },
      ]);
  });

  test("PX-11 one that another only asks for is waited for", () => {
    expect(bindTo(asked, recorded(conflict))).toMatchObject({ verdict: "blocked", actions: [] });
  });

  test("PX-11 of two that remember it, neither is bound, and both say so", () => {
    const both = bindTo(
      recorded(claim("payments", "prod"), "10.0.0.0/24", "x"),
      recorded(conflict, "10.0.0.0/24", "y"),
    );
    expect(reasonOf(both)).toBe("BlockTaken");
    expect(statusOf(both).message).toContain("and so had claim conflict");
  });
});
