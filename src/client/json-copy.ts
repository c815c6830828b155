/** What a body becomes on its way through JSON, without the text. */

/**
 * `JSON.parse(JSON.stringify(value))`: a copy that shares nothing with `value`.
 *
 * @throws TypeError for what has no JSON: a BigInt, a circle of which a member is not a plain object
 * @throws RangeError for a circle of plain objects, and for what is nested as deeply
 */
export function jsonCopy(value: unknown): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "object":
      return value === null ? null : copyOf(value);
    case "undefined":
    case "function":
    case "symbol":
      return undefined;
    default:
      return throughText(value);
  }
}

function copyOf(value: object): unknown {
  if (Array.isArray(value)) return value.map((item) => jsonCopy(item) ?? null);
  if (!isPlain(value)) return throughText(value);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = jsonCopy((value as Record<string, unknown>)[key]);
    if (member === undefined) continue;
    if (key === "__proto__") return throughText(value);
    copy[key] = member;
  }
  return copy;
}

/** Whether its own members are all that JSON has of it. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    typeof (value as { toJSON?: unknown }).toJSON !== "function"
  );
}

function throughText(value: unknown): unknown {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? undefined : JSON.parse(text);
}
