/**
 * What schemas of custom kinds mean:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation,
 * …/#defaulting, …/#defaulting-and-nullable, …/#specifying-a-structural-schema
 */
import { describe, expect, test } from "vitest";
import type { AnyObject, Resource } from "../../src/client/index.ts";
import { refusal, useCluster } from "./cluster.ts";
import { useKinds } from "./kinds.ts";
import { crds } from "./resources.ts";

const api = useCluster();
const kinds = useKinds(api);
const named = (name: string) => ({ namespace: api.namespace, name });
const text = { type: "string" };
const number = { type: "integer" };

const FORMATS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["date-time", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456+01:00"], ["yesterday", "2026-01-01"]],
  ["date", ["2026-01-31"], ["31.01.2026", "2026-13-01"]],
  ["ipv4", ["192.0.2.1", "0.0.0.0"], ["192.0.2.256", "2001:db8::1", "192.0.2"]],
  ["ipv6", ["2001:db8::1", "::"], ["192.0.2.1", "2001:db8::g"]],
  ["cidr", ["192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"], ["192.0.2.0/33", "192.0.2.0", "x/8"]],
  ["uri", ["https://example.com/x?y=z"], ["no uri"]],
  ["hostname", ["a.example.com"], ["not a host", "-a"]],
  ["uuid", ["8d4dae4c-5d6e-4a4e-8d2f-7d3c1c2b1a09"], ["8d4dae4c"]],
  ["byte", ["YWI=", ""], ["%%%"]],
  ["email", ["a@example.com"], ["nobody"]],
  ["duration", ["1h30m", "10s"], ["soon"]],
  ["mac", ["00:00:5e:00:53:01"], ["x:y"]],
  ["surprise", ["anything at all"], []],
];

const camel = (format: string) => format.replaceAll("-", "");

const SPEC = {
  ...Object.fromEntries(FORMATS.map(([format]) => [camel(format), { ...text, format }])),
  pattern: { ...text, pattern: "^[a-z]+$" },
  lengths: { ...text, minLength: 2, maxLength: 3 },
  choice: { ...text, enum: ["a", "b"] },
  bounds: { type: "number", minimum: 0.5, maximum: 2, exclusiveMaximum: true },
  multiple: { ...number, multipleOf: 5 },
  flag: { type: "boolean" },
  items: { type: "array", minItems: 1, maxItems: 2, items: number },
  map: { type: "object", maxProperties: 2, additionalProperties: number },
  needed: { type: "object", required: ["a"], properties: { a: text, b: text } },
  set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
  keyed: {
    type: "array",
    items: {
      type: "object",
      required: ["k"],
      properties: { k: text, p: { ...text, default: "d" }, v: number },
    },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k", "p"],
  },
  either: { "x-kubernetes-int-or-string": true },
  open: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { known: number } },
  embedded: {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    "x-kubernetes-preserve-unknown-fields": true,
  },
  one: {
    type: "object",
    properties: { a: text, b: text },
    oneOf: [{ required: ["a"] }, { required: ["b"] }],
  },
  not: { ...text, not: { enum: ["never"] } },
};

let kind: Promise<Resource<AnyObject>> | undefined;
const typed = () => {
  kind ??= kinds.define({ kind: "Typed", spec: SPEC });
  return kind;
};
const object = (of: string, name: string, spec: object): AnyObject => ({
  apiVersion: `${api.group}/v1`,
  kind: of,
  metadata: named(name),
  spec: spec as never,
});
const attempt = async (spec: object) =>
  api.client.create(await typed(), object("Typed", "attempt", spec), { dryRun: true });

