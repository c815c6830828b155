import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { compileCrd } from "./crd.ts";
import { compile, crdWith, cron } from "./cron-tab-fixture.ts";

function object(spec: unknown, more: object = {}): AnyObject {
  return {
    apiVersion: "stable.example.com/v1",
    kind: "CronTab",
    metadata: { name: "a", namespace: "default" },
    spec,
    ...more,
  };
}

function messages(spec: object, value: unknown, old?: unknown): string[] {
  return compile(spec)
    .rules.validate(object(value), old === undefined ? undefined : object(old))
    .map((cause) => `${cause.field}: ${cause.message}`);
}

test("an object that fits its schema has no faults", () => {
  expect(messages(cron, { image: "a", replicas: 3, mode: "On", network: "10.0.0.0/8" })).toEqual([]);
});

test("faults are worded as kube-apiserver words them", () => {
  expect(messages(cron, { cronSpec: "x", replicas: 15, mode: "On", image: "abcdef" })).toEqual([
    `spec.cronSpec: Invalid value: "x": spec.cronSpec in body should match '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'`,
    "spec.image: Too long: may not be more than 5 bytes",
    "spec.replicas: Invalid value: 15: spec.replicas in body should be less than or equal to 10",
  ]);
  expect(messages(cron, { replicas: "1", mode: "Half", network: "10.0.0.0" })).toEqual([
    `spec.replicas: Invalid value: "1": spec.replicas in body must be of type integer: "string"`,
    `spec.mode: Unsupported value: "Half": supported values: "On", "Off"`,
    `spec.network: Invalid value: "10.0.0.0": spec.network in body must be of type cidr: "10.0.0.0"`,
    "spec.image: Required value",
  ]);
});

test("defaults are filled in, and an object that needs none is returned itself", () => {
  const { rules } = compile(cron);
  expect(rules.applyDefaults(object({ image: "a" })).spec).toEqual({
    image: "a",
    cronSpec: "5 0 * * *",
    replicas: 1,
  });
  const full = object({ image: "a", cronSpec: "* * * * *", replicas: 2 });
  expect(rules.applyDefaults(full)).toBe(full);
  expect(rules.applyDefaults(object({ image: "a", replicas: null })).spec).toMatchObject({ replicas: 1 });
});

test("unknown fields are dropped and named; those of metadata too", () => {
  const { rules } = compile(cron);
  const given = {
    ...object({ image: "a", extra: 1 }),
    other: true,
    metadata: { name: "a", nope: 1 },
  } as AnyObject;
  const { object: pruned, unknown } = rules.prune(given);
  expect(pruned).toEqual({ ...object({ image: "a" }), metadata: { name: "a" } });
  expect([...unknown].sort()).toEqual(["metadata.nope", "other", "spec.extra"]);
});

test("columns read their JSON path", () => {
  const { columns } = compile(cron, {
    additionalPrinterColumns: [
      { name: "Spec", type: "string", jsonPath: ".spec.cronSpec" },
      {
        name: "Ready",
        type: "string",
        priority: 1,
        jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      },
      { name: "Since", type: "date", jsonPath: ".metadata.creationTimestamp" },
    ],
  });
  const shown = object(
    { cronSpec: "x" },
    {
      status: {
        conditions: [
          { type: "Other", status: "False" },
          { type: "Ready", status: "True" },
        ],
      },
    },
  );
  expect(columns.map((column) => column.cell(shown))).toEqual(["x", "True", undefined]);
  expect(columns.map((column) => column.priority)).toEqual([0, 1, 0]);
});

test("names, versions and schema are checked together", () => {
  const crd = crdWith({ properties: { spec: { properties: { a: { type: "string", pattern: "(" } } } } });
  const broken = {
    ...crd,
    metadata: { name: "wrong" },
    spec: { ...(crd.spec as object), group: "nodots", scope: "Galaxy" },
  } as AnyObject;
  const compiled = compileCrd(broken);
  if (compiled.ok) throw new Error("compiled");
  expect(compiled.error.map((cause) => cause.field)).toEqual([
    "metadata.name",
    "spec.group",
    "spec.scope",
    "spec.validation.openAPIV3Schema.properties[spec].properties[a].pattern",
    "spec.validation.openAPIV3Schema.properties[spec].type",
    "spec.validation.openAPIV3Schema.type",
  ]);
});

