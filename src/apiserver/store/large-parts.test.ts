import { describe, expect, test } from "vitest";
import { ManualClock } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import { allSteps } from "../steps.ts";
import { createMemoryStore, readyForStore, UnstorableObjectError } from "./index.ts";

const address = { kind: "things", namespace: "default", name: "a", expectedRevision: 0 } as const;
const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, `v${i}`]));

function thing(members: object, metadata: object = {}): AnyObject {
  return {
    apiVersion: "v1",
    kind: "Thing",
    metadata: { name: "a", namespace: "default", ...metadata },
    ...members,
  };
}

async function stored(object: AnyObject) {
  const store = createMemoryStore({ kernel: { clock: new ManualClock() } });
  const written = await store.write({ do: "put", ...address, object });
  if (!written.ok) throw new Error("a conflict");
  return written.value;
}

describe("an object that was made ready part by part", () => {
  test.each([
    ["a large member", thing({ spec: keys(5_000) })],
    ["large labels", thing({}, { labels: keys(5_000) })],
    ["a small one", thing({ spec: { a: 1 } })],
    ["odd names", thing({ spec: { ...keys(5_000), ["__proto__"]: 1, 'a"b': "\u2028" }, 'x"y': keys(3) })],
    ["what JSON leaves out", thing({ spec: keys(5_000), status: undefined })],
  ])("is stored as if it had not been: %s", async (_, object) => {
    const plain = (await stored(structuredClone(object))).json();
    allSteps(readyForStore(object));
    const ready = await stored(object);
    expect(ready.json()).toBe(plain);
    expect(JSON.stringify(ready.object)).toBe(plain);
    expect(Object.isFrozen(ready.object.spec ?? ready.object.metadata)).toBe(true);
  });

  test("is stored again when it was not stored the first time", async () => {
    const object = thing({ spec: keys(5_000) });
    allSteps(readyForStore(object));
    const [first, second] = [await stored(object), await stored(object)];
    expect(second.json()).toBe(first.json());
  });

  test("takes a step for each part", () => {
    const steps = [...readyForStore(thing({ spec: keys(5_000), status: keys(5_000) }, { labels: keys(9) }))];
    expect(steps.length).toBeGreaterThanOrEqual(6);
  });

  test("is refused when it is too deep, frozen or not", () => {
    const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });
    const freeze = (value: object): object => {
      for (const child of Object.values(value)) freeze(child as object);
      return Object.freeze(value);
    };
    for (const spec of [deep(1_200), freeze(deep(1_200)), { a: freeze(deep(999)), b: keys(3) }]) {
      expect(() => allSteps(readyForStore(thing({ spec })))).toThrow(UnstorableObjectError);
    }
  });
});