const valid: [string, unknown][] = [
  ...FORMATS.flatMap(([format, good]) => good.map((value): [string, unknown] => [camel(format), value])),
  ["pattern", "abc"],
  ["lengths", "äöü"],
  ["choice", "a"],
  ["bounds", 0.5],
  ["bounds", 1],
  ["multiple", 10],
  ["multiple", 0],
  ["items", [1, 2]],
  ["map", { a: 1 }],
  ["map", {}],
  ["needed", { a: "x" }],
  ["set", ["a", "b"]],
  [
    "keyed",
    [
      { k: "a", p: "x" },
      { k: "a", p: "y" },
    ],
  ],
  ["either", 80],
  ["either", "80%"],
  ["open", { known: 1, unknown: { deep: [1] } }],
  ["embedded", { apiVersion: "v1", kind: "Thing", metadata: { name: "x" }, spec: { a: 1 } }],
  ["one", { a: "x" }],
  ["not", "sometimes"],
];

const invalid: [string, unknown][] = [
  ...FORMATS.flatMap(([format, _, bad]) => bad.map((value): [string, unknown] => [camel(format), value])),
  ["pattern", "ABC"],
  ["lengths", "a"],
  ["lengths", "abcd"],
  ["choice", "c"],
  ["choice", 1],
  ["bounds", 0.4],
  ["bounds", 2],
  ["multiple", 7],
  ["multiple", "5"],
  ["flag", "true"],
  ["flag", 1],
  ["items", []],
  ["items", [1, 2, 3]],
  ["items", ["1"]],
  ["items", { 0: 1 }],
  ["map", { a: 1, b: 2, c: 3 }],
  ["map", { a: "1" }],
  ["needed", {}],
  ["needed", { b: "x" }],
  ["set", ["a", "a"]],
  ["keyed", [{ k: "a" }, { k: "a", p: "d" }]],
  ["keyed", [{ p: "x" }]],
  ["either", true],
  ["either", 1.5],
  ["open", { known: "1" }],
  ["embedded", { metadata: { name: "x" } }],
  ["one", {}],
  ["one", { a: "x", b: "y" }],
  ["not", "never"],
];
/** What allOf, anyOf, oneOf and not find has no field. */
const NO_FIELD = "<nil>";

describe("a value", () => {
  test.each(valid)("of %s may be %j", async (field, value) => {
    const { spec } = await attempt({ [field]: value });
    expect(spec).toMatchObject({ [field]: value as never });
  });

  test.each(invalid)("of %s may not be %j", async (field, value) => {
    const error = await refusal(attempt({ [field]: value }));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    const fields = error.details?.causes?.map((cause) => cause.field ?? "") ?? [];
    const mayHaveNone = ["any", "all", "one", "not"].includes(field);
    expect(
      fields.some((each) => each.startsWith(`spec.${field}`) || (mayHaveNone && each === NO_FIELD)),
    ).toBe(true);
  });
});

// …/#defaulting-and-nullable
describe("null and defaults", () => {
  test("meet as the documentation's example shows", async () => {
    const spec = {
      foo: { ...text, default: "default" },
      bar: { ...text, nullable: true },
      baz: text,
      both: { ...text, nullable: true, default: "x" },
    };
    const resource = await kinds.define({ kind: "Nullable", spec });
    const given = { foo: null, bar: null, baz: null, both: null };
    const created = await api.client.create(resource, object("Nullable", "a", given));
    expect(created.spec).toEqual({ foo: "default", bar: null, both: null });
    const empty = await api.client.create(resource, object("Nullable", "b", {}));
    expect(empty.spec).toEqual({ foo: "default", both: "x" });
  });

  test("defaults reach into lists and maps, and only where the parent is", async () => {
    const inner = { type: "object", properties: { d: { ...number, default: 1 } } };
    const spec = {
      list: { type: "array", items: inner },
      map: { type: "object", additionalProperties: inner },
      absent: inner,
      made: { ...inner, default: {} },
    };
    const resource = await kinds.define({ kind: "Deep", spec });
    const created = await api.client.create(resource, object("Deep", "a", { list: [{}], map: { x: {} } }));
    expect(created.spec).toEqual({ list: [{ d: 1 }], map: { x: { d: 1 } }, made: { d: 1 } });
  });
});

