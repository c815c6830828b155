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
import { MEMBERS_A_STEP, type Steps } from "../../steps.ts";
import { itemElement, memberSchema, partsOf, shapeOf } from "./field-elements.ts";
import { childOf, type FieldsV1, isMember, NO_FIELDS } from "./fields-v1.ts";

/**
 * The live value with everything in the applied configuration. Objects are merged member by member, lists of type map
 * and set item by item (new items at the end, in the order of the configuration); the rest is replaced.
 */
export function* mergeApplied(
  live: unknown,
  config: unknown,
  schema: StructuralSchema | undefined,
): Steps<unknown> {
  const shape = shapeOf(config, schema);
  if (live === undefined || shape === "whole" || shapeOf(live, schema) !== shape) return config;
  if (shape === "list") {
    const applied = partsOf(config, schema);
    yield;
    const existing = partsOf(live, schema);
    yield;
    const merged: unknown[] = [];
    for (const item of live as readonly unknown[]) {
      const part = applied.get(itemElement(item, schema) ?? "");
      merged.push(part === undefined ? item : yield* mergeApplied(item, part.value, schema?.items));
      if (merged.length % MEMBERS_A_STEP === 0) yield;
    }
    const added = [...applied.values()].filter((part) => !existing.has(part.element));
    return [...merged, ...added.map((part) => part.value)];
  }
  return yield* mergeMembers(isJsonObject(live) ? live : {}, config as JsonObject, schema);
}

/** The live object itself if the configuration changes nothing. */
function* mergeMembers(
  live: JsonObject,
  config: JsonObject,
  schema: StructuralSchema | undefined,
): Steps<JsonObject> {
  let changes: Map<string, unknown> | undefined;
  let read = 0;
  for (const name of Object.keys(config)) {
    if (++read % MEMBERS_A_STEP === 0) yield;
    const was = Object.hasOwn(live, name) ? live[name] : undefined;
    const applied = config[name];
    const isScalar = typeof applied !== "object" || applied === null;
    const next = isScalar ? applied : yield* mergeApplied(was, applied, memberSchema(schema, name));
    if (next !== was) changes = changed(changes, name, next);
  }
  if (read >= MEMBERS_A_STEP) yield;
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
