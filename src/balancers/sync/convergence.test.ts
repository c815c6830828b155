/**
 * Whatever the two sides are: one plan leads to no difference but those that a user holds, and loses nothing
 * on the way.
 */
import { describe, expect, test } from "vitest";
import { type LedgerPool, PoolIndex } from "../ledger/index.ts";
import { compare } from "./compare.ts";
import { curesFor } from "./cures.ts";
import type { DriftRow } from "./drift.ts";
import type { ClusterPool } from "./metallb.ts";
import { makePlan } from "./plan.ts";
import type { SyncPlan } from "./plan-step.ts";
import { DEFAULT_SETTINGS, type SyncSettings } from "./settings.ts";
import type { Sides } from "./sides.ts";
import { sidesAfter } from "./simulate.ts";
import { balancer, present, randomSides, recorded, usage } from "./testing/random-sides.ts";

const CONFIRMED: SyncSettings = {
  ...DEFAULT_SETTINGS,
  mode: "sync",
  confirmed: ["last-pool", "not-ours", "too-many-deletions"],
};

function planFor(sides: Sides, settings = CONFIRMED): SyncPlan {
  const drift = compare(sides);
  return makePlan({ id: "p", createdAt: "", sides, drift, settings, unfit: () => undefined });
}

/** Recorded as it was, used as it is. */
function world(before: readonly LedgerPool[], after: readonly ClusterPool[], ips: readonly string[]): Sides {
  const index = new PoolIndex(before);
  const usages = ips.flatMap((ip) => {
    const found = index.lookUp(ip);
    return found.result === "found" ? [usage(ip, found.pool.name)] : [];
  });
  return { ledger: { pools: before, usages }, cluster: { pools: after, balancers: ips.map(balancer) } };
}

const A = "203.0.113";
const CASES: readonly (readonly [string, Sides])[] = [
  ["renamed", world([recorded("b", `${A}.0/28`)], [present("shop-b", `${A}.0/28`)], [`${A}.3`])],
  [
    "split",
    world(
      [recorded("a", `${A}.0/26`)],
      [present("a", `${A}.0/27`), present("a2", `${A}.32/27`)],
      [`${A}.50`, `${A}.5`],
    ),
  ],
  [
    "merged",
    world(
      [recorded("a", `${A}.0/27`), recorded("a2", `${A}.32/27`)],
      [present("a", `${A}.0/26`)],
      [`${A}.50`],
    ),
  ],
  [
    "merged into another",
    world(
      [recorded("a", `${A}.0/27`), recorded("b", `${A}.32/27`)],
      [present("c", `${A}.0/26`)],
      [`${A}.50`, `${A}.1`],
    ),
  ],
  [
    "swapped",
    world(
      [recorded("a", `${A}.0/28`), recorded("b", `${A}.16/28`)],
      [present("a", `${A}.16/28`), present("b", `${A}.0/28`)],
      [`${A}.1`, `${A}.17`],
    ),
  ],
  ["shrunk", world([recorded("a", `${A}.0/26`)], [present("a", `${A}.0/27`)], [`${A}.5`])],
  [
    "moved on",
    world(
      [recorded("a", `${A}.0/28`), recorded("b", `${A}.16/28`)],
      [present("a", `${A}.16/28`), present("b", `${A}.32/28`)],
      [`${A}.17`],
    ),
  ],
];

describe("RC-04 RC-05 a pool in use converges in one plan", () => {
  test.each(CASES)("when it is %s", (_, sides) => {
    const plan = planFor(sides, { ...DEFAULT_SETTINGS, mode: "sync" });
    expect(plan.refused).toEqual([]);
    const after = sidesAfter(sides, plan.steps);
    expect(compare(after)).toEqual([]);
    const names = new Map(after.ledger.pools.map(({ id, name }) => [id, name]));
    const index = new PoolIndex(after.ledger.pools);
    for (const { ip, poolId } of after.ledger.usages) {
      expect(index.lookUp(ip)).toMatchObject({ result: "found", pool: { name: names.get(poolId!) } });
    }
  });
});

test("RC-04 the row of a renamed pool is the row of before", () => {
  const plan = planFor(CASES[0]![1]);
  expect(plan.steps.map(({ does, subject }) => [does, subject])).toEqual([["pool-rename", "pool/b"]]);
  expect(sidesAfter(CASES[0]![1], plan.steps).ledger.pools).toMatchObject([{ id: "row-b", name: "shop-b" }]);
});

test("RC-05 what gives addresses up comes before what takes them, and usage before the row that it leaves", () => {
  const order = (at: number) => planFor(CASES[at]![1]).steps.map(({ does, subject }) => `${does} ${subject}`);
  expect(order(1)).toEqual([
    "pool-update pool/a",
    "pool-create pool/a2",
    `usage-move service/shop/s-${A}.50/${A}.50`,
  ]);
  expect(order(2)).toEqual([
    `usage-move service/shop/s-${A}.50/${A}.50`,
    "pool-delete pool/a2",
    "pool-update pool/a",
  ]);
  expect(order(3).at(-1)).toBe("pool-rename pool/a");
});

