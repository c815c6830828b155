/**
 * Whether the schema of a CRD is structural, as kube-apiserver demands: every value has a type, and what stands
 * below allOf, anyOf, oneOf and not only narrows what was declared outside of them.
 */
import type { Cause } from "../resource.ts";
import { spend } from "../work-budget.ts";
import { duplicate, forbidden, invalid, isFull, notSupported, required } from "./causes.ts";
import { compileCheck } from "./check-value.ts";
import { isJsonObject } from "./json-value.ts";
import { compilePattern } from "./pattern.ts";
import { compilePrune } from "./reshape.ts";
import { propertySchema, type StructuralSchema } from "./structural-schema.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

/** Keywords of OpenAPI that a CRD may not use, with the reason. */
const FORBIDDEN_KEYWORDS = {
  $ref: "must not be used",
  definitions: "must not be used",
  dependencies: "must not be used",
  patternProperties: "must not be used",
  additionalItems: "must not be used",
  discriminator: "must not be used",
  readOnly: "must not be used",
  writeOnly: "must not be used",
  xml: "must not be used",
  deprecated: "must not be used",
} as const;

const NOT_IN_LOGIC = [
  "type",
  "title",
  "description",
  "default",
  "nullable",
  "additionalProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
] as const;

/** Faults of the schema of one version. `path` is that of the schema in the CRD. */
export function structuralFaults(root: StructuralSchema, path: string): readonly Cause[] {
  const faults: Cause[] = [];
  if (root.type !== undefined && root.type !== "object") {
    faults.push(invalid(`${path}.type`, root.type, "must be object at the root"));
  }
  if (root.nullable === true)
    faults.push(forbidden(`${path}.nullable`, "nullable cannot be true at the root"));
  if (root["x-kubernetes-embedded-resource"] === true) {
    faults.push(forbidden(`${path}.x-kubernetes-embedded-resource`, "must not be used at the root"));
  }
  metadataFaults(root, path, faults);
  declarationFaults(root, path, faults);
  return faults;
}

function metadataFaults(root: StructuralSchema, path: string, faults: Cause[]): void {
  const metadata = root.properties?.metadata;
  if (!isJsonObject(metadata)) return;
  const names = Object.keys(metadata.properties ?? {}).filter(
    (name) => name !== "name" && name !== "generateName",
  );
  if (names.length === 0) return;
  const detail =
    "must not specify anything other than name and generateName, but metadata is implicitly specified";
  faults.push(forbidden(`${path}.properties[metadata]`, detail));
}

/** A schema outside of logical keywords: it declares. */
function declarationFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  if (isFull(faults)) return;
  spend(10);
  typeFaults(schema, path, faults);
  extensionFaults(schema, path, faults);
  valueRuleFaults(schema, path, faults);
  if (schema.properties !== undefined && typeof schema.additionalProperties === "object") {
    faults.push(
      forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"),
    );
  }
  if (schema.type === "array" && schema.items === undefined) {
    faults.push(required(`${path}.items`, "must be specified"));
  }
  eachBelow(schema, path, (below, belowPath) => declarationFaults(below, belowPath, faults));
  logicFaults(schema, schema, path, faults);
  defaultFaults(schema, path, faults);
}

function eachBelow(
  schema: StructuralSchema,
  path: string,
  visit: (below: StructuralSchema, path: string) => void,
): void {
  for (const [name, each] of Object.entries(schema.properties ?? {}))
    visit(each, `${path}.properties[${name}]`);
  if (isJsonObject(schema.items)) visit(schema.items, `${path}.items`);
  if (isJsonObject(schema.additionalProperties)) {
    visit(schema.additionalProperties, `${path}.additionalProperties`);
  }
}

function typeFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  // A type beside it is not looked at.
  if (schema["x-kubernetes-int-or-string"] === true) return;
  if (schema.type === undefined || schema.type === "") {
    if (schema["x-kubernetes-preserve-unknown-fields"] !== true) {
      faults.push(required(`${path}.type`, "must not be empty for specified object fields"));
    }
  } else if (!TYPES.includes(schema.type)) {
    faults.push(notSupported(`${path}.type`, schema.type, TYPES));
  }
}

function extensionFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    faults.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  }
  if (schema["x-kubernetes-embedded-resource"] === true) {
    if (schema.properties === undefined && schema["x-kubernetes-preserve-unknown-fields"] !== true) {
      const detail =
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
      faults.push(required(`${path}.properties`, detail));
    }
    if (schema.type !== "object") {
      faults.push(
        invalid(
          `${path}.type`,
          schema.type ?? "",
          "must be object if x-kubernetes-embedded-resource is true",
        ),
      );
    }
  }
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType !== undefined) {
    if (schema.type !== "object")
      faults.push(
        invalid(`${path}.type`, schema.type ?? "", "must be object if x-kubernetes-map-type is specified"),
      );
    if (mapType !== "atomic" && mapType !== "granular") {
      faults.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
    }
  }
  listTypeFaults(schema, path, faults);
}

function listTypeFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (listType === undefined) {
    if (keys !== undefined) {
      faults.push(
        required(`${path}.x-kubernetes-list-type`, "must be map if x-kubernetes-list-map-keys is non-empty"),
      );
    }
    return;
  }
  if (schema.type !== "array") {
    const detail = "must be array if x-kubernetes-list-type is specified";
    faults.push(invalid(`${path}.type`, schema.type ?? "", detail));
  }
  if (listType !== "atomic" && listType !== "set" && listType !== "map") {
    faults.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "map", "set"]));
  }
  if (listType === "set") setItemFaults(schema.items, `${path}.items`, faults);
  if (listType !== "map") {
    if (keys !== undefined)
      faults.push(forbidden(keysPath, "must be empty if x-kubernetes-list-type is not map"));
    return;
  }
  if (!Array.isArray(keys) || keys.length === 0) {
    faults.push(required(keysPath, "must not be empty if x-kubernetes-list-type is map"));
    return;
  }
  const items = schema.items;
  if (items?.type !== "object") {
    faults.push(
      invalid(
        `${path}.items.type`,
        items?.type ?? "",
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
    return;
  }
  mapKeyFaults(keys, items, path, faults);
}

/** Items of a set are compared as wholes, so they are owned as wholes. */
function setItemFaults(items: StructuralSchema | undefined, path: string, faults: Cause[]): void {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  if (items?.nullable === true) {
    faults.push(forbidden(`${path}.nullable`, "cannot be nullable when x-kubernetes-list-type is set"));
  }
  if (items?.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    faults.push(invalid(`${path}.x-kubernetes-map-type`, items["x-kubernetes-map-type"], detail));
  }
  const listType = items?.type === "array" ? items["x-kubernetes-list-type"] : undefined;
  if (listType !== undefined && listType !== "atomic") {
    faults.push(invalid(`${path}.x-kubernetes-list-type`, listType, detail));
  }
}

/** Keys of a list of type map: known, scalar, and always there. */
function mapKeyFaults(keys: readonly string[], items: StructuralSchema, path: string, faults: Cause[]): void {
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  const needed = new Set(items.required);
  const seen = new Set<string>();
  keys.forEach((key, i) => {
    if (isFull(faults)) return;
    const property = propertySchema(items, key);
    if (seen.has(key)) faults.push(duplicate(`${keysPath}[${i}]`, key));
    seen.add(key);
    if (property === undefined) {
      faults.push(invalid(`${keysPath}[${i}]`, key, "entries must all be names of item properties"));
    } else if (property.type === "array" || property.type === "object") {
      faults.push(
        invalid(
          `${path}.items.properties[${key}].type`,
          property.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    } else if (property.default === undefined && !needed.has(key)) {
      const detail =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      faults.push(required(`${path}.items.properties[${key}].default`, detail));
    }
  });
}

/** Keywords that may stand anywhere. */
function valueRuleFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  for (const [keyword, detail] of Object.entries(FORBIDDEN_KEYWORDS)) {
    if (Object.hasOwn(schema, keyword)) faults.push(forbidden(`${path}.${keyword}`, detail));
  }
  if (schema.uniqueItems === true) {
    const detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    faults.push(forbidden(`${path}.uniqueItems`, detail));
  }
  // Below the root it is taken, and means what its absence means.
  if (schema.additionalProperties === false && path.endsWith(".openAPIV3Schema")) {
    faults.push(forbidden(`${path}.additionalProperties`, "additionalProperties cannot be set to false"));
  }
  if (schema.pattern !== undefined) {
    const regex = compilePattern(schema.pattern);
    if (!regex.ok)
      faults.push(
        invalid(
          `${path}.pattern`,
          schema.pattern,
          `must be a valid regular expression, but isn't: ${regex.error}`,
        ),
      );
  }
}

/**
 * What stands below allOf, anyOf, oneOf and not. `declared` is the schema outside that says which fields there are.
 */
function logicFaults(
  schema: StructuralSchema,
  declared: StructuralSchema | undefined,
  path: string,
  faults: Cause[],
): void {
  const visit = (each: StructuralSchema, below: string) => {
    if (isFull(faults) || isIntOrStringPattern(schema, below)) return;
    narrowingFaults(each, declared, path + below, faults);
  };
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    schema[keyword]?.forEach((each, i) => {
      visit(each, `.${keyword}[${i}]`);
    });
  }
  if (schema.not !== undefined) visit(schema.not, ".not");
}

/** `anyOf: [{type: integer}, {type: string}]` beside x-kubernetes-int-or-string, alone or first in allOf. */
function isIntOrStringPattern(schema: StructuralSchema, below: string): boolean {
  if (schema["x-kubernetes-int-or-string"] !== true) return false;
  const isPair = (pair: readonly StructuralSchema[] | undefined) =>
    pair?.length === 2 && pair[0]?.type === "integer" && pair[1]?.type === "string";
  if (below.startsWith(".anyOf")) return isPair(schema.anyOf);
  return below === ".allOf[0]" && isPair(schema.allOf?.[0]?.anyOf);
}

function narrowingFaults(
  schema: StructuralSchema,
  declared: StructuralSchema | undefined,
  path: string,
  faults: Cause[],
): void {
  spend(10);
  for (const keyword of NOT_IN_LOGIC) {
    if (!Object.hasOwn(schema, keyword)) continue;
    faults.push(forbidden(`${path}.${keyword}`, "must be empty to be structural"));
  }
  valueRuleFaults(schema, path, faults);
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    const outside = declared?.properties?.[name];
    const isOpen = declared !== undefined && declared.properties === undefined;
    if (outside === undefined && !isOpen && declared?.["x-kubernetes-embedded-resource"] !== true) {
      faults.push(required(withoutLogic(path, name), `because it is defined in ${path}.properties[${name}]`));
    }
    narrowingFaults(each, outside, `${path}.properties[${name}]`, faults);
  }
  if (schema.items !== undefined) {
    if (declared?.items === undefined) {
      faults.push(required(withoutLogic(path), `because it is defined in ${path}.items`));
    }
    narrowingFaults(schema.items, declared?.items, `${path}.items`, faults);
  }
  logicFaults(schema, declared, path, faults);
}

/** Where a field that was found below a logical keyword has to be declared. */
function withoutLogic(path: string, name?: string): string {
  const outside = path.replace(/\.(?:(?:allOf|anyOf|oneOf)\[\d+\]|not)/g, "");
  return name === undefined ? `${outside}.items` : `${outside}.properties[${name}]`;
}

function defaultFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  if (schema.default === undefined) return;
  const found: Cause[] = [];
  compileCheck(schema)(schema.default, undefined, "", found);
  for (const fault of found) {
    const field = fault.field === "" ? `${path}.default` : `${path}.default.${fault.field}`;
    faults.push({ ...fault, field, message: fault.message.replace(":  in body", ": value in body") });
  }
  const unknown: string[] = [];
  compilePrune(schema)?.(schema.default, "", unknown);
  if (unknown.length > 0)
    faults.push(invalid(`${path}.default`, schema.default, "must not have unknown fields"));
}