test.each([
  [
    "null where it is not allowed",
    { type: "string" },
    null,
    [`spec.x: Invalid value: "null": spec.x in body must be of type string: "null"`],
  ],
  ["null where it is allowed", { type: "string", nullable: true }, null, []],
  [
    "a number or a string",
    { "x-kubernetes-int-or-string": true },
    true,
    [`spec.x: Invalid value: true: spec.x in body must be of type integer,string: "boolean"`],
  ],
  [
    "not a whole number",
    { type: "integer" },
    1.5,
    [
      `spec.x: Invalid value: 1.5: spec.x in body must be of type integer: "number"`,
      `<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.x`,
    ],
  ],
  [
    "beyond int32",
    { type: "integer", format: "int32" },
    2 ** 31,
    [`<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x`],
  ],
  [
    "exclusive bounds",
    { type: "number", minimum: 0, exclusiveMinimum: true },
    0,
    ["spec.x: Invalid value: 0: spec.x in body should be greater than 0"],
  ],
  ["multiples", { type: "number", multipleOf: 0.1 }, 0.3, []],
  [
    "no multiple",
    { type: "integer", multipleOf: 4 },
    6,
    ["spec.x: Invalid value: 6: spec.x in body should be a multiple of 4"],
  ],
  [
    "too few items",
    { type: "array", items: { type: "string" }, minItems: 1 },
    [],
    ["spec.x: Invalid value: 0: spec.x in body should have at least 1 items"],
  ],
  [
    "too many items",
    { type: "array", items: { type: "string" }, maxItems: 1 },
    ["a", "b"],
    ["spec.x: Too many: 2: must have at most 1 items"],
  ],
  [
    "an item of the wrong type",
    { type: "array", items: { type: "string" } },
    ["a", 1],
    [`spec.x[1]: Invalid value: 1: spec.x[1] in body must be of type string: "integer"`],
  ],
  [
    "a set with duplicates",
    { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    ["a", "b", "a"],
    [`spec.x[2]: Duplicate value: "a"`],
  ],
  [
    "a list map with duplicates",
    {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["k"],
      items: {
        type: "object",
        required: ["k"],
        properties: { k: { type: "string" }, v: { type: "string" } },
      },
    },
    [
      { k: "a", v: "1" },
      { k: "a", v: "2" },
    ],
    [`spec.x[1]: Duplicate value: {"k":"a"}`],
  ],
  [
    "a map value",
    { type: "object", additionalProperties: { type: "integer" } },
    { a: 1, b: "2" },
    [`spec.x.b: Invalid value: "2": spec.x.b in body must be of type integer: "string"`],
  ],
  [
    "too many properties",
    { type: "object", additionalProperties: { type: "integer" }, maxProperties: 1 },
    { a: 1, b: 2 },
    ["spec.x: Invalid value: 2: spec.x in body should have at most 1 properties"],
  ],
  [
    "none of anyOf",
    { type: "integer", anyOf: [{ minimum: 5 }, { maximum: 1 }] },
    3,
    [
      `<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)`,
      "spec.x: Invalid value: 3: spec.x in body should be greater than or equal to 5",
    ],
  ],
  [
    "two of oneOf",
    { type: "integer", oneOf: [{ minimum: 1 }, { maximum: 5 }] },
    3,
    [
      `<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives`,
    ],
  ],
  [
    "not",
    { type: "string", not: { enum: ["a"] } },
    "a",
    [`<nil>: Invalid value: "": "spec.x" must not validate the schema (not)`],
  ],
  [
    "an embedded object without a kind",
    { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    { apiVersion: "v1" },
    ["spec.x.kind: Required value: must not be empty"],
  ],
])("validation: %s", (_name, x, value, expected) => {
  expect(messages({ type: "object", properties: { x } }, { x: value })).toEqual(expected);
});

test("what was invalid before and did not change can still be written", () => {
  const spec = {
    type: "object",
    properties: { a: { type: "string", maxLength: 1 }, b: { type: "integer" } },
  };
  expect(messages(spec, { a: "long", b: 2 }, { a: "long", b: 1 })).toEqual([]);
  expect(messages(spec, { a: "longer", b: 2 }, { a: "long", b: 1 })).toHaveLength(1);
});

test("rules that could not run because of other faults are mentioned", () => {
  const spec = {
    type: "object",
    required: ["a"],
    properties: { a: { type: "string", "x-kubernetes-validations": [{ rule: "self != ''" }] } },
  };
  expect(messages(spec, {})).toEqual([
    "spec.a: Required value",
    "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
  ]);
});

test("preserved and embedded objects keep what they have", () => {
  const { rules } = compile({
    type: "object",
    properties: {
      any: {
        type: "object",
        "x-kubernetes-preserve-unknown-fields": true,
        properties: { known: { type: "object", properties: {} } },
      },
      template: {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        properties: { spec: { type: "object", properties: { a: { type: "string" } } } },
      },
      free: { "x-kubernetes-preserve-unknown-fields": true },
      list: { type: "array", items: { type: "object", properties: { a: { type: "string" } } } },
    },
  });
  const given = object({
    any: { x: { y: 1 }, known: { dropped: 1 } },
    template: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", nope: 1 },
      spec: { a: "1", b: 1 },
      other: 1,
    },
    free: [{ x: 1 }],
    list: [{ a: "1" }, { a: "2", b: 1 }],
  });
  const { object: pruned, unknown } = rules.prune(given);
  expect(pruned.spec).toEqual({
    any: { x: { y: 1 }, known: {} },
    template: { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { a: "1" } },
    free: [{ x: 1 }],
    list: [{ a: "1" }, { a: "2" }],
  });
  expect([...unknown].sort()).toEqual([
    "spec.any.known.dropped",
    "spec.list[1].b",
    "spec.template.metadata.nope",
    "spec.template.other",
    "spec.template.spec.b",
  ]);
});