function expectPromises(before: Sides, after: Sides): void {
  const had = new PoolIndex(before.ledger.pools);
  const has = new PoolIndex(after.ledger.pools);
  const ids = new Set(after.ledger.pools.map(({ id }) => id));
  for (const { ip } of before.cluster.balancers) if (had.holds(ip)) expect(has.holds(ip)).toBe(true);
  for (const { poolId } of after.ledger.usages) expect(poolId === undefined || ids.has(poolId)).toBe(true);
  for (let at = 0; at < 256; at++) {
    const ip = `10.0.0.${at}`;
    if (had.lookUp(ip).result !== "ambiguous") expect(has.lookUp(ip).result).not.toBe("ambiguous");
  }
}

/** No row goes while a record refers to it. */
function expectOrder(sides: Sides, { steps }: SyncPlan, what: string): void {
  for (const [at, step] of steps.entries()) {
    if (step.does !== "pool-delete" || step.side !== "ledger") continue;
    const { pools, usages } = sidesAfter(sides, steps.slice(0, at)).ledger;
    const row = pools.find(({ name }) => name === step.before.name);
    expect(row, what).toBeDefined();
    expect(
      usages.filter(({ poolId }) => poolId === row?.id),
      `${what}: ${step.subject}`,
    ).toEqual([]);
  }
}

test("RC-05 a record that was only discovered leaves the row of its pool before that goes", () => {
  const sides = world(
    [recorded("one", `${A}.0-${A}.1`), recorded("two", `${A}.32/27`)],
    [present("whole", `${A}.0/26`)],
    [`${A}.40`],
  );
  const { ledger, cluster } = sides;
  const usages = [...ledger.usages, usage(`${A}.0`, "one", "discovered")];
  const both = {
    ledger: { ...ledger, usages },
    cluster: { ...cluster, balancers: [...cluster.balancers, balancer(`${A}.0`)] },
  };
  const plan = planFor(both);
  expect(plan.steps.map(({ does, subject }) => `${does} ${subject}`)).toEqual([
    `usage-record service/shop/s-${A}.0/${A}.0`,
    "pool-delete pool/one",
    "pool-rename pool/two",
  ]);
  expectOrder(both, plan, "merged");
});

test("RC-04 RC-05 from any two sides one repair reaches no difference, loses no range in use, and makes no look-up unclear", () => {
  for (let seed = 1; seed <= 250; seed++) {
    const sides = randomSides(seed);
    const plan = planFor(sides);
    const after = sidesAfter(sides, plan.steps);
    expect(compare(after), `seed ${seed}`).toEqual([] as DriftRow[]);
    expectPromises(sides, after);
    expectOrder(sides, plan, `seed ${seed}`);
    expect(planFor(after).steps, `seed ${seed}, again`).toEqual([]);
  }
});

test("RC-05 without confirmations every difference that is left is one that a guard holds", () => {
  for (let seed = 1; seed <= 250; seed++) {
    const sides = randomSides(seed);
    const plan = planFor(sides, { ...DEFAULT_SETTINGS, mode: "sync" });
    const after = sidesAfter(sides, plan.steps);
    expectPromises(sides, after);
    const held = new Set(plan.refused.flatMap(({ step }) => [step.driftId, ...(step.ends ?? [])]));
    const left = compare(after).filter(({ id }) => !held.has(id));
    // An overlap that was there stays as long as a pool of it does.
    expect(
      left.filter(({ kind }) => kind !== "ip-in-two-pools"),
      `seed ${seed}`,
    ).toEqual([]);
    const again = planFor(after, { ...DEFAULT_SETTINGS, mode: "sync" });
    expect(
      again.steps.filter(({ does }) => does !== "usage-move" && does !== "usage-record").length,
    ).toBeLessThanOrEqual(plan.refused.length);
  }
});

test("RC-05 with the ledger as the truth, too, every difference that is left is held, and has its command", () => {
  const truth = { pools: "ledger", autoAssign: "ledger", avoidBuggyIPs: "ledger" } as const;
  for (const mode of ["observe", "upsert", "sync"] as const) {
    for (let seed = 1; seed <= 100; seed++) {
      const sides = randomSides(seed);
      const plan = planFor(sides, { ...CONFIRMED, mode, truth });
      const after = sidesAfter(sides, plan.steps);
      expectPromises(sides, after);
      const steps = [...plan.refused.map(({ step }) => step), ...plan.heldBack];
      const held = new Set(steps.flatMap(({ driftId, ends = [] }) => [driftId, ...ends]));
      const cured = new Set(curesFor(plan, "metallb-system").map(({ row }) => row.id));
      for (const { id, kind } of compare(after)) {
        expect(held.has(id) || /^ip-/.test(kind), `${mode}, seed ${seed}: ${id}`).toBe(true);
        if (plan.drift.some((row) => row.id === id))
          expect(cured.has(id), `${mode}, seed ${seed}: ${id}`).toBe(true);
      }
    }
  }
});
