import { expect, test } from "vitest";
import { allSteps } from "../steps.ts";
import { infiniteNumber, readRemarks, scanJson } from "./json-text.ts";

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

test("a look at the bytes counts members and sees unusual numbers, strings left out", () => {
  const scan = (text: string) => allSteps(scanJson(Buffer.from(text)));
  expect(scan('{"a":1,"b":{"c:\\"":"x:y"}}')).toEqual({
    members: 3,
    values: 4,
    depth: 2,
    unusualNumbers: false,
  });
  expect(scan('{"__proto__":123456789012345}')).toMatchObject({ members: 1, unusualNumbers: false });
  expect(scan("[[],[1,2,3],{}]")).toMatchObject({ values: 9, depth: 2 });
  expect(scan("[1234567890123456]").unusualNumbers).toBe(true);
  expect(scan("[1E9]").unusualNumbers).toBe(true);
  expect(scan('["1234567890123456 1e9"]').unusualNumbers).toBe(false);
});

test("a long text is read in steps, and what lies between two of them is not seen otherwise", () => {
  // A string with escapes, a number and a key, each in turn where a step of 64 KiB ends.
  for (const middle of ['"\\\\\\"\\\\,\\":"', "1234567890123456", '{"k":[1e5,{}]}']) {
    for (let shift = 0; shift <= middle.length; shift++) {
      const text = `["${"x".repeat(64 * 1024 - 4 - shift)}",${middle},1,"${"y".repeat(64 * 1024)}"]`;
      const short = text.replaceAll(/[xy]{9,}/g, "");
      const steps = [...scanJson(Buffer.from(text))];
      expect(steps).toHaveLength(2);
      const { members, values, depth, unusualNumbers } = allSteps(scanJson(Buffer.from(text)));
      expect({ members, values, depth, unusualNumbers }).toEqual({
        ...allSteps(scanJson(Buffer.from(short))),
      });
    }
  }
});

test("a text with too many values, or levels, is not read to its end", () => {
  const most = { values: 1_000, depth: 10 };
  const read = (text: string) => {
    const { values, depth } = allSteps(scanJson(Buffer.from(text), most));
    return { values, depth };
  };
  expect(read(`[${"1,".repeat(500_000)}1]`).values).toBeLessThan(40_000);
  expect(read(`${"[".repeat(500_000)}`).depth).toBeLessThan(70_000);
});

test("of very many remarks a few are worded, with paths that can be read", () => {
  const many = `{${Array.from({ length: 5_000 }, () => '"a":1').join(",")}}`;
  expect(readRemarks(many).count).toBe(4_999);
  expect(readRemarks(many).texts.length).toBeLessThanOrEqual(100);
  const long = "k".repeat(100_000);
  const [text = ""] = texts(`{"${long}":{"a":1,"a":2}}`);
  expect(text.length).toBeLessThan(400);
});
