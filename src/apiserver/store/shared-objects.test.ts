/** An object that a client in this process keeps is stored as that object, and its text is made when asked for. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AnyObject } from "../../kube/object.ts";
import { createMemoryStore } from "./memory-store.ts";
import type { StoredObject } from "./store.ts";
import { StoredState } from "./stored-state.ts";

const at = (name: string) => ({ kind: "things", namespace: "n", name });

function thing(name: string, fields: object = {}): AnyObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name, namespace: "n" }, ...fields };
}

function read(object: AnyObject, revision = 7): StoredObject {
  const text = JSON.stringify(object);
  return StoredState.ofJson(at(object.metadata.name), revision, 1, text);
}

test("PX-09 the text of a shared object is what it was, to the letter", () => {
  const tricky = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  fc.assert(
    fc.property(tricky, fc.string({ unit: "binary" }), (spec, note) => {
      const stored = read(thing("a", { spec, note, 10: "x", 9: "y", ["__proto__"]: "z" }));
      const [text, length, bytes] = [stored.json(), stored.jsonLength, stored.jsonBytes];
      const shared = stored.shared();
      expect(shared).toEqual(JSON.parse(text));
      expect([stored.json(), stored.jsonLength, stored.jsonBytes]).toEqual([text, length, bytes]);
      expect(stored.shared()).toBe(shared);
      expect(stored.object).toBe(shared);
    }),
  );
});

test("PX-09 what is equal in two shared objects is one value, and nothing of it can be changed", () => {
  const status = { phase: "Allocated", conditions: [{ type: "Ready", message: "holds its block" }] };
  // A part is remembered when it comes for the second time.
  const [, b, c] = ["a", "b", "c"].map((name) => read(thing(name, { status })).shared());
  expect(c?.status).toBe(b?.status);
  expect(() => Object.assign(b?.status as object, { phase: "Released" })).toThrow(TypeError);
});

test("PX-09 what a change leaves as it was stays one value with what it replaced", () => {
  const labels = { unlike: "any-other" };
  const before = read(thing("a", { labels, spec: { size: 1 } }));
  const old = before.shared();
  const fresh = read(thing("a", { labels, spec: { size: 2 } }), 8).shared(before);
  expect(fresh.labels).toBe(old.labels);
  expect(fresh.spec).toEqual({ size: 2 });
});

test("PX-09 a text that takes long to be made again is kept", () => {
  const stored = read(thing("a", { note: "x".repeat(20_000) }));
  const text = stored.json();
  expect(stored.shared()).toEqual(JSON.parse(text));
  expect(stored.json()).toBe(text);
});

test("PX-09 what is shared is written, replaced and deleted like anything else", async () => {
  const store = createMemoryStore();
  const write = (object: AnyObject, expectedRevision: number) =>
    store.write({ do: "put", ...at("a"), object, expectedRevision });
  await write(thing("a", { spec: 1 }), 0);
  const first = store.get(at("a"))?.shared() as AnyObject;
  await write({ ...first, spec: 2 }, 1);
  expect(store.get(at("a"))?.shared()).toMatchObject({ spec: 2, metadata: { resourceVersion: "2" } });
  expect(first).toMatchObject({ spec: 1, metadata: { resourceVersion: "1" } });
  const gone = await store.write({ do: "delete", ...at("a"), expectedRevision: 2 });
  expect(gone.ok && gone.value.shared()).toMatchObject({ spec: 2, metadata: { resourceVersion: "3" } });
  expect(gone.ok && JSON.parse(gone.value.json())).toMatchObject({ metadata: { resourceVersion: "3" } });
  await store.close();
});
