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
  expect(parseYaml(`a: ${text}`)).toEqual({ a: value });
});

test("PX-10 a word for true is that as a key, too", () => {
  expect(parseYaml("on: 1")).toEqual({ true: 1 });
});
