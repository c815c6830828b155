import { expect, test } from "vitest";
import { ManualClock } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import { createMemoryStore, type Store, type StoreChange, type StoredObject, type Write } from "./index.ts";

function thing(name: string, namespace = "default", fields: object = {}): AnyObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name, namespace }, ...fields };
}

function put(name: string, expectedRevision: number, fields: object = {}, namespace = "default"): Write {
  const object = thing(name, namespace, fields);
  return { do: "put", kind: "things", namespace, name, object, expectedRevision };
}

function remove(name: string, expectedRevision: number): Write {
  return { do: "delete", kind: "things", namespace: "default", name, expectedRevision };
}

async function written(store: Store, write: Write): Promise<StoredObject> {
  const result = await store.write(write);
  if (!result.ok) throw new Error(`conflict with ${result.error.current?.revision}`);
  return result.value;
}

function names(store: Store, options: Parameters<Store["list"]>[1]): string[] {
  const result = store.list("things", options);
  if (!result.ok) throw new Error(`compacted, oldest is ${result.error.oldest}`);
  return result.value.items.map((item) => item.name);
}

function recorder() {
  const changes: StoreChange[] = [];
  return { changes, onChange: (change: StoreChange) => void changes.push(change) };
}

test("revisions count up from 1 over all kinds, and are stamped into the object", async () => {
  const store = createMemoryStore();
  expect(store.revision).toBe(0);
  const first = await written(store, put("a", 0));
  const other = await written(store, { ...put("a", 0), kind: "others" });
  expect([first.revision, other.revision, store.revision]).toEqual([1, 2, 2]);
  expect(other.object.metadata.resourceVersion).toBe("2");
  expect(JSON.parse(other.json())).toEqual(other.object);
  expect([...store.kinds()].sort()).toEqual(["others", "things"]);
});

test("an update keeps the revision of the creation; a new object of that name starts again", async () => {
  const store = createMemoryStore();
  await written(store, put("a", 0));
  expect(await written(store, put("a", 1))).toMatchObject({ revision: 2, createRevision: 1 });
  const deleted = await written(store, remove("a", 2));
  expect(deleted.revision).toBe(3);
  expect(deleted.object.metadata.resourceVersion).toBe("3");
  expect(await written(store, put("a", 0))).toMatchObject({ revision: 4, createRevision: 4 });
});

test("a write that expects another revision conflicts and shows the newest state", async () => {
  const store = createMemoryStore();
  const first = await written(store, put("a", 0));
  expect(await store.write(put("a", 0))).toEqual({
    ok: false,
    error: { reason: "conflict", current: first },
  });
  expect(await store.write(remove("b", 0))).toEqual({ ok: false, error: { reason: "conflict" } });
  expect(await store.write(put("b", 1))).toEqual({ ok: false, error: { reason: "conflict" } });
  expect(store.revision).toBe(1);
});

test("of two writes under way that expect the same revision, one succeeds; the loser can read the winner", async () => {
  const store = createMemoryStore();
  const winner = store.write(put("a", 0, { by: "first" }));
  expect(store.get({ kind: "things", namespace: "default", name: "a" })).toBeUndefined();
  const loser = await store.write(put("a", 0, { by: "second" }));
  expect(loser.ok).toBe(false);
  expect(store.get({ kind: "things", namespace: "default", name: "a" })?.object).toMatchObject({
    by: "first",
  });
  expect((await winner).ok).toBe(true);
});

test("stored objects are frozen all the way down", async () => {
  const store = createMemoryStore();
  const { object } = await written(store, put("a", 0, { spec: { list: [{ deep: true }] } }));
  const spec = object.spec as { list: { deep: boolean }[] };
  expect(() => {
    (spec.list[0] as { deep: boolean }).deep = false;
  }).toThrow(TypeError);
  expect(Object.isFrozen(object.metadata)).toBe(true);
});

test("lists come by namespace and name, in pages, at one revision", async () => {
  const store = createMemoryStore();
  for (const name of ["c", "a", "b"]) await written(store, put(name, 0));
  await written(store, put("z", 0, {}, "apple"));
  await written(store, put("a-b", 0, {}, "default-2"));
  expect(names(store, {})).toEqual(["z", "a", "b", "c", "a-b"]);
  expect(names(store, { namespace: "default" })).toEqual(["a", "b", "c"]);
  expect([store.count("things"), store.count("things", "default"), store.count("none")]).toEqual([5, 3, 0]);

  const first = store.list("things", { namespace: "default", limit: 2 });
  expect(first).toMatchObject({ ok: true, value: { revision: 5, remaining: 1 } });
  await written(store, remove("c", 1));
  await written(store, put("d", 0));
  const rest = { namespace: "default", limit: 2, after: { namespace: "default", name: "b" } };
  expect(names(store, { ...rest, revision: 5 })).toEqual(["c"]);
  expect(names(store, rest)).toEqual(["d"]);
});

