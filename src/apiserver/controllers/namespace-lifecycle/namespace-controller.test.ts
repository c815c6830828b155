import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drainMicrotasks, ManualClock } from "../../../kernel/index.ts";
import type { AnyObject, Condition, ObjectMeta } from "../../../kube/object.ts";
import { createMemoryStore, type ObjectAddress, openSqliteStore, type Store } from "../../store/index.ts";
import type { ObjectWriter } from "../../writes/object-writer.ts";
import { startNamespaceController } from "./index.ts";

const NOW = "2026-01-01T00:00:00Z";

/** Deletes at once, or marks what has finalizers. `refusals` are met first. */
function storeWriter(store: Store, refusals: Error[]): Pick<ObjectWriter, "delete"> {
  return {
    delete: async (address, { uid }) => {
      const refusal = refusals.shift();
      if (refusal !== undefined) throw refusal;
      const current = store.get(address);
      if (current?.object.metadata.uid !== uid) return "changed";
      const { kind, namespace, name } = address;
      const condition = { kind, namespace, name, expectedRevision: current.revision };
      const metadata = { ...current.object.metadata, deletionTimestamp: NOW };
      const isHeld = metadata.finalizers !== undefined;
      const object = { ...current.object, metadata };
      await store.write(isHeld ? { do: "put", ...condition, object } : { do: "delete", ...condition });
      return "done";
    },
  };
}

function start(store = createMemoryStore()) {
  const clock = new ManualClock();
  const refusals: Error[] = [];
  const controller = startNamespaceController({
    store,
    writer: storeWriter(store, refusals),
    kernel: { clock },
  });
  const settle = async () => {
    await controller.idle();
    await drainMicrotasks();
    await controller.idle();
  };
  return { store, clock, refusals, controller, settle };
}

const at = (kind: string, namespace: string, name: string): ObjectAddress => ({ kind, namespace, name });
const team = at("namespaces", "", "team");

async function put(
  store: Store,
  address: ObjectAddress,
  change: (object: AnyObject) => AnyObject,
): Promise<void> {
  const current = store.get(address);
  const { namespace, name } = address;
  const metadata: ObjectMeta = { name, uid: `uid-${name}`, ...(namespace === "" ? {} : { namespace }) };
  const object = change(current?.object ?? { apiVersion: "v1", kind: "Thing", metadata });
  const expectedRevision = current?.revision ?? 0;
  const result = await store.write({ do: "put", ...address, object, expectedRevision });
  if (!result.ok) throw new Error(`${name} was changed meanwhile`);
}

const same = (object: AnyObject) => object;
const held = (object: AnyObject) => ({
  ...object,
  metadata: { ...object.metadata, finalizers: ["example.com/hold"] },
});
const active = (object: AnyObject) => ({
  ...object,
  spec: { finalizers: ["kubernetes"] },
  status: { phase: "Active" },
});
const terminating = (object: AnyObject) => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: NOW },
  status: { phase: "Terminating" },
});

function conditions(store: Store): Record<string, string> {
  const status = store.get(team)?.object.status as { conditions?: Condition[] } | undefined;
  return Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status, message }) => [type, `${status} ${message}`]),
  );
}

test("a namespace being deleted is emptied of every kind, then goes; other namespaces keep what they have", async () => {
  const { store, settle } = start();
  await put(store, team, active);
  await put(store, at("pods", "team", "a"), same);
  await put(store, at("plexaubnet.io/subnets", "team", "b"), same);
  await put(store, at("pods", "team-2", "c"), same);
  await put(store, at("nodes", "", "team"), same);
  await settle();
  expect(store.count("pods")).toBe(2);
  await put(store, team, terminating);
  await settle();
  expect(store.get(team)).toBeUndefined();
  expect([store.count("pods", "team"), store.count("plexaubnet.io/subnets"), store.count("nodes")]).toEqual([
    0, 0, 1,
  ]);
  expect(store.count("pods", "team-2")).toBe(1);
});

