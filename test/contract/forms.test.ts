/**
 * Forms of requests and answers, and what is said when they are wrong:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources,
 * …/#receiving-resources-as-tables, …/#metadata-only-fetches, api-conventions.md#response-status-kind,
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#compression
 */
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });
const collection = () => `/api/v1/namespaces/${api.namespace}/configmaps`;
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";
const get = (path: string, accept: string) => api.wire.send("GET", path, { accept });

beforeAll(async () => {
  await api.installWidgets();
  const metadata = { ...named("one"), labels: { form: "yes" } };
  await api.client.create(configMaps, api.configMap("one", { metadata, data: { a: "1", b: "2" } }));
});

describe("a table", () => {
  test("of one object has its columns, a row, and its metadata", async () => {
    const table = (await get(`${collection()}/one`, TABLE)).json();
    expect([table.kind, table.apiVersion]).toEqual(["Table", "meta.k8s.io/v1"]);
    const [name, data, age] = table.columnDefinitions;
    expect(name).toMatchObject({ name: "Name", type: "string", format: "name", priority: 0 });
    expect(data).toMatchObject({ name: "Data", type: "string", priority: 0 });
    expect(age).toMatchObject({ name: "Age", type: "string" });
    expect(table.rows).toHaveLength(1);
    expect(table.rows[0].cells).toEqual(["one", 2, expect.stringMatching(/^\d+s|m$/)]);
    expect(table.rows[0].object).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "one" } });
    expect(table.rows[0].object).not.toHaveProperty("data");
  });

  test("of a list carries its revision and its token", async () => {
    await api.client.create(
      configMaps,
      api.configMap("two", { metadata: { ...named("two"), labels: { form: "yes" } } }),
    );
    const table = (await get(`${collection()}?limit=1&labelSelector=form`, TABLE)).json();
    expect(table.rows).toHaveLength(1);
    expect(table.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
    expect(table.metadata.continue).not.toBe("");
  });

  test("takes along as much of the objects as is asked for", async () => {
    const path = `${collection()}/one`;
    const none = (await get(`${path}?includeObject=None`, TABLE)).json();
    expect(none.rows[0].object ?? null).toBeNull();
    const whole = (await get(`${path}?includeObject=Object`, TABLE)).json();
    expect(whole.rows[0].object).toMatchObject({ kind: "ConfigMap", data: { a: "1" } });
    expect((await get(`${path}?includeObject=Some`, TABLE)).code).toBe(400);
  });

  test("of a custom kind without columns has name and age", async () => {
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets`;
    const { columnDefinitions } = (await get(path, TABLE)).json();
    expect(columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(["Name", "Age"]);
  });

  test("is one way among several; the first that can be had is taken", async () => {
    const table = await get(collection(), `${TABLE},application/json`);
    expect(table.json().kind).toBe("Table");
    const list = await get(collection(), `application/json;as=Table;v=v9;g=meta.k8s.io,application/json`);
    expect(list.json().kind).toBe("ConfigMapList");
  });
});

describe("metadata alone", () => {
  test("of one object", async () => {
    const partial = (await get(`${collection()}/one`, PARTIAL)).json();
    expect(Object.keys(partial).sort()).toEqual(["apiVersion", "kind", "metadata"]);
    expect(partial).toMatchObject({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" });
    expect(partial.metadata).toEqual((await api.client.get(configMaps, named("one"))).metadata);
  });

  test("of a list", async () => {
    const list = (await get(`${collection()}?labelSelector=form`, PARTIAL_LIST)).json();
    expect(list).toMatchObject({ kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1" });
    expect(list.items.length).toBeGreaterThan(0);
    for (const item of list.items) expect(item).not.toHaveProperty("data");
  });
});

describe("YAML", () => {
  test("is given where it is asked for", async () => {
    const answer = await get(`${collection()}/one`, "application/yaml");
    expect(answer.headers["content-type"]).toMatch(/^application\/yaml/);
    expect(parse(answer.text)).toEqual(await api.client.get(configMaps, named("one")));
  });

  test("is taken", async () => {
    const body = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\ndata:\n  a: |\n    text\n`;
    const answer = await api.wire.send("POST", collection(), { body, type: "application/yaml" });
    expect([answer.code, answer.json().data]).toEqual([201, { a: "text\n" }]);
  });

  test("that is none is refused as BadRequest", async () => {
    const body = "a: [1\nb: }";
    const answer = await api.wire.send("POST", collection(), { body, type: "application/yaml" });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });
});

describe("a form that cannot be had", () => {
  test.each(["text/html", "application/xml", "image/png"])("%s is NotAcceptable", async (accept) => {
    const answer = await get(`${collection()}/one`, accept);
    expect([answer.code, answer.json().reason]).toEqual([406, "NotAcceptable"]);
  });

  test.each([
    "text/plain",
    "application/xml",
    "multipart/form-data",
  ])("%s is UnsupportedMediaType", async (type) => {
    const answer = await api.wire.send("POST", collection(), { body: "x", type });
    expect([answer.code, answer.json().reason]).toEqual([415, "UnsupportedMediaType"]);
  });

  test("anything at all is JSON", async () => {
    for (const accept of ["*/*", "application/*", "text/html, */*", "application/json; charset=utf-8"]) {
      const answer = await get(`${collection()}/one`, accept);
      expect([accept, answer.code, answer.headers["content-type"]]).toEqual([
        accept,
        200,
        "application/json",
      ]);
    }
  });
});

