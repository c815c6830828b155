/** PUT: api-conventions.md#concurrency-control-and-consistency, #metadata, #spec-and-status */
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { clusterRoles, configMaps, leases, secrets, serviceAccounts, services } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });
const pathOf = (name: string) => `/api/v1/namespaces/${api.namespace}/configmaps/${name}`;
const create = (name: string, more: object = {}) => api.client.create(configMaps, api.configMap(name, more));
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

async function forgetting(object: AnyObject, ...fields: string[]): Promise<AnyObject> {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const field of fields) delete metadata[field];
  return { ...object, metadata } as unknown as AnyObject;
}

describe("an update", () => {
  test("replaces: what is left out is gone", async () => {
    const metadata = { ...named("replace"), labels: { a: "b" }, annotations: { c: "d" } };
    const created = await create("replace", { metadata, data: { a: "1" }, binaryData: { b: "Yg==" } });
    const { labels: _, annotations: __, ...rest } = created.metadata;
    const updated = await api.client.update(configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: rest,
      data: { z: "1" },
    } as AnyObject);
    expect(updated.data).toEqual({ z: "1" });
    expect(updated).not.toHaveProperty("binaryData");
    expect([updated.metadata.labels, updated.metadata.annotations]).toEqual([undefined, undefined]);
  });

  test("reports that it comes too late", async () => {
    const created = await create("late");
    await api.client.update(configMaps, { ...created, data: { a: "1" } });
    const error = await refusal(api.client.update(configMaps, { ...created, data: { a: "2" } }));
    expect(error.details).toMatchObject({ name: "late", kind: "configmaps" });
    expect(error.message).toBe(
      'Operation cannot be fulfilled on configmaps "late": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test("of a custom kind reports it too, with its group", async () => {
    const created = await api.client.create(widgets, widget("late"));
    await api.client.update(widgets, { ...created, spec: { size: 2 } });
    const error = await refusal(api.client.update(widgets, { ...created, spec: { size: 3 } }));
    expect(error.details).toMatchObject({ name: "late", group: api.group, kind: "widgets" });
    expect(error.message).toContain(`Operation cannot be fulfilled on widgets.${api.group} "late"`);
  });

  test("keeps uid, creationTimestamp and generateName whatever the time in it", async () => {
    const created = await create("", { metadata: { namespace: api.namespace, generateName: "keep-" } });
    const metadata = { ...created.metadata, creationTimestamp: "2001-01-01T00:00:00Z", selfLink: "/x" };
    const updated = await api.client.update(configMaps, { ...created, metadata, data: { a: "1" } });
    const { uid, creationTimestamp, generateName } = created.metadata;
    expect(updated.metadata).toMatchObject({ uid, creationTimestamp, generateName });
  });

  test("of many on one revision lets one through", async () => {
    const created = await create("race");
    const update = (i: number) => api.client.update(configMaps, { ...created, data: { i: `${i}` } });
    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => update(i)));
    const won = results.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(won).toHaveLength(1);
    expect(await api.client.get(configMaps, named("race"))).toEqual(won[0]);
  });
});

