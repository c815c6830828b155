import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type ServerFixture, serverFixture } from "../../testing/server-fixture.ts";

let f: ServerFixture;
beforeAll(async () => {
  f = await serverFixture();
});
afterAll(() => f.stop());

const DEFAULT = "/api/v1/namespaces/default";
const post = (path: string, body: object) => f.request(path, { method: "POST", body });
const merge = (path: string, body: object) =>
  f.request(path, { method: "PATCH", body, headers: { "content-type": "application/merge-patch+json" } });
const v1 = (kind: string, name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...more,
});
const causes = (answer: Answer) =>
  ((answer.json.details as { causes?: { field: string }[] } | undefined)?.causes ?? []).map(
    (cause) => cause.field,
  );

test("the namespaces that every cluster has are there", async () => {
  const { items } = (await f.request("/api/v1/namespaces")).json as {
    items: { metadata: { name: string }; status: object }[];
  };
  const names = items.map((item) => item.metadata.name);
  expect(names).toEqual(["default", "kube-node-lease", "kube-public", "kube-system"]);
  expect(items[0]).toMatchObject({
    metadata: { labels: { "kubernetes.io/metadata.name": "default" } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
});

test("the namespaces that every cluster needs stay", async () => {
  const { code, json } = await f.request("/api/v1/namespaces/default", { method: "DELETE" });
  expect([code, json.message]).toEqual([
    403,
    'namespaces "default" is forbidden: this namespace may not be deleted',
  ]);
});

describe("a secret", () => {
  test("takes text, keeps base64, and has a type", async () => {
    const { json } = await post(`${DEFAULT}/secrets`, v1("Secret", "s", { stringData: { word: "hunter2" } }));
    expect(json).toMatchObject({ type: "Opaque", data: { word: "aHVudGVyMg==" } });
    expect(json).not.toHaveProperty("stringData");
    expect(causes(await merge(`${DEFAULT}/secrets/s`, { type: "other" }))).toEqual(["type"]);
    const bad = await post(`${DEFAULT}/secrets`, v1("Secret", "bad", { data: { word: "not base64" } }));
    expect([bad.code, bad.json.message]).toEqual([400, expect.stringContaining("data[word]")]);
  });

  test("that is immutable stays as it is", async () => {
    await post(`${DEFAULT}/secrets`, v1("Secret", "fixed", { immutable: true, stringData: { a: "b" } }));
    expect(causes(await merge(`${DEFAULT}/secrets/fixed`, { stringData: { a: "c" } }))).toEqual(["data"]);
    expect((await merge(`${DEFAULT}/secrets/fixed`, { metadata: { labels: { a: "b" } } })).code).toBe(200);
  });
});

test("null means absent in the built-in kinds, and an empty text in their maps of texts", async () => {
  const nulls = {
    metadata: { name: "nulls", creationTimestamp: null, labels: null },
    data: { a: "b", c: null },
  };
  const { code, json } = await post(`${DEFAULT}/configmaps`, { ...v1("ConfigMap", "nulls"), ...nulls });
  expect([code, json.data]).toEqual([201, { a: "b", c: "" }]);
});

test("a config map has keys that can be file names", async () => {
  const refused = await post(`${DEFAULT}/configmaps`, v1("ConfigMap", "c", { data: { "a/b": "" } }));
  expect(causes(refused)).toEqual(["data[a/b]"]);
});

test("a PUT without a revision overwrites a built-in kind", async () => {
  await post(`${DEFAULT}/configmaps`, v1("ConfigMap", "put", { data: { a: "1" } }));
  const answer = await f.request(`${DEFAULT}/configmaps/put`, {
    method: "PUT",
    body: v1("ConfigMap", "put", { data: { a: "2" } }),
  });
  expect(answer.json).toMatchObject({ data: { a: "2" } });
});

test("a service has defaults, and ports that exist", async () => {
  const spec = { ports: [{ port: 80 }] };
  const { json } = await post(`${DEFAULT}/services`, v1("Service", "web", { spec }));
  expect(json.spec).toMatchObject({
    type: "ClusterIP",
    sessionAffinity: "None",
    ports: [{ port: 80, protocol: "TCP" }],
  });
  const refused = await post(
    `${DEFAULT}/services`,
    v1("Service", "bad", { spec: { ports: [{ port: 70_000 }] } }),
  );
  expect(causes(refused)).toEqual(["spec.ports[0].port", "spec.ports[0].targetPort"]);
  expect(causes(await post(`${DEFAULT}/services`, v1("Service", "web.com", { spec })))).toEqual([
    "metadata.name",
  ]);
});

test("an event is one object in two APIs", async () => {
  const regarding = { kind: "Pod", name: "p", namespace: "default" };
  const group = "/apis/events.k8s.io/v1/namespaces/default/events";
  const created = await post(group, {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "e" },
    eventTime: "2026-01-01T00:00:00.000000Z",
    reason: "Seen",
    note: "it was seen",
    type: "Normal",
    action: "Look",
    regarding,
    reportingController: "tester",
    reportingInstance: "tester-1",
  });
  expect(created.json).toMatchObject({ apiVersion: "events.k8s.io/v1", note: "it was seen" });
  const core = (await f.request(`${DEFAULT}/events/e`)).json;
  expect(core).toMatchObject({ apiVersion: "v1", message: "it was seen", involvedObject: regarding });
  const selected = await f.request(`${DEFAULT}/events?fieldSelector=involvedObject.name%3Dp,reason%3DSeen`);
  expect(selected.json.items).toHaveLength(1);
  const series = { count: 2, lastObservedTime: "2026-01-01T00:00:01.000000Z" };
  expect((await merge(`${group}/e`, { series })).json).toMatchObject({ series, regarding });
  expect(causes(await merge(`${group}/e`, { note: "seen again" }))).toEqual(["message"]);
});

test("a role binding cannot be turned to another role", async () => {
  const path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "a" };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "system:b" },
  };
  const made = await post(path, { ...binding, roleRef, subjects: [{ kind: "User", name: "u" }] });
  expect(made.json.subjects).toEqual([{ kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" }]);
  expect(causes(await merge(`${path}/system:b`, { roleRef: { name: "b" } }))).toEqual(["roleRef"]);
});

describe("a CustomResourceDefinition", () => {
  const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const crd = (plural: string, kind: string, more: object = {}) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: "example.com",
      scope: "Cluster",
      names: { plural, kind, ...more },
      versions: ["v1", "v2"].map((name) => ({
        name,
        served: true,
        storage: name === "v1",
        schema: {
          openAPIV3Schema: { type: "object", properties: { size: { type: "integer", default: 1 } } },
        },
      })),
    },
  });

  test("is served from the moment it is created, in all its versions", async () => {
    const created = await post(CRDS, crd("gadgets", "Gadget"));
    expect(created.json).toMatchObject({ spec: { names: { singular: "gadget", listKind: "GadgetList" } } });
    const made = await post("/apis/example.com/v2/gadgets", {
      apiVersion: "example.com/v2",
      kind: "Gadget",
      metadata: { name: "g" },
    });
    expect(made.json).toMatchObject({ apiVersion: "example.com/v2", size: 1 });
    expect((await f.request("/apis/example.com/v1/gadgets/g")).json).toMatchObject({
      apiVersion: "example.com/v1",
    });
    expect((await f.request("/apis/example.com")).json).toMatchObject({
      preferredVersion: { version: "v2" },
    });
    expect((await f.request(`${CRDS}/gadgets.example.com`)).json.status).toMatchObject({
      conditions: [
        { type: "NamesAccepted", status: "True" },
        { type: "Established", status: "True" },
      ],
      storedVersions: ["v1"],
    });
  });

  test("that gains a default shows it on objects of before", async () => {
    const path = `${CRDS}/gadgets.example.com`;
    const { json } = await f.request(path);
    const changed = JSON.parse(JSON.stringify(json)) as ReturnType<typeof crd>;
    for (const version of changed.spec.versions) {
      Object.assign(version.schema.openAPIV3Schema.properties, {
        colour: { type: "string", default: "red" },
      });
    }
    expect((await f.request(path, { method: "PUT", body: changed })).code).toBe(200);
    expect((await f.request("/apis/example.com/v1/gadgets/g")).json).toMatchObject({
      size: 1,
      colour: "red",
    });
  });

  test("whose names are taken is not established", async () => {
    await post(CRDS, crd("gizmos", "Gizmo", { shortNames: ["gadget"] }));
    expect((await f.request("/apis/example.com/v1/gizmos")).code).toBe(404);
    expect((await f.request(`${CRDS}/gizmos.example.com`)).json.status).toMatchObject({
      conditions: [
        { type: "NamesAccepted", status: "False", reason: "ShortNamesConflict" },
        { status: "False" },
      ],
    });
  });

  test("that is not sound is refused, naming the fault", async () => {
    const bad = crd("things", "Thing");
    bad.metadata.name = "other.example.com";
    expect(causes(await post(CRDS, bad))).toContain("metadata.name");
    expect(causes(await merge(`${CRDS}/gadgets.example.com`, { spec: { scope: "Namespaced" } }))).toContain(
      "spec.scope",
    );
  });
});
