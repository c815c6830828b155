/** What one write or one listener may cost: itself. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AnyObject } from "../../kube/object.ts";
import {
  createMemoryStore,
  EVERY_KIND,
  openSqliteStore,
  type Store,
  UnstorableObjectError,
} from "./index.ts";
import { MAX_DEPTH, MAX_TEXT_LENGTH, StoredState } from "./stored-state.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plexaubnet-poison-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string) => ({ kind: "things", namespace: "default", name });

function put(store: Store, name: string, fields: object = {}, expectedRevision = 0) {
  const object = { apiVersion: "v1", kind: "Thing", metadata: { name, namespace: "default" }, ...fields };
  return store.write({ do: "put", ...at(name), object: object as AnyObject, expectedRevision });
}

function nested(levels: number, innermost: unknown = 1): unknown {
  let value = innermost;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const circle: { self?: unknown } = {};
circle.self = circle;

const POISONS: readonly (readonly [string, () => object])[] = [
  ["one level too deep", () => ({ spec: nested(MAX_DEPTH) })],
  ["5,000 levels", () => ({ spec: nested(5_000) })],
  ["12,000 levels", () => ({ spec: nested(12_000) })],
  ["a million levels", () => ({ spec: nested(1_000_000) })],
  ["deep metadata", () => ({ metadata: { name: "p", namespace: "default", annotations: nested(12_000) } })],
  ["a number that JSON does not know", () => ({ spec: { a: 1n } })],
  ["a circle", () => ({ spec: circle })],
  [
    "a text that cannot be made",
    () => ({
      spec: {
        toJSON: () => {
          throw new Error("no");
        },
      },
    }),
  ],
  ["too large a text", () => ({ data: { a: "x".repeat(MAX_TEXT_LENGTH) } })],
];

const STORES: readonly (readonly [string, () => Store])[] = [
  ["memory", () => createMemoryStore()],
  ["SQLite", () => openSqliteStore(join(directory, "state.db"))],
];

test.each(STORES)("what cannot be stored costs no revision and no other write (%s)", async (_, open) => {
  const store = open();
  for (const [what, poison] of POISONS) {
    const before = store.revision;
    const writes = [put(store, `before ${what}`), put(store, "p", poison()), put(store, `after ${what}`)];
    const [first, refused, last] = await Promise.allSettled(writes);
    expect(refused, what).toMatchObject({ status: "rejected" });
    expect((refused as PromiseRejectedResult).reason, what).toBeInstanceOf(UnstorableObjectError);
    expect([first, last], what).toMatchObject([
      { value: { ok: true, value: { revision: before + 1 } } },
      { value: { ok: true, value: { revision: before + 2 } } },
    ]);
  }
  expect([store.failure, store.get(at("p")), store.count("things")]).toEqual([
    undefined,
    undefined,
    2 * POISONS.length,
  ]);
  await store.close();
});

test("a store that was given poison opens again, with all that it acknowledged", async () => {
  const [, open] = STORES[1] as (typeof STORES)[number];
  const first = open();
  await put(first, "a");
  await Promise.allSettled(POISONS.map(([, poison]) => put(first, "p", poison())));
  await put(first, "b");
  await first.close();
  const second = open();
  expect([second.revision, second.count("things")]).toEqual([2, 2]);
  await second.close();
});

test("depth adds up when a stored object is put into another one", async () => {
  const store = createMemoryStore();
  await put(store, "a", { spec: nested(MAX_DEPTH - 20) });
  let refusals = 0;
  for (let level = 0; level < 30; level++) {
    const stored = store.get(at("a"));
    await put(store, "a", { spec: { spec: stored?.object.spec } }, stored?.revision).catch(() => refusals++);
  }
  expect(refusals).toBeGreaterThan(0);
  expect(() => JSON.stringify(store.get(at("a"))?.object)).not.toThrow();
});

test("what an earlier version stored can be read, however deep", () => {
  const json = `{"metadata":{},"spec":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const state = StoredState.ofJson(at("a"), 1, 1, json);
  expect(Object.isFrozen(state.object.spec)).toBe(true);
  expect(state.json()).toBe(json);
});

test.each(STORES)("a listener that throws ends its own watch, and no other notices (%s)", async (_, open) => {
  const store = open();
  const ended: string[] = [];
  const seen: number[] = [];
  for (const kind of ["things", EVERY_KIND]) {
    const onChange = () => {
      throw new Error("I am broken");
    };
    const onEnd = () => {
      ended.push(kind);
      throw new Error("and in my end as well");
    };
    store.watch(kind, { after: 0, onChange, onEnd });
    store.watch(kind, { after: 0, onChange: (change) => void seen.push(change.revision) });
  }
  const results = await Promise.all([put(store, "a"), put(store, "b")]);
  expect(results.every((result) => result.ok)).toBe(true);
  expect(ended).toEqual(["things", EVERY_KIND]);
  expect(seen).toEqual([1, 1, 2, 2]);
  expect(store.failure).toBeUndefined();
  await store.close();
  expect(ended.length).toBe(2);
});

test("what a listener threw is logged, with the kind", async () => {
  const logged: unknown[] = [];
  const note = (fields: unknown, message?: string) => void logged.push([fields, message]);
  const store = createMemoryStore({ logger: { info: note, error: note } as never });
  const error = new Error("I am broken");
  store.watch("things", {
    after: 0,
    onChange: () => {
      throw error;
    },
  });
  await put(store, "a");
  expect(logged).toEqual([[{ err: error, kind: "things" }, "a watch was ended: its listener threw"]]);
});
