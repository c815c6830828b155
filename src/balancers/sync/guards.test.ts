import { expect, test } from "vitest";
import { fingerprintOf, type LedgerPool, type PoolId, type Usage } from "../ledger/index.ts";
import { compare } from "./compare.ts";
import { curesFor } from "./cures.ts";
import type { ClusterPool, LoadBalancer } from "./metallb.ts";
import { hashOf, makePlan } from "./plan.ts";
import { DEFAULT_SETTINGS, type SyncSettings } from "./settings.ts";
import { implausibleRead, type Sides } from "./sides.ts";
import { observeUsage } from "./usage.ts";

const SYNC: SyncSettings = { ...DEFAULT_SETTINGS, mode: "sync" };

function recorded(name: string, ...ranges: string[]): LedgerPool {
  return { id: name as PoolId, cluster: "default", name, ranges, autoAssign: true, avoidBuggyIPs: false };
}

function present(name: string, ...ranges: string[]): ClusterPool {
  return {
    name,
    namespace: "metallb-system",
    ranges,
    autoAssign: true,
    avoidBuggyIPs: false,
    version: "u/1",
    state: { uid: "u", resourceVersion: "1" },
    ours: true,
  };
}

function balancer(ip: string, service = `svc-${ip}`): LoadBalancer {
  return { ip, family: 4, serviceUid: service, namespace: "ns", service, poolName: undefined };
}

function usage(ip: string, pool: string, more: Partial<Usage> = {}): Usage {
  return {
    ...balancer(ip),
    id: ip,
    cluster: "default",
    poolId: pool as PoolId,
    poolName: pool,
    state: "active",
    firstSeenAt: "",
    changedAt: "",
    missedRounds: 0,
    missedSince: undefined,
    ...more,
  };
}

function sides(ledger: Partial<Sides["ledger"]>, cluster: Partial<Sides["cluster"]>): Sides {
  return { ledger: { pools: [], usages: [], ...ledger }, cluster: { pools: [], balancers: [], ...cluster } };
}

function plan(of: Sides, settings = SYNC) {
  return makePlan({
    id: "p",
    createdAt: "",
    sides: of,
    drift: compare(of),
    settings,
    unfit: () => undefined,
  });
}

function guards(of: Sides, settings = SYNC) {
  return plan(of, settings).refused.map(({ guard, step }) => `${guard} ${step.subject}`);
}

test("RC-03 ranges that are written differently and hold the same addresses do not differ", () => {
  const same = sides(
    { pools: [recorded("a", "10.0.0.0/25", "10.0.0.128-10.0.0.255")] },
    { pools: [present("a", "10.0.0.0/24")] },
  );
  expect(compare(same)).toEqual([]);
});

test("RC-03 a range that cannot be read is named, and no plan touches its pool", () => {
  const bad = sides(
    { pools: [recorded("a", "10.0.0.0/24")] },
    { pools: [present("a", "10.0.0.9-10.0.0.1")] },
  );
  expect(compare(bad).map(({ kind }) => kind)).toEqual(["range-differs", "range-unreadable"]);
  expect(guards(bad)).toEqual(["range-unreadable pool/a"]);
});

test("RC-03 an IP in two pools of the ledger and an IP in none of MetalLB's are reported, and nothing is done", () => {
  const pools = [recorded("a", "10.0.0.0/24"), recorded("b", "10.0.0.0/24")];
  const cluster = {
    pools: [present("a", "10.0.0.0/24"), present("b", "10.0.0.0/24")],
    balancers: [balancer("10.0.0.1"), balancer("10.9.9.9")],
  };
  const of = sides({ pools }, cluster);
  expect(compare(of).map(({ kind }) => kind)).toEqual([
    "usage-unrecorded",
    "ip-outside-every-pool",
    "ip-in-two-pools",
  ]);
  expect(guards(of)).toEqual(["ambiguous-pool service/ns/svc-10.0.0.1/10.0.0.1"]);
  expect(observeUsage(of, SYNC, 0).discovered.map(({ ip, poolId }) => [ip, poolId])).toEqual([
    ["10.0.0.1", undefined],
  ]);
});

test("RC-05 a range with an IP in use is neither shrunk nor removed", () => {
  const shrunk = sides(
    { pools: [recorded("a", "10.0.0.0/24")], usages: [usage("10.0.0.200", "a")] },
    { pools: [present("a", "10.0.0.0/25")], balancers: [balancer("10.0.0.200")] },
  );
  expect(guards(shrunk)).toContain("in-use pool/a");
  const removed = sides(
    { pools: [recorded("a", "10.0.0.0/24"), recorded("b", "10.1.0.0/24")], usages: [usage("10.0.0.1", "a")] },
    { pools: [present("b", "10.1.0.0/24")], balancers: [balancer("10.0.0.1")] },
  );
  expect(guards(removed)).toContain("in-use pool/a");
});

