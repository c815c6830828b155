/** JSON values: what they are, when two are the same, and how one is kept from change. */

export type JsonObject = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON values are equal. The order of keys does not matter; an undefined member counts as absent. */
export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((element, i) => equalJson(element, right[i]));
  }
  return isJsonObject(left) && isJsonObject(right) && hasMembers(left, right) && hasMembers(right, left);
}

function hasMembers(object: JsonObject, wanted: JsonObject): boolean {
  return Object.keys(wanted).every((key) => {
    if (wanted[key] === undefined) return true;
    return Object.hasOwn(object, key) && equalJson(object[key], wanted[key]);
  });
}

/** Freezes the value and all within it. What is frozen already is not looked into. */
export function freezeJson<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) freezeJson(member);
  }
  return value;
}
