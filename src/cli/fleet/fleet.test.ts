import { expect, test } from "vitest";
import type { SubnetClaim, SubnetPool, SubnetPoolClaim } from "../../api/index.ts";
import { API_VERSION } from "../../api/index.ts";
import { claimState, countClaims, type Fleet, unsettled } from "./fleet.ts";

const metadata = (name: string) => ({ name, namespace: "fleet", generation: 2 });

function claim(name: string, poolRef: string, status?: SubnetClaim["status"]): SubnetClaim {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetClaim",
    metadata: metadata(name),
    spec: { poolRef, clusterID: name },
    ...(status === undefined ? {} : { status }),
  };
}

function poolClaim(name: string, parentPoolRef: string, status?: SubnetPoolClaim["status"]): SubnetPoolClaim {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPoolClaim",
    metadata: metadata(name),
    spec: { parentPoolRef, desiredBlockSize: 16 },
    ...(status === undefined ? {} : { status }),
  };
}

function pool(name: string, observedGeneration: number, allocatedCount = 0): SubnetPool {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: metadata(name),
    spec: { cidr: "10.0.0.0/8" },
    status: { observedGeneration, allocatedCount },
  };
}

function refusal(reason: string, phase: "Pending" | "Error" = "Pending", observedGeneration = 2) {
  const ready = { type: "Ready", status: "False" as const, reason, message: `because ${reason}` };
  return {
    phase,
    observedGeneration,
    conditions: [{ ...ready, lastTransitionTime: "2026-01-01T00:00:00Z" }],
  };
}

const fleetOf = (parts: Partial<Fleet>): Fleet => ({ pools: [], poolClaims: [], claims: [], ...parts });

test("a claim is settled when its status speaks of its present spec", () => {
  const bound = claim("a", "corp", { phase: "Bound", observedGeneration: 2 });
  const behind = claim("a", "corp", { phase: "Bound", observedGeneration: 1 });
  expect(claimState(bound, fleetOf({}))).toEqual({ state: "bound" });
  expect(claimState(behind, fleetOf({}))).toEqual({ state: "unsettled" });
  expect(claimState(claim("a", "corp"), fleetOf({}))).toEqual({ state: "unsettled" });
});

test("a claim that cannot be fulfilled is settled by its reason", () => {
  const exhausted = claim("a", "corp", refusal("PoolExhausted"));
  expect(claimState(exhausted, fleetOf({ pools: [pool("corp", 2)] }))).toEqual({
    state: "refused",
    reason: "PoolExhausted",
    message: "because PoolExhausted",
  });
  expect(claimState(claim("a", "corp", refusal("PoolExhausted", "Pending", 1)), fleetOf({})).state).toBe(
    "unsettled",
  );
  expect(claimState(claim("a", "corp", refusal("PoolNotReady")), fleetOf({})).state).toBe("unsettled");
});

test("a missing pool is an answer only when no claim is about to make it", () => {
  const waiting = claim("a", "prod", refusal("PoolNotFound"));
  expect(claimState(waiting, fleetOf({})).state).toBe("refused");
  expect(claimState(waiting, fleetOf({ pools: [pool("prod", 2)] })).state).toBe("unsettled");
  expect(claimState(waiting, fleetOf({ poolClaims: [poolClaim("prod", "corp")] })).state).toBe("unsettled");
  const refused = poolClaim("prod", "corp", refusal("PoolExhausted"));
  expect(claimState(waiting, fleetOf({ poolClaims: [refused] })).state).toBe("refused");
  const circle = ["a", "b"].map((name, index) =>
    poolClaim(name, index === 0 ? "b" : "a", refusal("PoolNotFound")),
  );
  for (const each of circle) expect(claimState(each, fleetOf({ poolClaims: circle })).state).toBe("refused");
  const ownParent = poolClaim("loop", "loop", refusal("PoolNotFound"));
  expect(claimState(ownParent, fleetOf({ poolClaims: [ownParent] })).state).toBe("refused");
});

test("what is unsettled is named by kind, namespace and name", () => {
  const fleet = fleetOf({
    pools: [pool("corp", 2, 1), pool("corp-v6", 1)],
    poolClaims: [poolClaim("eu-west", "corp", { phase: "Bound", observedGeneration: 2 })],
    claims: [claim("a", "corp"), claim("b", "corp", refusal("SizeNotAllowed", "Error"))],
  });
  expect(unsettled(fleet)).toEqual(["SubnetPool fleet/corp-v6", "SubnetClaim fleet/a"]);
  expect(countClaims(fleet)).toEqual({ bound: 1, refused: 1, unsettled: 1 });
});

test("RQ-05 a pool is settled when its figures have caught up with the claims that are Bound", () => {
  const bound = { phase: "Bound", observedGeneration: 2 } as const;
  const claims = [claim("a", "corp", bound), claim("b", "corp", bound), claim("c", "lab", bound)];
  const fleet = (count: number) => fleetOf({ pools: [pool("corp", 2, count)], claims });
  expect(unsettled(fleet(1))).toEqual(["SubnetPool fleet/corp"]);
  expect(unsettled(fleet(2))).toEqual([]);
});
