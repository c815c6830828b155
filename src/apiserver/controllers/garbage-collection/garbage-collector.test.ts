import { expect, test } from "vitest";
import { drainMicrotasks, ManualClock } from "../../../kernel/index.ts";
import type { AnyObject, ObjectMeta, OwnerReference } from "../../../kube/object.ts";
import { createMemoryStore, type ObjectAddress, type Store } from "../../store/index.ts";
import type { ObjectWriter } from "../../writes/object-writer.ts";
import { type GarbageCollector, type KindLookup, startGarbageCollector } from "./index.ts";

const NAMESPACED = { storage: "things", namespaced: true };
const CLUSTER_SCOPED = { storage: "nodes", namespaced: false };

interface World {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly collector: GarbageCollector;
  /** Errors that the next deletions meet. */
  readonly refusals: Error[];
  readonly served: Map<string, ReturnType<KindLookup["findKind"]>>;
  settle(): Promise<void>;
  names(): string[];
}

/** The finalizer rules of the API server, as far as the collector needs them. */
function storeWriter(store: Store, refusals: Error[]): ObjectWriter {
  async function change(address: ObjectAddress, uid: string, next: (metadata: ObjectMeta) => ObjectMeta) {
    for (;;) {
      const current = store.get(address);
      if (current === undefined || current.object.metadata.uid !== uid) return "changed" as const;
      const object: AnyObject = { ...current.object, metadata: next(current.object.metadata) };
      const { deletionTimestamp, finalizers = [] } = object.metadata;
      const condition = { ...address, expectedRevision: current.revision };
      const result =
        deletionTimestamp !== undefined && finalizers.length === 0
          ? await store.write({ do: "delete", ...condition })
          : await store.write({ do: "put", ...condition, object });
      if (result.ok) return "done" as const;
    }
  }
  return {
    updateMetadata: change,
    delete: async (address, { uid, propagationPolicy }) => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      return change(address, uid, (metadata) => deleted(metadata, propagationPolicy));
    },
  };
}

function deleted(metadata: ObjectMeta, policy: string): ObjectMeta {
  const others = (metadata.finalizers ?? []).filter(
    (name) => name !== "orphan" && name !== "foregroundDeletion",
  );
  const added = policy === "Orphan" ? ["orphan"] : policy === "Foreground" ? ["foregroundDeletion"] : [];
  return { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [...others, ...added] };
}

function start(store = createMemoryStore()): World {
  const clock = new ManualClock();
  const refusals: Error[] = [];
  const served = new Map<string, ReturnType<KindLookup["findKind"]>>([
    ["v1/Thing", NAMESPACED],
    ["v1/Node", CLUSTER_SCOPED],
  ]);
  const collector = startGarbageCollector({
    store,
    writer: storeWriter(store, refusals),
    resources: { findKind: (apiVersion, kind) => served.get(`${apiVersion}/${kind}`) },
    kernel: { clock },
  });
  const settle = async () => {
    await collector.idle();
    await drainMicrotasks();
    await collector.idle();
  };
  const names = () =>
    store.kinds().flatMap((kind) => {
      const list = store.list(kind, {});
      return list.ok ? list.value.items.map((item) => item.name) : [];
    });
  return { store, clock, collector, refusals, served, settle, names };
}

function ownedBy(name: string, more: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: "v1", kind: "Thing", name, uid: `uid-${name}`, ...more };
}

const at = (name: string, namespace = "default") => ({ kind: "things", namespace, name });

async function create(store: Store, name: string, metadata: Partial<ObjectMeta> = {}, address = at(name)) {
  const { namespace } = address;
  const object = {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name, namespace, uid: `uid-${name}`, ...metadata },
  };
  const result = await store.write({ do: "put", ...address, object, expectedRevision: 0 });
  if (!result.ok) throw new Error(`${name} is there already`);
}

/** As the API server deletes on behalf of a user. */
async function remove(store: Store, name: string, policy = "Background"): Promise<void> {
  const writer = storeWriter(store, []);
  await writer.updateMetadata(at(name), `uid-${name}`, (metadata) => deleted(metadata, policy));
}

async function dropFinalizers(store: Store, name: string): Promise<void> {
  await storeWriter(store, []).updateMetadata(at(name), `uid-${name}`, ({ finalizers: _, ...rest }) => rest);
}

test("background: dependents go after their owner, to any depth; others stay", async () => {
  const { store, settle, names } = start();
  await create(store, "owner");
  await create(store, "child", { ownerReferences: [ownedBy("owner")] });
  await create(store, "grandchild", { ownerReferences: [ownedBy("child")] });
  await create(store, "stranger");
  await settle();
  expect(names()).toEqual(["child", "grandchild", "owner", "stranger"]);
  await remove(store, "owner");
  await settle();
  expect(names()).toEqual(["stranger"]);
});

