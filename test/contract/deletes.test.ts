/**
 * DELETE: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-deletion,
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ and
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, take, useCluster } from "./cluster.ts";
import { configMaps, namespaces } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });
const collection = () => `/api/v1/namespaces/${api.namespace}/configmaps`;
const HOLD = "contract.plexaubnet.io/hold";
const create = (name: string, metadata: object = {}) =>
  api.client.create(configMaps, api.configMap(name, { metadata: { ...named(name), ...metadata } }));
const remove = (name: string, body?: object, query = "") =>
  api.wire.send("DELETE", `${collection()}/${name}${query}`, body === undefined ? {} : { body });
const release = (name: string) =>
  api.client.patch(configMaps, named(name), "merge", { metadata: { finalizers: null } });
let widgets: Resource<AnyObject>;

beforeAll(async () => {
  widgets = await api.installWidgets();
});

describe("the answer", () => {
  test("is a Status that names what is gone", async () => {
    const { metadata } = await create("answer-1");
    const answer = await remove("answer-1");
    expect(answer.code).toBe(200);
    expect(answer.json()).toMatchObject({
      kind: "Status",
      apiVersion: "v1",
      status: "Success",
      details: { name: "answer-1", kind: "configmaps", uid: metadata.uid },
    });
  });

  test("is the object as long as something holds it", async () => {
    await create("answer-2", { finalizers: [HOLD] });
    const answer = await remove("answer-2");
    expect(answer.json()).toMatchObject({
      kind: "ConfigMap",
      metadata: { name: "answer-2", finalizers: [HOLD] },
    });
    expect(answer.json().metadata.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(answer.json().metadata.deletionGracePeriodSeconds).toBe(0);
    await release("answer-2");
  });

  test("names the group of a custom kind", async () => {
    const object = { apiVersion: `${api.group}/v1`, kind: "Widget", metadata: named("answer-3") };
    await api.client.create(widgets, { ...object, spec: { size: 1 } });
    const path = `/apis/${api.group}/v1/namespaces/${api.namespace}/widgets/answer-3`;
    const answer = await api.wire.send("DELETE", path);
    expect(answer.json().details).toMatchObject({ name: "answer-3", group: api.group, kind: "widgets" });
  });
});

describe("preconditions", () => {
  const other = "00000000-0000-4000-8000-000000000000";

  test("that hold let it through", async () => {
    const { metadata } = await create("pre-1");
    const { uid, resourceVersion } = metadata;
    expect((await remove("pre-1", { preconditions: { uid, resourceVersion } })).code).toBe(200);
  });

  test.each([
    ["uid", { uid: other }],
    ["resourceVersion", { resourceVersion: "1" }],
  ])("that fail refuse it as Conflict: %s", async (field, preconditions) => {
    const name = `pre-2-${field.toLowerCase()}`;
    const created = await create(name);
    const answer = await remove(name, { preconditions });
    expect([answer.code, answer.json().reason]).toEqual([409, "Conflict"]);
    expect(answer.json().message).toContain("in the precondition");
    expect(await api.client.get(configMaps, named(name))).toEqual(created);
  });

  test.each([
    [5],
    ["x"],
    [{ uid: 5 }],
    [{ resourceVersion: 5 }],
  ])("that are %j are refused as BadRequest, not passed over", async (preconditions) => {
    const created = await create("pre-4").catch(() => api.client.get(configMaps, named("pre-4")));
    const answer = await remove("pre-4", { preconditions });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
    expect(await api.client.get(configMaps, named("pre-4"))).toEqual(created);
  });

  test("hold for what is held by finalizers too", async () => {
    await create("pre-3", { finalizers: [HOLD] });
    expect((await remove("pre-3", { preconditions: { uid: other } })).code).toBe(409);
    const { metadata } = await api.client.get(configMaps, named("pre-3"));
    expect(metadata.deletionTimestamp).toBeUndefined();
    await release("pre-3");
    await api.client.delete(configMaps, named("pre-3"));
  });
});

describe("options", () => {
  test.each([
    ["a policy that does not exist", { propagationPolicy: "Sideways" }],
    ["both ways to say orphan", { propagationPolicy: "Orphan", orphanDependents: true }],
    ["a negative grace period", { gracePeriodSeconds: -5, propagationPolicy: "Nonsense" }],
    ["a dry run of another kind", { dryRun: ["Some"] }],
  ])("are refused as Invalid: %s", async (_, options) => {
    await create("options-1").catch(() => undefined);
    const answer = await remove("options-1", { apiVersion: "v1", kind: "DeleteOptions", ...options });
    expect([answer.code, answer.json().reason]).toEqual([422, "Invalid"]);
    expect((await api.client.get(configMaps, named("options-1"))).metadata.deletionTimestamp).toBeUndefined();
  });

  test("are read from the query as well", async () => {
    await create("options-2", { finalizers: [HOLD] });
    const answer = await remove("options-2", undefined, "?propagationPolicy=Foreground");
    expect(answer.json().metadata.finalizers).toContain("foregroundDeletion");
    await release("options-2");
  });

  test("in JSON that is none are refused as BadRequest", async () => {
    await create("options-3");
    const answer = await api.wire.send("DELETE", `${collection()}/options-3`, { body: "{" });
    expect([answer.code, answer.json().reason]).toEqual([400, "BadRequest"]);
  });

  test("of another kind are refused as BadRequest", async () => {
    await create("options-4");
    const body = { apiVersion: "v1", kind: "ConfigMap" };
    expect((await remove("options-4", body)).code).toBe(400);
  });

  test.each(["v1", "meta.k8s.io/v1"])("may be of version %s", async (apiVersion) => {
    const name = `options-5-${apiVersion.replaceAll(/[./]/g, "-")}`;
    await create(name);
    expect((await remove(name, { apiVersion, kind: "DeleteOptions" })).code).toBe(200);
  });

  test("with a grace period take effect at once for kinds that know none", async () => {
    await create("options-6");
    expect((await remove("options-6", { gracePeriodSeconds: 300 })).code).toBe(200);
    expect((await refusal(api.client.get(configMaps, named("options-6")))).code).toBe(404);
  });
});

describe("propagation", () => {
  const family = async (owner: string, child: string, block: boolean) => {
    const { metadata } = await create(owner);
    const { uid = "" } = metadata;
    const reference = { apiVersion: "v1", kind: "ConfigMap", name: owner, uid, blockOwnerDeletion: block };
    await create(child, { ownerReferences: [reference], finalizers: [HOLD] });
  };

  // …/garbage-collection/#foreground-deletion
  test("in the foreground keeps the owner, marked, until what blocks it is gone", async () => {
    await family("front", "front-child", true);
    const answer = await remove("front", { propagationPolicy: "Foreground" });
    expect(answer.json().metadata).toMatchObject({ finalizers: ["foregroundDeletion"] });
    const { metadata } = await api.client.list(configMaps, { namespace: api.namespace });
    const scope = { namespace: api.namespace, fieldSelector: "metadata.name=front" };
    const { resourceVersion } = metadata;
    const watch = await api.client.watch(configMaps, { ...scope, resourceVersion, timeoutSeconds: 20 });
    expect((await api.client.get(configMaps, named("front"))).metadata.deletionTimestamp).toBeDefined();
    await release("front-child");
    for await (const event of watch) if (event.type === "DELETED") break;
    expect((await refusal(api.client.get(configMaps, named("front")))).code).toBe(404);
  });

  // …/garbage-collection/#background-deletion
  test("in the background takes the owner at once", async () => {
    await family("back", "back-child", true);
    const answer = await remove("back", { propagationPolicy: "Background" });
    expect(answer.json()).toMatchObject({ kind: "Status", status: "Success" });
    expect((await refusal(api.client.get(configMaps, named("back")))).code).toBe(404);
    await release("back-child");
  });

  test("as orphans is said by orphanDependents too", async () => {
    await family("orphan", "orphan-child", false);
    const answer = await remove("orphan", { orphanDependents: true });
    expect(answer.json().metadata?.finalizers ?? ["orphan"]).toContain("orphan");
    await release("orphan-child");
  });
});

describe("finalizers", () => {
  test("hold an object until the last one is gone, whichever client removes them", async () => {
    await create("held", { finalizers: [HOLD, `${HOLD}-2`] });
    await remove("held");
    const first = await api.client.patch(configMaps, named("held"), "merge", {
      metadata: { finalizers: [`${HOLD}-2`] },
    });
    expect(first.metadata.deletionTimestamp).toBeDefined();
    const last = await release("held");
    expect(last.metadata.name).toBe("held");
    expect((await refusal(api.client.get(configMaps, named("held")))).code).toBe(404);
  });

  test("may be gone before the deletion; then nothing holds it", async () => {
    await create("free", { finalizers: [HOLD] });
    await release("free");
    expect((await remove("free")).json().status).toBe("Success");
  });

  test("make a second deletion change nothing", async () => {
    await create("twice", { finalizers: [HOLD] });
    await remove("twice");
    const before = await api.client.get(configMaps, named("twice"));
    const second = await remove("twice");
    expect(second.code).toBe(200);
    expect(await api.client.get(configMaps, named("twice"))).toEqual(before);
    await release("twice");
  });

  test("keep the name taken", async () => {
    await create("taken", { finalizers: [HOLD] });
    await remove("taken");
    const error = await refusal(create("taken"));
    expect([error.code, error.reason]).toEqual([409, "AlreadyExists"]);
    expect(error.message).toContain("object is being deleted");
    await release("taken");
    await create("taken");
  });

  test("show in a watch as MODIFIED, MODIFIED, DELETED", async () => {
    const { metadata } = await api.client.list(configMaps, { namespace: api.namespace });
    await create("seen", { finalizers: [HOLD] });
    const scope = { namespace: api.namespace, fieldSelector: "metadata.name=seen" };
    const { resourceVersion } = metadata;
    const watch = await api.client.watch(configMaps, { ...scope, resourceVersion });
    await remove("seen");
    await api.client.patch(configMaps, named("seen"), "merge", { data: { a: "1" } });
    await release("seen");
    const { lines, objects } = await take(watch, 4);
    expect(lines).toEqual(["ADDED seen", "MODIFIED seen", "MODIFIED seen", "DELETED seen"]);
    expect(objects[3]?.metadata.resourceVersion).not.toBe(objects[2]?.metadata.resourceVersion);
  });
});

describe("a collection", () => {
  const labelled = (name: string, set: string) => create(name, { labels: { set } });
  const left = async (set: string) => {
    const { items } = await api.client.list(configMaps, {
      namespace: api.namespace,
      labelSelector: `set=${set}`,
    });
    return items.map((item) => item.metadata.name);
  };

  test("goes by label and field, and the answer is a list of what went", async () => {
    for (const name of ["set-1", "set-2", "set-3"]) await labelled(name, "fields");
    const query = "?labelSelector=set%3Dfields&fieldSelector=metadata.name!%3Dset-2";
    const answer = await api.wire.send("DELETE", collection() + query);
    expect([answer.code, answer.json().kind]).toEqual([200, "ConfigMapList"]);
    const gone = answer
      .json()
      .items.map((item: AnyObject) => item.metadata.name)
      .sort();
    expect(gone).toEqual(["set-1", "set-3"]);
    expect(await left("fields")).toEqual(["set-2"]);
  });

  test("marks what finalizers hold", async () => {
    await create("set-4", { labels: { set: "held" }, finalizers: [HOLD] });
    await labelled("set-5", "held");
    await api.wire.send("DELETE", `${collection()}?labelSelector=set%3Dheld`);
    expect(await left("held")).toEqual(["set-4"]);
    expect((await api.client.get(configMaps, named("set-4"))).metadata.deletionTimestamp).toBeDefined();
    await release("set-4");
  });

  test("is not deleted over all namespaces at once: MethodNotAllowed", async () => {
    const answer = await api.wire.send("DELETE", "/api/v1/configmaps?labelSelector=none%3Dnone");
    expect([answer.code, answer.json().reason]).toEqual([405, "MethodNotAllowed"]);
  });

  test("with a selector that is none is left alone: BadRequest", async () => {
    await labelled("set-6", "bad");
    const answer = await api.wire.send("DELETE", `${collection()}?labelSelector=a%20in%20(`);
    expect(answer.code).toBe(400);
    expect(await left("bad")).toEqual(["set-6"]);
  });

  test("of namespaces is not deleted: MethodNotAllowed", async () => {
    const answer = await api.wire.send("DELETE", "/api/v1/namespaces?labelSelector=none%3Dnone");
    expect(answer.code).toBe(405);
  });
});

describe("what the cluster needs", () => {
  test.each(["default", "kube-system"])("cannot be deleted: namespace %s", async (name) => {
    const error = await refusal(api.client.delete(namespaces, { name }));
    expect([error.code, error.reason]).toEqual([403, "Forbidden"]);
  });
});
