import { expect, test } from "vitest";
import type { Cause } from "../../../status-error.ts";
import type { StructuralSchema } from "../structural-schema.ts";
import { compileCelRules } from "./rules.ts";

function faultsOf(rule: string, schema: StructuralSchema, more: object = {}): readonly string[] {
  const faults: Cause[] = [];
  compileCelRules({ ...schema, "x-kubernetes-validations": [{ rule, ...more }] }, "", faults);
  return faults.map(({ field, message }) => `${field}: ${message}`);
}

const unbounded: StructuralSchema = {
  type: "object",
  properties: {
    a: { type: "string" },
    n: { type: "integer" },
    l: { type: "array", items: { type: "string" } },
    o: { type: "array", items: { type: "object", properties: { a: { type: "string" } } } },
    m: { type: "object", additionalProperties: { type: "string" } },
  },
};
const bounded: StructuralSchema = {
  type: "object",
  properties: {
    a: { type: "string", maxLength: 64 },
    l: { type: "array", maxItems: 16, items: { type: "string", maxLength: 64 } },
  },
};

// As a real kube-apiserver 1.36 answered.
test.each([
  "isIP(self.a) && ip(self.a).family() == 4",
  "self.a.find('[0-9]+') == '1'",
  "sets.contains(self.l, ['a'])",
  "self.l.all(i, v, v == 'a')",
  "self.l.transformMap(i, v, v).size() > 0",
  "has(self.a) || has(self.n)",
])("PX-09: a rule that costs little on the largest objects is taken: %s", (rule) => {
  expect(faultsOf(rule, unbounded)).toEqual([]);
});

test("PX-09: a rule that may cost too much is refused, and by how much is reported", () => {
  expect(faultsOf("!format.dns1123Label().validate(self.a).hasValue()", unbounded)).toEqual([
    expect.stringContaining(
      ".x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.006634x",
    ),
  ]);
});

test.each([
  "self.l.all(x, self.l.exists(y, x == y))",
  "self.l.all(x, x.contains('a') && self.l.all(y, y != x))",
  "self.l.all(i, v, self.l.exists(j, w, i != j && v == w))",
  "self.l.map(x, x + x).all(y, y.matches('^[a-z]+$'))",
])("PX-09: loops within loops need limits: %s", (rule) => {
  expect(faultsOf(rule, unbounded)).toEqual([
    expect.stringContaining("rule: Forbidden: estimated rule cost"),
    expect.stringContaining("rule: Forbidden: contributed to estimated rule cost total"),
    expect.stringMatching(
      /^: Forbidden: x-kubernetes-validations estimated rule cost total .*more than 100x/,
    ),
  ]);
  expect(faultsOf(rule, bounded)).toEqual([]);
});

test("PX-09: a rule counts as often as there may be values that it judges", () => {
  const items: StructuralSchema = {
    type: "string",
    maxLength: 1000,
    "x-kubernetes-validations": [{ rule: "self.matches('^[a-z]+$')" }],
  };
  const faults = (maxItems?: number) =>
    faultsOf("true", {
      type: "object",
      properties: { l: { type: "array", items, ...(maxItems && { maxItems }) } },
    });
  expect(faults(1000)).toEqual([]);
  expect(faults()[0]).toContain("properties[l].items.x-kubernetes-validations[0].rule: Forbidden");
});

test("PX-09: of lists within lists without limits there are no more values than fit into a request", () => {
  const rule = "duration(self).getSeconds() >= 1 && duration(self).getSeconds() <= 65535";
  const text: StructuralSchema = { type: "string", "x-kubernetes-validations": [{ rule }] };
  const listOf = (items: StructuralSchema, more: object = {}): StructuralSchema => ({
    type: "array",
    items,
    ...more,
  });
  const faults = (l: StructuralSchema) => faultsOf("true", { type: "object", properties: { l } });
  expect(faults(listOf(listOf(listOf(text))))).toEqual([]);
  expect(faults(listOf(listOf(text, { maxItems: 10_000 }), { maxItems: 10_000 }))).not.toEqual([]);
});

test("PX-09: many rules together may cost too much, and those that count most are named", () => {
  const text: StructuralSchema = {
    type: "string",
    "x-kubernetes-validations": [{ rule: "duration(self).getSeconds() >= 1" }],
  };
  const names = Array.from({ length: 30 }, (_, i) => `l${i}`);
  const properties = Object.fromEntries(names.map((name) => [name, { type: "array", items: text }]));
  const faults = faultsOf("true", { type: "object", properties });
  expect(faults).toHaveLength(5);
  expect(faults[4]).toContain(
    "estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of 1.",
  );
});

test("PX-09: messages have a cost as well", () => {
  const messageExpression = "self.l.map(x, self.l.map(y, x + y).join(',')).join(' ')";
  expect(faultsOf("true", unbounded, { messageExpression })[0]).toContain("messageExpression: Forbidden");
});

test.each([
  ["self.a.matches('(')", "invalid matches argument"],
  ["duration('1x') > duration('1h')", "invalid duration argument"],
  ["timestamp('yesterday') > timestamp('2026-01-01T00:00:00Z')", "invalid timestamp argument"],
  ["cel.bind(x, self.a, x == '')", "undeclared reference"],
  ["self.a.reverse() == 'a'", "compilation failed"],
  ["[1, 'a'].size() == 2", "expected type 'int' but found 'string'"],
  ["{'a': 1, 'b': 'c'}.size() == 2", "expected type 'int' but found 'string'"],
  ["self.l.all(i, v, 1)", "must be a bool"],
  ["self.n.all(i, v, true)", "must be a list or a map"],
])("PX-09: what cannot work is refused with the CRD: %s", (rule, why) => {
  expect(faultsOf(rule, unbounded)).toEqual([expect.stringContaining(why)]);
});