test("what has finalizers is waited for, and the status reports what", async () => {
  const { store, settle } = start();
  await put(store, team, active);
  const subnet = at("plexaubnet.io/subnets", "team", "b");
  await put(store, subnet, held);
  await put(store, at("pods", "team", "a"), same);
  await put(store, team, terminating);
  await settle();
  expect(store.count("pods")).toBe(0);
  expect(conditions(store)).toMatchObject({
    NamespaceContentRemaining: "True still there: 1 of subnets.plexaubnet.io",
    NamespaceFinalizersRemaining: "True waiting for finalizers: example.com/hold (1)",
    NamespaceDeletionContentFailure: "False every deletion was accepted",
  });
  const revision = store.get(subnet)?.revision ?? 0;
  await store.write({ do: "delete", ...subnet, expectedRevision: revision });
  await settle();
  expect(store.get(team)).toBeUndefined();
});

test("what slipped in before the namespace was seen to be Terminating is deleted too", async () => {
  const directory = mkdtempSync(join(tmpdir(), "plexaubnet-namespace-"));
  const { store, controller } = start(openSqliteStore(join(directory, "state.db")));
  await put(store, team, active);
  const marked = put(store, team, terminating);
  await undefined;
  // The commit of that write is under way, so this one becomes visible after it, in the next commit.
  const late = put(store, at("pods", "team", "late"), same);
  await Promise.all([marked, late]);
  while (store.get(team) !== undefined) await store.waitForRevision(store.revision + 1);
  expect(store.count("pods")).toBe(0);
  await controller.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

test("a namespace with finalizers of its own is emptied, and stays for them", async () => {
  const { store, settle } = start();
  await put(store, team, (object) => held(active(object)));
  await put(store, at("pods", "team", "a"), same);
  await put(store, team, terminating);
  await settle();
  expect(store.count("pods")).toBe(0);
  expect(store.get(team)?.object).toMatchObject({
    spec: { finalizers: [] },
    status: { phase: "Terminating" },
  });
});

test("a deletion that is refused is reported and tried again", async () => {
  const { store, clock, refusals, settle } = start();
  await put(store, team, active);
  await put(store, at("pods", "team", "a"), same);
  refusals.push(new Error("the webhook says no"), new Error("the webhook says no"));
  await put(store, team, terminating);
  await settle();
  expect(conditions(store)).toMatchObject({ NamespaceDeletionContentFailure: "True the webhook says no" });
  clock.advance(60_000);
  await settle();
  clock.advance(60_000);
  await settle();
  expect(store.get(team)).toBeUndefined();
});

test("a namespace that became Terminating unnoticed is emptied at the start", async () => {
  const store = createMemoryStore();
  await put(store, team, active);
  await put(store, at("pods", "team", "a"), same);
  await put(store, team, terminating);
  const { settle } = start(store);
  await settle();
  expect([store.get(team), store.count("pods")]).toEqual([undefined, 0]);
});

test("a namespace whose finalizers are not a list keeps no other one", async () => {
  const store = createMemoryStore();
  const odd = (name: string, spec: unknown): AnyObject => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, uid: name, deletionTimestamp: "2026-01-01T00:00:00Z" },
    spec,
  });
  const write = (name: string, spec: unknown) =>
    store.write({
      do: "put",
      kind: "namespaces",
      namespace: "",
      name,
      object: odd(name, spec),
      expectedRevision: 0,
    });
  await write("before", { finalizers: 5 });
  const { controller } = start(store);
  await write("text", { finalizers: "kubernetes" });
  await write("none", null);
  await write("sound", { finalizers: ["kubernetes"] });
  await controller.idle();
  const list = store.list("namespaces", {});
  expect(list.ok && list.value.items.map(({ name }) => name)).toEqual(["before", "none", "text"]);
});
