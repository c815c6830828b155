/** Patches: https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply */
import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";

const api = useCluster();
const named = (name: string) => ({ namespace: api.namespace, name });
const create = (name: string, more: object = {}): Promise<AnyObject> =>
  api.client.create(configMaps, api.configMap(name, more));

// RFC 7396
describe("merge patch", () => {
  test("sets, replaces and removes fields, and leaves the rest alone", async () => {
    await create("merge-1", { data: { a: "1", b: "2", c: "3" } });
    const body = { data: { a: null, b: "20", d: "4" }, metadata: { labels: { x: "y" } } };
    const patched = await api.client.patch(configMaps, named("merge-1"), "merge", body);
    expect(patched.data).toEqual({ b: "20", c: "3", d: "4" });
    expect(patched.metadata.labels).toEqual({ x: "y" });
  });

  test("replaces lists whole", async () => {
    const metadata = {
      ...named("merge-2"),
      finalizers: ["contract.plexaubnet.io/a", "contract.plexaubnet.io/b"],
    };
    await api.client.create(configMaps, { ...api.configMap("merge-2"), metadata });
    const body = { metadata: { finalizers: ["contract.plexaubnet.io/c"] } };
    const patched = await api.client.patch(configMaps, named("merge-2"), "merge", body);
    expect(patched.metadata.finalizers).toEqual(["contract.plexaubnet.io/c"]);
    await api.client.patch(configMaps, named("merge-2"), "merge", { metadata: { finalizers: null } });
  });

  test("that changes nothing leaves the revision alone", async () => {
    const created = await create("merge-3", { data: { a: "1" } });
    const patched = await api.client.patch(configMaps, named("merge-3"), "merge", { data: { a: "1" } });
    expect(patched.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  // api-conventions.md#concurrency-control-and-consistency
  test("PS-06 with an old revision in its body is refused as Conflict, and changes nothing", async () => {
    const { metadata } = await create("merge-4");
    await api.client.patch(configMaps, named("merge-4"), "merge", { data: { a: "1" } });
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, data: { a: "2" } };
    const error = await refusal(api.client.patch(configMaps, named("merge-4"), "merge", body));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
    expect((await api.client.get(configMaps, named("merge-4"))).data).toEqual({ a: "1" });
  });

  test("PS-06 with the present revision in its body is carried out", async () => {
    const { metadata } = await create("merge-5");
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, data: { a: "2" } };
    expect((await api.client.patch(configMaps, named("merge-5"), "merge", body)).data).toEqual({ a: "2" });
  });

  test("PS-06 meant for a former object of that name is refused as Conflict", async () => {
    const { metadata } = await create("merge-6");
    await api.client.delete(configMaps, named("merge-6"));
    const second = await create("merge-6");
    const { uid, resourceVersion } = metadata;
    const body = { metadata: { uid, resourceVersion }, data: { a: "2" } };
    const error = await refusal(api.client.patch(configMaps, named("merge-6"), "merge", body));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
    expect(await api.client.get(configMaps, named("merge-6"))).toEqual(second);
  });

  test("of what is not there is NotFound", async () => {
    const error = await refusal(api.client.patch(configMaps, named("merge-none"), "merge", {}));
    expect([error.code, error.reason]).toEqual([404, "NotFound"]);
  });

  test("cannot rename the object", async () => {
    await create("merge-7");
    const body = { metadata: { name: "merge-8" } };
    const error = await refusal(api.client.patch(configMaps, named("merge-7"), "merge", body));
    expect([400, 422]).toContain(error.code);
  });

  test("of one object by ten at once without revisions loses none", async () => {
    await create("merge-9");
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    const one = (key: string) =>
      api.client.patch(configMaps, named("merge-9"), "merge", { data: { [key]: "1" } });
    await Promise.all(keys.map(one));
    const { data } = await api.client.get(configMaps, named("merge-9"));
    expect(Object.keys(data as object).sort()).toEqual(keys);
  });
});

// RFC 6902
describe("JSON patch", () => {
  test("does its operations in order", async () => {
    await create("json-1", { data: { a: "1", "b.c": "2" } });
    const patched = await api.client.patch(configMaps, named("json-1"), "json", [
      { op: "test", path: "/data/a", value: "1" },
      { op: "replace", path: "/data/a", value: "10" },
      { op: "remove", path: "/data/b.c" },
      { op: "add", path: "/data/e", value: "5" },
      { op: "copy", from: "/data/e", path: "/data/f" },
      { op: "move", from: "/data/a", path: "/data/g" },
    ]);
    expect(patched.data).toEqual({ e: "5", f: "5", g: "10" });
  });

  test("whose test fails is refused, and changes nothing", async () => {
    const created = await create("json-2", { data: { a: "1" } });
    const body = [
      { op: "add", path: "/data/b", value: "2" },
      { op: "test", path: "/data/a", value: "other" },
    ];
    const error = await refusal(api.client.patch(configMaps, named("json-2"), "json", body));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    expect(await api.client.get(configMaps, named("json-2"))).toEqual(created);
  });

  test("that removes what is not there is refused as Invalid", async () => {
    await create("json-3");
    const body = [{ op: "remove", path: "/data/none" }];
    expect((await refusal(api.client.patch(configMaps, named("json-3"), "json", body))).code).toBe(422);
  });
});

// https://kubernetes.io/docs/reference/using-api/server-side-apply/
describe("server-side apply", () => {
  const fieldManager = "contract-a";

  test("creates what is not there", async () => {
    const object = api.configMap("apply-1", { data: { a: "1" } });
    const applied = await api.client.patch(configMaps, named("apply-1"), "apply", object, { fieldManager });
    expect(applied.data).toEqual({ a: "1" });
    expect(applied.metadata.uid).toBeDefined();
  });

  test("takes away what its manager no longer names, and nothing else", async () => {
    const apply = (data: object) =>
      api.client.patch(configMaps, named("apply-2"), "apply", api.configMap("apply-2", { data }), {
        fieldManager,
      });
    await apply({ a: "1", b: "2" });
    await api.client.patch(configMaps, named("apply-2"), "merge", { data: { c: "3" } });
    expect((await apply({ a: "1" })).data).toEqual({ a: "1", c: "3" });
  });

  test("meets a field of another manager as a Conflict that names it, and takes it by force", async () => {
    const apply = (manager: string, value: string, force = false) =>
      api.client.patch(
        configMaps,
        named("apply-3"),
        "apply",
        api.configMap("apply-3", { data: { a: value } }),
        {
          fieldManager: manager,
          force,
        },
      );
    await apply("contract-a", "1");
    const error = await refusal(apply("contract-b", "2"));
    expect([error.code, error.reason]).toEqual([409, "Conflict"]);
    expect(error.details?.causes?.[0]).toMatchObject({ reason: "FieldManagerConflict", field: ".data.a" });
    expect((await apply("contract-b", "2", true)).data).toEqual({ a: "2" });
  });

  test("that changes nothing again leaves the revision alone", async () => {
    const object = api.configMap("apply-4", { data: { a: "1" } });
    const apply = () => api.client.patch(configMaps, named("apply-4"), "apply", object, { fieldManager });
    const first = await apply();
    expect((await apply()).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test("without a field manager is refused as BadRequest", async () => {
    const error = await refusal(
      api.client.patch(configMaps, named("apply-5"), "apply", api.configMap("apply-5")),
    );
    expect([400, 422]).toContain(error.code);
  });
});
