/**
 * POST: https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs, and
 * api-conventions.md#metadata
 */
import { beforeAll, describe, expect, test } from "vitest";
import { type AnyObject, compareRevisions, type Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps, namespaces } from "./resources.ts";

const api = useCluster();
const path = () => `/api/v1/namespaces/${api.namespace}/configmaps`;
const named = (name: string) => ({ namespace: api.namespace, name });
let widgets: Resource<AnyObject>;

beforeAll(async () => {
  widgets = await api.installWidgets();
});

const widget = (name: string, more: object = {}): AnyObject => ({
  apiVersion: `${api.group}/v1`,
  kind: "Widget",
  metadata: named(name),
  spec: { size: 1 },
  ...more,
});

describe("what the server decides", () => {
  test("cannot be given: uid, creationTimestamp, generation, deletionTimestamp", async () => {
    const given = {
      uid: "00000000-0000-4000-8000-000000000000",
      creationTimestamp: "2001-01-01T00:00:00Z",
      deletionTimestamp: "2001-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 5,
      generation: 7,
      selfLink: "/somewhere",
    };
    const object = widget("system", { metadata: { ...named("system"), ...given } });
    const { metadata } = await api.client.create(widgets, object);
    expect(metadata.uid).not.toBe(given.uid);
    expect(metadata.creationTimestamp).not.toBe(given.creationTimestamp);
    expect(metadata.deletionTimestamp).toBeUndefined();
    expect(metadata.deletionGracePeriodSeconds).toBeUndefined();
    expect(metadata.generation).toBe(1);
    expect(metadata).not.toHaveProperty("selfLink");
  });

  test("includes the revision: one that is given is refused", async () => {
    const object = api.configMap("revision", { metadata: { ...named("revision"), resourceVersion: "1" } });
    const error = await refusal(api.client.create(configMaps, object));
    expect(error.code).toBeGreaterThanOrEqual(400);
    expect((await refusal(api.client.get(configMaps, named("revision")))).code).toBe(404);
  });

  // api-concepts/#resource-versions
  test("revisions grow, over kinds and namespaces", async () => {
    const a = await api.client.create(configMaps, api.configMap("grow-1"));
    const b = await api.client.create(widgets, widget("grow-2"));
    const c = await api.client.create(configMaps, api.configMap("grow-3"));
    const [x = "", y = "", z = ""] = [a, b, c].map((each) => each.metadata.resourceVersion);
    expect([compareRevisions(y, x), compareRevisions(z, y)]).toEqual([1, 1]);
  });

  test("a kind without a desired state has no generation", async () => {
    const { metadata } = await api.client.create(configMaps, api.configMap("no-generation"));
    expect(metadata.generation).toBeUndefined();
  });
});

describe("where an object goes", () => {
  test("the namespace of the path, when its own is missing", async () => {
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "where-1" } };
    const answer = await api.wire.send("POST", path(), { body });
    expect([answer.code, answer.json().metadata.namespace]).toEqual([201, api.namespace]);
  });

  test("nowhere, when its own is another: BadRequest", async () => {
    const metadata = { name: "where-2", namespace: "default" };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata };
    const answer = await api.wire.send("POST", path(), { body });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  test("nowhere, when the path names an object: MethodNotAllowed", async () => {
    const answer = await api.wire.send("POST", `${path()}/where-3`, { body: api.configMap("where-3") });
    expect([answer.code, answer.json().reason]).toEqual([405, "MethodNotAllowed"]);
  });

  test("a namespace of its own does not hinder a kind without namespaces", async () => {
    const metadata = { name: `${api.namespace}-dry`, namespace: "default" };
    const body = { apiVersion: "v1", kind: "Namespace", metadata };
    const answer = await api.wire.send("POST", "/api/v1/namespaces?dryRun=All", { body });
    expect([answer.code, answer.json().metadata.namespace]).toEqual([201, undefined]);
  });
});

