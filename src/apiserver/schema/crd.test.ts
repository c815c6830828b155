import { expect, test } from "vitest";
import type { AnyObject } from "../../api/object.ts";
import type { ServedResource } from "../resource.ts";
import { compileCrd } from "./crd.ts";

function crdWith(schema: object, more: object = {}): AnyObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "crontabs.stable.example.com" },
    spec: {
      group: "stable.example.com",
      scope: "Namespaced",
      names: {
        plural: "crontabs",
        singular: "crontab",
        kind: "CronTab",
        shortNames: ["ct"],
        categories: ["all"],
      },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more }],
    },
  };
}

function compile(spec: object, more: object = {}): ServedResource {
  const compiled = compileCrd(crdWith({ type: "object", properties: { spec } }, more));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error, null, 1));
  return compiled.value[0]!;
}

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

const cron = {
  type: "object",
  required: ["image"],
  properties: {
    cronSpec: {
      type: "string",
      pattern: "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$",
      default: "5 0 * * *",
    },
    image: { type: "string", minLength: 1, maxLength: 5 },
    replicas: { type: "integer", minimum: 1, maximum: 10, default: 1 },
    mode: { type: "string", enum: ["On", "Off"] },
    network: { type: "string", format: "cidr" },
  },
};

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
    "spec.image: Required value",
    `spec.replicas: Invalid value: "1": spec.replicas in body must be of type integer: "string"`,
    `spec.mode: Unsupported value: "Half": supported values: "On", "Off"`,
    `spec.network: Invalid value: "10.0.0.0": spec.network in body must be of type cidr: "10.0.0.0"`,
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
    "spec.versions[0].schema.openAPIV3Schema.type",
    "spec.versions[0].schema.openAPIV3Schema.properties[spec].type",
    "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].pattern",
  ]);
});
