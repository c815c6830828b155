import fc from "fast-check";
import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { withinBudget } from "../../work-budget.ts";
import { freezeJson } from "./json-value.ts";
import { compileSchemaRules } from "./schema-rules.ts";
import type { StructuralSchema } from "./structural-schema.ts";

const scalar: fc.Arbitrary<StructuralSchema> = fc.constantFrom(
  { type: "string" },
  { type: "string", default: "d" },
  { type: "integer", default: 7 },
  { type: "boolean", nullable: true },
  { "x-kubernetes-preserve-unknown-fields": true },
);
const name = fc.constantFrom("a", "b", "c", "__proto__", "constructor");

const { schema } = fc.letrec<{ schema: StructuralSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(name, tie("schema"), { maxKeys: 3 }),
    }),
    fc.record({ type: fc.constant("array"), items: tie("schema") }),
    fc.record({ type: fc.constant("object"), additionalProperties: tie("schema") }),
  ),
}));
const json = fc
  .jsonValue({ maxDepth: 4 })
  .chain((value) => fc.dictionary(name, fc.oneof(fc.constant(value), fc.constant(null), fc.jsonValue())));

function rulesFor(spec: StructuralSchema) {
  return compileSchemaRules({ type: "object", properties: { spec } });
}

function objectOf(spec: unknown): AnyObject {
  return freezeJson({ apiVersion: "v1", kind: "K", metadata: { name: "a" }, spec }) as unknown as AnyObject;
}

test("pruning and defaulting take frozen objects, and a second time changes nothing", () => {
  fc.assert(
    fc.property(schema, json, (spec, value) => {
      const rules = rulesFor(spec);
      const pruned = rules.prune(objectOf(value));
      const again = rules.prune(pruned.object);
      expect(again.unknown).toEqual([]);
      expect(again.object).toBe(pruned.object);
      const filled = rules.applyDefaults(pruned.object);
      expect(rules.applyDefaults(filled)).toBe(filled);
      expect(rules.prune(filled).unknown).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("what did not change has no faults, whatever it is", () => {
  fc.assert(
    fc.property(schema, json, (spec, value) => {
      const rules = rulesFor(spec);
      expect(rules.validate(objectOf(value), objectOf(JSON.parse(JSON.stringify(value))))).toEqual([]);
      expect(() => rules.validate(objectOf(value), undefined)).not.toThrow();
    }),
    { numRuns: 300 },
  );
});

const TEXT = { type: "string", default: "x".repeat(1_000) };

test.each<[string, StructuralSchema, unknown]>([
  [
    "of each item",
    { type: "array", items: { type: "object", properties: { text: TEXT } } },
    Array.from({ length: 20 }, () => ({})),
  ],
  [
    "in place of each null of a map",
    { type: "object", additionalProperties: TEXT },
    Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, null])),
  ],
])("PX-09 what a default adds is counted by its size: %s", (_, spec, value) => {
  const rules = rulesFor(spec);
  const filled = (most: number) => withinBudget(most, () => rules.applyDefaults(objectOf(value))).ok;
  expect([filled(19_000), filled(22_000)]).toEqual([false, true]);
});