test("an owner of that name but another uid is not an owner", async () => {
  const { store, settle, names } = start();
  await create(store, "owner", { uid: "uid-of-a-successor" });
  await create(store, "child", { ownerReferences: [ownedBy("owner")] });
  await settle();
  expect(names()).toEqual(["owner"]);
});

test("one owner that is left keeps the object; the reference to the lost one goes", async () => {
  const { store, settle } = start();
  await create(store, "a");
  await create(store, "b");
  await create(store, "child", { ownerReferences: [ownedBy("a"), ownedBy("b")] });
  await remove(store, "a");
  await settle();
  expect(store.get(at("child"))?.object.metadata.ownerReferences).toEqual([ownedBy("b")]);
  await remove(store, "b");
  await settle();
  expect(store.get(at("child"))).toBeUndefined();
});

test("a dependent with a finalizer of its own is marked and waits for it", async () => {
  const { store, settle } = start();
  await create(store, "owner");
  await create(store, "child", { ownerReferences: [ownedBy("owner")], finalizers: ["example.com/hold"] });
  await remove(store, "owner");
  await settle();
  expect(store.get(at("child"))?.object.metadata.deletionTimestamp).toBeDefined();
});

test("foreground: the owner stays until the dependents that block it are gone", async () => {
  const { store, settle, names } = start();
  await create(store, "owner");
  const blocking = { ownerReferences: [ownedBy("owner", { blockOwnerDeletion: true })] };
  await create(store, "slow", { ...blocking, finalizers: ["example.com/hold"] });
  await create(store, "quick", blocking);
  await create(store, "lax", { ownerReferences: [ownedBy("owner")], finalizers: ["example.com/hold"] });
  await settle();
  await remove(store, "owner", "Foreground");
  await settle();
  expect(names()).toEqual(["lax", "owner", "slow"]);
  expect(store.get(at("slow"))?.object.metadata.deletionTimestamp).toBeDefined();
  await dropFinalizers(store, "slow");
  await settle();
  expect(names()).toEqual(["lax"]);
});

test("foreground: dependents with dependents go in the foreground too", async () => {
  const { store, settle, names } = start();
  await create(store, "owner");
  await create(store, "child", { ownerReferences: [ownedBy("owner", { blockOwnerDeletion: true })] });
  const leaf = {
    ownerReferences: [ownedBy("child", { blockOwnerDeletion: true })],
    finalizers: ["example.com/hold"],
  };
  await create(store, "leaf", leaf);
  await settle();
  await remove(store, "owner", "Foreground");
  await settle();
  expect(names()).toEqual(["child", "leaf", "owner"]);
  await dropFinalizers(store, "leaf");
  await settle();
  expect(names()).toEqual([]);
});

test("foreground: a dependent that no longer blocks lets its owner go", async () => {
  const { store, settle, names } = start();
  await create(store, "owner");
  const blocking = { ownerReferences: [ownedBy("owner", { blockOwnerDeletion: true })] };
  await create(store, "child", { ...blocking, finalizers: ["example.com/hold"] });
  await remove(store, "owner", "Foreground");
  await settle();
  expect(names()).toEqual(["child", "owner"]);
  await storeWriter(store, []).updateMetadata(at("child"), "uid-child", (metadata) => ({
    ...metadata,
    ownerReferences: [ownedBy("owner", { blockOwnerDeletion: false })],
  }));
  await settle();
  expect(names()).toEqual(["child"]);
});

test("foreground: objects that own each other all go", async () => {
  const { store, settle, names } = start();
  await create(store, "a", { ownerReferences: [ownedBy("b", { blockOwnerDeletion: true })] });
  await create(store, "b", { ownerReferences: [ownedBy("a", { blockOwnerDeletion: true })] });
  await settle();
  // "a" was created when "b" was not there yet, so it has gone, and "b" after it.
  expect(names()).toEqual([]);
  await create(store, "x");
  await create(store, "y", { ownerReferences: [ownedBy("x", { blockOwnerDeletion: true })] });
  await storeWriter(store, []).updateMetadata(at("x"), "uid-x", (metadata) => ({
    ...metadata,
    ownerReferences: [ownedBy("y", { blockOwnerDeletion: true })],
  }));
  await settle();
  expect(names()).toEqual(["x", "y"]);
  await remove(store, "x", "Foreground");
  await settle();
  expect(names()).toEqual([]);
});

test("orphan: dependents stay and forget their owner, before it goes", async () => {
  const { store, settle, names } = start();
  await create(store, "owner");
  await create(store, "other");
  await create(store, "child", { ownerReferences: [ownedBy("owner")] });
  await create(store, "shared", { ownerReferences: [ownedBy("owner"), ownedBy("other")] });
  await remove(store, "owner", "Orphan");
  await settle();
  expect(names()).toEqual(["child", "other", "shared"]);
  expect(store.get(at("child"))?.object.metadata.ownerReferences).toBeUndefined();
  expect(store.get(at("shared"))?.object.metadata.ownerReferences).toEqual([ownedBy("other")]);
});

