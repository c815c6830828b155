import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { recordLabels } from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import { claim, pool, subnet } from "../../operator/testing/objects.ts";
import { backupOf } from "./backup-of.ts";
import { documentsIn } from "./documents.ts";
import { readBackup } from "./read-backup.ts";

const HERE = { namespace: undefined, fallback: "default" };

const documents = (...objects: readonly object[]) => objects.map((object) => stringify(object)).join("---\n");

function read(text: string, placement = HERE as { namespace: string | undefined; fallback: string }) {
  const { fleet, faults, namespaces, originOf } = readBackup(text, "b.yaml", placement);
  const objects = [...fleet.pools, ...fleet.poolClaims, ...fleet.claims, ...fleet.subnets];
  return {
    faults: faults.map(({ origin, object, message }) => `${origin} ${object}: ${message}`),
    names: objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort(),
    namespaces: [...namespaces.keys()].sort(),
    origins: objects.map(originOf).sort(),
    fleet,
  };
}

describe("forms", () => {
  const web = claim("web", "corp", { status: { phase: "Bound", allocatedCIDR: "10.0.0.0/24" } });
  const corp = pool("corp", "10.0.0.0/16");
  const list = { apiVersion: "v1", kind: "List", items: [corp, web], metadata: { resourceVersion: "" } };

  test.each([
    ["documents of YAML", documents(corp, web), ["b.yaml:1", "b.yaml:12"]],
    ["a list of YAML", stringify(list), ["b.yaml:14", "b.yaml:4"]],
    ["a list of JSON", JSON.stringify(list), ["b.yaml item 1", "b.yaml item 2"]],
    [
      "JSON documents",
      `${JSON.stringify(corp, null, 2)}\n${JSON.stringify(web, null, 2)}\n`,
      ["b.yaml item 1", "b.yaml item 2"],
    ],
    [
      "lists of one kind",
      documents({ ...list, kind: "SubnetPoolList", items: [corp] }, web),
      ["b.yaml:17", "b.yaml:4"],
    ],
    [
      "what has empty documents",
      `---\n---\n# nothing\n---\n${documents(corp, web)}`,
      ["b.yaml:16", "b.yaml:5"],
    ],
  ])("%s", (_, text, origins) => {
    const found = read(text);
    expect(found.faults).toEqual([]);
    expect(found.names).toEqual(["fleet/corp", "fleet/web"]);
    expect(found.origins).toEqual(origins);
    expect(backupOf(found.fleet).entries).toEqual(
      backupOf({ pools: [corp], claims: [web], subnets: [], poolClaims: [] }).entries,
    );
  });

  test("what is neither YAML nor JSON: one sentence with the line", () => {
    expect(() => read('a: b\n---\nc: "d\n')).toThrow(/^b\.yaml:\d+ is neither YAML nor JSON: /);
    expect(() => read("{ a: b")).toThrow(/^b\.yaml:1 is neither YAML nor JSON: /);
  });
});

describe("namespaces", () => {
  const inA = pool("p", "10.0.0.0/16", { metadata: { namespace: "a" } });
  const inB = pool("p", "10.0.0.0/16", { metadata: { namespace: "b" } });
  const nowhere = { ...inA, metadata: { name: "q" } };
  const namespaceA = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "a", labels: { team: "red" }, uid: "1" },
  };

  test("stay as they are; what names none goes to that of the context", () => {
    const found = read(documents(namespaceA, inA, inB, nowhere));
    expect(found.names).toEqual(["a/p", "b/p", "default/q"]);
    expect(found.namespaces).toEqual(["a", "b", "default"]);
    const { namespaces } = readBackup(documents(inA, namespaceA), "b.yaml", HERE);
    expect(namespaces.get("a")).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "a", labels: { team: "red" } },
    });
  });

  test("one that is named takes all of a file of one, and its own of a file of many", () => {
    const into = (namespace: string) => ({ namespace, fallback: "default" });
    expect(read(documents(namespaceA, inA, nowhere), into("new")).names).toEqual(["new/p", "new/q"]);
    expect(read(documents(namespaceA, inA, nowhere), into("new")).namespaces).toEqual(["new"]);
    expect(read(documents(namespaceA, inA, inB), into("b")).names).toEqual(["b/p"]);
    expect(read(documents(namespaceA, inA, inB), into("b")).namespaces).toEqual(["b"]);
    expect(() => read(documents(inA, inB), into("c"))).toThrow(
      "b.yaml contains nothing from namespace c: it contains a, b.",
    );
  });
});

