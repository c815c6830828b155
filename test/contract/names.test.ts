/**
 * What names, labels, annotations and the rest of metadata may be:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/,
 * …/labels/#syntax-and-character-set, …/annotations/#syntax-and-character-set.
 */
import { describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { clusterRoles, configMaps, namespaces, roles, services } from "./resources.ts";

const api = useCluster();
const dry = { dryRun: true } as const;

function object(resource: Resource<AnyObject>, metadata: object, more: object = {}): AnyObject {
  const { group, version, kind, namespaced } = resource;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const where = namespaced ? { namespace: api.namespace } : {};
  return { apiVersion, kind, metadata: { ...where, ...metadata }, ...more } as AnyObject;
}

const create = (metadata: object) => api.client.create(configMaps, object(configMaps, metadata), dry);

async function invalidFields(promise: Promise<unknown>): Promise<readonly (string | undefined)[]> {
  const error = await refusal(promise);
  expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  return (error.details?.causes ?? []).map((cause) => cause.field);
}

// …/names/#dns-subdomain-names
describe("a name that must be a DNS subdomain", () => {
  test.each([
    "a",
    "1",
    "a.b",
    "a-b.c-d",
    "0.0",
    "a".repeat(253),
    `${"a".repeat(63)}.${"b".repeat(63)}`,
  ])("may be %s", async (name) => {
    expect((await create({ name })).metadata.name).toBe(name);
  });

  test.each([
    "A",
    "a_b",
    "-a",
    "a-",
    ".a",
    "a.",
    "a..b",
    "a b",
    "ä",
    "a/b",
    "a%b",
    "a".repeat(254),
  ])("may not be %s", async (name) => {
    expect(await invalidFields(create({ name }))).toContain("metadata.name");
  });

  test("may not be missing", async () => {
    const error = await refusal(create({}));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(error.details?.causes).toContainEqual(
      expect.objectContaining({ reason: "FieldValueRequired", field: "metadata.name" }),
    );
  });
});

// …/names/#dns-label-names
describe("the name of a namespace", () => {
  const createNamespace = (name: string) => api.client.create(namespaces, object(namespaces, { name }), dry);

  test.each(["a", "0", "a-b", "a".repeat(63)])("may be %s", async (name) => {
    expect((await createNamespace(name)).metadata.name).toBe(name);
  });

  test.each(["a.b", "A", "-a", "a-", "a_b", "a".repeat(64)])("may not be %s", async (name) => {
    expect(await invalidFields(createNamespace(name))).toContain("metadata.name");
  });
});

// …/names/#rfc-1035-label-names
describe("the name of a service", () => {
  const createService = (name: string) =>
    api.client.create(services, object(services, { name }, { spec: { ports: [{ port: 80 }] } }), dry);

  test.each(["a", "a1", "a-b"])("may be %s", async (name) => {
    expect((await createService(name)).metadata.name).toBe(name);
  });

  test.each(["a.b", "A", "-a", "a".repeat(64)])("may not be %s", async (name) => {
    expect(await invalidFields(createService(name))).toContain("metadata.name");
  });
});

// …/names/#path-segment-names
describe("the name of a role", () => {
  test.each(["a", "A:b", "system:node", "x_y", "a b"])("may be %s", async (name) => {
    expect((await api.client.create(roles, object(roles, { name }), dry)).metadata.name).toBe(name);
    expect((await api.client.create(clusterRoles, object(clusterRoles, { name }), dry)).metadata.name).toBe(
      name,
    );
  });

  test.each([".", "..", "a/b", "a%b"])("may not be %s", async (name) => {
    expect(await invalidFields(api.client.create(roles, object(roles, { name }), dry))).toContain(
      "metadata.name",
    );
  });
});

// https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
describe("generateName", () => {
  test("stays in the object, and its name begins with it", async () => {
    const { metadata } = await create({ generateName: "base-" });
    expect(metadata.generateName).toBe("base-");
    expect(metadata.name).toMatch(/^base-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test("gives way to a name", async () => {
    const { metadata } = await create({ generateName: "base-", name: "given" });
    expect(metadata).toMatchObject({ generateName: "base-", name: "given" });
  });

  test("is cut so that the name stays within 63 characters", async () => {
    const { metadata } = await create({ generateName: "x".repeat(100) });
    expect(metadata.name).toMatch(/^x{58}[a-z0-9]{5}$/);
  });

  test.each(["a_", "-a", "a b-"])("may not be %s", async (generateName) => {
    expect(await invalidFields(create({ generateName }))).toContain("metadata.generateName");
  });

  // The dash and what is before it are left out of account, so it is the name that is found wrong.
  test("may not be A-", async () => {
    expect(await invalidFields(create({ generateName: "A-" }))).toEqual(["metadata.name"]);
  });
});

const annotated = (annotations: unknown) => create({ name: "annotated", annotations });
const labelled = (labels: unknown) => create({ name: "labelled", labels });

describe("labels", () => {
  test.each([
    ["a", "b"],
    ["A_b.c-9", "A_b.c-9"],
    ["example.com/name", "x"],
    ["empty", ""],
    ["long", "x".repeat(63)],
    ["x".repeat(63), "long"],
    [`${"p".repeat(63)}.${"q".repeat(63)}/name`, "prefix"],
  ])("may be %s=%s", async (key, value) => {
    expect((await labelled({ [key]: value })).metadata.labels).toEqual({ [key]: value });
  });

  test.each([
    ["", "no key"],
    ["a b", "space"],
    ["-a", "begin"],
    ["a-", "end"],
    ["/a", "prefix"],
    ["a/", "name"],
    ["a/b/c", "two"],
    ["A.com/b", "upper"],
    ["x".repeat(64), "long"],
    [`${"p".repeat(254)}/a`, "long"],
  ])("may not have the key %j", async (key) => {
    const fields = await invalidFields(labelled({ [key]: "v" }));
    expect(fields.some((field) => field?.startsWith("metadata.labels"))).toBe(true);
  });

  test.each(["a b", "-a", "a-", "ä", "a/b", "x".repeat(64)])("may not have the value %j", async (value) => {
    const fields = await invalidFields(labelled({ key: value }));
    expect(fields.some((field) => field?.startsWith("metadata.labels"))).toBe(true);
  });

  test.each([
    [{ a: 1 }],
    [{ a: true }],
    [{ a: { b: "c" } }],
    [["a"]],
    ["a"],
  ])("that are %j are refused as BadRequest", async (labels) => {
    const error = await refusal(labelled(labels));
    expect([error.code, error.reason]).toEqual([400, "BadRequest"]);
  });

  test("that are empty or null are none", async () => {
    for (const labels of [{}, null]) expect((await labelled(labels)).metadata.labels).toBeUndefined();
  });
});

describe("annotations", () => {
  test.each([
    ["a", 'any text: ä / \n " {}'],
    ["Example.COM/Name", "x"],
    ["long", "x".repeat(100_000)],
    ["empty", ""],
  ])("may be %s", async (key, value) => {
    expect((await annotated({ [key]: value })).metadata.annotations).toEqual({ [key]: value });
  });

  test.each(["", "a b", "/a", "a/", "a/b/c", "x".repeat(64)])("may not have the key %j", async (key) => {
    const fields = await invalidFields(annotated({ [key]: "v" }));
    expect(fields.some((field) => field?.startsWith("metadata.annotations"))).toBe(true);
  });

  test("may not be larger than 256 KiB together", async () => {
    const half = "x".repeat(130 * 1024);
    expect(await invalidFields(annotated({ a: half, b: half }))).toContain("metadata.annotations");
  });

  test("with a number for a text are refused as BadRequest", async () => {
    expect((await refusal(annotated({ a: 1 }))).code).toBe(400);
  });
});

// https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
describe("owner references", () => {
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u-1" };
  const owned = (...ownerReferences: object[]) => create({ name: "owned", ownerReferences });

  test("may be several, one of them the controller", async () => {
    const references = [
      { ...owner, controller: true },
      { ...owner, name: "p", uid: "u-2" },
    ];
    expect((await owned(...references)).metadata.ownerReferences).toEqual(references);
  });

  test.each(["kind", "name", "uid", "apiVersion"])("need %s", async (field) => {
    const fields = await invalidFields(owned({ ...owner, [field]: "" }));
    expect(fields.some((each) => each?.startsWith("metadata.ownerReferences"))).toBe(true);
  });

  test("may not name two controllers", async () => {
    const two = owned({ ...owner, controller: true }, { ...owner, uid: "u-2", controller: true });
    expect(await invalidFields(two)).toContain("metadata.ownerReferences");
  });

  test("may not name an event", async () => {
    const fields = await invalidFields(owned({ ...owner, kind: "Event" }));
    expect(fields.some((each) => each?.startsWith("metadata.ownerReferences"))).toBe(true);
  });
});

// https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
describe("finalizers", () => {
  test.each(["a b", "a/b/c", "/a", ""])("may not be %j", async (finalizer) => {
    const fields = await invalidFields(create({ name: "final", finalizers: [finalizer] }));
    expect(fields.some((each) => each?.startsWith("metadata.finalizers"))).toBe(true);
  });

  test("may not ask for orphans and for their deletion at once", async () => {
    const both = create({ name: "final", finalizers: ["orphan", "foregroundDeletion"] });
    expect(await invalidFields(both)).toContain("metadata.finalizers");
  });
});