test("an owner in another namespace does not count; a cluster-scoped one does", async () => {
  const { store, settle, names } = start();
  await create(store, "far", {}, at("far", "elsewhere"));
  await create(store, "node", {}, { kind: "nodes", namespace: "", name: "node" });
  await create(store, "lost", { ownerReferences: [ownedBy("far")] });
  await create(store, "kept", { ownerReferences: [ownedBy("node", { kind: "Node" })] });
  await settle();
  expect(names().sort()).toEqual(["far", "kept", "node"]);
});

test("a cluster-scoped object that names a namespaced owner is kept", async () => {
  const { store, settle, names } = start();
  const ownerReferences = [ownedBy("nobody")];
  await create(store, "node", { ownerReferences }, { kind: "nodes", namespace: "", name: "node" });
  await settle();
  expect(names()).toEqual(["node"]);
});

test("an owner of a kind that is not served keeps its dependents, until the kind is known", async () => {
  const { store, served, settle, names } = start();
  await create(store, "child", { ownerReferences: [ownedBy("gadget", { apiVersion: "example.com/v1" })] });
  await settle();
  expect(names()).toEqual(["child"]);
  served.set("example.com/v1/Thing", { storage: "example.com/gadgets", namespaced: true });
  const crd = {
    kind: "apiextensions.k8s.io/customresourcedefinitions",
    namespace: "",
    name: "gadgets.example.com",
  };
  await create(store, "gadgets.example.com", {}, crd);
  await settle();
  expect(names()).toEqual(["gadgets.example.com"]);
});

test("an owner that was seen to go is gone, though its kind went with it", async () => {
  const { store, served, settle, names } = start();
  served.set("example.com/v1/Thing", NAMESPACED);
  await create(store, "owner");
  await create(store, "child", { ownerReferences: [ownedBy("owner", { apiVersion: "example.com/v1" })] });
  await settle();
  expect(names()).toEqual(["child", "owner"]);
  served.delete("example.com/v1/Thing");
  await remove(store, "owner");
  await settle();
  expect(names()).toEqual([]);
});

test("what happened while no collector ran is caught up with", async () => {
  const store = createMemoryStore();
  await create(store, "kept");
  await create(store, "grown", { ownerReferences: [ownedBy("kept")] });
  await create(store, "lost", { ownerReferences: [ownedBy("nobody")] });
  await create(store, "forming", { ownerReferences: [ownedBy("lost")] });
  await create(store, "front", {});
  await create(store, "held", { ownerReferences: [ownedBy("front", { blockOwnerDeletion: true })] });
  await create(store, "parent", {});
  await create(store, "orphan", { ownerReferences: [ownedBy("parent")] });
  await remove(store, "front", "Foreground");
  await remove(store, "parent", "Orphan");
  const { settle, names } = start(store);
  await settle();
  expect(names()).toEqual(["grown", "kept", "orphan"]);
});

test("a deletion that is refused is tried again later", async () => {
  const { store, clock, refusals, settle, names } = start();
  refusals.push(new Error("the webhook says no"), new Error("and no again"));
  await create(store, "child", { ownerReferences: [ownedBy("nobody")] });
  await settle();
  expect(names()).toEqual(["child"]);
  clock.advance(100);
  await settle();
  expect(names()).toEqual(["child"]);
  clock.advance(200);
  await settle();
  expect(names()).toEqual([]);
});

test("a closed collector does nothing", async () => {
  const { store, collector, settle, names } = start();
  await settle();
  await collector.close();
  await create(store, "child", { ownerReferences: [ownedBy("nobody")] });
  await settle();
  expect(names()).toEqual(["child"]);
});

test.each([
  ["null", null],
  ["a list of null", [null]],
  ["a text", "owner"],
  ["a number", 5],
  ["a map", { uid: "u" }],
  ["owners of any type", [{ apiVersion: {}, kind: 5, name: [], uid: {} }, 7, "x", [null]]],
])("owners that are none (%s) keep their object, and no other collection stops", async (_, ownerReferences) => {
  const store = createMemoryStore();
  const odd = { ownerReferences, finalizers: ownerReferences } as unknown as Partial<ObjectMeta>;
  await create(store, "odd-before", odd);
  const { settle, names } = start(store);
  await create(store, "odd-after", odd);
  await create(store, "lost", { ownerReferences: [ownedBy("nobody")] });
  await settle();
  expect(names()).toEqual(["odd-after", "odd-before"]);
});
