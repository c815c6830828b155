/**
 * The schema in a CustomResourceDefinition as Go writes it (`JSONSchemaProps`): without what is empty, and without
 * keywords that it has no field for.
 */
import { changed, isJsonObject, type JsonObject, withChanges, withItems } from "../schema/json-value.ts";

/** Left out when empty: texts, lists, and flags that are false. */
const OMITTED = new Set([
  "id",
  "$schema",
  "$ref",
  "description",
  "type",
  "format",
  "title",
  "pattern",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "uniqueItems",
  "nullable",
  "required",
  "enum",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-validations",
]);
/** Written as they are. */
const VALUES = new Set([
  "default",
  "example",
  "externalDocs",
  "maximum",
  "minimum",
  "maxLength",
  "minLength",
  "maxItems",
  "minItems",
  "multipleOf",
  "maxProperties",
  "minProperties",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
]);
const SCHEMAS = new Set(["items", "additionalProperties", "additionalItems", "not"]);
const LISTS = new Set(["allOf", "anyOf", "oneOf"]);
const MAPS = new Set(["properties", "patternProperties", "definitions", "dependencies"]);

/** A value that is not a schema stays, for validation to report. The schema itself if nothing is to be omitted. */
export function cleanSchema(schema: unknown): unknown {
  return isJsonObject(schema) ? withMembers(schema, cleanValue) : schema;
}

/** Loops that every object passes are written out (`drop-empty.ts`): there a callback costs a sixth of the time. */
function withMembers(object: JsonObject, next: (name: string, value: unknown) => unknown): JsonObject {
  let changes: Map<string, unknown> | undefined;
  for (const name of Object.keys(object)) {
    const value = next(name, object[name]);
    if (value !== object[name]) changes = changed(changes, name, value);
  }
  return withChanges(object, changes);
}

function cleanValue(keyword: string, value: unknown): unknown {
  if (VALUES.has(keyword)) return value;
  if (OMITTED.has(keyword)) return isEmpty(value) ? undefined : value;
  if (SCHEMAS.has(keyword))
    return Array.isArray(value) ? withItems<unknown>(value, cleanSchema) : cleanSchema(value);
  if (LISTS.has(keyword) && Array.isArray(value))
    return isEmpty(value) ? undefined : withItems<unknown>(value, cleanSchema);
  if (MAPS.has(keyword) && isJsonObject(value)) {
    if (Object.keys(value).length === 0) return undefined;
    return withMembers(value, (_name, below) => cleanSchema(below));
  }
  return LISTS.has(keyword) || MAPS.has(keyword) ? value : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === false || value === null || (Array.isArray(value) && value.length === 0);
}