test("a watch replays history and goes on, each change once, in order, of its kind and namespace only", async () => {
  const store = createMemoryStore();
  await written(store, put("a", 0));
  await written(store, put("a", 1));
  await written(store, { ...put("x", 0), kind: "others" });
  await written(store, put("b", 0, {}, "elsewhere"));
  const { changes, onChange } = recorder();
  const watch = store.watch("things", { namespace: "default", after: 1, onChange });
  expect(changes.map((change) => change.revision)).toEqual([2]);
  await written(store, remove("a", 2));
  await written(store, put("a", 0));
  expect(changes.map((change) => [change.type, change.revision])).toEqual([
    ["put", 2],
    ["delete", 5],
    ["put", 6],
  ]);
  expect(changes[1]).toMatchObject({ previous: { revision: 2 }, final: { revision: 5 } });
  if (watch.ok) watch.value.close();
  await written(store, put("a", 6));
  expect(changes.length).toBe(3);
});

test("a watch that is opened by another watcher's callback misses nothing and hears nothing twice", async () => {
  const store = createMemoryStore();
  const inner = recorder();
  let opened = false;
  store.watch("things", {
    after: 0,
    onChange: () => {
      if (!opened) store.watch("things", { after: 0, onChange: inner.onChange });
      opened = true;
    },
  });
  await Promise.all([written(store, put("a", 0)), written(store, put("b", 0))]);
  expect(inner.changes.map((change) => change.revision)).toEqual([1, 2]);
});

test("what is older than the history is refused; the newest state stays", async () => {
  const store = createMemoryStore();
  for (let revision = 0; revision < 5; revision++) await written(store, put("a", revision));
  await store.compact(4);
  expect(store.oldestRevision).toBe(4);
  const { onChange } = recorder();
  expect(store.list("things", { revision: 3 })).toEqual({
    ok: false,
    error: { reason: "compacted", oldest: 4 },
  });
  expect(store.watch("things", { after: 2, onChange }).ok).toBe(false);
  expect(store.watch("things", { after: 3, onChange }).ok).toBe(true);
  expect(names(store, { revision: 4 })).toEqual(["a"]);
  await store.compact(100);
  expect(store.oldestRevision).toBe(5);
  expect(names(store, { revision: 5 })).toEqual(["a"]);
});

test("a kind that has lost its last object stays empty when what was before is compacted", async () => {
  const store = createMemoryStore();
  await written(store, put("a", 0));
  await written(store, remove("a", 1));
  await store.compact(2);
  expect([names(store, {}), store.count("things"), store.kinds()]).toEqual([[], 0, []]);
  await store.compact(2);
  await written(store, { ...put("b", 0), kind: "others" });
  await store.compact(3);
  expect(names(store, {})).toEqual([]);
});

test("history is bounded by number and age", async () => {
  const clock = new ManualClock();
  const history = { minChanges: 10, maxChanges: 20, minAgeMs: 1000 };
  const store = createMemoryStore({ kernel: { clock }, history });
  for (let revision = 0; revision < 40; revision++) await written(store, put("a", revision));
  expect(store.oldestRevision).toBe(21);
  clock.advance(1000);
  await written(store, put("a", 40));
  expect(store.oldestRevision).toBe(32);
});

test("history is bounded by what it holds, too; what is older is compacted", async () => {
  const store = createMemoryStore({ history: { maxBytes: 100_000 } });
  const text = "x".repeat(10_000);
  for (let revision = 0; revision < 500; revision++) await written(store, put("a", revision, { text }));
  expect(store.oldestRevision).toBeGreaterThan(485);
  expect(store.watch("things", { after: 400, onChange: () => {} })).toMatchObject({
    ok: false,
    error: { reason: "compacted", oldest: store.oldestRevision },
  });
  // One change is kept, however large.
  const large = createMemoryStore({ history: { maxBytes: 5 } });
  for (let revision = 0; revision < 3; revision++) await written(large, put("a", revision));
  expect([large.oldestRevision, large.revision]).toEqual([3, 3]);
});

test("waiting for a revision ends when it is visible, when the signal aborts, and when the store closes", async () => {
  const store = createMemoryStore();
  const second = store.waitForRevision(2);
  const abort = new AbortController();
  const aborted = store.waitForRevision(9, abort.signal);
  abort.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  await written(store, put("a", 0));
  await written(store, put("a", 1));
  await second;
  const never = store.waitForRevision(9);
  const last = store.write(put("a", 2));
  await store.close();
  expect((await last).ok).toBe(true);
  await expect(never).rejects.toThrow("closed");
  await expect(store.write(put("a", 3))).rejects.toThrow("closed");
  expect(names(store, {})).toEqual(["a"]);
});

test("closing the store ends its watches, but those that were closed before", async () => {
  const store = createMemoryStore();
  const ended: string[] = [];
  const open = (name: string) =>
    store.watch("things", { after: 0, onChange: () => {}, onEnd: () => void ended.push(name) });
  open("a");
  const b = open("b");
  if (b.ok) b.value.close();
  await store.close();
  expect(ended).toEqual(["a"]);
});
