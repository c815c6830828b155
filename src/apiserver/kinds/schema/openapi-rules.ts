/**
 * What the schema of a CRD may be written with: which keywords of OpenAPI there are, and what the keywords of
 * Kubernetes ask of those beside them.
 */

import type { Cause } from "../../status-error.ts";
import { spend } from "../../work-budget.ts";
import { forbidden, invalid, isFull, notSupported, required } from "./causes.ts";
import { isJsonObject } from "./json-value.ts";
import { ruleDeclarationFaults } from "./rule-declarations.ts";
import { propertySchema, type StructuralSchema } from "./structural-schema.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

/** Keywords of OpenAPI that a CRD may not use. Empty ones count as not given. */
const UNSUPPORTED = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

interface Place {
  readonly path: string;
  readonly root: boolean;
  /** Below `apiVersion`, `kind` or `metadata` of a whole object. */
  readonly inMetadata: boolean;
  /** Why no default may be set here. */
  readonly noDefaults?: string;
}

/** Faults of one version's schema, except for those of the expressions in it. `path` is that of the schema in the CRD. */
export function openApiFaults(root: StructuralSchema, path: string): readonly Cause[] {
  const faults: Cause[] = [];
  schemaFaults(root, { path, root: true, inMetadata: false }, faults);
  return faults;
}

/** Whether it has keywords (or a list of items) with which nothing else of it can be judged. */
export function hasUnsupported(schema: StructuralSchema): boolean {
  const keywords = schema as Readonly<Record<string, unknown>>;
  if (UNSUPPORTED.some((keyword) => isGiven(keywords[keyword])) || isGiven(keywords.$schema)) return true;
  return Array.isArray(schema.items) || below(schema).some(([, each]) => hasUnsupported(each));
}

function isGiven(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  return !isJsonObject(value) || Object.keys(value).length > 0;
}

/** The schemas directly below one, each with its part of the path. */
function below(schema: StructuralSchema): readonly (readonly [part: string, schema: StructuralSchema])[] {
  const found: [string, StructuralSchema][] = [];
  if (isJsonObject(schema.additionalProperties))
    found.push(["additionalProperties", schema.additionalProperties]);
  for (const [name, each] of Object.entries(schema.properties ?? {}))
    found.push([`properties[${name}]`, each]);
  if (schema.not !== undefined) found.push(["not", schema.not]);
  for (const keyword of ["allOf", "oneOf", "anyOf"] as const) {
    schema[keyword]?.forEach((each, i) => {
      found.push([`${keyword}[${i}]`, each]);
    });
  }
  if (isJsonObject(schema.items)) found.push(["items", schema.items]);
  return found;
}

const METADATA_PARTS = new Set(["properties[metadata]", "properties[kind]", "properties[apiVersion]"]);

function schemaFaults(schema: StructuralSchema, place: Place, faults: Cause[]): void {
  if (isFull(faults)) return;
  spend(10);
  keywordFaults(schema, place, faults);
  const { path } = place;
  if (schema.uniqueItems === true) {
    const detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    faults.push(forbidden(`${path}.uniqueItems`, detail));
  }
  const { additionalProperties } = schema;
  if (
    Object.keys(schema.properties ?? {}).length > 0 &&
    additionalProperties !== undefined &&
    additionalProperties !== true
  ) {
    faults.push(
      forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"),
    );
  }
  for (const [part, each] of below(schema)) schemaFaults(each, placeBelow(schema, place, part), faults);
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    faults.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  mapTypeFaults(schema, path, faults);
  listTypeFaults(schema, path, faults);
  keyedItemFaults(schema, path, faults);
  ruleDeclarationFaults(schema, path, faults);
}

function placeBelow(schema: StructuralSchema, place: Place, part: string): Place {
  const next: Place = { ...place, path: `${place.path}.${part}`, root: false };
  if (part === "additionalProperties" && place.inMetadata) {
    return { ...next, noDefaults: "inside additionalProperties applying to object metadata" };
  }
  const whole = place.root || schema["x-kubernetes-embedded-resource"] === true;
  if (!whole || !METADATA_PARTS.has(part)) return next;
  const inMetadata = { ...next, inMetadata: true };
  return place.root ? { ...inMetadata, noDefaults: `in top-level ${part.slice(11, -1)}` } : inMetadata;
}

