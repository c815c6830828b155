/**
 * The schema in a CustomResourceDefinition as Go writes it (`JSONSchemaProps`): without what is empty, and without
 * keywords that it has no field for.
 */
import { isJsonObject, setMember } from "../schema/json-value.ts";

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

/** What is no schema stays, for validation to find. */
export function cleanSchema(schema: unknown): unknown {
  if (!isJsonObject(schema)) return schema;
  const clean: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const next = cleanValue(keyword, value);
    if (next !== undefined) setMember(clean, keyword, next);
  }
  return clean;
}

function cleanValue(keyword: string, value: unknown): unknown {
  if (VALUES.has(keyword)) return value;
  if (OMITTED.has(keyword)) return isEmpty(value) ? undefined : value;
  if (SCHEMAS.has(keyword)) return Array.isArray(value) ? value.map(cleanSchema) : cleanSchema(value);
  if (LISTS.has(keyword) && Array.isArray(value)) return isEmpty(value) ? undefined : value.map(cleanSchema);
  if (MAPS.has(keyword) && isJsonObject(value)) {
    const members = Object.entries(value).map(([name, below]) => [name, cleanSchema(below)] as const);
    return members.length === 0 ? undefined : Object.fromEntries(members);
  }
  return LISTS.has(keyword) || MAPS.has(keyword) ? value : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === false || value === null || (Array.isArray(value) && value.length === 0);
}