test("RC-05 the message on a pool that cannot shrink names what stops it: a Service that has the IP, a record that waits, one that is to be released", () => {
  const stopped = (state: Usage["state"], balancers: readonly LoadBalancer[]) => {
    const usages = [usage("10.0.0.200", "a", { state, service: "api" })];
    const of = sides(
      { pools: [recorded("a", "10.0.0.0-10.0.0.255")], usages },
      { pools: [present("a", "10.0.0.0/25")], balancers },
    );
    const made = plan(of);
    const [refusal] = made.refused.filter(({ step }) => step.subject === "pool/a");
    const [cure] = curesFor(made, "metallb-system").filter(({ row }) => row.subject === "pool/a");
    return `${refusal?.guard}: ${cure?.message} ${cure?.command}`;
  };
  expect(stopped("active", [balancer("10.0.0.200")])).toBe(
    "in-use: pool/a would lose 10.0.0.200, which the Service ns/svc-10.0.0.200 uses, and no other pool would hold it; free it first. plexaubnet lb lookup 10.0.0.200",
  );
  expect(stopped("active", [])).toBe(
    "not-confirmed: pool/a would lose 10.0.0.200, which is recorded for the Service ns/api; that has it no more, and the record ends after 3 comparisons and 300 s without it; to end it now, run `plexaubnet lb repair --confirm not-confirmed`. plexaubnet lb repair --confirm not-confirmed",
  );
  const usages = [
    usage("10.0.0.200", "a", { state: "missing", service: "api" }),
    usage("10.0.0.201", "a", { state: "missing" }),
  ];
  const of = sides(
    { pools: [recorded("a", "10.0.0.0/24")], usages },
    { pools: [present("a", "10.0.0.0/25")] },
  );
  const few = { ...SYNC, guards: { ...SYNC.guards, maxDeletions: 0 } };
  expect(curesFor(plan(of, few), "metallb-system").map(({ command }) => command)).toEqual([
    "plexaubnet lb resolve service/ns/api/10.0.0.200 --release",
    "plexaubnet lb repair --confirm too-many-deletions",
    "plexaubnet lb repair --confirm too-many-deletions",
  ]);
});

test("RC-05 the last pool stays, on either side", () => {
  const ledger = { ...SYNC, truth: { ...SYNC.truth, pools: "ledger" as const } };
  expect(guards(sides({}, { pools: [present("a", "10.0.0.0/24")] }), ledger)).toEqual(["last-pool pool/a"]);
  expect(guards(sides({ pools: [recorded("a", "10.0.0.0/24")] }, {}))).toEqual(["last-pool pool/a"]);
});

test("RC-05 a pool of the cluster that another client made is not deleted", () => {
  const ledger = { ...SYNC, truth: { ...SYNC.truth, pools: "ledger" as const } };
  const pools = [{ ...present("a", "10.0.0.0/24"), ours: false }, present("b", "10.1.0.0/24")];
  expect(guards(sides({ pools: [recorded("b", "10.1.0.0/24")] }, { pools }), ledger)).toEqual([
    "not-ours pool/a",
  ]);
});

test("RC-05 more deletions than the guard allows: none of them happens", () => {
  const pools = Array.from({ length: 10 }, (_, at) => recorded(`p${at}`, `10.${at}.0.0/24`));
  const gone = (count: number) =>
    sides({ pools }, { pools: pools.slice(count).map(({ name, ranges }) => present(name, ...ranges)) });
  expect(plan(gone(2)).steps).toHaveLength(2);
  expect(plan(gone(3))).toMatchObject({ steps: [], refused: [{}, {}, {}] });
});

test("RC-06 a record is released only after it counts as missing", () => {
  const pools = { pools: [present("a", "10.0.0.0/24")] };
  const of = (state: Usage["state"]) =>
    sides({ pools: [recorded("a", "10.0.0.0/24")], usages: [usage("10.0.0.1", "a", { state })] }, pools);
  expect(compare(of("active"))).toEqual([]);
  expect(plan(of("active")).steps).toEqual([]);
  expect(plan(of("missing"), { ...SYNC, mode: "upsert" }).steps.map(({ does }) => does)).toEqual([
    "usage-release",
  ]);
  expect(plan(of("missing")).steps.map(({ does }) => does)).toEqual(["usage-release"]);
});

