/** What single built-in kinds do to their objects. The place in the documentation stands above each group. */
import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps, events, namespaces, secrets, services } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });

function object(kind: string, name: string, more: object): AnyObject {
  return { apiVersion: "v1", kind, metadata: named(name), ...more };
}

// https://kubernetes.io/docs/concepts/configuration/configmap/
describe("a ConfigMap", () => {
  test("that is immutable keeps its data", async () => {
    await api.client.create(configMaps, api.configMap("immutable", { immutable: true, data: { a: "1" } }));
    const change = api.client.patch(configMaps, named("immutable"), "merge", { data: { a: "2" } });
    const error = await refusal(change);
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    const labelled = { metadata: { labels: { a: "b" } } };
    await api.client.patch(configMaps, named("immutable"), "merge", labelled);
  });

  test.each(["", "a/b", "..", "a b"])("with the key %j is Invalid", async (key) => {
    const error = await refusal(
      api.client.create(configMaps, api.configMap("key", { data: { [key]: "1" } })),
    );
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });
});

// https://kubernetes.io/docs/concepts/configuration/secret/
describe("a Secret", () => {
  test("takes text as stringData, gives it back as data, and is Opaque by default", async () => {
    const secret = object("Secret", "text", { stringData: { a: "plain" }, data: { b: "Yg==" } });
    const created = await api.client.create(secrets, secret);
    expect(created).toMatchObject({ type: "Opaque", data: { a: "cGxhaW4=", b: "Yg==" } });
    expect(created).not.toHaveProperty("stringData");
  });

  test("does not change its type", async () => {
    await api.client.create(secrets, object("Secret", "type", {}));
    const error = await refusal(api.client.patch(secrets, named("type"), "merge", { type: "example.org/x" }));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
  });
});

// https://kubernetes.io/docs/concepts/services-networking/service/
describe("a Service", () => {
  const ports = [{ port: 80 }];

  test("without a port is Invalid", async () => {
    const error = await refusal(api.client.create(services, object("Service", "portless", { spec: {} })));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(error.details?.causes?.map((cause) => cause.field)).toContain("spec.ports");
  });

  test("has a type and a protocol, whether they were given or not", async () => {
    const created = await api.client.create(services, object("Service", "plain", { spec: { ports } }));
    expect(created.spec).toMatchObject({ type: "ClusterIP", ports: [{ port: 80, protocol: "TCP" }] });
  });

  test("of type LoadBalancer shows the address that its status was given, and no other writer sets it", async () => {
    const spec = { type: "LoadBalancer", ports, loadBalancerClass: "contract.plexaubnet.io/none" };
    const status = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };
    const created = await api.client.create(services, object("Service", "balanced", { spec, status }));
    const before = created.status as { loadBalancer?: { ingress?: unknown } } | undefined;
    expect(before?.loadBalancer?.ingress).toBeUndefined();
    const options = { subresource: "status" as const };
    const given = await api.client.patch(services, named("balanced"), "merge", { status }, options);
    expect(given.status).toMatchObject(status);
  });
});

// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
describe("an Event", () => {
  test("is found by the object it is about", async () => {
    const involvedObject = { apiVersion: "v1", kind: "ConfigMap", ...named("about"), uid: "u-1" };
    const times = { firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:00Z", count: 1 };
    const said = { reason: "Contract", message: "hello", type: "Normal", source: { component: "contract" } };
    await api.client.create(events, object("Event", "about.1", { involvedObject, ...times, ...said }));
    const fieldSelector = "involvedObject.name=about,involvedObject.kind=ConfigMap";
    const found = await api.client.list(events, { namespace: api.namespace, fieldSelector });
    expect(found.items).toMatchObject([{ metadata: { name: "about.1" }, involvedObject, ...said, count: 1 }]);
    const patched = await api.client.patch(events, named("about.1"), "merge", { count: 2 });
    expect(patched.count).toBe(2);
  });
});

// https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#automatic-labelling
test("a Namespace is Active and carries its name as a label", async () => {
  const namespace = await api.client.get(namespaces, { name: api.namespace });
  expect(namespace.status).toMatchObject({ phase: "Active" });
  expect(namespace.metadata.labels).toMatchObject({ "kubernetes.io/metadata.name": api.namespace });
});

// https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs
test("a collection is deleted as far as its selector reaches", async () => {
  for (const [name, fate] of [
    ["c-1", "go"],
    ["c-2", "go"],
    ["c-3", "stay"],
  ] as const) {
    const metadata = { ...named(name), labels: { fate } };
    await api.client.create(configMaps, { ...api.configMap(name), metadata });
  }
  const path = `/api/v1/namespaces/${api.namespace}/configmaps`;
  await api.client.raw("DELETE", `${path}?labelSelector=fate%3Dgo`);
  const { items } = await api.client.list(configMaps, { namespace: api.namespace, labelSelector: "fate" });
  expect(items.map((item) => item.metadata.name)).toEqual(["c-3"]);
});

// https://kubernetes.io/docs/reference/using-api/api-concepts/#status-subresource documents it for custom
// kinds alone
describe("the status of a kind that is built in", () => {
  test("takes metadata with it, and no spec", async () => {
    const spec = { ports: [{ port: 80 }] };
    await api.client.create(services, object("Service", "tagged", { spec }));
    const path = `/api/v1/namespaces/${api.namespace}/services/tagged/status`;
    const change = {
      metadata: { annotations: { "example.com/a": "b" }, labels: { c: "d" }, finalizers: ["example.com/e"] },
      spec: { type: "NodePort" },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
    };
    const type = "application/merge-patch+json";
    const changed = (await api.wire.send("PATCH", path, { body: change, type })).json();
    expect(changed.metadata).toMatchObject(change.metadata);
    expect(changed.spec.type).toBe("ClusterIP");
    expect(changed.status.loadBalancer.ingress[0].ip).toBe("192.0.2.1");
    await api.wire.send("PATCH", path, { body: { metadata: { finalizers: null } }, type });
    const { metadata } = (await api.wire.send("GET", path)).json();
    expect(metadata).not.toHaveProperty("finalizers");
  });
});
