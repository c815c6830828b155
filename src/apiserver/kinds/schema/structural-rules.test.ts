import { expect, test } from "vitest";
import type { AnyObject } from "../../../kube/object.ts";
import { compileCrd } from "./crd.ts";
import { compile, crdWith, cron } from "./cron-tab-fixture.ts";

function faults(properties: object, spec: object): readonly unknown[] {
  const object = { apiVersion: "stable.example.com/v1", kind: "CronTab", metadata: { name: "a" }, spec };
  return compile({ type: "object", properties }).rules.validate(object, undefined);
}

test.each([
  [
    "no type",
    { spec: { properties: {} } },
    "spec].type: Required value: must not be empty for specified object fields",
  ],
  [
    "an unknown type",
    { spec: { type: "text" } },
    `spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
  ],
  ["an array without items", { spec: { type: "array" } }, "spec].items: Required value: must be specified"],
  [
    "uniqueItems",
    { spec: { type: "array", items: { type: "string" }, uniqueItems: true } },
    "spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
  ],
  [
    "both kinds of properties",
    {
      spec: {
        type: "object",
        properties: { a: { type: "string" } },
        additionalProperties: { type: "string" },
      },
    },
    "spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
  ],
  [
    "a type below anyOf",
    { spec: { type: "string", anyOf: [{ type: "string" }] } },
    "spec].anyOf[0].type: Forbidden: must be empty to be structural",
  ],
  [
    "a default that does not fit",
    { spec: { type: "integer", default: "x" } },
    `spec].default: Invalid value: "x": value in body must be of type integer: "string"`,
  ],
  [
    "list map keys without a default",
    {
      spec: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", properties: { k: { type: "string" } } },
      },
    },
    "properties[k].default: Required value: this property is in x-kubernetes-list-map-keys",
  ],
  ["a reference", { spec: { type: "object", $ref: "#/x" } }, "spec].$ref: Forbidden: $ref is not supported"],
  [
    "rules about metadata",
    { metadata: { type: "object", properties: { labels: { type: "object" } } } },
    "properties[metadata]: Forbidden: must not specify anything other than name and generateName",
  ],
])("a schema that is not structural is refused: %s", (_name, properties, expected) => {
  const compiled = compileCrd(crdWith({ type: "object", properties }));
  const texts = compiled.ok ? [] : compiled.error.map((cause) => `${cause.field}: ${cause.message}`);
  expect(texts.join("\n")).toContain(expected);
});

test("what logical keywords name has to be declared outside of those of the root, and nowhere else", () => {
  const narrowed = { type: "object", anyOf: [{ properties: { a: { minLength: 1 } } }] };
  expect(compileCrd(crdWith({ type: "object", properties: { spec: narrowed } })).ok).toBe(true);
  const root = compileCrd(crdWith({ ...narrowed }));
  expect(root.ok ? [] : root.error.map((cause) => `${cause.field}: ${cause.message}`)).toEqual([
    "spec.validation.openAPIV3Schema.properties[a]: Required value: because it is defined in spec.validation.openAPIV3Schema.anyOf[0].properties[a]",
  ]);
});

test("the usual way to write int-or-string is structural", () => {
  const port = { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true };
  expect(faults({ port }, { port: "http" })).toEqual([]);
  expect(faults({ port }, { port: 80 })).toEqual([]);
});

test("selectable fields and scale are checked against the schema", () => {
  const more = {
    selectableFields: [{ jsonPath: ".spec.image" }],
    subresources: {
      status: {},
      scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
    },
  };
  const kind = compile(cron, more);
  expect(kind.selectableFields).toEqual(["spec.image"]);
  expect(kind.subresources).toEqual({ status: true, scale: more.subresources.scale });
  const wrong = compileCrd(
    crdWith(
      { type: "object", properties: { spec: cron } },
      {
        selectableFields: [{ jsonPath: ".spec.nope" }],
        subresources: { scale: { specReplicasPath: ".status.replicas", statusReplicasPath: "" } },
      },
    ),
  );
  expect(wrong.ok ? [] : wrong.error.map((cause) => cause.field)).toEqual([
    "spec.subresources.scale.specReplicasPath",
    "spec.subresources.scale.statusReplicasPath",
    "spec.selectableFields[0].jsonPath",
  ]);
});

test("versions are distinguished, and one is stored", () => {
  const crd = crdWith({ type: "object" });
  const [v1] = (crd.spec as { versions: object[] }).versions;
  const withVersions = (versions: object[]) =>
    ({ ...crd, spec: { ...(crd.spec as object), versions } }) as AnyObject;
  const two = compileCrd(
    withVersions([
      { ...v1, storage: false },
      { ...v1, name: "v2" },
      { ...v1, name: "v3", served: false, storage: false },
    ]),
  );
  expect(two.ok && two.value.map((each) => [each.version, each.storageApiVersion])).toEqual([
    ["v1", "stable.example.com/v2"],
    ["v2", "stable.example.com/v2"],
  ]);
  const none = compileCrd(withVersions([{ ...v1, storage: false }]));
  expect(none.ok ? [] : none.error.map((cause) => cause.message)).toEqual([
    'Invalid value: ["v1"]: must have exactly one version marked as storage version',
    "Invalid value: null: must have at least one stored version",
  ]);
});
