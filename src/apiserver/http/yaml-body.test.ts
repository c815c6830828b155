import { expect, test } from "vitest";
import { parseYaml } from "./yaml-body.ts";

test.each([
  ["y", true],
  ["Yes", true],
  ["ON", true],
  ["n", false],
  ["off", false],
  ["yEs", "yEs"],
  ['"y"', "y"],
  ["0644", 420],
  ["644", 644],
  ["'0644'", "0644"],
  ["!!str no", "no"],
])("PX-10 %s is read as Kubernetes reads it", (text, value) => {
  expect(parseYaml(`a: ${text}`).value).toEqual({ a: value });
});

test("PX-10 a word for true is that as a key, too", () => {
  expect(parseYaml("on: 1").value).toEqual({ true: 1 });
});

test("PX-09 of a key that is there twice the last one counts, and its line is reported", () => {
  expect(parseYaml("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n")).toEqual({
    value: { a: 3, b: { c: 2 } },
    remarks: {
      texts: ['line 4: key "c" already set in map', 'line 5: key "a" already set in map'],
      count: 2,
    },
  });
  const { remarks } = parseYaml("a: 1\n".repeat(1_000));
  expect(remarks.count).toBe(999);
  expect(remarks.texts).toHaveLength(100);
});
