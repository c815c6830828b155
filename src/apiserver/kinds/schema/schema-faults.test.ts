import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { compileCrd } from "./crd.ts";
import { crdWith } from "./cron-tab-fixture.ts";

const AT = "spec.validation.openAPIV3Schema";

function faultsOf(schema: object, more: object = {}): readonly string[] {
  const compiled = compileCrd(crdWith(schema, more));
  if (compiled.ok) return [];
  return compiled.error.map(
    ({ field, reason }) => `${field.replace(AT, "…")} ${reason.slice("FieldValue".length)}`,
  );
}

const text = { type: "string" };
const list = (items: object, more: object) => ({ type: "array", items, ...more });
const spec = (schema: object) => ({ type: "object", properties: { s: schema } });

test.each([
  [{}, ["….type Required"]],
  [{ type: "array", items: text }, ["….type Invalid"]],
  [{ type: "object", additionalProperties: text }, ["….additionalProperties Forbidden"]],
  [{ type: "object", properties: { kind: { type: "integer" } } }, ["….properties[kind].type Invalid"]],
  [
    { type: "object", properties: { metadata: { type: "object", required: ["name"] } } },
    ["….properties[metadata] Forbidden"],
  ],
  [
    { type: "object", properties: { kind: { type: "string", default: "a" } } },
    ["….properties[kind].default Forbidden"],
  ],
  [
    { type: "object", anyOf: [{ properties: { metadata: {} } }] },
    ["….anyOf[0].properties[metadata] Forbidden", "….properties[metadata] Required"],
  ],
  [spec({ type: "array", items: {} }), ["….properties[s].items.type Required"]],
  [spec({ type: "null" }), ["….properties[s].type NotSupported", "….properties[s].type Forbidden"]],
  [
    spec({ "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true }),
    ["….properties[s].x-kubernetes-preserve-unknown-fields Invalid"],
  ],
  [spec({ ...text, anyOf: [{ type: "string" }] }), ["….properties[s].anyOf[0].type Forbidden"]],
  [
    spec({ ...text, oneOf: [{ nullable: true }, { description: "x" }] }),
    ["….properties[s].oneOf[0].nullable Forbidden", "….properties[s].oneOf[1].description Forbidden"],
  ],
  [
    spec({ ...text, not: { "x-kubernetes-validations": [{ rule: "true" }] } }),
    ["….properties[s].not.x-kubernetes-validations Forbidden"],
  ],
  [spec({ ...text, id: "x" }), ["….properties[s].id Forbidden"]],
  [spec({ ...text, "x-kubernetes-map-type": "atomic" }), ["….properties[s].type Invalid"]],
  [
    spec(list(text, { "x-kubernetes-list-map-keys": ["a"] })),
    ["….properties[s].x-kubernetes-list-type Required"],
  ],
  [
    spec(list(text, { "x-kubernetes-list-type": "set", "x-kubernetes-list-map-keys": ["a"] })),
    ["….properties[s].x-kubernetes-list-type Invalid"],
  ],
  [
    spec(list(list(text, { "x-kubernetes-list-type": "set" }), { "x-kubernetes-list-type": "set" })),
    ["….properties[s].items.x-kubernetes-list-type Invalid"],
  ],
  [
    spec(list({ ...text, nullable: true }, { "x-kubernetes-list-type": "set" })),
    ["….properties[s].items.nullable Forbidden"],
  ],
  [
    spec(list(text, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"] })),
    ["….properties[s].items.type Invalid"],
  ],
  [
    spec(
      list(
        { type: "object", required: ["a"], properties: { a: { type: "object" } } },
        { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "a", "b"] },
      ),
    ),
    [
      "….properties[s].items.properties[a].type Invalid",
      "….properties[s].items.properties[a].type Invalid",
      "….properties[s].x-kubernetes-list-map-keys Invalid",
      "….properties[s].x-kubernetes-list-map-keys Invalid",
    ],
  ],
  [
    spec({ type: "object", properties: { a: text }, default: { a: 1 } }),
    ["….properties[s].default.a TypeInvalid"],
  ],
  [
    spec({ ...text, "x-kubernetes-validations": [{ rule: "true", messageExpression: " " }] }),
    ["….properties[s].x-kubernetes-validations[0].messageExpression Required"],
  ],
])("PX-09: the schema %j has its faults where Kubernetes names them", (schema, expected) => {
  expect(faultsOf(schema)).toEqual(expected);
});

test("PX-09: beside a status sub-resource the root has few keywords", () => {
  const status = { subresources: { status: {} } };
  expect(faultsOf({ type: "object", required: ["spec"], description: "x" }, status)).toEqual([]);
  expect(faultsOf({ type: "object", minProperties: 1 }, status)).toEqual(["… Invalid"]);
});

test("PX-09: a part that differs between versions has its faults there", () => {
  const crd = crdWith(
    { type: "object" },
    { additionalPrinterColumns: [{ name: "A", type: "x", jsonPath: ".a" }] },
  );
  const { versions, ...others } = crd.spec as { versions: object[] };
  const v2 = {
    ...versions[0],
    name: "v2",
    storage: false,
    schema: { openAPIV3Schema: { type: "array", items: text } },
  };
  const two = compileCrd({ ...crd, spec: { ...others, versions: [...versions, v2] } } as AnyObject);
  expect(two.ok ? [] : two.error.map(({ field }) => field)).toEqual([
    "spec.versions[1].schema.openAPIV3Schema.type",
    "spec.additionalPrinterColumns[0].type",
  ]);
});

test.each([
  [{ deprecationWarning: "old" }, ["spec.versions[0].deprecationWarning Invalid"]],
  [{ deprecated: true, deprecationWarning: "" }, ["spec.versions[0].deprecationWarning Invalid"]],
  [{ deprecated: true, deprecationWarning: "a\nb" }, ["spec.versions[0].deprecationWarning Invalid"]],
  [
    { deprecated: true, deprecationWarning: "x".repeat(257) },
    ["spec.versions[0].deprecationWarning Invalid"],
  ],
  [{ deprecated: true, deprecationWarning: "gone in v2" }, []],
  [
    { selectableFields: [{ jsonPath: ".spec.a[0]" }, {}] },
    ["spec.selectableFields[0].jsonPath Invalid", "spec.selectableFields[1].jsonPath Required"],
  ],
  [
    { additionalPrinterColumns: [{ type: "x", format: "y", jsonPath: "z" }] },
    [
      "spec.additionalPrinterColumns[0].name Required",
      "spec.additionalPrinterColumns[0].type Invalid",
      "spec.additionalPrinterColumns[0].format Invalid",
      "spec.additionalPrinterColumns[0].JSONPath Invalid",
    ],
  ],
  // Found out only when a client asks for a table.
  [{ additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".a[" }] }, []],
])("PX-09: faults of a version: %j", (more, expected) => {
  expect(faultsOf({ type: "object" }, more)).toEqual(expected);
});

test("PX-09: a definition that is unchanged is not refused for what its rules may cost", () => {
  const rule = "self.l.all(x, self.l.exists(y, x == y))";
  const crd = crdWith(
    spec({ type: "object", properties: { l: list(text, {}) }, "x-kubernetes-validations": [{ rule }] }),
  );
  expect(compileCrd(crd).ok).toBe(false);
  expect(compileCrd(crd, crd).ok).toBe(true);
});

test("PX-09: a version in which objects may be stored stays", () => {
  const crd = crdWith({ type: "object" });
  const before = { ...crd, status: { storedVersions: ["v0", "v1"] } } as AnyObject;
  const changed = compileCrd(crd, before);
  expect(changed.ok ? [] : changed.error.map(({ field }) => field)).toEqual(["status.storedVersions[0]"]);
});
