/**
 * Reads what a client sent as a schema: each keyword must hold what the keyword takes, all the way down. Everything
 * that works with a {@link StructuralSchema} may rely on that.
 */
import type { Cause } from "../../status-error.ts";
import { isFull, typeInvalid } from "./causes.ts";
import { isJsonObject, jsonTypeOf, setMember } from "./json-value.ts";
import type { StructuralSchema } from "./structural-schema.ts";

type Holds =
  | "string"
  | "boolean"
  | "number"
  | "texts"
  | "list"
  | "rules"
  | "schema"
  | "schema or schemas"
  | "schemas"
  | "properties"
  | "schema or boolean";

const RULE: Readonly<Record<string, Holds>> = {
  rule: "string",
  message: "string",
  messageExpression: "string",
  reason: "string",
  fieldPath: "string",
  optionalOldSelf: "boolean",
};

const KEYWORDS: Readonly<Record<string, Holds>> = {
  ...keywords("string", "title", "description", "type", "format", "pattern"),
  ...keywords("string", "x-kubernetes-list-type", "x-kubernetes-map-type"),
  ...keywords("boolean", "nullable", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems"),
  ...keywords("boolean", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"),
  ...keywords("boolean", "x-kubernetes-embedded-resource"),
  ...keywords("number", "minimum", "maximum", "multipleOf", "minLength", "maxLength"),
  ...keywords("number", "minItems", "maxItems", "minProperties", "maxProperties"),
  ...keywords("texts", "required", "x-kubernetes-list-map-keys"),
  ...keywords("list", "enum"),
  ...keywords("schema", "not"),
  ...keywords("schema or schemas", "items"),
  ...keywords("schemas", "allOf", "anyOf", "oneOf"),
  ...keywords("properties", "properties"),
  ...keywords("schema or boolean", "additionalProperties"),
  ...keywords("rules", "x-kubernetes-validations"),
};

function keywords(holds: Holds, ...names: readonly string[]): Record<string, Holds> {
  return Object.fromEntries(names.map((name) => [name, holds]));
}

/** The schema, without keywords that are null or an empty list, which count as not given. Faults go to `faults`. */
export function readSchema(value: unknown, path: string, faults: Cause[]): StructuralSchema {
  return readObject(value, KEYWORDS, path, faults) as StructuralSchema;
}

function readObject(
  value: unknown,
  table: Readonly<Record<string, Holds>>,
  path: string,
  faults: Cause[],
): Record<string, unknown> {
  if (isFull(faults)) return {};
  if (!isJsonObject(value)) return mismatch(value, "object", path, faults, {});
  const read: Record<string, unknown> = {};
  for (const [keyword, held] of Object.entries(value)) {
    if (held === null || (Array.isArray(held) && held.length === 0 && keyword !== "default")) continue;
    const holds = Object.hasOwn(table, keyword) ? table[keyword] : undefined;
    setMember(
      read,
      keyword,
      holds === undefined ? held : readKeyword(held, holds, `${path}.${keyword}`, faults),
    );
  }
  return read;
}

function mismatch<T>(value: unknown, wanted: string, path: string, faults: Cause[], instead: T): T {
  if (isFull(faults)) return instead;
  const actual = jsonTypeOf(value);
  const shown = typeof value === "object" ? actual : value;
  faults.push(typeInvalid(path, shown, `${path} in body must be of type ${wanted}: "${actual}"`));
  return instead;
}

function readKeyword(value: unknown, holds: Holds, path: string, faults: Cause[]): unknown {
  switch (holds) {
    case "schema":
      return readSchema(value, path, faults);
    case "schema or schemas":
      return readKeyword(value, Array.isArray(value) ? "schemas" : "schema", path, faults);
    case "schema or boolean":
      return typeof value === "boolean" ? value : readSchema(value, path, faults);
    case "properties":
      if (!isJsonObject(value)) return mismatch(value, "object", path, faults, {});
      return Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, readSchema(each, `${path}[${name}]`, faults)]),
      );
    case "texts":
      return items(value, path, faults).map((each, i) =>
        readKeyword(each, "string", `${path}[${i}]`, faults),
      );
    case "schemas":
      return items(value, path, faults).map((each, i) => readSchema(each, `${path}[${i}]`, faults));
    case "rules":
      return items(value, path, faults).map((each, i) => readObject(each, RULE, `${path}[${i}]`, faults));
    case "list":
      return items(value, path, faults);
    default:
      return typeof value === holds ? value : mismatch(value, holds, path, faults, undefined);
  }
}

function items(value: unknown, path: string, faults: Cause[]): readonly unknown[] {
  return Array.isArray(value) ? value : mismatch(value, "array", path, faults, []);
}
