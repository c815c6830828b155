import { expect, test } from "vitest";
import type { PolicyRule } from "./authorization.ts";
import { uncovered } from "./rule-coverage.ts";

const rule = (verbs: string[], resources: string[], more: PolicyRule = {}): PolicyRule => ({
  verbs,
  resources,
  apiGroups: [""],
  ...more,
});
const paths = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ["get"], nonResourceURLs });

test.each<[string, PolicyRule, readonly PolicyRule[], boolean]>([
  ["the same", rule(["get"], ["a"]), [rule(["get"], ["a"])], true],
  ["one of two verbs", rule(["get", "put"], ["a"]), [rule(["get"], ["a"])], false],
  ["two rules together", rule(["get", "put"], ["a"]), [rule(["get"], ["a"]), rule(["put"], ["a"])], true],
  [
    "each half by another rule",
    rule(["get", "put"], ["a", "b"]),
    [rule(["get"], ["a"]), rule(["put"], ["b"])],
    false,
  ],
  ["all by *", rule(["get"], ["a/status"]), [rule(["*"], ["*"])], true],
  ["* by all that there are", rule(["*"], ["a"]), [rule(["get", "list"], ["a"])], false],
  ["a part by the whole", rule(["get"], ["a/status"]), [rule(["get"], ["a"])], false],
  ["a part by */part", rule(["get"], ["a/status"]), [rule(["get"], ["*/status"])], true],
  ["*/part by a part", rule(["get"], ["*/status"]), [rule(["get"], ["a/status"])], false],
  ["a longer part", rule(["get"], ["a/status/x"]), [rule(["get"], ["*/status"])], false],
  ["another group", rule(["get"], ["a"]), [rule(["get"], ["a"], { apiGroups: ["x"] })], false],
  ["a name by all", rule(["get"], ["a"], { resourceNames: ["n"] }), [rule(["get"], ["a"])], true],
  ["all by a name", rule(["get"], ["a"]), [rule(["get"], ["a"], { resourceNames: ["n"] })], false],
  ["all by the empty name", rule(["get"], ["a"]), [rule(["get"], ["a"], { resourceNames: [""] })], false],
  [
    "a name by *, which is a name",
    rule(["get"], ["a"], { resourceNames: ["n"] }),
    [rule(["get"], ["a"], { resourceNames: ["*"] })],
    false,
  ],
  ["a path", paths("/a"), [paths("/a")], true],
  ["a path below", paths("/a/b"), [paths("/a/*")], true],
  ["all below by one", paths("/a/*"), [paths("/a/b")], false],
  ["a path by resources", paths("/a"), [rule(["*"], ["*"])], false],
  ["nothing at all", {}, [], true],
])("PS-13 %s", (_, wanted, held, isCovered) => {
  expect(uncovered([wanted], held, 1)).toEqual(isCovered ? [] : [wanted]);
});

test("PS-13 what would take too long to compare counts as not held", () => {
  const many = Array.from({ length: 1_000 }, (_, i) => `x${i}`);
  const huge = { verbs: many, resources: many, apiGroups: many };
  expect(uncovered([huge, huge], [rule(["*"], ["*"], { apiGroups: ["*"] })], 5)).toEqual([huge, huge]);
});
