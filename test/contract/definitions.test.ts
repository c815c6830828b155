/**
 * CustomResourceDefinitions themselves:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ and
 * …/custom-resource-definition-versioning/
 */
import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../src/client/index.ts";
import { refusal, take, until, untilGone, useCluster } from "./cluster.ts";
import { conditionOf, established, useKinds, type VersionOptions } from "./kinds.ts";
import { crds } from "./resources.ts";

const api = useCluster();
const kinds = useKinds(api);
const named = (name: string) => ({ namespace: api.namespace, name });
const object = (kind: string, name: string, spec: object = {}, version = "v1"): AnyObject => ({
  apiVersion: `${api.group}/${version}`,
  kind,
  metadata: named(name),
  spec,
});

describe("a definition", () => {
  test("is filled in, accepted and established", async () => {
    await kinds.define({ kind: "Plain", names: { shortNames: ["pl"], categories: ["contract"] } });
    const crd = await api.client.get(crds, { name: `plains.${api.group}` });
    expect(crd.spec).toMatchObject({
      names: { plural: "plains", singular: "plain", kind: "Plain", listKind: "PlainList" },
      conversion: { strategy: "None" },
    });
    expect(crd.status).toMatchObject({
      acceptedNames: { plural: "plains", kind: "Plain", shortNames: ["pl"] },
      storedVersions: ["v1"],
    });
    expect([conditionOf(crd, "NamesAccepted"), conditionOf(crd, "Established")]).toEqual(["True", "True"]);
    expect(crd.metadata.generation).toBe(1);
  });

  const bad: [string, (crd: AnyObject) => object][] = [
    [
      "a name that does not follow from plural and group",
      () => ({ metadata: { name: "others.example.com" } }),
    ],
    ["a scope that does not exist", () => ({ spec: { scope: "Galaxy" } })],
    ["no versions", () => ({ spec: { versions: [] } })],
    ["a kind that is no name", () => ({ spec: { names: { kind: "not a kind" } } })],
    ["a plural that is no name", () => ({ spec: { names: { plural: "Not_A_Plural" } } })],
    ["a group of one word", () => ({ metadata: { name: "bads.word" }, spec: { group: "word" } })],
    ["fields that are kept everywhere", () => ({ spec: { preserveUnknownFields: true } })],
    ["a conversion that does not exist", () => ({ spec: { conversion: { strategy: "Magic" } } })],
    [
      "a group of Kubernetes' own",
      () => ({ metadata: { name: "bads.x.k8s.io" }, spec: { group: "x.k8s.io" } }),
    ],
  ];
  test.each(bad)("with %s is Invalid", async (_, change) => {
    const crd = kinds.crd({ kind: "Bad" });
    const { metadata = crd.metadata, spec = {} } = change(crd) as { metadata?: object; spec?: object };
    const given = crd.spec as { names: object };
    const names = { ...given.names, ...(spec as { names?: object }).names };
    const body = { ...crd, metadata, spec: { ...given, ...spec, names } } as AnyObject;
    const error = await refusal(api.client.create(crds, body, { dryRun: true }));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });

  const versions: [string, readonly VersionOptions[]][] = [
    ["none that is stored", [{ storage: false }]],
    ["two that are stored", [{ storage: true }, { name: "v2", storage: true }]],
    ["two of one name", [{}, { storage: false }]],
    ["a name that is none", [{ name: "V_1" }]],
    ["no schema", [{ schema: undefined }]],
    ["a column without a path", [{ additionalPrinterColumns: [{ name: "A", type: "string" }] }]],
    ["a column of no type", [{ additionalPrinterColumns: [{ name: "A", type: "thing", jsonPath: ".a" }] }]],
    ["a selectable field that is not there", [{ selectableFields: [{ jsonPath: ".spec.none" }] }]],
    ["a scale without replicas", [{ subresources: { scale: { statusReplicasPath: ".status.r" } } }]],
    [
      "replicas outside the spec",
      [{ subresources: { scale: { specReplicasPath: ".r", statusReplicasPath: ".status.r" } } }],
    ],
  ];
  test.each(versions)("with versions of which there is %s is Invalid", async (_, list) => {
    const body = kinds.crd({ kind: "Bad", versions: list });
    const error = await refusal(api.client.create(crds, body, { dryRun: true }));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });

  test("cannot change what makes it the one it is", async () => {
    await kinds.define({ kind: "Fixed" });
    for (const spec of [{ scope: "Cluster" }, { group: "other.example" }, { names: { plural: "others" } }]) {
      const change = api.client.patch(crds, { name: `fixeds.${api.group}` }, "merge", { spec });
      expect((await refusal(change)).code).toBe(422);
    }
  });

  test("whose names are taken is not established, and becomes so when they are free", async () => {
    const schema = { type: "object" };
    await kinds.define({ kind: "First", schema, names: { shortNames: ["fst"] } });
    const second = kinds.crd({ kind: "Second", schema, names: { shortNames: ["fst"] } });
    await kinds.send(second);
    const name = { name: second.metadata.name };
    const refused = await until(
      api.client,
      crds,
      name,
      (crd) => conditionOf(crd, "NamesAccepted") === "False",
    );
    expect(conditionOf(refused, "Established")).toBe("False");
    await api.client.delete(crds, { name: `firsts.${api.group}` });
    await established(api, second.metadata.name);
  });
});