// …/#specifying-a-structural-schema
// Recorded from kube-apiserver 1.36.
describe("a schema that is taken", () => {
  const cases: [string, object][] = [
    ["additional properties that are forbidden", { a: { type: "object", additionalProperties: false } }],
    [
      "a property that is named within anyOf alone, below the root",
      { a: { type: "object", anyOf: [{ properties: { b: { minLength: 1 } } }] } },
    ],
    ["a type beside int-or-string", { a: { ...text, "x-kubernetes-int-or-string": true } }],
  ];
  test.each(cases)("has %s", async (_, spec) => {
    const crd = kinds.crd({ kind: "Taken", spec });
    await expect(api.client.create(crds, crd, { dryRun: true })).resolves.toMatchObject({ kind: crds.kind });
  });
});

describe("a schema that is refused", () => {
  const cases: [string, object][] = [
    ["a property without a type", { a: {} }],
    ["a type that does not exist", { a: { type: "text" } }],
    ["a list without items", { a: { type: "array" } }],
    ["a reference", { a: { $ref: "#/definitions/a" } }],
    [
      "properties and additional properties at once",
      { a: { type: "object", properties: { b: text }, additionalProperties: text } },
    ],
    ["unique items", { a: { type: "array", items: text, uniqueItems: true } }],
    ["a type within anyOf", { a: { ...text, anyOf: [{ type: "string", minLength: 1 }] } }],
    ["a default of the wrong type", { a: { ...number, default: "1" } }],
    ["a default that is out of bounds", { a: { ...number, default: 1, minimum: 2 } }],
    ["a pattern that is none", { a: { ...text, pattern: "(" } }],
    [
      "a map without keys",
      { a: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "map" } },
    ],
    [
      "a key that is not a property",
      {
        a: {
          type: "array",
          items: { type: "object", properties: { k: text } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["z"],
        },
      },
    ],
    [
      "a key that is neither required nor defaulted",
      {
        a: {
          type: "array",
          items: { type: "object", properties: { k: text } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
        },
      },
    ],
    ["a list type of what is no list", { a: { ...text, "x-kubernetes-list-type": "set" } }],
    [
      "a list type that does not exist",
      { a: { type: "array", items: text, "x-kubernetes-list-type": "bag" } },
    ],
    ["an embedded object that is none", { a: { ...text, "x-kubernetes-embedded-resource": true } }],
    ["a rule that cannot be read", { a: { ...text, "x-kubernetes-validations": [{ rule: "self ==" }] } }],
    [
      "a rule about a field that is not there",
      {
        a: {
          type: "object",
          properties: { b: text },
          "x-kubernetes-validations": [{ rule: "self.c == 'x'" }],
        },
      },
    ],
    ["a rule of mixed types", { a: { ...text, "x-kubernetes-validations": [{ rule: "self > 1" }] } }],
    ["a rule that yields no truth", { a: { ...text, "x-kubernetes-validations": [{ rule: "self" }] } }],
    ["an empty rule", { a: { ...text, "x-kubernetes-validations": [{ rule: "" }] } }],
    [
      "a message of several lines without one",
      { a: { ...text, "x-kubernetes-validations": [{ rule: "self\n != 'a'" }] } },
    ],
    [
      "a reason that does not exist",
      { a: { ...text, "x-kubernetes-validations": [{ rule: "true", reason: "Whim" }] } },
    ],
    [
      "a path that is not there",
      {
        a: {
          type: "object",
          properties: { b: text },
          "x-kubernetes-validations": [{ rule: "true", fieldPath: ".c" }],
        },
      },
    ],
    [
      "a message expression that is none",
      { a: { ...text, "x-kubernetes-validations": [{ rule: "true", messageExpression: "1" }] } },
    ],
  ];
  test.each(cases)("has %s", async (_, spec) => {
    const crd = kinds.crd({ kind: "Refused", spec });
    const error = await refusal(api.client.create(crds, crd, { dryRun: true }));
    expect([error.code, error.reason]).toEqual([422, "Invalid"]);
    // What is the same in all versions stands at the top of Go's own form.
    const schema = "spec.validation.openAPIV3Schema";
    expect(error.details?.causes?.some((cause) => cause.field?.startsWith(schema))).toBe(true);
  });
});
