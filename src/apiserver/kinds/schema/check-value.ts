/**
 * Compiles a schema into a function that finds the faults of a value, in the words of kube-apiserver.
 *
 * `old` is the value that is being replaced, where there is one. What did not change is not judged again: an
 * object that was valid under an earlier version of a schema can still be written (KEP-4008, CRD validation
 * ratcheting).
 */

import type { Cause } from "../../status-error.ts";
import { spend } from "../../work-budget.ts";
import {
  childPath,
  duplicate,
  invalid,
  isFull,
  notSupported,
  required,
  tooMany,
  typeInvalid,
} from "./causes.ts";
import { combinationChecks } from "./combination-checks.ts";
import { canonicalText, equalJson, isJsonObject, type JsonObject, jsonTypeOf } from "./json-value.ts";
import { numberChecks, stringChecks } from "./scalar-checks.ts";
import { mapValueSchema, propertySchema, type StructuralSchema } from "./structural-schema.ts";
import type { ValueCheck } from "./value-check.ts";

export function compileCheck(schema: StructuralSchema): ValueCheck {
  const type = typeCheck(schema);
  const enumerated = enumCheck(schema);
  const parts = [
    ...combinationChecks(schema, compileCheck),
    ...stringChecks(schema),
    ...numberChecks(schema),
    arrayCheck(schema),
    enumerated,
    objectCheck(schema),
  ].filter((part) => part !== undefined);
  return (value, old, path, faults) => {
    spend(1);
    if (value === null) {
      if (schema.nullable !== true) type?.(value, path, faults);
      enumerated?.(value, old, path, faults);
      return;
    }
    type?.(value, path, faults);
    // The others too: each checks the values that it applies to.
    for (const part of parts) part(value, old, path, faults);
  };
}

/** What did not change is not judged. */
function isUnchanged(value: unknown, old: unknown): boolean {
  return old !== undefined && equalJson(value, old);
}

function typeCheck(
  schema: StructuralSchema,
): ((value: unknown, path: string, faults: Cause[]) => void) | undefined {
  const intOrString = schema["x-kubernetes-int-or-string"] === true;
  const wanted = intOrString ? "integer,string" : schema.type;
  if (wanted === undefined) return undefined;
  return (value, path, faults) => {
    const actual = jsonTypeOf(value);
    if (actual === wanted || (wanted === "number" && actual === "integer")) return;
    if (intOrString && (actual === "integer" || actual === "string")) return;
    const detail = `${path} in body must be of type ${wanted}: "${actual}"`;
    faults.push(typeInvalid(path, typeof value === "object" ? actual : value, detail));
  };
}

function enumCheck(schema: StructuralSchema): ValueCheck | undefined {
  const allowed = schema.enum;
  if (allowed === undefined) return undefined;
  const texts = new Set(allowed.map(canonicalText));
  return (value, _old, path, faults) => {
    if (!texts.has(canonicalText(value))) faults.push(notSupported(path, value, allowed));
  };
}

function arrayCheck(schema: StructuralSchema): ValueCheck | undefined {
  const { minItems, maxItems } = schema;
  const items = schema.items === undefined ? undefined : compileCheck(schema.items);
  const unique = uniquenessCheck(schema);
  const keys = schema["x-kubernetes-list-map-keys"];
  if (minItems === undefined && maxItems === undefined && items === undefined) return undefined;
  return (value, old, path, faults) => {
    if (!Array.isArray(value)) return;
    if (items !== undefined) {
      const olds = correlateItems(schema, Array.isArray(old) ? old : undefined, keys);
      value.forEach((item, i) => {
        if (isFull(faults)) return;
        const was = olds?.(item, i);
        if (!isUnchanged(item, was)) items(item, was, `${path}[${i}]`, faults);
      });
    }
    if (minItems !== undefined && value.length < minItems) {
      faults.push(invalid(path, value.length, `${path} in body should have at least ${minItems} items`));
    }
    if (maxItems !== undefined && value.length > maxItems) faults.push(tooMany(path, value.length, maxItems));
    unique?.(value, path, faults);
  };
}