describe("what an object claims to be", () => {
  test.each([
    ["another kind", { apiVersion: "v1", kind: "Secret" }],
    ["another version", { apiVersion: "v2", kind: "ConfigMap" }],
    ["another group", { apiVersion: "example.com/v1", kind: "ConfigMap" }],
  ])("%s than that of the path is refused as BadRequest", async (_, type) => {
    const answer = await api.wire.send("POST", path(), { body: { ...api.configMap("type"), ...type } });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  test("may be missing with a built-in kind, and is there in the answer", async () => {
    const answer = await api.wire.send("POST", path(), { body: { metadata: { name: "typeless" } } });
    expect([answer.code, answer.json().kind, answer.json().apiVersion]).toEqual([201, "ConfigMap", "v1"]);
  });

  test("may not be missing with a custom kind", async () => {
    const to = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets`;
    const body = { metadata: { name: "typeless" }, spec: { size: 1 } };
    expect((await api.wire.send("POST", to, { body })).code).toBe(400);
  });
});

// api-concepts/#dry-run
describe("a dry run", () => {
  test("answers with defaults, and takes no name", async () => {
    const answer = await api.client.create(widgets, widget("dry"), { dryRun: true });
    expect(answer).toMatchObject({ spec: { size: 1, colour: "red" }, metadata: { name: "dry" } });
    expect((await refusal(api.client.get(widgets, named("dry")))).code).toBe(404);
    await api.client.create(widgets, widget("dry"));
  });

  test("refuses what would be refused", async () => {
    expect((await refusal(api.client.create(widgets, widget("dry"), { dryRun: true }))).code).toBe(409);
    const bad = widget("dry-2", { spec: { size: 101 } });
    expect((await refusal(api.client.create(widgets, bad, { dryRun: true }))).code).toBe(422);
  });

  test("has no other value than All", async () => {
    const answer = await api.wire.send("POST", `${path()}?dryRun=Some`, { body: api.configMap("dry-3") });
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
  });

  test("of an update and of a deletion changes nothing", async () => {
    const created = await api.client.create(configMaps, api.configMap("dry-4", { data: { a: "1" } }));
    const changed = await api.client.update(configMaps, { ...created, data: { a: "2" } }, { dryRun: true });
    expect(changed.data).toEqual({ a: "2" });
    const patched = await api.client.patch(
      configMaps,
      named("dry-4"),
      "merge",
      { data: { a: "3" } },
      {
        dryRun: true,
      },
    );
    expect(patched.data).toEqual({ a: "3" });
    await api.wire.send("DELETE", `${path()}/dry-4?dryRun=All`);
    await api.wire.send("DELETE", `${path()}?dryRun=All`);
    expect(await api.client.get(configMaps, named("dry-4"))).toEqual(created);
  });
});

// api-concepts/#field-validation
describe("unknown fields", () => {
  const body = () => ({
    ...api.configMap("unknown"),
    surprise: 1,
    metadata: { ...named("unknown"), odd: 1 },
  });

  test("are refused with Strict, and all of them are named", async () => {
    const answer = await api.wire.send("POST", `${path()}?fieldValidation=Strict&dryRun=All`, {
      body: body(),
    });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
    expect(answer.json().message).toContain('unknown field "surprise"');
    expect(answer.json().message).toContain('unknown field "metadata.odd"');
  });

  test("are warned of with Warn, which is the default", async () => {
    for (const query of ["?dryRun=All", "?dryRun=All&fieldValidation=Warn"]) {
      const answer = await api.wire.send("POST", path() + query, { body: body() });
      expect(answer.code).toBe(201);
      const warnings = [answer.headers.warning].flat().join("\n");
      expect(warnings).toMatch(/299 - "unknown field \\"surprise\\""/);
      expect(answer.json()).not.toHaveProperty("surprise");
      expect(answer.json().metadata).not.toHaveProperty("odd");
    }
  });

  test("go without a word with Ignore", async () => {
    const answer = await api.wire.send("POST", `${path()}?dryRun=All&fieldValidation=Ignore`, {
      body: body(),
    });
    expect([answer.code, answer.headers.warning]).toEqual([201, undefined]);
  });

  test("given twice are refused with Strict too", async () => {
    const text = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{"a":"1"},"data":{"a":"2"}}`;
    const strict = await api.wire.send("POST", `${path()}?dryRun=All&fieldValidation=Strict`, { body: text });
    expect([strict.code, strict.json().reason]).toEqual([400, "BadRequest"]);
    expect(strict.json().message).toContain('duplicate field "data"');
  });

  test("know no fourth way", async () => {
    const answer = await api.wire.send("POST", `${path()}?fieldValidation=Loose`, { body: body() });
    expect(answer.code).toBe(422);
  });

  test("of custom kinds are treated alike", async () => {
    const to = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets?dryRun=All`;
    const odd = widget("odd", { spec: { size: 1, surprise: { a: 1 } } });
    const strict = await api.wire.send("POST", `${to}&fieldValidation=Strict`, { body: odd });
    expect([strict.code, strict.json().reason]).toEqual([400, "BadRequest"]);
    expect(strict.json().message).toContain('unknown field "spec.surprise"');
    const warned = await api.wire.send("POST", `${to}&fieldValidation=Warn`, { body: odd });
    expect([warned.code, warned.json().spec]).toEqual([201, { size: 1, colour: "red" }]);
    expect(warned.headers.warning).toBe('299 - "unknown field \\"spec.surprise\\""');
  });
});

test("of many who create one name exactly one wins", async () => {
  const create = () => api.client.create(configMaps, api.configMap("race"));
  const results = await Promise.allSettled(Array.from({ length: 12 }, create));
  expect(results.filter((each) => each.status === "fulfilled")).toHaveLength(1);
  for (const each of results) {
    if (each.status === "rejected") expect(each.reason).toMatchObject({ code: 409, reason: "AlreadyExists" });
  }
});

test("a name in another namespace is another object", async () => {
  const name = `${api.namespace}-other`;
  await api.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const here = await api.client.create(configMaps, api.configMap("twin"));
  const there = await api.client.create(configMaps, {
    ...api.configMap("twin"),
    metadata: { namespace: name, name: "twin" },
  });
  expect(there.metadata.uid).not.toBe(here.metadata.uid);
  await api.client.delete(namespaces, { name });
});
