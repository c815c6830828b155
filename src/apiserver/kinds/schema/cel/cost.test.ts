import { expect, test } from "vitest";
import { err } from "../../../../kernel/index.ts";
import type { Cause } from "../../../status-error.ts";
import { compileConditions } from "../../builtin/match-conditions.ts";
import { COST_EXCEEDED } from "./expression.ts";
import { compileCelRules } from "./rules.ts";

const texts = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`);

/** What the rule returns for an object with a list and a text. */
function told(
  rule: string,
  value: { readonly l?: readonly string[]; readonly s?: string },
): readonly string[] {
  const faults: Cause[] = [];
  const schema = {
    type: "object",
    properties: { l: { type: "array", items: { type: "string" } }, s: { type: "string" } },
    "x-kubernetes-validations": [{ rule, message: "no" }],
  };
  const cel = compileCelRules(schema, "", faults, { costly: true });
  expect(faults).toEqual([]);
  cel?.({ l: [], s: "", ...value }, undefined, faults);
  return faults.map((fault) => fault.message);
}

test.each([
  "self.l.all(x, self.l.indexOf(x) >= 0)",
  "self.l.all(x, self.l.lastIndexOf(x) >= 0)",
  "self.l.all(x, x in self.l)",
  "self.l.all(x, self.l == self.l + [x] || true)",
  "self.l.all(x, self.l.distinct().size() > 1)",
  "self.l.all(x, sets.contains(self.l, [x]))",
  "self.l.all(x, self.l.exists(y, x == y))",
  "self.l.all(x, self.l.all(y, self.l.all(z, true)))",
  "self.l.map(x, self.l.filter(y, y != x)).size() > 1",
  "self.l.exists_one(x, self.l.isSorted())",
  "self.l.all(x, self.l.join() != x)",
  "self.l.all(x, self.s.matches('^(a+)+$'))",
  "self.l.all(x, self.s.find('b') == '')",
  "self.l.all(x, self.s.split('').size() > 1)",
  "self.l.all(x, self.s.size() > 1)",
  "self.l.all(x, self.s.contains('b') == false)",
  "self.l.all(x, [self.l].all(t, t.all(y, y != '')))",
])("%s costs what it does, and has a limit", (rule) => {
  const [message] = told(rule, { l: texts(20_000), s: "a".repeat(50_000) });
  expect(message).toContain("call cost exceeds limit");
});

test.each([
  ["self.l.distinct().size() == 20000", true],
  ["sets.equivalent(self.l, self.l)", true],
  ["sets.intersects(self.l, ['v19999'])", true],
  ["self.l.indexOf('v19999') == 19999", true],
  ["self.l.all(x, x.size() > 1)", true],
  ["self.l.all(x, x.startsWith('w'))", false],
])("%s is linear, and is evaluated: %s", (rule, holds) => {
  expect(told(rule, { l: texts(20_000) })).toEqual(holds ? [] : [expect.stringContaining("no")]);
});

test.each([
  "[self.s + self.s].map(a, a + a).map(b, b + b).map(c, c + c).map(d, d + d).map(e, e + e)[0].contains('b')",
  "self.s.replace('', self.s).size() > 1",
  "'%s %s %s'.format([self.s, self.s, self.s]).size() > 1",
])("%s makes no text of any size", (rule) => {
  const [message] = told(rule, { s: "a".repeat(2_000_000) });
  expect(message).toContain("call cost exceeds limit");
});

test.each([
  "duration(self.s) > duration('1s')",
  "quantity(self.s).isInteger()",
])("%s reads no number of any length", (rule) => {
  const [message] = told(rule, { s: "1".repeat(100_000) });
  expect(message).toContain("at most 256 characters");
});

test("matches is the linear one, however it is written", () => {
  const text = `${"a".repeat(5_000)}!`;
  for (const rule of ["self.s.matches('^(a+)+$')", "self.s.// of the library\nmatches('^(a+)+$')"]) {
    expect(told(rule, { s: text })).toEqual([expect.stringContaining("no")]);
  }
});

test("all rules of an object together have a budget", () => {
  const faults: Cause[] = [];
  const items = { type: "string", "x-kubernetes-validations": [{ rule: "self.size() < 100 && self != ''" }] };
  const cel = compileCelRules({ type: "object", properties: { l: { type: "array", items } } }, "", faults, {
    costly: true,
  });
  cel?.({ l: texts(100_000) }, undefined, faults);
  expect(faults.map((fault) => fault.message)).toEqual([
    expect.stringContaining("running out of cost budget"),
  ]);
});

test("conditions of a webhook have one too, with patterns that take no time", () => {
  const judge = (expression: string, object: unknown) =>
    compileConditions([{ name: "c", expression }])(() => ({ object, oldObject: null, request: {} }));
  expect(judge("object.s.matches('^(a+)+$')", { s: `${"a".repeat(5_000)}!` })).toEqual({
    ok: true,
    value: false,
  });
  expect(judge("object.l.all(x, object.l.indexOf(x) >= 0)", { l: texts(20_000) })).toEqual(
    err(`matchCondition "c": ${COST_EXCEEDED}`),
  );
});