/** Finds the old item of an item: by its keys in a list of type map, by value otherwise. */
export function correlateItems(
  schema: StructuralSchema,
  olds: readonly unknown[] | undefined,
  keys: readonly string[] | undefined,
): ((item: unknown, index: number) => unknown) | undefined {
  if (olds === undefined) return undefined;
  if (schema["x-kubernetes-list-type"] === "map" && keys !== undefined) {
    const byKey = new Map<string, unknown>();
    for (const item of olds) if (isJsonObject(item)) byKey.set(listMapKey(item, keys), item);
    return (item) => (isJsonObject(item) ? byKey.get(listMapKey(item, keys)) : undefined);
  }
  return (item, index) => (equalJson(item, olds[index]) ? olds[index] : undefined);
}

export function listMapKey(item: JsonObject, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => (Object.hasOwn(item, key) ? item[key] : null)));
}

function uniquenessCheck(
  schema: StructuralSchema,
): ((items: readonly unknown[], path: string, faults: Cause[]) => void) | undefined {
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== "set" && listType !== "map") return undefined;
  if (schema["x-kubernetes-patch-strategy"] !== undefined && schema.uniqueItems === false) return undefined;
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return (items, path, faults) => {
    const seen = new Set<string>();
    items.forEach((item, i) => {
      if (isFull(faults)) return;
      const shown = listType === "map" && isJsonObject(item) ? keysOf(item, keys) : item;
      const identity = canonicalText(shown);
      if (seen.has(identity)) faults.push(duplicate(`${path}[${i}]`, shown));
      seen.add(identity);
    });
  };
}

function keysOf(item: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]));
}

function objectCheck(schema: StructuralSchema): ValueCheck | undefined {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, each]) => [name, compileCheck(each)] as const,
  );
  const values = mapValueSchema(schema);
  const valueCheck = values === undefined ? undefined : compileCheck(values);
  const { minProperties, maxProperties, required: names = [] } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  return (value, old, path, faults) => {
    if (!isJsonObject(value)) return;
    const before = isJsonObject(old) ? old : undefined;
    if (hasWrongSize(Object.keys(value).length, minProperties, maxProperties, path, faults)) return;
    if (embedded) checkEmbedded(value, path, faults);
    for (const [name, check] of properties) {
      if (isFull(faults)) return;
      spend(1);
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      if (member === undefined || isUnchanged(member, before?.[name])) continue;
      check(member, before?.[name], childPath(path, name), faults);
    }
    if (valueCheck !== undefined) {
      for (const name of Object.keys(value)) {
        if (isFull(faults)) return;
        if (isUnchanged(value[name], before?.[name]) || propertySchema(schema, name) !== undefined) continue;
        valueCheck(value[name], before?.[name], childPath(path, name), faults);
      }
    }
    for (const name of names) {
      if (isFull(faults)) return;
      if (!Object.hasOwn(value, name) || value[name] === undefined)
        faults.push(required(childPath(path, name)));
    }
  };
}

/** Nothing else of an object with too few or too many members is judged. */
function hasWrongSize(
  size: number,
  min: number | undefined,
  max: number | undefined,
  path: string,
  faults: Cause[],
): boolean {
  const fault = (words: string) =>
    faults.push(invalid(path, size, `${path} in body should have ${words} properties`));
  if (min !== undefined && size < min) fault(`at least ${min}`);
  else if (max !== undefined && size > max) fault(`at most ${max}`);
  else return false;
  return true;
}

function checkEmbedded(value: JsonObject, path: string, faults: Cause[]): void {
  for (const name of ["apiVersion", "kind"]) {
    const member = value[name];
    if (member === undefined || member === "") {
      faults.push(required(childPath(path, name), "must not be empty"));
    } else if (typeof member !== "string") {
      const detail = `${childPath(path, name)} in body must be of type string: "${jsonTypeOf(member)}"`;
      faults.push(typeInvalid(childPath(path, name), member, detail));
    }
  }
  if (value.metadata !== undefined && !isJsonObject(value.metadata)) {
    faults.push(invalid(childPath(path, "metadata"), value.metadata, "must be an object"));
  }
}
