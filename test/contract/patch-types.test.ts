/**
 * PATCH in its four kinds: https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply,
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/,
 * RFC 6902 and RFC 7396.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps, services } from "./resources.ts";

const api = useCluster();
const JSON_PATCH = "application/json-patch+json";
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const APPLY = "application/apply-patch+yaml";
const named = (name: string) => ({ namespace: api.namespace, name });
const pathOf = (name: string) => `/api/v1/namespaces/${api.namespace}/configmaps/${name}`;
const widgetPath = (name: string) => `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets/${name}`;
const create = (name: string, more: object = {}) => api.client.create(configMaps, api.configMap(name, more));
const send = (path: string, type: string, body: unknown) => api.wire.send("PATCH", path, { type, body });
let widgets: Resource<AnyObject>;

beforeAll(async () => {
  widgets = await api.installWidgets();
  const metadata = named("shared");
  const spec = { size: 1, tags: ["a", "b"], parts: [{ name: "p" }], anything: { a: 1 } };
  await api.client.create(widgets, { apiVersion: `${api.group}/v1`, kind: "Widget", metadata, spec });
});

describe("a patch of a type", () => {
  test.each([
    "application/json",
    "text/plain",
    "application/yaml",
    "application/patch",
    APPLY.replace("yaml", "x"),
  ])("that is none, %s, is refused as UnsupportedMediaType", async (type) => {
    await create("type").catch(() => undefined);
    const answer = await send(pathOf("type"), type, {});
    expect([answer.code, answer.json().reason]).toEqual([415, "UnsupportedMediaType"]);
  });

  test("may be followed by parameters", async () => {
    await create("parameters");
    const answer = await send(pathOf("parameters"), `${MERGE}; charset=utf-8`, { data: { a: "1" } });
    expect([answer.code, answer.json().data]).toEqual([200, { a: "1" }]);
  });

  // …/custom-resources/#advanced-features-and-flexibility
  test("strategic merge is not for custom kinds, and the refusal names what is", async () => {
    const answer = await send(widgetPath("shared"), STRATEGIC, { spec: { size: 2 } });
    expect([answer.code, answer.json().reason]).toEqual([415, "UnsupportedMediaType"]);
    for (const type of [JSON_PATCH, MERGE, APPLY]) expect(answer.json().message).toContain(type);
  });

  test("that is not JSON is refused as BadRequest", async () => {
    await create("broken");
    for (const type of [JSON_PATCH, MERGE, STRATEGIC]) {
      const answer = await send(pathOf("broken"), type, "{");
      expect([type, answer.code, answer.json().reason]).toEqual([type, 400, "BadRequest"]);
    }
  });
});

describe("a JSON patch", () => {
  const start = { data: { a: "1", b: "2" }, metadata: { labels: { "x/y~z": "v" } } };
  test.each<[string, readonly object[], object]>([
    ["add", [{ op: "add", path: "/data/c", value: "3" }], { a: "1", b: "2", c: "3" }],
    ["add over", [{ op: "add", path: "/data/a", value: "9" }], { a: "9", b: "2" }],
    ["remove", [{ op: "remove", path: "/data/a" }], { b: "2" }],
    ["replace", [{ op: "replace", path: "/data/a", value: "9" }], { a: "9", b: "2" }],
    ["replace a branch", [{ op: "replace", path: "/data", value: { z: "1" } }], { z: "1" }],
    ["move", [{ op: "move", from: "/data/a", path: "/data/c" }], { b: "2", c: "1" }],
    ["copy", [{ op: "copy", from: "/data/a", path: "/data/c" }], { a: "1", b: "2", c: "1" }],
    ["test", [{ op: "test", path: "/data/a", value: "1" }], { a: "1", b: "2" }],
    ["test a branch", [{ op: "test", path: "/data", value: { b: "2", a: "1" } }], { a: "1", b: "2" }],
    ["nothing", [], { a: "1", b: "2" }],
  ])("can %s", async (name, operations, data) => {
    const at = `json-${name.replaceAll(" ", "-")}`;
    const { labels } = start.metadata;
    await create(at, { data: start.data, metadata: { ...named(at), labels: { ok: labels["x/y~z"] } } });
    const patched = await api.client.patch(configMaps, named(at), "json", operations);
    expect(patched.data).toEqual(data);
  });

  test("escapes / as ~1 and ~ as ~0", async () => {
    const annotations = { "example.com/a": "1" };
    await create("json-escape", { metadata: { ...named("json-escape"), annotations } });
    const patched = await api.client.patch(configMaps, named("json-escape"), "json", [
      { op: "replace", path: "/metadata/annotations/example.com~1a", value: "2" },
    ]);
    expect(patched.metadata.annotations).toEqual({ "example.com/a": "2" });
  });

  test("reaches into lists, and appends with -", async () => {
    const patched = await api.client.patch(widgets, named("shared"), "json", [
      { op: "add", path: "/spec/tags/-", value: "c" },
      { op: "add", path: "/spec/tags/0", value: "first" },
      { op: "remove", path: "/spec/tags/1" },
    ]);
    expect((patched.spec as { tags: unknown }).tags).toEqual(["first", "b", "c"]);
  });

  test.each([
    ["a test that fails", [{ op: "test", path: "/data/a", value: "no" }]],
    ["a test of what is not there", [{ op: "test", path: "/data/z", value: "1" }]],
    ["a removal of what is not there", [{ op: "remove", path: "/data/z" }]],
    ["a move from where nothing is", [{ op: "move", from: "/data/z", path: "/data/a" }]],
    ["a parent that is not there", [{ op: "add", path: "/nothing/here", value: "1" }]],
  ])("is refused as Invalid, whole, for %s", async (_, operations) => {
    const data = { a: "1" };
    await create("json-whole", { data }).catch(() => undefined);
    const body = [{ op: "add", path: "/data/first", value: "1" }, ...operations];
    const answer = await send(pathOf("json-whole"), JSON_PATCH, body);
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
    expect((await api.client.get(configMaps, named("json-whole"))).data).toEqual(data);
  });

  test("adds what it shall replace when it is not there", async () => {
    await create("json-replace-none", { data: { a: "1" } });
    const body = [{ op: "replace", path: "/data/z", value: "1" }];
    const answer = await send(pathOf("json-replace-none"), JSON_PATCH, body);
    expect([answer.code, answer.json().data]).toEqual([200, { a: "1", z: "1" }]);
  });

  test.each([
    [{}],
    [{ op: "add", path: "/data/a", value: "1" }],
    ["text"],
    [[1]],
  ])("that is %j is refused as BadRequest", async (body) => {
    await create("json-shape").catch(() => undefined);
    const answer = await send(pathOf("json-shape"), JSON_PATCH, JSON.stringify(body));
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  test("of more than 10,000 operations is refused as RequestEntityTooLarge", async () => {
    await create("json-many");
    const body = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/kind", value: "ConfigMap" }));
    const answer = await send(pathOf("json-many"), JSON_PATCH, body);
    expect([answer.code, answer.json().reason]).toEqual([413, "RequestEntityTooLarge"]);
  });

  test("that tests the revision is an optimistic lock", async () => {
    const { metadata } = await create("json-lock");
    const body = (value: unknown) => [
      { op: "test", path: "/metadata/resourceVersion", value },
      { op: "add", path: "/data", value: { a: "1" } },
    ];
    await api.client.patch(configMaps, named("json-lock"), "json", body(metadata.resourceVersion));
    const late = api.client.patch(configMaps, named("json-lock"), "json", body(metadata.resourceVersion));
    expect((await refusal(late)).code).toBe(422);
  });
});

describe("a merge patch", () => {
  test("removes by null what is there, and takes null for what is not", async () => {
    await create("merge-null", { data: { a: "1" } });
    const body = { data: { a: null, b: null, c: "3" }, metadata: { labels: null } };
    const patched = await api.client.patch(configMaps, named("merge-null"), "merge", body);
    expect(patched.data).toEqual({ c: "3" });
    expect(patched.metadata.labels).toBeUndefined();
  });

  test("makes parents on the way", async () => {
    await create("merge-deep");
    const body = { metadata: { annotations: { a: "1" } }, data: { b: "2" } };
    const patched = await api.client.patch(configMaps, named("merge-deep"), "merge", body);
    expect(patched).toMatchObject(body);
  });

  test("replaces lists of custom kinds whole, lists with keys too", async () => {
    const spec = { tags: ["z"], parts: [{ name: "q", count: 4 }] };
    const patched = await api.client.patch(widgets, named("shared"), "merge", { spec });
    expect(patched.spec).toMatchObject(spec);
  });

  test("of what keeps unknown fields merges deep", async () => {
    const one = { spec: { anything: { a: { b: 1, c: 2 }, d: [1] } } };
    await api.client.patch(widgets, named("shared"), "merge", one);
    const two = { spec: { anything: { a: { b: null, e: 3 } } } };
    const patched = await api.client.patch(widgets, named("shared"), "merge", two);
    expect((patched.spec as { anything: object }).anything).toMatchObject({ a: { c: 2, e: 3 }, d: [1] });
    expect((patched.spec as { anything: { a: object } }).anything.a).not.toHaveProperty("b");
  });

  test("brings defaults back where it removes", async () => {
    const patched = await api.client.patch(widgets, named("shared"), "merge", { spec: { colour: null } });
    expect(patched.spec).toMatchObject({ colour: "red" });
  });

  test.each([["[]"], ['"text"'], ["1"]])("that is %s is refused", async (body) => {
    await create("merge-shape").catch(() => undefined);
    const { code } = await send(pathOf("merge-shape"), MERGE, body);
    expect([400, 422]).toContain(code);
  });

  test("of nothing changes nothing", async () => {
    const created = await create("merge-empty", { data: { a: "1" } });
    const patched = await api.client.patch(configMaps, named("merge-empty"), "merge", {});
    expect(patched).toEqual(created);
  });
});

describe("a patch may not", () => {
  test.each([
    ["the name", { metadata: { name: "other" } }],
    ["the namespace", { metadata: { namespace: "default" } }],
    ["the uid", { metadata: { uid: "00000000-0000-4000-8000-000000000000" } }],
    ["the kind", { kind: "Secret" }],
    ["the version", { apiVersion: "v2" }],
  ])("change %s", async (_, body) => {
    const created = await create("fixed").catch(() => api.client.get(configMaps, named("fixed")));
    const answer = await send(pathOf("fixed"), MERGE, body);
    expect(answer.code).toBeGreaterThanOrEqual(400);
    expect(answer.code).toBeLessThan(500);
    expect(await api.client.get(configMaps, named("fixed"))).toEqual(created);
  });

  test("take the metadata away", async () => {
    const metadata = { ...named("meta"), finalizers: ["contract.plexaubnet.io/hold"] };
    const created = await create("meta", { metadata });
    for (const [type, body] of [
      [MERGE, { metadata: null }],
      [JSON_PATCH, [{ op: "remove", path: "/metadata" }]],
      [JSON_PATCH, [{ op: "remove", path: "/metadata/name" }]],
    ] as const) {
      const { code } = await send(pathOf("meta"), type, body);
      expect([400, 422]).toContain(code);
    }
    expect(await api.client.get(configMaps, named("meta"))).toEqual(created);
    await api.client.patch(configMaps, named("meta"), "merge", { metadata: { finalizers: null } });
  });

  test("leave an object that is none of its kind", async () => {
    await create("typed");
    for (const body of [
      { data: { a: 1 } },
      { data: ["a"] },
      { metadata: { labels: { a: 1 } } },
      { metadata: "x" },
    ]) {
      const { code } = await send(pathOf("typed"), MERGE, body);
      expect([JSON.stringify(body), [400, 422].includes(code)]).toEqual([JSON.stringify(body), true]);
    }
  });

  test("leave a custom object that its schema refuses", async () => {
    for (const spec of [{ size: "1" }, { size: 0 }, { size: null }, { tags: {} }]) {
      const { code } = await send(widgetPath("shared"), MERGE, { spec });
      expect([JSON.stringify(spec), code]).toEqual([JSON.stringify(spec), 422]);
    }
  });

  test("be about what is not there", async () => {
    for (const [type, body] of [
      [JSON_PATCH, []],
      [MERGE, {}],
      [STRATEGIC, {}],
    ] as const) {
      const answer = await send(pathOf("not-there"), type, body);
      expect([answer.code, answer.json().reason]).toEqual([404, "NotFound"]);
    }
  });

  test("go to a collection", async () => {
    const answer = await send(`/api/v1/namespaces/${api.namespace}/configmaps`, MERGE, {});
    expect([answer.code, answer.json().reason]).toEqual([405, "MethodNotAllowed"]);
  });
});

// api-concepts/#field-validation
describe("unknown fields in a patch", () => {
  test.each([MERGE, STRATEGIC])("are refused or warned of as in a write: %s", async (type) => {
    await create("unknown").catch(() => undefined);
    const body = { surprise: 1 };
    const strict = await send(`${pathOf("unknown")}?fieldValidation=Strict`, type, body);
    expect([400, 422]).toContain(strict.code);
    expect(strict.json().message).toContain('unknown field "surprise"');
    const warned = await send(pathOf("unknown"), type, body);
    expect([warned.code, warned.headers.warning]).toEqual([200, '299 - "unknown field \\"surprise\\""']);
  });
});

describe("a patch of the status", () => {
  test("by every type of patch leaves the rest alone", async () => {
    const to = `${widgetPath("shared")}/status`;
    const before = await api.client.get(widgets, named("shared"));
    const merge = await send(to, MERGE, {
      status: { phase: "A" },
      spec: { size: 9 },
      metadata: { labels: { a: "b" } },
    });
    expect([merge.code, merge.json().status]).toEqual([200, { phase: "A" }]);
    const json = await send(to, JSON_PATCH, [
      { op: "add", path: "/status/phase", value: "B" },
      { op: "replace", path: "/spec/size", value: 9 },
    ]);
    expect([json.code, json.json().status]).toEqual([200, { phase: "B" }]);
    const after = await api.client.get(widgets, named("shared"));
    expect([after.spec, after.metadata.labels]).toEqual([before.spec, undefined]);
    expect(after.metadata.generation).toBe(before.metadata.generation);
  });

  test("of null takes it away", async () => {
    const answer = await send(`${widgetPath("shared")}/status`, MERGE, { status: null });
    expect([answer.code, answer.json().status]).toEqual([200, undefined]);
  });

  test("of a namespace or service is taken", async () => {
    const spec = {
      ports: [{ port: 80 }],
      type: "LoadBalancer",
      loadBalancerClass: "contract.plexaubnet.io/none",
    };
    await api.client.create(services, { apiVersion: "v1", kind: "Service", metadata: named("lb"), spec });
    const ingress = [{ ip: "192.0.2.7" }];
    const path = `/api/v1/namespaces/${api.namespace}/services/lb/status`;
    const answer = await send(path, STRATEGIC, { status: { loadBalancer: { ingress } } });
    expect(answer.json().status.loadBalancer.ingress).toMatchObject(ingress);
  });
});