describe("a body", () => {
  test.each([
    "",
    "{",
    "[]",
    "[1]",
    "1",
    '"text"',
    "{}{}",
  ])("that is %j is refused as BadRequest", async (body) => {
    const answer = await api.wire.send("POST", collection(), { body });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  // Go takes it for an object with nothing in it.
  test("that is null is an object without a name", async () => {
    const answer = await api.wire.send("POST", collection(), { body: "null" });
    expect([answer.code, answer.json().details.causes[0].field]).toEqual([422, "metadata.name"]);
  });

  test.each([
    ["data", { data: "text" }],
    ["data", { data: ["a"] }],
    ["a value of data", { data: { a: 1 } }],
    ["immutable", { immutable: "yes" }],
    ["metadata", { metadata: "x" }],
    ["metadata.name", { metadata: { name: 1 } }],
    ["metadata.finalizers", { metadata: { name: "x", finalizers: "a" } }],
    ["metadata.ownerReferences", { metadata: { name: "x", ownerReferences: {} } }],
    ["binaryData", { binaryData: { a: "%%%" } }],
  ])("with %s of the wrong type is refused as BadRequest", async (_, change) => {
    const body = { ...api.configMap("wrong"), ...change };
    const answer = await api.wire.send("POST", collection(), { body });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  // api-concepts: "resource size"
  test("above 3 MiB is refused as RequestEntityTooLarge", async () => {
    const body = api.configMap("large", { data: { a: "x".repeat(3 * 1024 * 1024) } });
    const answer = await api.wire.send("POST", collection(), { body });
    expect([answer.code, answer.json().reason]).toEqual([413, "RequestEntityTooLarge"]);
  });

  // https://kubernetes.io/docs/concepts/configuration/configmap/#motivation: "cannot exceed 1 MiB"
  test("with more than 1 MiB in a ConfigMap or Secret is Invalid", async () => {
    const text = "x".repeat(600 * 1024);
    const map = api.configMap("large", { data: { a: text, b: text } });
    const answer = await api.wire.send("POST", collection(), { body: map });
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: named("large"),
      stringData: { a: text, b: text },
    };
    const path = `/api/v1/namespaces/${api.namespace}/secrets`;
    expect((await api.wire.send("POST", path, { body: secret })).code).toBe(422);
  });
});

describe("what is refused", () => {
  test("is a Status with code, reason, message and details", async () => {
    const answer = await api.wire.send("GET", `${collection()}/none`);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.json()).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'configmaps "none" not found',
      reason: "NotFound",
      details: { name: "none", kind: "configmaps" },
      code: 404,
    });
  });

  test("of a custom kind names its group", async () => {
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets/none`;
    const status = (await api.wire.send("GET", path)).json();
    expect(status.message).toBe(`widgets.${api.group} "none" not found`);
    expect(status.details).toEqual({ name: "none", group: api.group, kind: "widgets" });
  });

  test("names what is invalid in message and causes", async () => {
    const answer = await api.wire.send("POST", collection(), { body: api.configMap("A") });
    const { message, details } = answer.json();
    expect(message).toMatch(/^ConfigMap "A" is invalid: metadata.name: Invalid value: "A": /);
    expect(details).toMatchObject({ name: "A", kind: "ConfigMap" });
    expect(details.causes).toEqual([
      { reason: "FieldValueInvalid", field: "metadata.name", message: expect.stringContaining("RFC 1123") },
    ]);
  });

  test("names who holds a name", async () => {
    const answer = await api.wire.send("POST", collection(), { body: api.configMap("one") });
    expect(answer.json()).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
      message: 'configmaps "one" already exists',
      details: { name: "one", kind: "configmaps" },
    });
  });

  test.each([
    "/api/v2/namespaces/default/configmaps",
    "/api/v1/namespaces/default/gadgets",
    "/apis/none.example.com/v1/gadgets",
    "/apis/coordination.k8s.io/v9/leases",
    "/nothing",
    "/api/v1/namespaces/default/configmaps/a/b/c",
  ])("as not there is %s", async (path) => {
    expect((await api.wire.send("GET", path)).code).toBe(404);
  });

  test.each([
    ["PUT", "/api/v1/namespaces/default/configmaps"],
    ["PATCH", "/api/v1/namespaces/default/configmaps"],
    ["POST", "/api/v1/namespaces/default/configmaps/x"],
    ["POST", "/api/v1/configmaps"],
  ])("as a method that is not allowed is %s %s", async (method, path) => {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = await api.wire.send(method, path, { body: api.configMap("x"), type });
    expect([answer.code, answer.json().reason]).toEqual([405, "MethodNotAllowed"]);
  });
});

describe("large answers", () => {
  test("are compressed for those who take that", async () => {
    const data = { a: "x".repeat(200 * 1024) };
    await api.client.create(configMaps, api.configMap("big", { data }));
    const packed = await api.wire.send("GET", `${collection()}/big`, {
      headers: { "accept-encoding": "gzip" },
    });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    const plain = await api.wire.send("GET", `${collection()}/big`);
    expect([plain.headers["content-encoding"], plain.json().data]).toEqual([undefined, data]);
  });
});

test("a bearer token that is none is Unauthorized, and its Status reports it", async () => {
  const answer = await api.wire.send("GET", collection(), { headers: { authorization: "Bearer nobody" } });
  expect([answer.code, answer.json().reason]).toEqual([401, "Unauthorized"]);
});
