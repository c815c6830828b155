/**
 * An applied configuration put into the live object, and fields taken out of it again.
 */
import {
  changed,
  isJsonObject,
  type JsonObject,
  setMember,
  withChanges,
} from "../../kinds/schema/json-value.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { itemElement, memberSchema, partsOf, shapeOf } from "./field-elements.ts";
import { childOf, type FieldsV1, isMember, NO_FIELDS } from "./fields-v1.ts";

/**
 * The live value with everything in the applied configuration. Objects are merged member by member, lists of type map
 * and set item by item (new items at the end, in the order of the configuration); the rest is replaced.
 */
export function mergeApplied(live: unknown, config: unknown, schema: StructuralSchema | undefined): unknown {
  const shape = shapeOf(config, schema);
  if (live === undefined || shape === "whole" || shapeOf(live, schema) !== shape) return config;
  if (shape === "list") {
    const applied = partsOf(config, schema);
    const existing = partsOf(live, schema);
    const merged = (live as readonly unknown[]).map((item) => {
      const part = applied.get(itemElement(item, schema) ?? "");
      return part === undefined ? item : mergeApplied(item, part.value, schema?.items);
    });
    const added = [...applied.values()].filter((part) => !existing.has(part.element));
    return [...merged, ...added.map((part) => part.value)];
  }
  return mergeMembers(isJsonObject(live) ? live : {}, config as JsonObject, schema);
}

/** The live object itself if the configuration changes nothing. */
function mergeMembers(
  live: JsonObject,
  config: JsonObject,
  schema: StructuralSchema | undefined,
): JsonObject {
  let changes: Map<string, unknown> | undefined;
  for (const name of Object.keys(config)) {
    const was = Object.hasOwn(live, name) ? live[name] : undefined;
    const next = mergeApplied(was, config[name], memberSchema(schema, name));
    if (next !== was) changes = changed(changes, name, next);
  }
  return withChanges(live, changes);
}

/**
 * `value` without the fields of `gone`, as far as no field of `kept` is at or below them. An object or list that has
 * become empty by that goes too. Undefined: nothing is left.
 */
export function removeFields(
  value: unknown,
  schema: StructuralSchema | undefined,
  gone: FieldsV1,
  kept: FieldsV1,
): unknown {
  const left = new Map<string, unknown>();
  let removed = false;
  for (const part of partsOf(value, schema).values()) {
    const rest = restOf(part.value, part.schema, childOf(gone, part.element), childOf(kept, part.element));
    if (rest === undefined) removed = true;
    else left.set(part.element, rest);
  }
  if (removed && left.size === 0) return undefined;
  if (Array.isArray(value)) {
    // A key that an item of another manager still needs stays in it.
    return value
      .map((item) => {
        const rest = left.get(itemElement(item, schema) ?? "");
        return isJsonObject(rest) && isJsonObject(item) ? { ...keysOf(item, schema), ...rest } : rest;
      })
      .filter((item) => item !== undefined);
  }
  const result: Record<string, unknown> = {};
  for (const [element, rest] of left) setMember(result, element.slice(2), rest);
  return result;
}

function restOf(
  value: unknown,
  schema: StructuralSchema | undefined,
  gone: FieldsV1 | undefined,
  kept: FieldsV1 | undefined,
): unknown {
  if (gone === undefined) return value;
  if (kept === undefined && isMember(gone)) return undefined;
  if (shapeOf(value, schema) === "whole") return value;
  const rest = removeFields(value, schema, gone, kept ?? NO_FIELDS);
  return rest === undefined && kept !== undefined ? emptyOf(value, schema) : rest;
}

/** Another manager still owns the container, or something below it that is absent. */
function emptyOf(value: unknown, schema: StructuralSchema | undefined): unknown {
  return Array.isArray(value) ? [] : keysOf(value, schema);
}

function keysOf(item: unknown, schema: StructuralSchema | undefined): object {
  const keys = schema?.["x-kubernetes-list-map-keys"] ?? [];
  if (!isJsonObject(item)) return {};
  return Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]));
}
