import { describe, expect, test } from "vitest";
import type { FleetObjects } from "../../check/fleet-objects.ts";
import { allocated, claim, NAMESPACE, pool, poolClaim, subnet } from "../../testing/objects.ts";
import { type ClaimToTry, whatIf } from "./what-if.ts";

const NOW_MS = Date.parse("2026-01-02T00:00:00Z");
const NOTHING: FleetObjects = { pools: [], poolClaims: [], claims: [], subnets: [] };
const corp = pool("corp", "10.0.0.0/22", { spec: { defaultBlockSize: 24 } });

function wanted(name: string, spec: object = {}): ClaimToTry {
  const metadata = { name, namespace: NAMESPACE };
  return { kind: "SubnetClaim", metadata, spec: { poolRef: "corp", clusterID: name, ...spec } };
}

function outcomes(fleet: FleetObjects, ...claims: readonly ClaimToTry[]) {
  return whatIf(fleet, claims, NOW_MS).answers.map(({ name, cidr, reason, outcome }) =>
    [name, outcome, cidr ?? reason].join(" "),
  );
}

describe("what would become of a claim (PX-21)", () => {
  test("PX-21 it gets the block that the pool would allocate, with use and largest free block before and after", () => {
    const held = subnet("a", "corp", "10.0.0.0/24", { status: allocated() });
    const [answer] = whatIf({ ...NOTHING, pools: [corp], subnets: [held] }, [wanted("web")], NOW_MS).answers;
    expect(answer).toMatchObject({
      outcome: "allocated",
      cidr: "10.0.1.0/24",
      before: { utilizationPercent: 25, largestFree: "10.0.2.0/23", free: { 23: 1, 24: 1 } },
      after: { utilizationPercent: 50, largestFree: "10.0.2.0/23", free: { 23: 1 } },
    });
  });

  test("PX-21 several are served in their order, each from what those before it left", () => {
    const fleet = { ...NOTHING, pools: [corp] };
    expect(outcomes(fleet, wanted("a"), wanted("b", { blockSize: 23 }), wanted("c"), wanted("d"))).toEqual([
      "a allocated 10.0.0.0/24",
      "b allocated 10.0.2.0/23",
      "c allocated 10.0.1.0/24",
      "d refused PoolExhausted",
    ]);
  });

  test("PX-21 a refusal has the reason of the condition and what would help", () => {
    const full = pool("corp", "10.0.0.0/24", { spec: { defaultBlockSize: 24 } });
    const served = claim("web", "corp", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } });
    const holds = subnet("corp-web", "corp", "10.0.0.0/24", { status: allocated() });
    const fleet = {
      ...NOTHING,
      pools: [full],
      claims: [served],
      subnets: [{ ...holds, spec: { ...holds.spec, claimRef: { name: "web", uid: "uid-web" } } }],
    };
    const [answer] = whatIf(fleet, [wanted("db")], NOW_MS).answers;
    expect(answer).toMatchObject({ outcome: "refused", reason: "PoolExhausted" });
    expect(answer?.message).toBe("pool corp has no free /24: release a block, or grow the pool");
    expect(answer?.sentences).toContain("10.0.0.0/24 would be free without SubnetClaim web.");
  });

  test("PX-21 a claim that exists is not created again, and one of another spec is refused", () => {
    const served = claim("web", "corp", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } });
    const holds = subnet("corp-web", "corp", "10.0.0.0/24", { status: allocated() });
    const fleet = { ...NOTHING, pools: [corp], claims: [served], subnets: [holds] };
    expect(outcomes(fleet, wanted("web"), wanted("web", { blockSize: 25 }))).toEqual([
      "web existing 10.0.0.0/24",
      "web refused AlreadyExists",
    ]);
  });

  test("PX-21 a pool claim makes a pool, of which claims after and before it get blocks", () => {
    const team: ClaimToTry = {
      kind: "SubnetPoolClaim",
      metadata: { name: "team", namespace: NAMESPACE },
      spec: { parentPoolRef: "corp", desiredBlockSize: 23 },
    };
    const early = wanted("early", { poolRef: "team", blockSize: 24 });
    const late = wanted("late", { poolRef: "team", blockSize: 24 });
    expect(outcomes({ ...NOTHING, pools: [corp] }, early, team, late)).toEqual([
      "early allocated 10.0.0.0/24",
      "team allocated 10.0.0.0/23",
      "late allocated 10.0.1.0/24",
    ]);
  });

  test("PX-21 claims that the operator has not decided yet come first, and are named", () => {
    const fleet = { ...NOTHING, pools: [corp], claims: [claim("web", "corp")] };
    const { answers, servedFirst } = whatIf(fleet, [wanted("db")], NOW_MS);
    expect(servedFirst).toEqual([`SubnetClaim ${NAMESPACE}/web`]);
    expect(answers[0]?.cidr).toBe("10.0.1.0/24");
  });

  test("PX-21 a pool that does not exist has no use, and the claim would wait for it", () => {
    const waiting = poolClaim("team", "corp", 23);
    const fleet = { ...NOTHING, poolClaims: [waiting] };
    const [answer] = whatIf(fleet, [wanted("web")], NOW_MS).answers;
    expect(answer).toMatchObject({ outcome: "refused", reason: "PoolNotFound" });
    expect(answer).not.toHaveProperty("before");
  });

  test("PX-21 the fleet that was given is not changed", () => {
    const fleet = { ...NOTHING, pools: [corp], claims: [claim("web", "corp")] };
    const before = structuredClone(fleet);
    whatIf(fleet, [wanted("db")], NOW_MS);
    expect(fleet).toEqual(before);
  });
});
