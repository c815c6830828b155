import { expect, test } from "vitest";
import { PARENT_LABEL, type SubnetPool } from "../../api/index.ts";
import { forest } from "./show-tree.ts";

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

test("a forest ends at the depth asked for, and in circles", () => {
  expect(named(forest(pools, 1))).toEqual(["corp", "lab"]);
  const circle = [pool("a", "10.0.0.0/8", "b"), pool("b", "10.0.0.0/8", "a")];
  expect(named(forest(circle))).toEqual(["a", "b"]);
});
