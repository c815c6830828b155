import { expect, test } from "vitest";
import type { AnyObject } from "./object.ts";
import { SharedParts } from "./shared-parts.ts";

function object(name: string, fields: object): AnyObject {
  return structuredClone({ apiVersion: "v1", kind: "Thing", metadata: { name }, ...fields });
}

test("arrays and objects are frozen at every depth, and say what they said", () => {
  const make = () => object("a", { list: [{ b: "y" }, ["z", 1, null]], empty: {}, no: false });
  const frozen = new SharedParts().freeze(make());
  expect(frozen).toEqual(make());
  const list = frozen.list as unknown[];
  for (const part of [frozen, frozen.metadata, list, list[0], list[1], frozen.empty]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test("parts that are frozen already are left as they are", () => {
  const spec = Object.freeze({ owner: "x" });
  const frozen = new SharedParts().freeze({ ...object("a", {}), spec });
  expect(frozen.spec).toBe(spec);
  expect(Object.isFrozen(frozen)).toBe(true);
});

test("parts that say the same are one, from the third on at the latest", () => {
  const shared = new SharedParts();
  const status = { phase: "Ready", conditions: [{ type: "Ready", status: "True" }] };
  const frozen = ["a", "b", "c", "d"].map((name) => shared.freeze(object(name, { status })));
  expect(frozen[3]?.status).toBe(frozen[2]?.status);
  expect(frozen[3]).toEqual(object("d", { status }));
});

test("what a change leaves as it was is the same part as before", () => {
  const shared = new SharedParts();
  const spec = { cidr: "10.0.0.0/8", reserved: [{ cidr: "10.0.0.0/24" }] };
  const before = shared.freeze(object("a", { spec, status: { count: 1 } }));
  const after = shared.freeze(object("a", { spec, status: { count: 2 } }), before);
  expect(after.spec).toBe(before.spec);
  expect(after).toEqual(object("a", { spec, status: { count: 2 } }));
  const later = shared.freeze(object("a", { spec: { ...spec, reserved: [] } }), after);
  expect(later).toEqual(object("a", { spec: { ...spec, reserved: [] } }));
});

test("parts that differ in a name, an order, a type or a value stay apart", () => {
  const shared = new SharedParts(1);
  const parts = [
    { a: 1, b: 2 },
    { a: 1, c: 2 },
    { b: 2, a: 1 },
    { a: "1", b: 2 },
    [1, 2],
    { 0: 1, 1: 2 },
    {},
    [],
  ];
  for (let round = 0; round < 4; round++) {
    for (const spec of parts) {
      const frozen = shared.freeze(object("a", { spec }));
      expect(JSON.stringify(frozen.spec)).toBe(JSON.stringify(spec));
    }
  }
});

test("everything reads as before, however often its slot is taken over", () => {
  const shared = new SharedParts(8);
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 100; n++) {
      const make = () => object(`name-${n}`, { spec: { text: `text-${n}`, n, long: "x".repeat(n) } });
      expect(shared.freeze(make())).toEqual(make());
    }
  }
});
