import { expect, test } from "vitest";
import { API_VERSION, type SubnetClaim, type SubnetPool } from "../../api/index.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { fleetScreen, type ScreenFacts } from "./fleet-screen.ts";
import { poolTree, treeDepth } from "./pool-tree.ts";
import { lineWidth, toPlain } from "./text.ts";

interface PoolParts {
  readonly parent?: string;
  readonly used?: number;
  readonly namespace?: string;
}

function pool(
  name: string,
  cidr: string,
  { parent, used = 50, namespace = "fleet" }: PoolParts = {},
): SubnetPool {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: { name, namespace, generation: 1 },
    spec: { cidr, defaultBlockSize: 24, ...(parent === undefined ? {} : { parentRef: { name: parent } }) },
    status: {
      observedGeneration: 1,
      utilizationPercent: used,
      allocatedCount: used === 0 ? 0 : 3,
      freeCount: 7,
    },
  };
}

function claim(clusterID: string, purpose: string | undefined, status: SubnetClaim["status"]): SubnetClaim {
  const name = purpose === undefined ? clusterID : `${clusterID}-${purpose}`;
  const labels = purpose === undefined ? {} : { labels: { purpose } };
  return {
    apiVersion: API_VERSION,
    kind: "SubnetClaim",
    metadata: { name, namespace: "fleet", generation: 1, ...labels },
    spec: { poolRef: "corp", clusterID },
    ...(status === undefined ? {} : { status }),
  };
}

const bound = (allocatedCIDR: string) => ({ phase: "Bound" as const, observedGeneration: 1, allocatedCIDR });
const refused = (reason: string, message: string) => ({
  phase: "Pending" as const,
  observedGeneration: 1,
  message,
  conditions: [
    { type: "Ready", status: "False" as const, reason, message, lastTransitionTime: "2026-01-01T00:00:00Z" },
  ],
});

const FLEET: Fleet = {
  pools: [
    pool("corp", "10.0.0.0/8", { used: 0.4 }),
    pool("us-east", "10.64.0.0/11", { parent: "corp" }),
    pool("eu-west", "10.32.0.0/11", { parent: "corp", used: 93 }),
    pool("eu-west-prod", "10.32.0.0/12", { parent: "eu-west", used: 75 }),
    pool("lab", "192.168.0.0/16", { parent: "nobody", used: 0 }),
  ],
  poolClaims: [],
  claims: [
    claim("payments", "pods", bound("10.33.0.0/16")),
    claim("payments", "nodes", bound("10.32.0.0/22")),
    claim("flat", undefined, refused("PoolExhausted", "no free /9 in corp")),
    claim("new", "pods", undefined),
  ],
};

const FACTS: ScreenFacts = {
  version: "0.1.0",
  serverUrl: "https://127.0.0.1:16443",
  data: ".plexaubnet",
  kubeconfig: ".plexaubnet/kubeconfig",
  ledgerDiff: "npm run -s plexaubnet -- lb diff",
  fleet: FLEET,
};

const screen = (facts: ScreenFacts, shape: Parameters<typeof fleetScreen>[1]) =>
  fleetScreen(facts, shape).map(toPlain);

test("the whole screen shows where, what, whose, what not and why, and what next", () => {
  expect(screen(FACTS, { bars: false }).join("\n")).toBe(`\
Plexaubnet 0.1.0  https://127.0.0.1:16443  .plexaubnet
5 pools, 2 claims Bound, 1 cannot be fulfilled, 1 in progress

POOL                CIDR            USED  BLOCKS  FREE
corp                10.0.0.0/8      <1 %       3  7 × /24
├─ eu-west          10.32.0.0/11    93 %       3  7 × /24
│  └─ eu-west-prod  10.32.0.0/12    75 %       3  7 × /24
└─ us-east          10.64.0.0/11    50 %       3  7 × /24
lab                 192.168.0.0/16   0 %       0  7 × /24

CLUSTER   PODS          NODES         BLOCK
flat                                  PoolExhausted
new       …
payments  10.33.0.0/16  10.32.0.0/22

NOT FULFILLED  POOL  REASON
flat           corp  PoolExhausted  no free /9 in corp

TRY NEXT
export KUBECONFIG=$PWD/.plexaubnet/kubeconfig
kubectl get subnetpools,subnetclaims,subnets -A
kubectl describe subnetclaim flat -n fleet
kubectl delete subnetclaim payments-pods -n fleet
npm run -s plexaubnet -- lb diff`);
});

test("pools that are not as they should be say so, the others nothing", () => {
  const conditioned = (name: string, conditions: Record<string, string>) => {
    const healthy = pool(name, "10.0.0.0/16", { namespace: "lab" });
    const list = Object.entries(conditions).map(([type, reason]) => ({
      type,
      status: "False" as const,
      reason,
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    }));
    return { ...healthy, status: { ...healthy.status, conditions: list } };
  };
  const pools = [
    conditioned("a", {}),
    conditioned("b", { Ready: "BlockTaken" }),
    conditioned("c", { Ready: "InvalidSpec", Consistent: "SubnetsOutside" }),
    conditioned("d", { Consistent: "PoolOverlap" }),
    conditioned("e", { Ready: "DeletionBlocked" }),
    conditioned("f", { Exhausted: "FreeBlocks" }),
  ];
  const states = poolTree(pools, { bars: false }).map((line) => toPlain(line).split("/24")[1]?.trim());
  expect(toPlain(poolTree(pools, { bars: false })[0]!)).toMatch(/FREE +STATE$/);
  expect(states.slice(1)).toEqual([
    "",
    "without its block (BlockTaken)",
    "not ready (InvalidSpec), inconsistent (SubnetsOutside)",
    "inconsistent (PoolOverlap)",
    "not ready (DeletionBlocked)",
    "",
  ]);
});

