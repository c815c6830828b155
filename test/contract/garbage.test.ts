/** Garbage collection: https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
import { beforeAll, describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, until, untilGone, useCluster } from "./cluster.ts";
import { clusterRoles, configMaps, namespaces, secrets } from "./resources.ts";

const api = useCluster();
const HOLD = "contract.plexaubnet.io/hold";
const named = (name: string) => ({ namespace: api.namespace, name });
let widgets: Resource<AnyObject>;

beforeAll(async () => {
  widgets = await api.installWidgets();
});

interface More {
  readonly owners?: readonly AnyObject[];
  readonly block?: boolean;
  readonly finalizers?: readonly string[];
}

function referenceTo(owner: AnyObject, block = false) {
  const { apiVersion, kind, metadata } = owner;
  const { name, uid = "" } = metadata;
  return { apiVersion, kind, name, uid, ...(block && { blockOwnerDeletion: true }) };
}

function metadataOf(name: string, { owners = [], block = false, finalizers = [] }: More) {
  const ownerReferences = owners.map((owner) => referenceTo(owner, block));
  return { ...named(name), ownerReferences, finalizers };
}

const create = (name: string, more: More = {}) =>
  api.client.create(configMaps, api.configMap(name, { metadata: metadataOf(name, more) }));
const remove = (name: string, propagationPolicy: "Background" | "Foreground" | "Orphan" = "Background") =>
  api.client.delete(configMaps, named(name), { propagationPolicy });
const gone = (name: string) => untilGone(api.client, configMaps, named(name));
const release = (name: string) =>
  api.client.patch(configMaps, named(name), "merge", { metadata: { finalizers: null } });
const ownersOf = (object: AnyObject) => (object.metadata.ownerReferences ?? []).map((owner) => owner.name);

describe("a dependent", () => {
  test("of a dependent goes too, however long the chain", async () => {
    const a = await create("chain-a");
    const b = await create("chain-b", { owners: [a] });
    const c = await create("chain-c", { owners: [b] });
    await create("chain-d", { owners: [c] });
    await remove("chain-a");
    await gone("chain-d");
    for (const name of ["chain-b", "chain-c"]) await gone(name);
  });

  test("of two owners stays with the one that is left, and no longer names the other", async () => {
    const [a, b] = [await create("two-a"), await create("two-b")];
    await create("two-child", { owners: [a, b] });
    await remove("two-a");
    const child = await until(
      api.client,
      configMaps,
      named("two-child"),
      (object) => ownersOf(object).length === 1,
    );
    expect(ownersOf(child)).toEqual(["two-b"]);
    await remove("two-b");
    await gone("two-child");
  });

  test("belongs to one object, not to the next one of its name", async () => {
    const old = await create("again", { finalizers: [HOLD] });
    await create("again-child", { owners: [old], finalizers: [HOLD] });
    await remove("again");
    await release("again");
    await create("again");
    const marked = ({ metadata }: AnyObject) => metadata.deletionTimestamp !== undefined;
    await until(api.client, configMaps, named("again-child"), marked);
    await release("again-child");
    expect((await api.client.get(configMaps, named("again"))).metadata.deletionTimestamp).toBeUndefined();
  });

  test("that gets its owner later goes with it all the same", async () => {
    const owner = await create("late");
    await create("late-child");
    const ownerReferences = [referenceTo(owner)];
    await api.client.patch(configMaps, named("late-child"), "merge", { metadata: { ownerReferences } });
    await remove("late");
    await gone("late-child");
  });

  test("that is freed of its owner stays", async () => {
    const owner = await create("freed");
    await create("freed-child", { owners: [owner] });
    await api.client.patch(configMaps, named("freed-child"), "merge", {
      metadata: { ownerReferences: null },
    });
    await remove("freed");
    const witness = await create("freed-witness", { owners: [owner] });
    await gone(witness.metadata.name);
    expect(
      (await api.client.get(configMaps, named("freed-child"))).metadata.deletionTimestamp,
    ).toBeUndefined();
  });

  test("may be of another kind than its owner, custom or built in", async () => {
    const metadata = named("kinds");
    const widget = { apiVersion: `${api.group}/v1`, kind: "Widget", metadata, spec: { size: 1 } };
    const owner = await api.client.create(widgets, widget);
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadataOf("kinds-secret", { owners: [owner] }),
    };
    await api.client.create(secrets, secret);
    const map = await create("kinds-map", { owners: [owner] });
    const child = { ...widget, metadata: metadataOf("kinds-child", { owners: [map] }) };
    await api.client.create(widgets, child);
    await api.client.delete(widgets, metadata, { propagationPolicy: "Background" });
    await untilGone(api.client, secrets, named("kinds-secret"));
    await untilGone(api.client, widgets, named("kinds-child"));
  });

  test("in a namespace may belong to what has none", async () => {
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const name = `${api.namespace}-owner`;
    const owner = await api.client.create(clusterRoles, {
      apiVersion,
      kind: "ClusterRole",
      metadata: { name },
    });
    await create("of-cluster", { owners: [owner] });
    await api.client.delete(clusterRoles, { name }, { propagationPolicy: "Background" });
    await gone("of-cluster");
  });

  // …/owners-dependents/: "Cross-namespace owner references are disallowed by design"
  test("cannot belong to what is in another namespace: it counts as gone", async () => {
    const name = `${api.namespace}-far`;
    await api.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    const far = { ...api.configMap("far"), metadata: { namespace: name, name: "far" } };
    await create("far-child", { owners: [await api.client.create(configMaps, far)] });
    await gone("far-child");
    await api.client.delete(namespaces, { name });
  });
});

// …/garbage-collection/#foreground-deletion
describe("a deletion in the foreground", () => {
  test("waits for those who block it, and for no others", async () => {
    const owner = await create("front");
    await create("front-blocks", { owners: [owner], block: true, finalizers: [HOLD] });
    await create("front-free", { owners: [owner], finalizers: [HOLD] });
    await remove("front", "Foreground");
    const marked = ({ metadata }: AnyObject) => metadata.deletionTimestamp !== undefined;
    for (const name of ["front-blocks", "front-free"])
      await until(api.client, configMaps, named(name), marked);
    expect((await api.client.get(configMaps, named("front"))).metadata.finalizers).toEqual([
      "foregroundDeletion",
    ]);
    await release("front-blocks");
    await gone("front");
    expect((await api.client.get(configMaps, named("front-free"))).metadata.name).toBe("front-free");
    await release("front-free");
  });

  test("of what owns nothing is over soon", async () => {
    await create("front-alone");
    await remove("front-alone", "Foreground");
    await gone("front-alone");
  });

  test("goes down the chain, the last first", async () => {
    const { metadata } = await api.client.list(configMaps, { namespace: api.namespace });
    const a = await create("down-a");
    const b = await create("down-b", { owners: [a], block: true });
    await create("down-c", { owners: [b], block: true });
    await remove("down-a", "Foreground");
    const order: string[] = [];
    const { resourceVersion } = metadata;
    const watch = await api.client.watch(configMaps, {
      namespace: api.namespace,
      resourceVersion,
      timeoutSeconds: 20,
    });
    for await (const { type, object } of watch) {
      if (type === "DELETED" && object.metadata.name.startsWith("down-")) order.push(object.metadata.name);
      if (order.length === 3) break;
    }
    expect(order).toEqual(["down-c", "down-b", "down-a"]);
  });
});

// …/garbage-collection/#orphaned-dependents
describe("orphans", () => {
  test("keep everything but the reference, and their other owners", async () => {
    const [a, b] = [await create("orphan-a"), await create("orphan-b")];
    await create("orphan-one", { owners: [a] });
    await create("orphan-two", { owners: [a, b] });
    await remove("orphan-a", "Orphan");
    await gone("orphan-a");
    const one = await api.client.get(configMaps, named("orphan-one"));
    const two = await api.client.get(configMaps, named("orphan-two"));
    expect([ownersOf(one), ownersOf(two)]).toEqual([[], ["orphan-b"]]);
    expect([one, two].map(({ metadata }) => metadata.deletionTimestamp)).toEqual([undefined, undefined]);
  });

  test("are made by the finalizer of that name too", async () => {
    const owner = await create("finalized", { finalizers: ["orphan"] });
    await create("finalized-child", { owners: [owner] });
    await api.client.delete(configMaps, named("finalized"));
    await gone("finalized");
    expect(ownersOf(await api.client.get(configMaps, named("finalized-child")))).toEqual([]);
  });
});

test("a namespace waits for what its content waits for, and takes it all", async () => {
  const name = `${api.namespace}-all`;
  await api.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  for (let i = 0; i < 20; i++) {
    const metadata = { namespace: name, name: `m-${i}`, ...(i === 7 && { finalizers: [HOLD] }) };
    await api.client.create(configMaps, { ...api.configMap("m"), metadata });
    const widget = {
      apiVersion: `${api.group}/v1`,
      kind: "Widget",
      metadata: { namespace: name, name: `w-${i}` },
    };
    await api.client.create(widgets, { ...widget, spec: { size: 1 } });
  }
  await api.client.delete(namespaces, { name });
  await until(api.client, configMaps, { namespace: name, name: "m-7" }, ({ metadata }) => {
    return metadata.deletionTimestamp !== undefined;
  });
  expect((await api.client.get(namespaces, { name })).metadata.deletionTimestamp).toBeDefined();
  const held = { metadata: { finalizers: null } };
  await api.client.patch(configMaps, { namespace: name, name: "m-7" }, "merge", held);
  await untilGone(api.client, namespaces, { name });
  expect((await refusal(api.client.get(widgets, { namespace: name, name: "w-0" }))).code).toBe(404);
});
