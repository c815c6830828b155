/** Watches: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
import { describe, expect, test } from "vitest";
import { compareRevisions } from "../../src/client/index.ts";
import { refusal, take, useCluster } from "./cluster.ts";
import { configMaps } from "./resources.ts";

const api = useCluster();
/** Clusters put a ConfigMap of their own into each namespace, whenever they come to it. */
const ours = () => ({ namespace: api.namespace, fieldSelector: "metadata.name!=kube-root-ca.crt" });
const named = (name: string) => ({ namespace: api.namespace, name });

async function revision(): Promise<string> {
  return (await api.client.list(configMaps, { namespace: api.namespace, limit: 1 })).metadata.resourceVersion;
}

function labelled(name: string, labels: Record<string, string>) {
  return { ...api.configMap(name), metadata: { ...named(name), labels } };
}

describe("a watch", () => {
  test("brings what happens after its revision, in order, with growing revisions", async () => {
    const watch = await api.client.watch(configMaps, {
      namespace: api.namespace,
      resourceVersion: await revision(),
      fieldSelector: "metadata.name=order",
    });
    const created = await api.client.create(configMaps, api.configMap("order"));
    await api.client.patch(configMaps, named("order"), "merge", { data: { a: "1" } });
    await api.client.delete(configMaps, named("order"));
    const { lines, objects } = await take(watch, 3);
    expect(lines).toEqual(["ADDED order", "MODIFIED order", "DELETED order"]);
    const revisions = objects.map((object) => object.metadata.resourceVersion ?? "") as [
      string,
      string,
      string,
    ];
    expect(revisions[0]).toBe(created.metadata.resourceVersion);
    expect(compareRevisions(revisions[1], revisions[0])).toBe(1);
    expect(compareRevisions(revisions[2], revisions[1])).toBe(1);
  });

  test("of a deletion shows the last state", async () => {
    await api.client.create(configMaps, api.configMap("last", { data: { a: "1" } }));
    const scope = { namespace: api.namespace, fieldSelector: "metadata.name=last" };
    const watch = await api.client.watch(configMaps, { ...scope, resourceVersion: await revision() });
    await api.client.delete(configMaps, named("last"));
    const { lines, objects } = await take(watch, 1);
    expect(lines).toEqual(["DELETED last"]);
    expect(objects[0]?.data).toEqual({ a: "1" });
  });

  test("that begins later brings what happened in between", async () => {
    const from = await revision();
    await api.client.create(configMaps, api.configMap("late-1"));
    await api.client.create(configMaps, api.configMap("late-2"));
    await api.client.delete(configMaps, named("late-1"));
    const watch = await api.client.watch(configMaps, { ...ours(), resourceVersion: from });
    expect((await take(watch, 3)).lines).toEqual(["ADDED late-1", "ADDED late-2", "DELETED late-1"]);
  });

  test("from the revision of a write does not bring that write", async () => {
    const created = await api.client.create(configMaps, api.configMap("own-1"));
    const resourceVersion = created.metadata.resourceVersion ?? "";
    const watch = await api.client.watch(configMaps, { ...ours(), resourceVersion });
    await api.client.create(configMaps, api.configMap("own-2"));
    expect((await take(watch, 1)).lines).toEqual(["ADDED own-2"]);
  });

  test("over all namespaces brings those of this one", async () => {
    const watch = await api.client.watch(configMaps, {
      resourceVersion: await revision(),
      labelSelector: `everywhere=${api.namespace}`,
    });
    await api.client.create(configMaps, labelled("everywhere", { everywhere: api.namespace }));
    expect((await take(watch, 1)).lines).toEqual(["ADDED everywhere"]);
  });

  test("ends when its time is up, in good order", async () => {
    const watch = await api.client.watch(configMaps, {
      ...ours(),
      resourceVersion: await revision(),
      timeoutSeconds: 1,
    });
    expect((await take(watch, 1)).lines).toEqual([]);
  });

  // api-concepts/#watch-bookmarks: a server may leave them out, but must take the option.
  test("may ask for bookmarks, which carry a revision and nothing else of use", async () => {
    const from = await revision();
    const watch = await api.client.watch(configMaps, {
      ...ours(),
      resourceVersion: from,
      allowBookmarks: true,
      timeoutSeconds: 3,
    });
    for await (const event of watch) {
      expect(event.type).toBe("BOOKMARK");
      expect(compareRevisions(event.object.metadata.resourceVersion ?? "", from)).toBeGreaterThanOrEqual(0);
      expect(event.object.kind).toBe("ConfigMap");
    }
  });

  // api-concepts/#410-gone-responses
  test.skipIf(!api.embedded)(
    "from a revision that was forgotten is answered with 410, as answer or as event",
    async () => {
      const from = await revision();
      await api.client.create(configMaps, api.configMap("passes-time-1"));
      await api.client.create(configMaps, api.configMap("passes-time-2"));
      await api.forgetHistory();
      const scope = { namespace: api.namespace, resourceVersion: from };
      const code = await api.client.watch(configMaps, scope).then(
        async (watch) => (await take(watch, 1)).objects[0]?.code,
        (error) => error.code,
      );
      expect(code).toBe(410);
    },
  );

  test("from a revision that is none is refused", async () => {
    const scope = { namespace: api.namespace, resourceVersion: "x" };
    expect((await refusal(api.client.watch(configMaps, scope))).code).toBeGreaterThanOrEqual(400);
  });

  test("holds no one up: fifty at once all see the same", async () => {
    const resourceVersion = await revision();
    const scope = { namespace: api.namespace, resourceVersion, fieldSelector: "metadata.name=fifty" };
    const watches = await Promise.all(Array.from({ length: 50 }, () => api.client.watch(configMaps, scope)));
    await api.client.create(configMaps, api.configMap("fifty"));
    const seen = await Promise.all(watches.map((watch) => take(watch, 1)));
    expect(new Set(seen.map(({ lines }) => lines.join()))).toEqual(new Set(["ADDED fifty"]));
  });
});

describe("a watch with a label selector", () => {
  test("shows an object that comes in as ADDED and one that leaves as DELETED", async () => {
    const watch = await api.client.watch(configMaps, {
      namespace: api.namespace,
      resourceVersion: await revision(),
      labelSelector: "room=inside",
    });
    await api.client.create(configMaps, labelled("guest", { room: "outside" }));
    const move = (room: string) =>
      api.client.patch(configMaps, named("guest"), "merge", { metadata: { labels: { room } } });
    await move("inside");
    await api.client.patch(configMaps, named("guest"), "merge", { data: { a: "1" } });
    const left = await move("outside");
    const { lines, objects } = await take(watch, 3);
    expect(lines).toEqual(["ADDED guest", "MODIFIED guest", "DELETED guest"]);
    expect(objects[2]?.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
  });
});
