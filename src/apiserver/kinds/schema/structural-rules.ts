/**
 * Whether the schema of a CRD is structural, as kube-apiserver demands: every value has a type, and what stands
 * below allOf, anyOf, oneOf and not only narrows what was declared outside of them.
 */

import type { Cause } from "../../status-error.ts";
import { spend } from "../../work-budget.ts";
import { forbidden, invalid, isFull, required } from "./causes.ts";
import { isJsonObject } from "./json-value.ts";
import { compilePattern } from "./pattern.ts";
import { mapValueSchema, propertySchema, type StructuralSchema } from "./structural-schema.ts";

/** Where a schema stands. What holds for the root does not hold below it. */
type Level = "root" | "item" | "field";

/** Faults of the schema of one version, in the order of their texts. `path` is that of the schema in the CRD. */
export function structuralFaults(root: StructuralSchema, path: string): readonly Cause[] {
  const faults: Cause[] = [];
  declarationFaults(root, "root", path, faults);
  completenessFaults(root, root, { outside: path, inside: path }, faults);
  const textOf = ({ field, message }: Cause) => `${field}: ${message}`;
  return faults.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

/** A schema outside of logical keywords: it declares. */
function declarationFaults(schema: StructuralSchema, level: Level, path: string, faults: Cause[]): void {
  if (isFull(faults)) return;
  spend(10);
  if (schema.type === "array" && schema.items === undefined)
    faults.push(required(`${path}.items`, "must be specified"));
  if (schema.items !== undefined) declarationFaults(schema.items, "item", `${path}.items`, faults);
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    declarationFaults(each, "field", `${path}.properties[${name}]`, faults);
  }
  const values = mapValueSchema(schema);
  if (level === "root" && schema.additionalProperties !== undefined)
    faults.push(forbidden(`${path}.additionalProperties`, "must not be used at the root"));
  if (values !== undefined) declarationFaults(values, "field", `${path}.additionalProperties`, faults);
  intOrStringFaults(schema, path, faults);
  logicFaults(schema, path, faults);
  typeFaults(schema, level, path, faults);
  embeddedFaults(schema, level, path, faults);
}

function intOrStringFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  if (schema["x-kubernetes-int-or-string"] !== true) return;
  for (const keyword of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const) {
    if (schema[keyword] === true) {
      faults.push(invalid(`${path}.${keyword}`, true, "must be false if x-kubernetes-int-or-string is true"));
    }
  }
}

const PLACES = {
  root: "at the root",
  item: "for specified array items",
  field: "for specified object fields",
};

function typeFaults(schema: StructuralSchema, level: Level, path: string, faults: Cause[]): void {
  const type = schema.type ?? "";
  if (schema["x-kubernetes-embedded-resource"] === true && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    faults.push(type === "" ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail));
  } else if (
    type === "" &&
    schema["x-kubernetes-int-or-string"] !== true &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true
  ) {
    faults.push(required(`${path}.type`, `must not be empty ${PLACES[level]}`));
  }
  if (level === "root" && type !== "" && type !== "object")
    faults.push(invalid(`${path}.type`, type, "must be object at the root"));
}

/** What holds for whole objects: the root, and what is marked as an embedded one. */
function embeddedFaults(schema: StructuralSchema, level: Level, path: string, faults: Cause[]): void {
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const metadata = schema.properties === undefined ? undefined : propertySchema(schema, "metadata");
  if (embedded || level === "root") {
    for (const [name, type] of Object.entries({ kind: "string", apiVersion: "string", metadata: "object" })) {
      const property = propertySchema(schema, name);
      if (property === undefined || property.type === type) continue;
      faults.push(invalid(`${path}.properties[${name}].type`, property.type ?? "", `must be ${type}`));
    }
  }
  if (level === "root" && metadata !== undefined && !isPlainMetadata(metadata)) {
    const detail =
      "must not specify anything other than name and generateName, but metadata is implicitly specified";
    faults.push(forbidden(`${path}.properties[metadata]`, detail));
  }
  if (!embedded) return;
  if (schema.additionalProperties !== undefined) {
    const detail = "must not be used if x-kubernetes-embedded-resource is set";
    faults.push(forbidden(`${path}.additionalProperties`, detail));
  }
  if (
    Object.keys(schema.properties ?? {}).length === 0 &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true
  ) {
    const detail =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    faults.push(required(`${path}.properties`, detail));
  }
}

/** Nothing but the rules of `name` and `generateName`. A default is judged elsewhere. */
function isPlainMetadata({ type: _t, default: _d, properties, ...others }: StructuralSchema): boolean {
  const names = Object.keys(properties ?? {});
  if (!names.every((name) => name === "name" || name === "generateName")) return false;
  return Object.entries(others).every(([, value]) => value === undefined || value === false);
}

/** What stands below allOf, anyOf, oneOf and not, and the pattern beside them. */
function logicFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  const isPair = (each: StructuralSchema | undefined) => isIntOrString(each?.anyOf);
  valueRuleFaults(schema, { anyOf: isPair(schema), allOf: isPair(schema.allOf?.[0]) }, path, faults);
}

