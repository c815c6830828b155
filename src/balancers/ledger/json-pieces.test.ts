import { expect, test } from "vitest";
import { jsonPieces } from "./json-pieces.ts";

test("RC-04 the pieces of a value are together what JSON.stringify makes of it", () => {
  const many = Array.from({ length: 5_000 }, (_, at) => ({ at, message: `"${at}" 🙂`, none: undefined }));
  const values: unknown[] = [
    null,
    "a",
    1,
    [],
    {},
    [undefined, null, [1, [2, [3, [4, [5]]]]]],
    { a: undefined, b: { c: { d: { e: { f: [1] } } } }, at: new Date(0), "k 1": () => 1 },
    { drift: many, steps: many, basis: { ledger: Object.fromEntries(many.map(({ at }) => [`k${at}`, at])) } },
    ["c1", many, [many, many], Object.entries({ a: 1 })],
  ];
  for (const value of values) expect([...jsonPieces(value)].join("")).toBe(JSON.stringify(value));
  const lengths = [...jsonPieces(many)].map(({ length }) => length);
  expect(lengths.length).toBeGreaterThan(2);
  expect(Math.max(...lengths)).toBeLessThan(70_000);
});
