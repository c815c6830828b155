/**
 * Strategic merge patch, the patch type of the built-in kinds: a merge patch whose lists may be merged item by item.
 *
 * The schema defines which lists, and by which key: `x-kubernetes-patch-strategy` (`merge`, `retainKeys`, `replace`,
 * comma separated) and `x-kubernetes-patch-merge-key`. A list without a strategy is replaced. See "Strategic Merge
 * Patch" in the Kubernetes documentation for `$patch`, `$deleteFromPrimitiveList`, `$setElementOrder` and
 * `$retainKeys`.
 */
import { err, type Result } from "../../../kernel/index.ts";
import type { JsonSchema } from "../../kinds/resource.ts";
import { boundedText } from "../../kinds/schema/bounded-text.ts";
import { canonicalText, isJsonObject, type JsonObject, setMember } from "../../kinds/schema/json-value.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { spend, withinBudget } from "../../work-budget.ts";
import { orderItems } from "./element-order.ts";
import { malformed, type PatchFault, tooLarge, unprocessable } from "./patch-fault.ts";

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_PREFIX = "$deleteFromPrimitiveList/";
const ORDER_PREFIX = "$setElementOrder/";

/** `metadata` is the same for all kinds, and their schemas say nothing of it. */
const metadataSchema: StructuralSchema = {
  type: "object",
  properties: {
    finalizers: { type: "array", items: { type: "string" }, "x-kubernetes-patch-strategy": "merge" },
    ownerReferences: {
      type: "array",
      items: { type: "object" },
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "uid",
    },
  },
};

/** Carries a fault up through the recursion; it never leaves this file. */
class StrategicMergeError extends Error {
  readonly fault: PatchFault;

  constructor(fault: PatchFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** A list of the patch may name one item of the object again and again, and each time it is copied. */
const MAX_COPIES = 2_000_000;

/** @param schema Of the whole object. */
export function applyStrategicMergePatch(
  schema: JsonSchema,
  original: unknown,
  patch: unknown,
): Result<JsonObject, PatchFault> {
  if (!isJsonObject(patch)) return err(malformed("a strategic merge patch must be a JSON object"));
  try {
    const declared = schema as StructuralSchema;
    const whole = { ...declared, properties: { ...declared.properties, metadata: metadataSchema } };
    const merged = withinBudget(MAX_COPIES, () =>
      mergeObjects(isJsonObject(original) ? original : {}, patch, whole),
    );
    if (merged.ok) return merged;
    return err(tooLarge(`the patch copies more than ${MAX_COPIES} members of objects in all`));
  } catch (cause) {
    if (cause instanceof StrategicMergeError) return err(cause.fault);
    throw cause;
  }
}

function mergeObjects(
  original: JsonObject,
  patch: JsonObject,
  schema: StructuralSchema | undefined,
): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === "delete") return {};
  if (directive === "replace") return withoutDirectives(patch) as JsonObject;
  if (directive !== undefined && directive !== "merge") {
    throw new StrategicMergeError(malformed(`unknown patch type: ${boundedText(directive, 200)}`));
  }
  const merged: Record<string, unknown> = {};
  const retained = retainedKeys(patch);
  for (const key of Object.keys(original)) {
    spend(1);
    const goes = Object.hasOwn(patch, key) && patch[key] === null;
    if (!goes && (retained === undefined || retained.has(key))) setMember(merged, key, original[key]);
  }
  const fields = new Set(
    Object.keys(patch)
      .filter((key) => key !== DIRECTIVE && key !== RETAIN_KEYS)
      .map((key) =>
        key.startsWith("$") ? key.replace(/^\$(deleteFromPrimitiveList|setElementOrder)\//, "") : key,
      ),
  );
  for (const field of fields) {
    if (patch[field] === null) continue;
    const member = mergeField(merged[field], patch, field, schemaOf(schema, field));
    if (member === undefined) delete merged[field];
    else setMember(merged, field, member);
  }
  return merged;
}

function retainedKeys(patch: JsonObject): ReadonlySet<unknown> | undefined {
  const list = patch[RETAIN_KEYS];
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) throw new StrategicMergeError(malformed("$retainKeys must be a list"));
  const retained = new Set<unknown>(list);
  for (const key of Object.keys(patch)) {
    if (key.startsWith("$") || patch[key] === null || retained.has(key)) continue;
    const message = `the value of $retainKeys must contain the key ${JSON.stringify(key)} that the patch sets`;
    throw new StrategicMergeError(malformed(message));
  }
  return retained;
}

