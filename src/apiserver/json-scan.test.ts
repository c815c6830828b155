import { expect, test } from "vitest";
import { parseShallow, scanJson } from "./json-scan.ts";
import { allSteps } from "./steps.ts";

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

test("PX-09 a text that is deeper than a request may be is not parsed", () => {
  const parsed = (text: string) => parseShallow(Buffer.from(text));
  expect(parsed(' {"a":["\u00e9 {[{["]} ')).toEqual({ ok: true, value: { a: ["\u00e9 {[{["] } });
  expect(parsed('{"a":')).toEqual({ ok: false, error: "malformed" });
  expect(parsed("")).toEqual({ ok: false, error: "malformed" });
  expect(parsed(`${"[".repeat(250)}${"]".repeat(250)}`).ok).toBe(true);
  expect(parsed(`${"[".repeat(300)}${"]".repeat(300)}`)).toEqual({ ok: false, error: "too-deep" });
  expect(parsed("[".repeat(1_000_000))).toEqual({ ok: false, error: "too-deep" });
});
