/** Single objects: https://kubernetes.io/docs/reference/using-api/api-concepts/#api-verbs */
import { describe, expect, test } from "vitest";
import { compareRevisions } from "../../src/client/index.ts";
import { refusal, untilGone, useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });

// API conventions, "Metadata":
// https://github.com/kubernetes/community/blob/main/contributors/devel/sig-architecture/api-conventions.md#metadata
describe("create", () => {
  test("gives the object a uid, a revision and a time of creation", async () => {
    const created = await api.client.create(configMaps, api.configMap("create-1", { data: { a: "1" } }));
    expect(created).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
    expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(await api.client.get(configMaps, named("create-1"))).toEqual(created);
  });

  test("of a name that is taken is refused as AlreadyExists", async () => {
    await api.client.create(configMaps, api.configMap("create-2"));
    const error = await refusal(api.client.create(configMaps, api.configMap("create-2")));
    expect([error.code, error.reason]).toEqual([409, "AlreadyExists"]);
    expect(error.details).toMatchObject({ name: "create-2", kind: "configmaps" });
  });

  // api-conventions.md#idempotency
  test("with generateName picks names that differ", async () => {
    const object = { ...api.configMap(""), metadata: { namespace: api.namespace, generateName: "gen-" } };
    const create = () => api.client.create(configMaps, object as unknown as ReturnType<typeof api.configMap>);
    const [a, b] = [await create(), await create()];
    expect(a.metadata.name).toMatch(/^gen-[a-z0-9]{5}$/);
    expect(b.metadata.name).not.toBe(a.metadata.name);
  });

  test("with a name that is none is refused as Invalid, naming the field", async () => {
    const error = await refusal(api.client.create(configMaps, api.configMap("Not_A_Name")));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(error.details?.causes?.map((cause) => cause.field)).toContain("metadata.name");
  });

  test("in a namespace that does not exist is refused as NotFound", async () => {
    const object = { ...api.configMap("x"), metadata: { namespace: `${api.namespace}-none`, name: "x" } };
    const error = await refusal(api.client.create(configMaps, object));
    expect([error.code, error.reason]).toEqual([404, "NotFound"]);
  });

  // api-concepts/#dry-run
  test("as a dry run answers as if, and keeps nothing", async () => {
    const answer = await api.client.create(configMaps, api.configMap("dry"), { dryRun: true });
    expect(answer.metadata.uid).toBeDefined();
    expect((await refusal(api.client.get(configMaps, named("dry")))).code).toBe(404);
  });
});

describe("get", () => {
  test("of what is not there is NotFound, and names what", async () => {
    const error = await refusal(api.client.get(configMaps, named("none")));
    expect([error.code, error.reason]).toEqual([404, "NotFound"]);
    expect(error.details).toMatchObject({ name: "none", kind: "configmaps" });
  });
});

// api-conventions.md#concurrency-control-and-consistency
describe("update", () => {
  test("raises the revision", async () => {
    const created = await api.client.create(configMaps, api.configMap("update-1"));
    const updated = await api.client.update(configMaps, { ...created, data: { a: "2" } });
    expect(updated.data).toEqual({ a: "2" });
    const revisions = [updated, created].map((each) => each.metadata.resourceVersion ?? "") as [
      string,
      string,
    ];
    expect(compareRevisions(...revisions)).toBe(1);
    expect(updated.metadata.uid).toBe(created.metadata.uid);
  });

  test("that rests on an old revision is refused as Conflict, and changes nothing", async () => {
    const created = await api.client.create(configMaps, api.configMap("update-2"));
    const updated = await api.client.update(configMaps, { ...created, data: { a: "1" } });
    const error = await refusal(api.client.update(configMaps, { ...created, data: { a: "2" } }));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
    expect(await api.client.get(configMaps, named("update-2"))).toEqual(updated);
  });

  test("that changes nothing leaves the revision alone", async () => {
    const created = await api.client.create(configMaps, api.configMap("update-3", { data: { a: "1" } }));
    expect((await api.client.update(configMaps, created)).metadata.resourceVersion).toBe(
      created.metadata.resourceVersion,
    );
  });

  test("of what is not there is NotFound", async () => {
    const error = await refusal(api.client.update(configMaps, api.configMap("update-none")));
    expect([error.code, error.reason]).toEqual([404, "NotFound"]);
  });

  test("cannot give an object another uid", async () => {
    const created = await api.client.create(configMaps, api.configMap("update-4"));
    const other = {
      ...created,
      metadata: { ...created.metadata, uid: "00000000-0000-4000-8000-000000000000" },
    };
    const error = await refusal(api.client.update(configMaps, other));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
  });
});

describe("delete", () => {
  test("removes the object", async () => {
    await api.client.create(configMaps, api.configMap("delete-1"));
    await api.client.delete(configMaps, named("delete-1"));
    expect((await refusal(api.client.get(configMaps, named("delete-1")))).code).toBe(404);
    expect((await refusal(api.client.delete(configMaps, named("delete-1")))).code).toBe(404);
  });

  // https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/
  test("with another uid or revision than the object's is refused as Conflict", async () => {
    const created = await api.client.create(configMaps, api.configMap("delete-2"));
    for (const precondition of [{ uid: "00000000-0000-4000-8000-000000000000" }, { resourceVersion: "1" }]) {
      const error = await refusal(api.client.delete(configMaps, named("delete-2"), precondition));
      expect([error.code, error.reason]).toEqual([409, "Conflict"]);
    }
    const { uid = "", resourceVersion = "" } = created.metadata;
    await api.client.delete(configMaps, named("delete-2"), { uid, resourceVersion });
  });

  test("and create under one name make another object", async () => {
    const first = await api.client.create(configMaps, api.configMap("delete-3"));
    await api.client.delete(configMaps, named("delete-3"));
    const second = await api.client.create(configMaps, api.configMap("delete-3"));
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    const error = await refusal(api.client.update(configMaps, { ...first, data: { a: "1" } }));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
  });

  // https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
  test("waits for finalizers, and is done when the last one is gone", async () => {
    const metadata = { ...named("delete-4"), finalizers: ["contract.plexaubnet.io/hold"] };
    await api.client.create(configMaps, { ...api.configMap("delete-4"), metadata });
    await api.client.delete(configMaps, named("delete-4"));
    const held = await api.client.get(configMaps, named("delete-4"));
    expect(held.metadata.deletionTimestamp).toBeDefined();
    const more = {
      ...held.metadata,
      finalizers: [...(held.metadata.finalizers ?? []), "contract.plexaubnet.io/more"],
    };
    const error = await refusal(api.client.update(configMaps, { ...held, metadata: more }));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    await api.client.patch(configMaps, named("delete-4"), "merge", { metadata: { finalizers: null } });
    await untilGone(api.client, configMaps, named("delete-4"));
  });
});