function schemaOf(schema: StructuralSchema | undefined, field: string): StructuralSchema | undefined {
  const properties = schema?.properties;
  if (properties !== undefined && Object.hasOwn(properties, field)) return properties[field];
  return typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** The new value of a field, with the directives that stand beside it; undefined: it goes. */
function mergeField(
  original: unknown,
  patch: JsonObject,
  field: string,
  schema: StructuralSchema | undefined,
): unknown {
  const value = Object.hasOwn(patch, field) ? patch[field] : undefined;
  if (value === null) return undefined;
  const strategies = (schema?.["x-kubernetes-patch-strategy"] ?? "").split(",");
  const removed = listDirective(patch, DELETE_PREFIX + field);
  const order = listDirective(patch, ORDER_PREFIX + field);
  if (Array.isArray(value) || (value === undefined && Array.isArray(original))) {
    const items = (value ?? []) as readonly unknown[];
    if (!strategies.includes("merge")) return value === undefined ? original : withoutDirectives(items);
    const base = Array.isArray(original) ? withoutItems(original, removed) : [];
    return mergeLists(base, items, schema, order);
  }
  if (value === undefined) return original;
  if (!isJsonObject(value) || strategies.includes("replace")) return withoutDirectives(value);
  if (!isJsonObject(original))
    return value[DIRECTIVE] === "delete" ? undefined : mergeObjects({}, value, schema);
  return value[DIRECTIVE] === "delete" ? undefined : mergeObjects(original, value, schema);
}

function listDirective(patch: JsonObject, key: string): readonly unknown[] | undefined {
  const list = patch[key];
  if (list === undefined || Array.isArray(list)) return list as readonly unknown[] | undefined;
  throw new StrategicMergeError(malformed(`${key} must be a list`));
}

function withoutItems(
  items: readonly unknown[],
  removed: readonly unknown[] | undefined,
): readonly unknown[] {
  if (removed === undefined || removed.length === 0) return items;
  const gone = new Set(removed.map(canonicalText));
  return items.filter((item) => !gone.has(canonicalText(item)));
}

function mergeLists(
  original: readonly unknown[],
  patch: readonly unknown[],
  schema: StructuralSchema | undefined,
  order: readonly unknown[] | undefined,
): readonly unknown[] {
  const mergeKey = schema?.["x-kubernetes-patch-merge-key"];
  if (!original.some(isJsonObject) && !patch.some(isJsonObject)) {
    const merged: unknown[] = [...original];
    const known = new Set(original.map(canonicalText));
    for (const item of patch) {
      const text = canonicalText(item);
      if (!known.has(text)) merged.push(item);
      known.add(text);
    }
    return order === undefined ? merged : orderItems(merged, original, order, (item) => item);
  }
  if (mergeKey === undefined) {
    throw new StrategicMergeError(unprocessable("cannot merge a list of objects that has no merge key"));
  }
  const identity = (item: unknown) => (isJsonObject(item) ? item[mergeKey] : undefined);
  const merged = mergeObjectLists(original, patch, schema?.items, mergeKey);
  return order === undefined ? merged : orderItems(merged, original, order.map(identity), identity);
}

function mergeObjectLists(
  original: readonly unknown[],
  patch: readonly unknown[],
  items: StructuralSchema | undefined,
  mergeKey: string,
): readonly unknown[] {
  const replaces = patch.some((item) => isJsonObject(item) && item[DIRECTIVE] === "replace");
  if (replaces) {
    return patch
      .filter((item) => !isJsonObject(item) || item[DIRECTIVE] === undefined || Object.keys(item).length > 1)
      .map(withoutDirectives);
  }
  // What was deleted leaves a hole, so that the places of the others stay what they are.
  const merged: unknown[] = [...original];
  const places = placesByKey(merged, mergeKey);
  for (const item of patch) {
    const key = isJsonObject(item) ? item[mergeKey] : undefined;
    if (!isJsonObject(item) || key === undefined) {
      const message = `map: ${boundedText(item, 1024)} does not contain declared merge key: ${mergeKey}`;
      throw new StrategicMergeError(unprocessable(message));
    }
    const text = canonicalText(key);
    const [place] = places.get(text) ?? [];
    if (item[DIRECTIVE] === "delete") {
      for (const at of places.get(text) ?? []) merged[at] = HOLE;
      places.delete(text);
    } else if (place === undefined) {
      places.set(text, [merged.length]);
      merged.push(mergeObjects({}, item, items));
    } else {
      merged[place] = mergeObjects(merged[place] as JsonObject, item, items);
    }
  }
  return merged.filter((item) => item !== HOLE);
}

const HOLE = Symbol("hole");

/** Where the items with each merge key are. */
function placesByKey(items: readonly unknown[], mergeKey: string): Map<string, number[]> {
  const places = new Map<string, number[]>();
  items.forEach((item, at) => {
    if (!isJsonObject(item) || item[mergeKey] === undefined) return;
    const text = canonicalText(item[mergeKey]);
    const known = places.get(text);
    if (known === undefined) places.set(text, [at]);
    else known.push(at);
  });
  return places;
}

function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isJsonObject(value)) return value;
  const plain: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const isDirective =
      key === DIRECTIVE ||
      key === RETAIN_KEYS ||
      key.startsWith(DELETE_PREFIX) ||
      key.startsWith(ORDER_PREFIX);
    if (!isDirective && member !== null) setMember(plain, key, withoutDirectives(member));
  }
  return plain;
}
