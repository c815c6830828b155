import { expect, test } from "vitest";
import { infiniteNumber, readRemarks } from "./json-text.ts";

const texts = (text: string) => readRemarks(text).texts;

test("fields that are named twice are found, by their path", () => {
  expect(texts('{"a":1,"b":{"a":2,"c":3,"c":4},"a":5}')).toEqual([
    'duplicate field "b.c"',
    'duplicate field "a"',
  ]);
  expect(texts('{"l":[{"x":1},{"x":1,"x":2}]}')).toEqual(['duplicate field "l[].x"']);
});

test("equal names in different places, values and escapes are not duplicates", () => {
  expect(texts('{"a":{"a":"a"},"b":["a","a"],"c":"\\"a\\":{","d":{"a":1}}')).toEqual([]);
  expect(texts('{"a":1,"\\u0061":2}')).toEqual(['duplicate field "a"']);
});

test("whole numbers that are kept as another one are found, and those that are kept as they are not", () => {
  expect(texts('{"a":[9007199254740993]}')).toEqual([
    'number 9007199254740993 in field "a[]" is kept as 9007199254740992',
  ]);
  expect(texts('{"a":9007199254740992,"b":1e3,"c":0.1234567890123456789,"d":"9007199254740993"}')).toEqual(
    [],
  );
});

test("a number that is infinite in JavaScript is found", () => {
  expect(infiniteNumber('{"a":[1,"1e400",-1e400]}')).toBe("-1e400");
  expect(infiniteNumber('{"a":1e300}')).toBeUndefined();
});

test("of very many remarks a few are worded, with paths that can be read", () => {
  const many = `{${Array.from({ length: 5_000 }, () => '"a":1').join(",")}}`;
  expect(readRemarks(many).count).toBe(4_999);
  expect(readRemarks(many).texts.length).toBeLessThanOrEqual(100);
  const long = "k".repeat(100_000);
  const [text = ""] = texts(`{"${long}":{"a":1,"a":2}}`);
  expect(text.length).toBeLessThan(400);
});
