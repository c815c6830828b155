import { expect, test } from "vitest";
import type { KubeObject } from "../../kube/index.ts";
import { claim, NAMESPACE, pool, subnet } from "../testing/objects.ts";
import { worldOf } from "../testing/world-of.ts";
import { operatorIndexes } from "./indexes.ts";

const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name).sort();

test("RQ-08 Subnets are found by spec.poolRef, of one namespace", () => {
  const { subnets } = worldOf(
    subnet("a", "prod", "10.0.0.0/24"),
    subnet("b", "prod", "10.0.1.0/24"),
    subnet("c", "test", "10.0.2.0/24"),
    subnet("d", "prod", "10.0.3.0/24", { metadata: { namespace: "elsewhere" } }),
    subnet("e", "", "10.0.4.0/24"),
  );
  expect(names(subnets.byIndex("spec.poolRef", `${NAMESPACE}/prod`))).toEqual(["a", "b"]);
  expect(subnets.countByIndex("spec.poolRef", "elsewhere/prod")).toBe(1);
  expect(subnets.countByIndex("spec.poolRef", `${NAMESPACE}/`)).toBe(0);
});

test("RQ-08 child pools are found by the label of their parent, and by spec.parentRef.name", () => {
  const { pools } = worldOf(
    pool("corp", "10.0.0.0/8"),
    pool("labelled", "10.1.0.0/16", { metadata: { labels: { "plexaubnet.io/parent": "corp" } } }),
    pool("referring", "10.2.0.0/16", { spec: { parentRef: { name: "corp" } } }),
    pool("other", "10.3.0.0/16", { spec: { parentRef: { name: "labelled" } } }),
  );
  const children = pools.byIndex("metadata.labels[plexaubnet.io/parent]", `${NAMESPACE}/corp`);
  expect(names(children)).toEqual(["labelled", "referring"]);
});

test("the claims of one pool and cluster are found together", () => {
  const { claims } = worldOf(
    claim("a", "prod", { spec: { clusterID: "x" } }),
    claim("b", "prod", { spec: { clusterID: "x" } }),
    claim("c", "prod"),
  );
  const alike = claims.byIndex("spec.poolRef/spec.clusterID", `${NAMESPACE}/prod/x`);
  expect(names(alike)).toEqual(["a", "b"]);
});

test("PS-09 no index is declared twice for a kind", () => {
  const keys = operatorIndexes.map(({ resource, name }) => `${resource.kind} ${name}`);
  expect(keys).toHaveLength(new Set(keys).size);
});
