/**
 * JSON values as they are parsed from a request: what they are, and when two are the same.
 */
import { freezeJson, isJsonObject, type JsonObject } from "../../../kube/json.ts";
import { spend } from "../../work-budget.ts";

export { freezeJson, isJsonObject, type JsonObject };

/** `equalJson` of `src/kube`, of values that may be so large that the work for them is counted. */
export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    spend(left.length);
    for (let i = 0; i < left.length; i++) if (!equalJson(left[i], right[i])) return false;
    return true;
  }
  if (Array.isArray(right)) return false;
  return equalMembers(left as JsonObject, right as JsonObject);
}

function equalMembers(left: JsonObject, right: JsonObject): boolean {
  let members = 0;
  for (const key in left) {
    const value = left[key];
    if (value === undefined) continue;
    members++;
    spend(1);
    const other = Object.hasOwn(right, key) ? right[key] : undefined;
    if (other === undefined || !equalJson(value, other)) return false;
  }
  for (const key in right) if (right[key] !== undefined) members--;
  return members === 0;
}

/** A deep copy that may be changed, whatever the original was. */
export function copyJson<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) setMember(copy, key, copyJson(member));
  return copy as T;
}

/** Sets a member under any name: `__proto__` too becomes a plain member. */
export function setMember(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** The list with other values of its items. The list itself where none changes. */
export function withItems<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const next = list.map(change);
  return next.some((item, i) => item !== list[i]) ? next : list;
}

/** One more change, for {@link withChanges}: nearly always there is none, and then there is no map either. */
export function changed(
  changes: Map<string, unknown> | undefined,
  name: string,
  value: unknown,
): Map<string, unknown> {
  return (changes ?? new Map<string, unknown>()).set(name, value);
}

/** The object with other values of some members; undefined: without it. The object itself where nothing changes. */
export function withChanges(
  object: JsonObject,
  changes: ReadonlyMap<string, unknown> | undefined,
): JsonObject {
  if (changes === undefined) return object;
  const copy: Record<string, unknown> = {};
  let found = 0;
  for (const name of Object.keys(object)) {
    const isChanged = changes.has(name);
    if (isChanged) found++;
    const value = isChanged ? changes.get(name) : object[name];
    if (value !== undefined) setMember(copy, name, value);
  }
  if (found === changes.size) return copy;
  for (const [name, value] of changes) {
    if (value !== undefined && !Object.hasOwn(object, name)) setMember(copy, name, value);
  }
  return copy;
}

/** The type as JSON schema names it. A whole number is an `integer`. */
export function jsonTypeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** Own member of an object; undefined for anything else. */
export function memberOf(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The same text for equal values and no others, whatever the order of the keys. */
export function canonicalText(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  return JSON.stringify(value, (_key, member) => (isJsonObject(member) ? sortedMembers(member) : member));
}

function sortedMembers(object: JsonObject): JsonObject {
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(object).sort()) setMember(sorted, key, object[key]);
  return sorted;
}