describe("an update whose body is about something else", () => {
  test.each([
    ["another name", { name: "else-other" }],
    ["no name", { name: undefined }],
    ["another namespace", { namespace: "default" }],
  ])("is BadRequest: %s", async (_, change) => {
    const name = `else-${Object.keys(change)[0]}-${Object.values(change)[0]}`.toLowerCase();
    const created = await create(name);
    const metadata = { ...created.metadata, ...change };
    const answer = await api.wire.send("PUT", pathOf(name), { body: { ...created, metadata } });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  test("is MethodNotAllowed on a collection", async () => {
    const path = `/api/v1/namespaces/${api.namespace}/configmaps`;
    const answer = await api.wire.send("PUT", path, { body: api.configMap("else-3") });
    expect([answer.code, answer.json().reason]).toEqual([405, "MethodNotAllowed"]);
  });
});

// api-conventions.md: "unconditional update"
describe("an update without a revision", () => {
  const specs: Record<string, object> = {
    Service: { spec: { ports: [{ port: 80 }] } },
    Secret: { data: { a: "YQ==" } },
    Lease: { spec: { holderIdentity: "a", leaseDurationSeconds: 1 } },
  };
  const make = async (resource: Resource<AnyObject>, name: string) => {
    const { group, version, kind, namespaced } = resource;
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const metadata = namespaced ? named(name) : { name };
    return api.client.create(resource, { apiVersion, kind, metadata, ...specs[kind] });
  };

  test.each([
    ["a ConfigMap", configMaps],
    ["a Secret", secrets],
    ["a Service", services],
    ["a ClusterRole", clusterRoles],
  ])("overwrites %s", async (_, resource) => {
    const created = await make(resource, `${api.namespace}-unconditional`);
    const object = await forgetting(created, "resourceVersion", "uid");
    const labels = { changed: "yes" };
    const updated = await api.client.update(resource, {
      ...object,
      metadata: { ...object.metadata, labels },
    });
    expect(updated.metadata.labels).toMatchObject(labels);
    if (!resource.namespaced) await api.client.delete(resource, { name: created.metadata.name });
  });

  test.each([
    ["a Lease", leases],
    ["a ServiceAccount", serviceAccounts],
  ])("is refused for %s", async (_, resource) => {
    const created = await make(resource, "unconditional-no");
    const error = await refusal(api.client.update(resource, await forgetting(created, "resourceVersion")));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(error.details?.causes?.map((cause) => cause.field)).toContain("metadata.resourceVersion");
  });

  test("is refused for a custom kind", async () => {
    const created = await api.client.create(widgets, widget("unconditional-no"));
    const error = await refusal(api.client.update(widgets, await forgetting(created, "resourceVersion")));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(error.details?.causes?.map((cause) => cause.field)).toContain("metadata.resourceVersion");
  });
});

// api-conventions.md#metadata: generation
describe("generation", () => {
  test("counts changes of the desired state alone", async () => {
    const created = await api.client.create(widgets, widget("counted"));
    const again = await api.client.update(widgets, created);
    expect(again.metadata.generation).toBe(1);
    expect(again.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
    const labelled = await api.client.update(widgets, {
      ...again,
      metadata: { ...again.metadata, labels: { a: "b" }, finalizers: ["contract.plexaubnet.io/x"] },
    });
    expect(labelled.metadata.generation).toBe(1);
    const grown = await api.client.update(widgets, { ...labelled, spec: { size: 2 } });
    expect(grown.metadata.generation).toBe(2);
    const back = await api.client.update(widgets, { ...grown, spec: { size: 1 } });
    expect(back.metadata.generation).toBe(3);
    await api.client.delete(widgets, named("counted"));
    const held = await api.client.get(widgets, named("counted"));
    expect(held.metadata.generation).toBe(4);
    await api.client.patch(widgets, named("counted"), "merge", { metadata: { finalizers: null } });
  });

  test("is not the client's to set", async () => {
    const created = await api.client.create(widgets, widget("not-yours"));
    const metadata = { ...created.metadata, generation: 99 };
    const updated = await api.client.update(widgets, { ...created, metadata, spec: { size: 2 } });
    expect(updated.metadata.generation).toBe(2);
  });
});

// …/custom-resource-definitions/#status-subresource
describe("an update of the status", () => {
  test("changes the status and nothing else, metadata included", async () => {
    const created = await api.client.create(widgets, widget("status-1"));
    const metadata = { ...created.metadata, labels: { a: "b" }, annotations: { c: "d" } };
    const body = { ...created, metadata, spec: { size: 9 }, status: { phase: "Ready" } };
    const updated = await api.client.update(widgets, body, { subresource: "status" });
    expect(updated).toMatchObject({ spec: { size: 1 }, status: { phase: "Ready" } });
    expect([updated.metadata.labels, updated.metadata.annotations]).toEqual([undefined, undefined]);
    expect(updated.metadata.generation).toBe(1);
  });

  test("on an old revision is refused as Conflict", async () => {
    const created = await api.client.create(widgets, widget("status-2"));
    await api.client.update(widgets, { ...created, spec: { size: 2 } });
    const body = { ...created, status: { phase: "Ready" } };
    const error = await refusal(api.client.update(widgets, body, { subresource: "status" }));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
  });

  test("of what is not there is NotFound, and of a kind without one too", async () => {
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets/none/status`;
    expect((await api.wire.send("PUT", path, { body: widget("none") })).code).toBe(404);
    await create("statusless");
    const none = await api.wire.send("PUT", `${pathOf("statusless")}/status`, {
      body: api.configMap("statusless"),
    });
    expect(none.code).toBe(404);
  });

  test("is read by GET, and takes neither POST nor DELETE", async () => {
    await api.client.create(widgets, widget("status-3"));
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets/status-3/status`;
    const got = await api.wire.send("GET", path);
    expect([got.code, got.json().kind, got.json().spec]).toEqual([200, "Widget", { size: 1, colour: "red" }]);
    expect((await api.wire.send("POST", path, { body: widget("status-3") })).code).toBe(405);
    expect((await api.wire.send("DELETE", path)).code).toBe(405);
  });
});

describe("an object that is going", () => {
  test("stays going: its deletionTimestamp cannot be taken back", async () => {
    const metadata = { ...named("going"), finalizers: ["contract.plexaubnet.io/hold"] };
    await create("going", { metadata });
    await api.client.delete(configMaps, named("going"));
    const held = await api.client.get(configMaps, named("going"));
    const object = await forgetting(held, "deletionTimestamp", "deletionGracePeriodSeconds");
    const updated = await api.client.update(configMaps, { ...object, data: { a: "1" } });
    expect(updated.metadata.deletionTimestamp).toBe(held.metadata.deletionTimestamp);
    expect(updated.data).toEqual({ a: "1" });
    const last = await forgetting(updated, "finalizers");
    await api.client.update(configMaps, last);
    expect((await refusal(api.client.get(configMaps, named("going")))).code).toBe(404);
  });

  test("cannot be made by an update", async () => {
    const created = await create("not-going");
    const metadata = { ...created.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    await api.client.update(configMaps, { ...created, metadata, data: { a: "1" } }).catch(() => undefined);
    const now = await api.client.get(configMaps, named("not-going"));
    expect(now.metadata.deletionTimestamp).toBeUndefined();
  });
});
