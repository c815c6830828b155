import fc from "fast-check";
import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { compileCrd } from "./crd.ts";
import { crdWith } from "./cron-tab-fixture.ts";

test.each([
  [{ properties: [1] }, "properties[spec].properties", "array"],
  [{ maxLength: "5" }, "properties[spec].maxLength", "string"],
  [{ enum: 5 }, "properties[spec].enum", "integer"],
  [{ required: [1] }, "properties[spec].required[0]", "integer"],
  [{ anyOf: {} }, "properties[spec].anyOf", "object"],
  [{ items: [1] }, "properties[spec].items[0]", "integer"],
  [{ properties: { a: 1 } }, "properties[spec].properties[a]", "integer"],
  [
    { "x-kubernetes-validations": [{ rule: 1 }] },
    "properties[spec].x-kubernetes-validations[0].rule",
    "integer",
  ],
])("a keyword that holds the wrong thing is named: %j", (spec, field, actual) => {
  const compiled = compileCrd(crdWith({ type: "object", properties: { spec: { type: "object", ...spec } } }));
  const [fault] = compiled.ok ? [] : compiled.error;
  expect(fault?.field).toBe(`spec.validation.openAPIV3Schema.${field}`);
  expect(fault?.message).toContain(`: "${actual}"`);
});

test("keywords that are null or an empty list count as not given", () => {
  const spec = {
    type: "object",
    description: null,
    required: [],
    anyOf: [],
    properties: { a: { type: "string", enum: null } },
  };
  const compiled = compileCrd(crdWith({ type: "object", properties: { spec } }));
  expect(compiled.ok && compiled.value[0]?.schema).toEqual({
    type: "object",
    properties: { spec: { type: "object", properties: { a: { type: "string" } } } },
  });
});

const junk = fc.oneof(
  fc.constantFrom("object", "string", "array", "map", true, 1, null, "(", "self.x == 1"),
  fc.jsonValue({ maxDepth: 2 }),
);
const keyword = fc.constantFrom(
  ..."type properties items additionalProperties required enum pattern format minimum allOf anyOf not default".split(
    " ",
  ),
  ..."validations list-type list-map-keys map-type int-or-string"
    .split(" ")
    .map((name) => `x-kubernetes-${name}`),
);
const { schema } = fc.letrec((tie) => ({
  schema: fc.oneof(
    { depthSize: "small" },
    junk,
    fc.dictionary(keyword, fc.oneof(junk, tie("schema"), fc.array(tie("schema"), { maxLength: 2 })), {
      maxKeys: 5,
    }),
  ),
}));

test("no CRD, whatever stands in it, makes the compiler throw", () => {
  fc.assert(
    fc.property(schema, junk, junk, (spec, other, more) => {
      const crd = crdWith(
        { type: "object", properties: { spec } },
        { additionalPrinterColumns: other, selectableFields: other, subresources: other },
      );
      for (const each of [
        crd,
        { ...crd, spec: more },
        { ...crd, spec: { ...(crd.spec as object), names: more, versions: other } },
      ]) {
        const compiled = compileCrd(each as AnyObject);
        if (!compiled.ok) expect(compiled.error.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
});
