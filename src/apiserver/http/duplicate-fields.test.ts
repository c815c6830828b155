import { expect, test } from "vitest";
import { duplicateFields } from "./duplicate-fields.ts";

test("fields that are named twice are found, by their path", () => {
  expect(duplicateFields('{"a":1,"b":{"a":2,"c":3,"c":4},"a":5}')).toEqual(["b.c", "a"]);
  expect(duplicateFields('{"l":[{"x":1},{"x":1,"x":2}]}')).toEqual(["l[].x"]);
});

test("equal names in different places, values and escapes are no duplicates", () => {
  expect(duplicateFields('{"a":{"a":"a"},"b":["a","a"],"c":"\\"a\\":{","d":{"a":1}}')).toEqual([]);
  expect(duplicateFields('{"a":1,"\\u0061":2}')).toEqual(["a"]);
});
