import { expect, test } from "vitest";
import type { CacheDelta, WaitKey } from "../flow.ts";
import { stored, type Thing, thing, things } from "../testing/things.ts";
import { NAME_INDEX } from "./field-index.ts";
import { ObjectCache } from "./object-cache.ts";
import { resourceKey } from "./resource-key.ts";
import { WaitRegistry } from "./wait-registry.ts";

function setUp() {
  const waits: WaitRegistry = new WaitRegistry((resource) =>
    resourceKey(resource) === resourceKey(things) ? (cache as unknown as ObjectCache) : undefined,
  );
  const cache = new ObjectCache<Thing>({
    resource: things,
    indexes: [{ resource: things, name: "owner", values: (object) => [object.spec?.owner ?? ""] }],
    onDeltas: (deltas: readonly CacheDelta<Thing>[]) => {
      for (const delta of deltas) waits.notify(cache, delta);
    },
  });
  const source = cache.source();
  source.replace([], "1");
  const woken: string[] = [];
  const wait = (id: string, ...keys: WaitKey[]) => waits.replace({ id, wake: () => woken.push(id) }, keys);
  return { waits, source, woken, wait };
}

const owner = (value: string, more: object = {}): WaitKey => ({
  resource: things,
  index: "owner",
  value,
  ...more,
});

test("PX-03 an object that appears wakes those who wait for its value, and no others", () => {
  const { source, woken, wait } = setUp();
  wait("1", owner("x"));
  wait("2", owner("y"));
  wait("3", owner("x"), owner("y"));
  source.apply({ type: "ADDED", object: stored(thing("a", { owner: "x" }), "2") });
  expect(woken.sort()).toEqual(["1", "3"]);
});

test("a change of value wakes those who wait for the old one and for the new one", () => {
  const { source, woken, wait } = setUp();
  source.apply({ type: "ADDED", object: stored(thing("a", { owner: "x" }), "2") });
  wait("old", owner("x"));
  wait("new", owner("y"));
  source.apply({ type: "MODIFIED", object: stored(thing("a", { owner: "y" }), "3") });
  expect(woken.sort()).toEqual(["new", "old"]);
});

test("an object that does not exist yet can be waited for by name", () => {
  const { source, woken, wait } = setUp();
  wait("1", { resource: things, index: NAME_INDEX, value: "n/a" });
  source.apply({ type: "ADDED", object: stored(thing("b"), "2") });
  expect(woken).toEqual([]);
  source.apply({ type: "ADDED", object: stored(thing("a"), "3") });
  expect(woken).toEqual(["1"]);
});

test("only the types of delta that were asked for wake", () => {
  const { source, woken, wait } = setUp();
  wait("1", owner("x", { on: ["deleted"] }));
  source.apply({ type: "ADDED", object: stored(thing("a", { owner: "x" }), "2") });
  source.apply({ type: "MODIFIED", object: stored(thing("a", { owner: "x", size: 1 }), "3") });
  expect(woken).toEqual([]);
  source.apply({ type: "DELETED", object: stored(thing("a", { owner: "x" }), "4") });
  expect(woken).toEqual(["1"]);
});

test("a change of status alone can be slept through", () => {
  const { source, woken, wait } = setUp();
  source.apply({ type: "ADDED", object: stored(thing("a", { owner: "x" }), "2") });
  wait("1", owner("x", { ignoreStatus: true }));
  const withStatus = { ...thing("a", { owner: "x" }), status: { phase: "Up" } };
  source.apply({ type: "MODIFIED", object: stored(withStatus, "3") });
  expect(woken).toEqual([]);
  const labelled = { ...withStatus, metadata: { ...withStatus.metadata, labels: { a: "b" } } };
  source.apply({ type: "MODIFIED", object: stored(labelled, "4") });
  expect(woken).toEqual(["1"]);
});

test("a waiter is woken once, and waits for nothing until it waits again", () => {
  const { waits, source, woken, wait } = setUp();
  wait("1", owner("x"), owner("y"));
  source.apply({ type: "ADDED", object: stored(thing("a", { owner: "x" }), "2") });
  source.apply({ type: "ADDED", object: stored(thing("b", { owner: "y" }), "3") });
  expect(woken).toEqual(["1"]);
  expect(waits.size).toBe(0);
});

test("a request that is decided again drops what it waited for", () => {
  const { source, woken, wait } = setUp();
  wait("1", owner("x"));
  wait("1", owner("y"));
  source.apply({ type: "ADDED", object: stored(thing("a", { owner: "x" }), "2") });
  expect(woken).toEqual([]);
});

test("a waiter that waits again while it is being woken is woken once by a change", () => {
  const { waits, source, wait } = setUp();
  let wakes = 0;
  const again = () => {
    wakes++;
    waits.replace({ id: "1", wake: again }, [owner("x")]);
  };
  wait("other", owner("x", { on: ["deleted"] }));
  waits.replace({ id: "1", wake: again }, [owner("x")]);
  source.apply({ type: "ADDED", object: stored(thing("a", { owner: "x" }), "2") });
  expect(wakes).toBe(1);
});

test("a signal wakes all who wait for its value", () => {
  const { waits, woken, wait } = setUp();
  expect(waits.awaited("free")).toBe(false);
  wait("1", { signal: "free", value: "p" });
  wait("2", { signal: "free", value: "q" });
  waits.raise({ signal: "free", value: "p" });
  waits.raise({ signal: "other", value: "q" });
  expect(woken).toEqual(["1"]);
  expect([waits.awaited("free"), waits.awaited("other")]).toEqual([true, false]);
});

test("waiting for what is not watched or indexed is a bug, since it would last for ever", () => {
  const { wait } = setUp();
  expect(() => wait("1", { resource: things, index: "nope", value: "x" })).toThrow("Thing by nope");
  const other = { ...things, plural: "others", kind: "Other" };
  expect(() => wait("1", { resource: other, index: "owner", value: "x" })).toThrow("Other by owner");
});

test("a signal that can serve one wakes the one that has waited longest", () => {
  const { waits, woken, wait } = setUp();
  for (const id of ["1", "2", "3"]) wait(id, { signal: "free", value: "p" });
  waits.raise({ signal: "free", value: "p" }, 1);
  expect(woken).toEqual(["1"]);
  wait("1", { signal: "free", value: "p" });
  waits.raise({ signal: "free", value: "p" }, 2);
  expect(woken).toEqual(["1", "2", "3"]);
});