describe("a kind", () => {
  test("without namespaces is addressed without one", async () => {
    const resource = await kinds.define({ kind: "Global", scope: "Cluster" });
    const { metadata: _, ...rest } = object("Global", "x");
    const created = await api.client.create(resource, { ...rest, metadata: { name: "x" } } as AnyObject);
    expect(created.metadata.namespace).toBeUndefined();
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/globals`;
    expect((await api.wire.send("GET", path)).code).toBe(404);
    expect((await api.client.get(resource, { name: "x" })).metadata.uid).toBe(created.metadata.uid);
  });

  test("with namespaces is not created, nor emptied, without one", async () => {
    await kinds.define({ kind: "Local" });
    const path = `/apis/${api.group}/v1/locals`;
    expect([404, 405]).toContain((await api.wire.send("POST", path, { body: object("Local", "x") })).code);
    expect([404, 405]).toContain((await api.wire.send("DELETE", path)).code);
    expect((await api.wire.send("GET", path)).code).toBe(200);
  });

  test("goes with its definition, and its objects go first, watched", async () => {
    const resource = await kinds.define({ kind: "Fleeting" });
    const list = await api.client.list(resource, { namespace: api.namespace });
    const { resourceVersion } = list.metadata;
    const watch = await api.client.watch(resource, { namespace: api.namespace, resourceVersion });
    await api.client.create(resource, object("Fleeting", "a"));
    await api.client.delete(crds, { name: `fleetings.${api.group}` });
    expect((await take(watch, 2)).lines).toEqual(["ADDED a", "DELETED a"]);
    await untilGone(api.client, crds, { name: `fleetings.${api.group}` });
    expect((await refusal(api.client.list(resource))).code).toBe(404);
  });

  test("that is going waits for finalizers of its objects, and takes no more of them", async () => {
    const resource = await kinds.define({ kind: "Held" });
    const finalizers = ["contract.plexaubnet.io/hold"];
    const held = { ...object("Held", "a"), metadata: { ...named("a"), finalizers } };
    await api.client.create(resource, held);
    await api.client.delete(crds, { name: `helds.${api.group}` });
    await until(api.client, resource, named("a"), ({ metadata }) => metadata.deletionTimestamp !== undefined);
    const going = await api.client.get(crds, { name: `helds.${api.group}` });
    expect(going.metadata.deletionTimestamp).toBeDefined();
    expect(conditionOf(going, "Terminating")).toBe("True");
    expect(await refusal(api.client.create(resource, object("Held", "b")))).toMatchObject({
      code: 405,
      reason: "MethodNotAllowed",
    });
    await api.client.patch(resource, named("a"), "merge", { metadata: { finalizers: null } });
    await untilGone(api.client, crds, { name: `helds.${api.group}` });
  });
});

describe("several versions", () => {
  const define = () =>
    kinds.define({
      kind: "Versioned",
      spec: { a: { type: "string" } },
      versions: [{ name: "v1" }, { name: "v1beta1", deprecated: true }, { name: "v1alpha1", served: false }],
    });
  let defined: ReturnType<typeof define> | undefined;
  const both = async () => {
    defined ??= define();
    const v1 = await defined;
    return [v1, { ...v1, version: "v1beta1" }] as const;
  };

  test("show one object each in its own words", async () => {
    const [v1, beta] = await both();
    const created = await api.client.create(beta, object("Versioned", "one", { a: "x" }, "v1beta1"));
    expect(created.apiVersion).toBe(`${api.group}/v1beta1`);
    const read = await api.client.get(v1, named("one"));
    expect(read).toEqual({ ...created, apiVersion: `${api.group}/v1` });
    const list = await api.client.list(beta, { namespace: api.namespace });
    expect(list.apiVersion).toBe(`${api.group}/v1beta1`);
    expect(list.items.map((item) => item.apiVersion)).toEqual([`${api.group}/v1beta1`]);
  });

  test("are watched each in its own words", async () => {
    const [v1, beta] = await both();
    const { metadata } = await api.client.list(v1, { namespace: api.namespace });
    const scope = { namespace: api.namespace, resourceVersion: metadata.resourceVersion };
    const [a, b] = await Promise.all([api.client.watch(v1, scope), api.client.watch(beta, scope)]);
    await api.client.create(v1, object("Versioned", "two"));
    const seen = await Promise.all([take(a, 1), take(b, 1)]);
    const words = seen.map(({ objects }) => objects[0]?.apiVersion);
    expect(words).toEqual([`${api.group}/v1`, `${api.group}/v1beta1`]);
  });

  test("are served only where the definition enables them", async () => {
    const [v1] = await both();
    const alpha = { ...v1, version: "v1alpha1" };
    expect((await refusal(api.client.list(alpha, { namespace: api.namespace }))).code).toBe(404);
  });

  test("warn where they are deprecated", async () => {
    await both();
    const path = (version: string) => `/apis/${api.group}/${version}/namespaces/${api.namespace}/versioneds`;
    const old = await api.wire.send("GET", path("v1beta1"));
    expect(old.headers.warning).toBe(`299 - "${api.group}/v1beta1 Versioned is deprecated"`);
    expect((await api.wire.send("GET", path("v1"))).headers.warning).toBeUndefined();
  });

  test("refuse an object of the other version's name", async () => {
    await both();
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/versioneds`;
    const answer = await api.wire.send("POST", path, { body: object("Versioned", "mixed", {}, "v1beta1") });
    expect(answer.code).toBe(400);
  });
});

