/** Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps, services } from "./resources.ts";

const api = useCluster();
const APPLY = "application/apply-patch+yaml";
const named = (name: string) => ({ namespace: api.namespace, name });
const pathOf = (name: string) => `/api/v1/namespaces/${api.namespace}/configmaps/${name}`;
let widgets: Resource<AnyObject>;

beforeAll(async () => {
  widgets = await api.installWidgets();
});

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly subresource?: string;
  readonly fieldsType: string;
  readonly time: string;
  readonly fieldsV1: Record<string, Record<string, unknown>>;
}

const entriesOf = (object: AnyObject) => (object.metadata.managedFields ?? []) as readonly Entry[];
const entryOf = (object: AnyObject, manager: string) =>
  entriesOf(object).find((each) => each.manager === manager);
const ownedData = (object: AnyObject, manager: string) =>
  Object.keys(entryOf(object, manager)?.fieldsV1["f:data"] ?? {})
    .filter((key) => key !== ".")
    .sort();

const apply = (
  name: string,
  manager: string,
  data: object,
  more: { force?: boolean; dryRun?: boolean } = {},
) =>
  api.client.patch(configMaps, named(name), "apply", api.configMap(name, { data }), {
    fieldManager: manager,
    ...more,
  });

function widget(name: string, spec: object, more: object = {}): AnyObject {
  return { apiVersion: `${api.group}/v1`, kind: "Widget", metadata: named(name), spec, ...more };
}

const applyWidget = (name: string, manager: string, spec: object, force = false) =>
  api.client.patch(widgets, named(name), "apply", widget(name, spec), { fieldManager: manager, force });

describe("the request", () => {
  test("answers 201 when it creates and 200 when it does not", async () => {
    const path = `${pathOf("codes")}?fieldManager=a`;
    const body = api.configMap("codes", { data: { a: "1" } });
    expect((await api.wire.send("PATCH", path, { type: APPLY, body })).code).toBe(201);
    expect((await api.wire.send("PATCH", path, { type: APPLY, body })).code).toBe(200);
  });

  test("takes YAML", async () => {
    const body = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1" # a comment\n`;
    const answer = await api.wire.send("PATCH", `${pathOf("yaml")}?fieldManager=a`, { type: APPLY, body });
    expect([answer.code, answer.json().data]).toEqual([201, { a: "1" }]);
  });

  test.each([
    ["no field manager", "", {}, [400, 422]],
    [
      "managed fields of its own",
      "?fieldManager=a",
      { metadata: { name: "bad", managedFields: [{}] } },
      [400],
    ],
    ["no kind", "?fieldManager=a", { kind: undefined }, [400]],
    ["no version", "?fieldManager=a", { apiVersion: undefined }, [400]],
    ["another kind", "?fieldManager=a", { kind: "Secret" }, [400]],
    ["another name", "?fieldManager=a", { metadata: { name: "other" } }, [400]],
    ["a manager that is too long", `?fieldManager=${"x".repeat(129)}`, {}, [422]],
  ])("with %s is refused", async (_, query, change, codes) => {
    const body = { ...api.configMap("bad"), ...change };
    const { code } = await api.wire.send("PATCH", pathOf("bad") + query, { type: APPLY, body });
    expect(codes).toContain(code);
    expect((await refusal(api.client.get(configMaps, named("bad")))).code).toBe(404);
  });

  test("may not be forced when it is not an apply", async () => {
    await apply("forced", "a", {});
    const type = "application/merge-patch+json";
    const answer = await api.wire.send("PATCH", `${pathOf("forced")}?force=true`, { type, body: {} });
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
  });

  test("as a dry run keeps nothing, neither object nor owners", async () => {
    await apply("dry-new", "a", { a: "1" }, { dryRun: true });
    expect((await refusal(api.client.get(configMaps, named("dry-new")))).code).toBe(404);
    const first = await apply("dry", "a", { a: "1" });
    const dry = await apply("dry", "b", { a: "1", b: "2" }, { dryRun: true });
    expect(ownedData(dry, "b")).toEqual(["f:a", "f:b"]);
    expect(await api.client.get(configMaps, named("dry"))).toEqual(first);
  });

  test("with a uid is about that object alone", async () => {
    const created = await apply("uid", "a", { a: "1" });
    const applyUid = (uid: string | undefined) => {
      const body = api.configMap("uid", { metadata: { ...named("uid"), uid }, data: { a: "1" } });
      return api.client.patch(configMaps, named("uid"), "apply", body, { fieldManager: "a" });
    };
    expect((await applyUid(created.metadata.uid)).metadata.uid).toBe(created.metadata.uid);
    const other = await refusal(applyUid("00000000-0000-4000-8000-000000000000"));
    expect([other.code, other.reason]).toEqual([422, "Invalid"]);
  });
});

// …/#field-management
describe("managed fields", () => {
  test("say who, how, when, in which version, and what", async () => {
    const applied = await apply("shape", "boss", { a: "1" });
    expect(entriesOf(applied)).toHaveLength(1);
    const [entry] = entriesOf(applied);
    expect(entry).toMatchObject({
      manager: "boss",
      operation: "Apply",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
    });
    expect(entry?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(entry?.fieldsV1).toEqual({ "f:data": { "f:a": {} } });
  });

  test("know labels and annotations, and leave out what identifies", async () => {
    const metadata = { ...named("meta"), labels: { l: "1" }, annotations: { "a.io/x": "1" } };
    const body = api.configMap("meta", { metadata });
    const applied = await api.client.patch(configMaps, named("meta"), "apply", body, {
      fieldManager: "boss",
    });
    expect(entryOf(applied, "boss")?.fieldsV1).toEqual({
      "f:metadata": { "f:annotations": { "f:a.io/x": {} }, "f:labels": { "f:l": {} } },
    });
  });

  test("of a write are an Update by the manager that it names, or by its program", async () => {
    const created = await api.client.create(configMaps, api.configMap("update", { data: { a: "1" } }), {
      fieldManager: "maker",
    });
    expect(entryOf(created, "maker")).toMatchObject({ operation: "Update" });
    const patched = await api.client.patch(configMaps, named("update"), "merge", { data: { b: "2" } });
    expect(ownedData(patched, "plexaubnet-contract")).toEqual(["f:b"]);
    expect(ownedData(patched, "maker")).toEqual(["f:a"]);
  });

  test("pass to the manager that changes a value", async () => {
    await apply("pass", "boss", { a: "1", b: "2" });
    const changed = await api.client.patch(
      configMaps,
      named("pass"),
      "merge",
      { data: { a: "9" } },
      {
        fieldManager: "editor",
      },
    );
    expect([ownedData(changed, "boss"), ownedData(changed, "editor")]).toEqual([["f:b"], ["f:a"]]);
  });

  test("of the status are apart, and name the sub-resource", async () => {
    await applyWidget("status", "boss", { size: 1 });
    const body = { ...widget("status", {}), spec: undefined, status: { phase: "Ready" } };
    const applied = await api.client.patch(widgets, named("status"), "apply", body, {
      fieldManager: "boss",
      subresource: "status",
    });
    expect(applied.status).toEqual({ phase: "Ready" });
    const parts = entriesOf(applied).map(({ manager, operation, subresource }) => [
      manager,
      operation,
      subresource,
    ]);
    expect(parts).toEqual(
      expect.arrayContaining([
        ["boss", "Apply", undefined],
        ["boss", "Apply", "status"],
      ]),
    );
  });

  // …/#clearing-managedfields
  test("are cleared by a list of one empty entry", async () => {
    await apply("clear", "boss", { a: "1" });
    const body = { metadata: { managedFields: [{}] } };
    const cleared = await api.client.patch(configMaps, named("clear"), "merge", body);
    expect(entriesOf(cleared)).toEqual([]);
  });
});

// …/#conflicts
describe("a conflict", () => {
  test("names each field and who owns it", async () => {
    await apply("conflict", "boss", { a: "1", b: "1", c: "1" });
    const error = await refusal(apply("conflict", "rival", { a: "2", b: "2", c: "1" }));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
    expect(error.details?.causes).toEqual([
      { reason: "FieldManagerConflict", message: 'conflict with "boss"', field: ".data.a" },
      { reason: "FieldManagerConflict", message: 'conflict with "boss"', field: ".data.b" },
    ]);
    expect(error.message).toContain("Apply failed with 2 conflicts");
    expect((await api.client.get(configMaps, named("conflict"))).data).toEqual({ a: "1", b: "1", c: "1" });
  });

  test("with an update names by which program and version", async () => {
    const object = api.configMap("updated", { data: { a: "1" } });
    await api.client.create(configMaps, object, { fieldManager: "maker" });
    const error = await refusal(apply("updated", "boss", { a: "2" }));
    expect(error.details?.causes?.[0]?.message).toMatch(/^conflict with "maker" using v1/);
    expect(error.message).toMatch(
      /^Apply failed with 1 conflict: conflict with "maker" using v1.*: \.data\.a$/,
    );
  });

  test("is none when both want the same: they share the field", async () => {
    await apply("share", "boss", { a: "1" });
    const shared = await apply("share", "rival", { a: "1" });
    expect([ownedData(shared, "boss"), ownedData(shared, "rival")]).toEqual([["f:a"], ["f:a"]]);
    const error = await refusal(apply("share", "rival", { a: "2" }));
    expect(error.code).toBe(409);
  });

  test("is overcome by force, and then the other owns nothing of it", async () => {
    await apply("force", "boss", { a: "1", b: "1" });
    const forced = await apply("force", "rival", { a: "2" }, { force: true });
    expect(forced.data).toEqual({ a: "2", b: "1" });
    expect([ownedData(forced, "boss"), ownedData(forced, "rival")]).toEqual([["f:b"], ["f:a"]]);
    expect((await refusal(apply("force", "boss", { a: "1", b: "1" }))).code).toBe(409);
  });

  test("of a custom kind names the path", async () => {
    await applyWidget("custom", "boss", { size: 1, parts: [{ name: "p", count: 1 }] });
    const error = await refusal(
      applyWidget("custom", "rival", { size: 2, parts: [{ name: "p", count: 2 }] }),
    );
    expect(error.details?.causes?.map((cause) => cause.field)).toEqual([
      '.spec.parts[name="p"].count',
      ".spec.size",
    ]);
  });
});

// …/#transferring-ownership
describe("what is applied no more", () => {
  test("goes when no other manager owns it", async () => {
    await apply("drop", "boss", { a: "1", b: "1" });
    expect((await apply("drop", "boss", { b: "1" })).data).toEqual({ b: "1" });
    expect((await apply("drop", "boss", {})).data ?? {}).toEqual({});
  });

  test("stays when another manager owns it too", async () => {
    await apply("stay", "boss", { a: "1" });
    await apply("stay", "rival", { a: "1" });
    const left = await apply("stay", "boss", {});
    expect(left.data).toEqual({ a: "1" });
    expect(ownedData(left, "boss")).toEqual([]);
    expect((await apply("stay", "rival", {})).data ?? {}).toEqual({});
  });

  test("stays when an update has taken it over", async () => {
    await apply("taken", "boss", { a: "1" });
    await api.client.patch(
      configMaps,
      named("taken"),
      "merge",
      { data: { a: "2" } },
      { fieldManager: "editor" },
    );
    expect((await apply("taken", "boss", {})).data).toEqual({ a: "2" });
  });

  test("gets its default back", async () => {
    await applyWidget("default", "boss", { size: 1, colour: "green" });
    expect((await applyWidget("default", "boss", { size: 1 })).spec).toMatchObject({ colour: "red" });
  });

  test("goes from lists with keys, maps and labels alike", async () => {
    await applyWidget("kinds", "boss", {
      size: 1,
      parts: [{ name: "a" }, { name: "b" }],
      anything: { x: 1, y: 2 },
    });
    const left = await applyWidget("kinds", "boss", { size: 1, parts: [{ name: "b" }], anything: { y: 2 } });
    expect(left.spec).toMatchObject({ parts: [{ name: "b", count: 1 }], anything: { y: 2 } });
    expect((left.spec as { anything: object }).anything).not.toHaveProperty("x");
  });
});

// …/#merge-strategy
describe("lists", () => {
  test("without keys are replaced whole, and owned whole", async () => {
    await applyWidget("atomic", "boss", { size: 1, tags: ["a", "b"] });
    const error = await refusal(applyWidget("atomic", "rival", { size: 1, tags: ["c"] }));
    expect(error.details?.causes?.map((cause) => cause.field)).toEqual([".spec.tags"]);
    expect((await applyWidget("atomic", "boss", { size: 1, tags: ["c"] })).spec).toMatchObject({
      tags: ["c"],
    });
  });

  test("with keys are owned by the entry", async () => {
    const applied = await applyWidget("keyed", "boss", { size: 1, parts: [{ name: "a", count: 2 }] });
    const spec = entryOf(applied, "boss")?.fieldsV1["f:spec"] as Record<string, Record<string, object>>;
    expect(spec["f:parts"]).toEqual({ 'k:{"name":"a"}': { ".": {}, "f:count": {}, "f:name": {} } });
  });

  test("of finalizers are sets that several fill", async () => {
    const applySet = (manager: string, finalizers: readonly string[]) => {
      const body = api.configMap("sets", { metadata: { ...named("sets"), finalizers } });
      return api.client.patch(configMaps, named("sets"), "apply", body, { fieldManager: manager });
    };
    await applySet("boss", ["contract.plexaubnet.io/a"]);
    const both = await applySet("rival", ["contract.plexaubnet.io/b"]);
    expect(both.metadata.finalizers?.toSorted()).toEqual([
      "contract.plexaubnet.io/a",
      "contract.plexaubnet.io/b",
    ]);
    const left = await applySet("boss", []);
    expect(left.metadata.finalizers).toEqual(["contract.plexaubnet.io/b"]);
    await api.client.patch(configMaps, named("sets"), "merge", { metadata: { finalizers: null } });
  });

  test("of a service's ports are merged by port and protocol", async () => {
    const applyPorts = (manager: string, ports: readonly object[]) => {
      const object = { apiVersion: "v1", kind: "Service", metadata: named("ports"), spec: { ports } };
      return api.client.patch(services, named("ports"), "apply", object, { fieldManager: manager });
    };
    await applyPorts("boss", [{ name: "a", port: 80 }]);
    const both = await applyPorts("rival", [{ name: "b", port: 81, protocol: "TCP" }]);
    const ports = (both.spec as { ports: { port: number }[] }).ports.map(({ port }) => port);
    expect(ports.sort()).toEqual([80, 81]);
  });
});

test("the same again changes nothing, however often", async () => {
  const first = await applyWidget("again", "boss", { size: 1, parts: [{ name: "a" }], anything: { a: [1] } });
  for (let i = 0; i < 3; i++) {
    const again = await applyWidget("again", "boss", {
      size: 1,
      parts: [{ name: "a" }],
      anything: { a: [1] },
    });
    expect(again).toEqual(first);
  }
});

test("many who apply their own at once all get it", async () => {
  await apply("many", "first", { first: "1" });
  const managers = Array.from({ length: 8 }, (_, i) => `m${i}`);
  await Promise.all(managers.map((manager) => apply("many", manager, { [manager]: "1" })));
  const now = await api.client.get(configMaps, named("many"));
  expect(Object.keys(now.data as object).sort()).toEqual(["first", ...managers].sort());
  for (const manager of managers) expect(ownedData(now, manager)).toEqual([`f:${manager}`]);
});