/** `anyOf: [{type: integer}, {type: string}]`, the usual way to write int-or-string. */
function isIntOrString(pair: readonly StructuralSchema[] | undefined): boolean {
  const isOnly = (each: StructuralSchema | undefined, type: string) =>
    each?.type === type && Object.keys(each).length === 1;
  return pair?.length === 2 && isOnly(pair[0], "integer") && isOnly(pair[1], "string");
}

/** Whether the types of `anyOf`, and those of the first of `allOf`, are the usual int-or-string. */
interface Usual {
  readonly anyOf: boolean;
  readonly allOf: boolean;
}
const NOT_USUAL: Usual = { anyOf: false, allOf: false };

function valueRuleFaults(schema: StructuralSchema, usual: Usual, path: string, faults: Cause[]): void {
  if (isFull(faults)) return;
  if (!usual.anyOf) {
    schema.anyOf?.forEach((each, i) => {
      narrowingFaults(each, NOT_USUAL, `${path}.anyOf[${i}]`, faults);
    });
  }
  schema.allOf?.forEach((each, i) => {
    narrowingFaults(each, { anyOf: usual.allOf && i === 0, allOf: false }, `${path}.allOf[${i}]`, faults);
  });
  schema.oneOf?.forEach((each, i) => {
    narrowingFaults(each, NOT_USUAL, `${path}.oneOf[${i}]`, faults);
  });
  if (schema.not !== undefined) narrowingFaults(schema.not, NOT_USUAL, `${path}.not`, faults);
  if (schema.pattern === undefined || schema.pattern === "") return;
  const regex = compilePattern(schema.pattern);
  if (regex.ok) return;
  const detail = `must be a valid regular expression, but isn't: ${regex.error}`;
  faults.push(invalid(`${path}.pattern`, schema.pattern, detail));
}

/** Keywords that declare, and how they have to be below a logical one. */
const NOT_IN_LOGIC: Readonly<Record<string, "empty" | "undefined" | "false">> = {
  type: "empty",
  additionalProperties: "undefined",
  default: "undefined",
  title: "empty",
  description: "empty",
  nullable: "false",
  externalDocs: "undefined",
  "x-kubernetes-preserve-unknown-fields": "false",
  "x-kubernetes-embedded-resource": "false",
  "x-kubernetes-int-or-string": "false",
  "x-kubernetes-list-map-keys": "empty",
  "x-kubernetes-list-type": "undefined",
  "x-kubernetes-map-type": "undefined",
  "x-kubernetes-validations": "empty",
};

function narrowingFaults(schema: StructuralSchema, usual: Usual, path: string, faults: Cause[]): void {
  if (isFull(faults)) return;
  spend(10);
  valueRuleFaults(schema, usual, path, faults);
  if (schema.items !== undefined) narrowingFaults(schema.items, NOT_USUAL, `${path}.items`, faults);
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    narrowingFaults(each, NOT_USUAL, `${path}.properties[${name}]`, faults);
  }
  for (const [keyword, instead] of Object.entries(NOT_IN_LOGIC)) {
    if (!isSet((schema as Readonly<Record<string, unknown>>)[keyword], instead)) continue;
    faults.push(forbidden(`${path}.${keyword}`, `must be ${instead} to be structural`));
  }
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, "metadata"))
    faults.push(forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context"));
}

function isSet(value: unknown, instead: "empty" | "undefined" | "false"): boolean {
  if (instead === "false") return value === true;
  return value !== undefined && (instead === "undefined" || value !== "");
}

/** Of a field: in the schema outside of logical keywords, and below them. */
interface Paths {
  readonly outside: string;
  readonly inside: string;
}

/** What the logical keywords of the root name has to be declared outside of them. Those further down are free. */
function completenessFaults(
  rules: StructuralSchema,
  declared: StructuralSchema,
  { outside, inside }: Paths,
  faults: Cause[],
): void {
  if (isFull(faults)) return;
  spend(10);
  const visit = (each: StructuralSchema, below: string) => {
    narrowedFaults(each, declared, { outside, inside: `${inside}.${below}` }, faults);
  };
  if (rules.not !== undefined) visit(rules.not, "not");
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    rules[keyword]?.forEach((each, i) => {
      visit(each, `${keyword}[${i}]`);
    });
  }
}

function narrowedFaults(
  rules: StructuralSchema,
  declared: StructuralSchema | undefined,
  paths: Paths,
  faults: Cause[],
): void {
  if (declared === undefined) {
    faults.push(required(paths.outside, `because it is defined in ${paths.inside}`));
    return;
  }
  completenessFaults(rules, declared, paths, faults);
  const below = (part: string) => ({
    outside: `${paths.outside}.${part}`,
    inside: `${paths.inside}.${part}`,
  });
  if (isJsonObject(rules.items)) narrowedFaults(rules.items, declared.items, below("items"), faults);
  for (const [name, each] of Object.entries(rules.properties ?? {})) {
    narrowedFaults(each, propertySchema(declared, name), below(`properties[${name}]`), faults);
  }
}