// …/#advanced-topics: a schema that changes
describe("a new schema", () => {
  const version = (properties: object) => ({
    name: "v1",
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } },
  });
  const change = (plural: string, properties: object) =>
    api.client.patch(crds, { name: `${plural}.${api.group}` }, "merge", {
      spec: { versions: [version(properties)] },
    });
  /** Until the new schema is in force everywhere, which may take a moment. */
  async function settled<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
    for (let i = 0; i < 400; i++) {
      const value = await read();
      if (wanted(value)) return value;
    }
    return read();
  }
  type Spec = Record<string, unknown>;

  test("with a default shows it on objects that were there before", async () => {
    const a = { type: "string" };
    const resource = await kinds.define({ kind: "Later", spec: { a } });
    const created = await api.client.create(resource, object("Later", "x", { a: "1" }));
    await change("laters", { a, b: { type: "string", default: "new" } });
    const read = () => api.client.get(resource, named("x"));
    const now = await settled(read, ({ spec }) => "b" in (spec as Spec));
    expect(now.spec).toEqual({ a: "1", b: "new" });
    expect(now.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  test("without a field shows it no more", async () => {
    const resource = await kinds.define({
      kind: "Fewer",
      spec: { a: { type: "string" }, b: { type: "string" } },
    });
    await api.client.create(resource, object("Fewer", "x", { a: "1", b: "2" }));
    await change("fewers", { a: { type: "string" } });
    const read = () => api.client.get(resource, named("x"));
    expect((await settled(read, ({ spec }) => !("b" in (spec as Spec)))).spec).toEqual({ a: "1" });
  });

  // …/#validation-ratcheting
  test("lets stay what was valid once, as long as it is not touched", async () => {
    const resource = await kinds.define({
      kind: "Ratchet",
      spec: { a: { type: "string" }, b: { type: "string" } },
    });
    await api.client.create(resource, object("Ratchet", "x", { a: "long", b: "1" }));
    await change("ratchets", { a: { type: "string", maxLength: 2 }, b: { type: "string" } });
    const probe = () =>
      api.client.create(resource, object("Ratchet", "y", { a: "long" }), { dryRun: true }).then(
        () => "taken",
        () => "refused",
      );
    expect(await settled(probe, (outcome) => outcome === "refused")).toBe("refused");
    const touched = await api.client.patch(resource, named("x"), "merge", { spec: { b: "2" } });
    expect(touched.spec).toEqual({ a: "long", b: "2" });
    const worse = api.client.patch(resource, named("x"), "merge", { spec: { a: "longer" } });
    expect((await refusal(worse)).code).toBe(422);
  });
});