function keywordFaults(schema: StructuralSchema, place: Place, faults: Cause[]): void {
  const { path } = place;
  const keywords = schema as Readonly<Record<string, unknown>>;
  if (schema.type !== undefined && schema.type !== "" && !TYPES.includes(schema.type))
    faults.push(notSupported(`${path}.type`, schema.type, TYPES));
  if (schema.default !== undefined && place.noDefaults !== undefined)
    faults.push(forbidden(`${path}.default`, `must not be set ${place.noDefaults}`));
  for (const keyword of UNSUPPORTED) {
    if (isGiven(keywords[keyword]))
      faults.push(forbidden(`${path}.${keyword}`, `${keyword} is not supported`));
  }
  if (schema.type === "null")
    faults.push(forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative"));
  if (Array.isArray(schema.items))
    faults.push(forbidden(`${path}.items`, "items must be a schema object and not an array"));
  if (place.inMetadata && schema["x-kubernetes-embedded-resource"] === true) {
    const detail = "must not be used inside of resource meta";
    faults.push(forbidden(`${path}.x-kubernetes-embedded-resource`, detail));
  }
}

function wrongType(schema: StructuralSchema, path: string, detail: string): Cause {
  const type = schema.type ?? "";
  return type === "" ? required(`${path}.type`, detail) : invalid(`${path}.type`, type, detail);
}

function mapTypeFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return;
  if (schema.type !== "object")
    faults.push(wrongType(schema, path, "must be object if x-kubernetes-map-type is specified"));
  if (mapType !== "atomic" && mapType !== "granular")
    faults.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
}

function listTypeFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const listTypePath = `${path}.x-kubernetes-list-type`;
  if (listType !== undefined) {
    if (schema.type !== "array")
      faults.push(wrongType(schema, path, "must be array if x-kubernetes-list-type is specified"));
    else if (listType === "set") setItemFaults(schema, path, faults);
    if (listType !== "atomic" && listType !== "set" && listType !== "map")
      faults.push(notSupported(listTypePath, listType, ["atomic", "set", "map"]));
  }
  if (keys.length > 0 && listType !== "map") {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    faults.push(
      listType === undefined ? required(listTypePath, detail) : invalid(listTypePath, listType, detail),
    );
  }
  if (listType === "map") mapFaults(schema, keys, path, faults);
}

/** The items of a set are compared whole. */
function setItemFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  const { items } = schema;
  if (!isJsonObject(items)) return;
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items["x-kubernetes-list-type"];
  const mapType = items["x-kubernetes-map-type"];
  if (items.type === "array" && listType !== undefined && listType !== "atomic")
    faults.push(invalid(`${path}.items.x-kubernetes-list-type`, listType, detail));
  if (items.type === "object" && mapType !== "atomic")
    faults.push(invalid(`${path}.items.x-kubernetes-map-type`, mapType ?? null, detail));
}

function mapFaults(schema: StructuralSchema, keys: readonly string[], path: string, faults: Cause[]): void {
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  const { items } = schema;
  if (keys.length === 0)
    faults.push(required(keysPath, "must not be empty if x-kubernetes-list-type is map"));
  if (items === undefined) {
    faults.push(required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"));
  } else if (Array.isArray(items)) {
    const detail = "must only have a single schema if x-kubernetes-list-type is map";
    faults.push(invalid(`${path}.items`, items, detail));
  } else if (items.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    faults.push(invalid(`${path}.items.type`, items.type ?? "", detail));
  } else mapKeyFaults(keys, items, path, faults);
}

/** Keys of a list of type map: known and scalar. */
function mapKeyFaults(keys: readonly string[], items: StructuralSchema, path: string, faults: Cause[]): void {
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  const seen = new Set<string>();
  for (const key of keys) {
    if (isFull(faults)) return;
    const property = propertySchema(items, key);
    if (property === undefined) {
      faults.push(invalid(keysPath, keys, "entries must all be names of item properties"));
    } else if (property.type === "array" || property.type === "object") {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      faults.push(invalid(`${path}.items.properties[${key}].type`, items.type, detail));
    }
    if (seen.has(key)) faults.push(invalid(keysPath, keys, "must not contain duplicate entries"));
    seen.add(key);
  }
}

/** Items of sets and maps are there, and the keys of a map are. */
function keyedItemFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  const listType = schema["x-kubernetes-list-type"];
  const items: StructuralSchema | undefined = schema.items;
  if ((listType !== "set" && listType !== "map") || items === undefined || Array.isArray(items)) return;
  if (items.nullable === true) {
    const detail = `cannot be nullable when x-kubernetes-list-type is ${listType}`;
    faults.push(forbidden(`${path}.items.nullable`, detail));
  }
  if (listType === "set") return;
  const needed = new Set<string>(items.required as readonly string[] | undefined);
  for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
    const property = propertySchema(items, key);
    if (property === undefined || isFull(faults)) continue;
    const keyPath = `${path}.items.properties[${key}]`;
    if (!needed.has(key) && property.default === undefined) {
      const detail =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      faults.push(required(`${keyPath}.default`, detail));
    }
    if (property.nullable === true) {
      const detail = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
      faults.push(forbidden(`${keyPath}.nullable`, detail));
    }
  }
}
