import { expect, test } from "vitest";
import { PARENT_LABEL, type Subnet, type SubnetPool } from "../../api/index.ts";
import { byUse, poolTree } from "../screen/pool-tree.ts";
import { toPlain } from "../screen/text.ts";
import { forest, refusedBlocks, refusedTable } from "./show-tree.ts";

function pool(name: string, cidr: string, parent?: string): SubnetPool {
  const labels = parent === undefined ? {} : { labels: { [PARENT_LABEL]: parent } };
  return {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "SubnetPool",
    metadata: { name, namespace: "fleet", ...labels },
    spec: { cidr },
    status: { allocatedCount: 1, freeCount: 2 },
  };
}

const named = (nodes: Readonly<ReturnType<typeof forest>>): unknown =>
  nodes.map(({ name, children }) => (children.length === 0 ? name : { [name]: named(children) }));

const pools = [
  pool("web", "10.1.0.0/16", "corp"),
  pool("corp", "10.0.0.0/8"),
  pool("lab", "172.16.0.0/16"),
  pool("db", "10.0.0.0/16", "corp"),
];

test("a forest nests pools in their parents, by address", () => {
  expect(named(forest(pools))).toEqual([{ corp: ["db", "web"] }, "lab"]);
  expect(forest(pools)[0]).toMatchObject({ cidr: "10.0.0.0/8", allocatedCount: 1, freeCount: 2 });
});

test("a forest reports why a pool is not as it should be", () => {
  const ready = { type: "Ready", reason: "BlockTaken", message: "has no block", lastTransitionTime: "" };
  const consistent = { ...ready, type: "Consistent", reason: "Consistent" };
  const conditions = [
    { ...ready, status: "False" as const },
    { ...consistent, status: "True" as const },
  ];
  const [node] = forest([{ ...pool("p", "10.0.0.0/8"), status: { conditions } }]);
  expect(node).toMatchObject({ notReady: { reason: "BlockTaken", message: "has no block" } });
  expect(node).not.toHaveProperty("inconsistent");
});

function subnet(name: string, cidr: string, phase: "Allocated" | "Failed"): Subnet {
  const message = "overlaps Subnet a (10.0.0.0/24)";
  const condition = { type: "Ready", reason: "Overlap", message, lastTransitionTime: "" };
  return {
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "Subnet",
    metadata: { name, namespace: "fleet" },
    spec: { poolRef: "corp", cidr, clusterID: name },
    status: { phase, message, conditions: [{ ...condition, status: "False" }] },
  };
}

test("Subnets that were not allocated are listed by address, with the reason", () => {
  const refused = refusedBlocks([
    subnet("c", "10.0.2.0/24", "Failed"),
    subnet("a", "10.0.0.0/24", "Allocated"),
    subnet("b", "10.0.0.128/25", "Failed"),
  ]);
  const lines = refusedTable(refused).map(toPlain);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ["NOT ALLOCATED", "POOL", "CIDR", "REASON"],
    ["b", "corp", "10.0.0.128/25", "Overlap", "overlaps Subnet a (10.0.0.0/24)"],
    ["c", "corp", "10.0.2.0/24", "Overlap", "overlaps Subnet a (10.0.0.0/24)"],
  ]);
});

test("so many of them that no user reads them are cut, and how to see the rest is said", () => {
  const many = Array.from({ length: 25 }, (_, i) => subnet(`s${i}`, `10.0.${i}.0/24`, "Failed"));
  const lines = refusedTable(refusedBlocks(many)).map(toPlain);
  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe(
    "… and 5 more: kubectl get subnets -n fleet --field-selector status.phase=Failed",
  );
});

test("PX-20 pools by use end at the depth asked for, too", () => {
  const lines = poolTree(pools, { bars: false, sort: "use", depth: 1 }).map(toPlain);
  expect(lines.map((line) => line.split(" ")[0])).toEqual(["POOL", "corp", "lab"]);
  expect(byUse(pools, 1).map(({ metadata }) => metadata.name)).toEqual(["corp", "lab"]);
});

test("a forest ends at the depth asked for, and in circles", () => {
  expect(named(forest(pools, 1))).toEqual(["corp", "lab"]);
  const circle = [pool("a", "10.0.0.0/8", "b"), pool("b", "10.0.0.0/8", "a")];
  expect(named(forest(circle))).toEqual(["a", "b"]);
});
