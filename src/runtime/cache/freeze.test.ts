import { expect, test } from "vitest";
import { deepFreeze, StringPool } from "./freeze.ts";

test("arrays and objects are frozen at every depth, and say what they said", () => {
  const make = () => ({ a: "x", list: [{ b: "y" }, ["z", 1, null]], empty: {}, no: false });
  const frozen = deepFreeze(make(), new StringPool());
  expect(frozen).toEqual(make());
  for (const part of [frozen, frozen.list, frozen.list[0], frozen.list[1], frozen.empty]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});

test("parts that are frozen already are left as they are", () => {
  const spec = Object.freeze({ owner: "x" });
  const object = deepFreeze({ spec, name: "a" }, new StringPool());
  expect(object.spec).toBe(spec);
  expect(Object.isFrozen(object)).toBe(true);
});

test("the pool says what it was told, however often its slots are taken over", () => {
  const pool = new StringPool(8);
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 100; n++) expect(pool.share(`text-${n}`)).toBe(`text-${n}`);
  }
  expect(pool.share("")).toBe("");
});