test("a count that is no more than a bound is not shown as exact", () => {
  const many = (freeCount: number) => {
    const huge = pool("huge", "2001:db8:1::/48");
    return {
      ...huge,
      spec: { ...huge.spec, defaultBlockSize: 127 },
      status: { ...huge.status, freeCount },
    };
  };
  const free = (freeCount: number) => toPlain(poolTree([many(freeCount)], { bars: false })[1]!);
  expect(free(Number.MAX_SAFE_INTEGER)).toMatch(/ {2}> 9\.0e15 × \/127$/);
  expect(free(2 ** 52)).toMatch(/ {2}4503599627370496 × \/127$/);
});

test("bars show how full a pool is, a little of something included", () => {
  const lines = poolTree(FLEET.pools, { bars: true }).map(toPlain);
  expect(lines[1]).toContain("█░░░░░░░░░  <1 %");
  expect(lines[2]).toContain("█████████░  93 %");
  expect(lines[5]).toContain("░░░░░░░░░░   0 %");
});

test("a screen that has to fit leaves out deep pools, then clusters, never what cannot be fulfilled", () => {
  const many = Array.from({ length: 40 }, (_, index) => claim(`c${index}`, "pods", bound("10.33.0.0/16")));
  const facts = { ...FACTS, fleet: { ...FLEET, claims: [...FLEET.claims, ...many] } };
  const whole = fleetScreen(facts, { bars: true }).length;
  for (let rows = 12; rows <= whole + 2; rows++) {
    for (const columns of [20, 80, 200]) {
      const lines = fleetScreen(facts, { bars: true, size: { rows, columns } });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
      expect(lines.map(toPlain).join("\n")).toContain("flat");
    }
  }
  const small = screen(facts, { bars: true, size: { rows: 22, columns: 80 } }).join("\n");
  expect(small).toContain("… and 3 more below these");
  expect(small).toMatch(/… and \d+ more$/m);
  expect(small).not.toContain("eu-west-prod");
  expect(fleetScreen(facts, { bars: true, size: { rows: whole, columns: 200 } })).toHaveLength(whole);
});

test("what to try next is never cut off: a shell takes the lines for what they were", () => {
  const kubeconfig =
    "/home/somebody/with/a/long/path/to/the/data/directory/of/plexaubnet/on/this/machine/kubeconfig";
  const shape = { bars: true, size: { rows: 40, columns: 60 } };
  const lines = screen({ ...FACTS, kubeconfig }, shape);
  const next = lines.slice(lines.indexOf("TRY NEXT") + 1);
  for (const line of next) expect(line.length).toBeLessThanOrEqual(60);
  const typed = next.join("\n").replaceAll("\\\n", "").split("\n");
  expect(typed[0]).toBe(`export KUBECONFIG=${kubeconfig}`);
  expect(typed[3]).toBe("kubectl delete subnetclaim payments-pods -n fleet");
});

test("an empty fleet shows what to try first", () => {
  const { ledgerDiff: _, ...others } = FACTS;
  const facts = { ...others, fleet: { pools: [], poolClaims: [], claims: [] } };
  expect(screen(facts, { bars: true }).slice(1)).toEqual([
    "0 pools, 0 claims Bound",
    "",
    "TRY NEXT",
    "export KUBECONFIG=$PWD/.plexaubnet/kubeconfig",
    "kubectl get subnetpools,subnetclaims,subnets -A",
    "kubectl explain subnetclaim.spec",
  ]);
});

test("several namespaces are distinguished", () => {
  const pools = [...FLEET.pools, pool("corp", "10.0.0.0/8", { namespace: "lab" })];
  const lines = screen({ ...FACTS, fleet: { ...FLEET, pools } }, { bars: false });
  expect(lines).toContain("namespace fleet");
  expect(lines).toContain("namespace lab");
});

test("pools that name each other as parents are all shown, once", () => {
  const circle = [
    pool("a", "10.0.0.0/8", { parent: "b" }),
    pool("b", "10.0.0.0/8", { parent: "a" }),
    pool("c", "10.0.0.0/8", { parent: "a" }),
    pool("d", "10.0.0.0/8", { parent: "d" }),
  ];
  const names = poolTree(circle, { bars: false }).map((line) => toPlain(line).split(" ")[0]);
  expect(names.sort()).toEqual(["POOL", "a", "b", "c", "d"]);
  expect(treeDepth(circle)).toBe(1);
  expect(treeDepth(FLEET.pools)).toBe(3);
  expect(treeDepth([])).toBe(0);
});