test("RC-06 a record is missing after several observations and a grace time, and comes back when it is seen", () => {
  const pools = { pools: [recorded("a", "10.0.0.0/24")] };
  const look = (one: Usage, nowMs: number, balancers: LoadBalancer[] = []) =>
    observeUsage(
      sides({ ...pools, usages: [one] }, { pools: [present("a", "10.0.0.0/24")], balancers }),
      SYNC,
      nowMs,
    ).changed[0]?.change;
  let one = usage("10.0.0.1", "a");
  for (const second of [0, 1, 2]) one = { ...one, ...look(one, second * 1000) };
  expect(one).toMatchObject({ state: "active", missedRounds: 3 });
  expect(look(one, 200_000)).toBeUndefined();
  one = { ...one, ...look(one, 300_000) };
  expect(one.state).toBe("missing");
  expect(look(one, 400_000, [balancer("10.0.0.1")])).toMatchObject({ state: "active", missedRounds: 0 });
});

test("RC-05 an empty or short read is rejected", () => {
  const pools = ["a", "b", "c", "d"].map((name, at) => recorded(name, `10.${at}.0.0/24`));
  const usages = [1, 2, 3, 4].map((at) => usage(`10.0.0.${at}`, "a"));
  const seen = (count: number) => pools.slice(0, count).map(({ name, ranges }) => present(name, ...ranges));
  const balancers = usages.map(({ ip }) => balancer(ip));
  expect(implausibleRead(sides({ pools, usages }, { pools: seen(4), balancers }), SYNC)).toBeUndefined();
  expect(implausibleRead(sides({ pools, usages }, { pools: [], balancers }), SYNC)).toMatch(
    /0 address pools in the cluster/,
  );
  expect(implausibleRead(sides({ pools, usages }, { pools: seen(1), balancers }), SYNC)).toMatch(
    /1 address pools/,
  );
  expect(implausibleRead(sides({ pools, usages }, { pools: seen(4), balancers: [] }), SYNC)).toMatch(
    /0 load balancers/,
  );
  expect(implausibleRead(sides({ pools: [], usages }, { pools: seen(4), balancers }), SYNC)).toMatch(
    /0 pools in the ledger/,
  );
});

test("RC-05 records that were missed before do not make a read a short one", () => {
  const waiting = Array.from({ length: 6 }, (_, at) => usage(`10.0.1.${at}`, "a", { missedRounds: 1 }));
  const seen = Array.from({ length: 5 }, (_, at) => usage(`10.0.0.${at}`, "a"));
  const read = (count: number) =>
    implausibleRead(
      sides(
        { pools: [recorded("a", "10.0.0.0/16")], usages: [...waiting, ...seen] },
        {
          pools: [present("a", "10.0.0.0/16")],
          balancers: seen.slice(0, count).map(({ ip }) => balancer(ip)),
        },
      ),
      SYNC,
    );
  expect(read(4)).toBeUndefined();
  expect(read(2)).toMatch(/2 load balancers in the cluster where at least 5 were known/);
});

test("RC-04 the same sides give the same plan, and any edit another hash", () => {
  const of = sides(
    { pools: [recorded("a", "10.0.0.0/25")] },
    { pools: [present("a", "10.0.0.0/24"), present("b", "10.1.0.0/24")] },
  );
  const made = plan(of);
  expect(plan(of)).toEqual(made);
  expect(made.steps.map(({ does }) => does)).toEqual(["pool-create", "pool-update"]);
  expect(made.basis.ledger).toEqual({
    "pool/a": fingerprintOf(recorded("a", "10.0.0.0/25")),
    "pool/b": "absent",
  });
  expect(hashOf(made)).toBe(made.hash);
  expect(hashOf({ ...made, steps: made.steps.slice(1) })).not.toBe(made.hash);
  expect(hashOf({ ...made, basis: { ...made.basis, ledger: {} } })).not.toBe(made.hash);
});

test("RC-04 what only the ledger keeps is in no plan", () => {
  const ledger = { ...recorded("a", "10.0.0.0/25"), owner: "ops", ticket: "T-1", notes: "mind the gap" };
  const [step] = plan(sides({ pools: [ledger] }, { pools: [present("a", "10.0.0.0/24")] })).steps;
  expect(Object.keys(step?.after as object)).toEqual(["name", "ranges", "autoAssign", "avoidBuggyIPs"]);
});