describe("what is wrong with an object on its own", () => {
  const api = "plexaubnet.io/v1alpha1";
  const prefix = parsePrefix("10.0.0.0/24");
  const labels = prefix.ok ? recordLabels(claim("web", "corp"), prefix.value, "old") : {};
  test.each([
    ["no object", "- a\n- b\n", "is not a Kubernetes object: remove it"],
    [
      "another kind",
      documents({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }),
      "is of kind Pod, which is not part of a backup of Plexaubnet: remove it",
    ],
    [
      "another version",
      documents({ ...pool("a", "10.0.0.0/8"), apiVersion: "plexaubnet.io/v1" }),
      `is of apiVersion plexaubnet.io/v1, and this version supports only ${api}: restore it with the version that wrote it`,
    ],
    [
      "no name",
      documents({ ...pool("a", "10.0.0.0/8"), metadata: { namespace: "x" } }),
      "has an invalid metadata.name: set the name that it had",
    ],
    [
      "a number for a label",
      documents(pool("a", "10.0.0.0/8", { metadata: { labels: { a: 1 as unknown as string } } })),
      "has a value that is not a string in metadata.labels: quote it",
    ],
    [
      "no spec",
      documents({ ...pool("a", "10.0.0.0/8"), spec: null }),
      "has no spec: copy it from the cluster or from an older backup",
    ],
    [
      "another type",
      documents(claim("a", "corp", { spec: { blockSize: "24" as unknown as number } })),
      "spec.blockSize must be integer",
    ],
    [
      "an unknown field",
      documents(claim("a", "corp", { spec: { blocksize: 24 } as object })),
      "spec.blocksize is not supported by this version: remove it, or use the version that wrote it",
    ],
    ["a range nobody can read", documents(pool("a", "10.0.0.0/40")), /^spec\.cidr: .*10\.0\.0\.0\/40/],
    ["host bits", documents(subnet("a", "corp", "10.0.0.1/24")), /^spec\.cidr: .*10\.0\.0\.1\/24/],
    [
      "a block nobody can read",
      documents(claim("a", "corp", { status: { allocatedCIDR: "10.0.0" } })),
      /^status\.allocatedCIDR: /,
    ],
    [
      "a record nobody can read",
      documents(
        claim("web", "corp", { metadata: { labels: { ...labels, "plexaubnet.io/block": "10.0_24" } } }),
      ),
      /^the label plexaubnet\.io\/block "10\.0_24" is not a block/,
    ],
    [
      "a record of somebody else",
      documents(claim("other", "corp", { metadata: { labels } })),
      /^the label plexaubnet\.io\/block-owner belongs to another claim: /,
    ],
  ])("%s", (_, text, message) => {
    const { faults } = readBackup(text, "b.yaml", HERE);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.origin).toBe("b.yaml:1");
    expect(faults[0]?.message).toMatch(message);
  });

  test("the same one twice; the first one stays", () => {
    const found = read(documents(pool("a", "10.0.0.0/8"), pool("a", "10.0.0.0/9")));
    expect(found.faults).toEqual([
      "b.yaml:12 SubnetPool fleet/a: is in the file twice, at b.yaml:1 too: remove one of them",
    ]);
    expect(found.fleet.pools.map(({ spec }) => spec.cidr)).toEqual(["10.0.0.0/8"]);
  });
});

test("PX-11 what kubectl writes without quotes, since no number is so large, is read as the text that it is", () => {
  const [found] = documentsIn(
    "kind: SubnetClaim\nmetadata:\n  labels:\n    commit: 2e638458\n",
    "fleet.yaml",
  );
  expect(found?.content).toMatchObject({ metadata: { labels: { commit: "2e638458" } } });
});
