import { expect, test } from "vitest";
import type { SubnetPool } from "../../api/index.ts";
import { poolTree } from "../screen/pool-tree.ts";
import { toPlain } from "../screen/text.ts";
import { describe, isTooShort, type PoolForecasts } from "./full-in.ts";
import { forest } from "./show-tree.ts";

function pool(name: string, annotations: Readonly<Record<string, string>> = {}): SubnetPool {
  return {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "SubnetPool",
    metadata: { name, namespace: "fleet", uid: `uid-${name}`, annotations },
    spec: { cidr: "10.0.0.0/16" },
    status: { allocatedCount: 1, freeCount: 2 },
  };
}

const pools = [pool("busy"), pool("divided", { "plexaubnet.io/meant-to-be-full": "true" }), pool("new")];
const forecasts: PoolForecasts = new Map([
  ["uid-busy", { verdict: "grows", soonest: 40.2, latest: 69.1 }],
  ["uid-divided", { verdict: "grows", soonest: 1, latest: 2 }],
]);

test("PX-18 a tree shows when a pool is full, and not of one that is meant to be", () => {
  const tree = poolTree(pools, { bars: false, fullIn: (each) => describe(each, forecasts) }).map(toPlain);
  expect(tree[0]).toContain("FULL");
  expect(tree[1]).toContain("in 40 to 70 days");
  expect(tree[2]).toContain("meant to be");
  expect(tree[2]).not.toContain("days");
  expect(poolTree(pools, { bars: false }).map(toPlain)[0]).not.toContain("FULL");
});

test("PX-18 programs get the forecast and the annotation", () => {
  const [busy, divided, fresh] = forest(pools, 1, forecasts);
  expect(busy?.forecast).toEqual({ verdict: "grows", soonest: 40.2, latest: 69.1 });
  expect(divided?.meantToBeFull).toBe(true);
  expect(fresh).not.toHaveProperty("forecast");
});

test("PX-18 a history that is too short for all pools is said once", () => {
  const short = { verdict: "not-enough-history", days: 1, required: 7 } as const;
  expect(isTooShort(new Map([["uid-new", short]]))).toBe(true);
  expect(isTooShort(new Map([...forecasts, ["uid-new", short]]))).toBe(false);
});
