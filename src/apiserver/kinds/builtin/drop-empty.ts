/**
 * What Go leaves out when it writes a built-in kind (`omitempty`): lists, maps and texts with nothing in them. A field
 * that is always written has its zero value as its default, and gets that instead.
 */
import type { JsonSchema } from "../resource.ts";
import { changed, isJsonObject, withChanges, withItems } from "../schema/json-value.ts";

type Schemas = Readonly<Record<string, JsonSchema>>;

/** The value itself when it has nothing empty in it. */
export function dropEmpty<T>(value: T, schema: JsonSchema): T {
  if (Array.isArray(value)) {
    const items = schema.items as JsonSchema | undefined;
    if (items === undefined) return value;
    return withItems(value, (item) => dropEmpty(item, items)) as T;
  }
  if (!isJsonObject(value)) return value;
  const properties = (schema.properties ?? {}) as Schemas;
  const values = schema.additionalProperties as JsonSchema | undefined;
  if (values === undefined && schema.properties === undefined) return value;
  let changes: Map<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name];
    const below = Object.hasOwn(properties, name) ? properties[name] : values;
    if (below === undefined) continue;
    const isNamed = below !== values;
    const next = isNamed && isOmitted(member, below) ? below.default : dropEmpty(member, below);
    if (next !== member) changes = changed(changes, name, next);
  }
  return withChanges(value, changes) as T;
}

function isOmitted(value: unknown, schema: JsonSchema): boolean {
  if (value === "") return schema.type === "string" && !pointers.has(schema);
  if (Array.isArray(value)) return value.length === 0;
  return schema.additionalProperties !== undefined && isJsonObject(value) && Object.keys(value).length === 0;
}

const pointers = new WeakSet<JsonSchema>();

/** A text that may be empty: something else than none. In Go a pointer. */
export function pointer(schema: JsonSchema): JsonSchema {
  const marked = { ...schema };
  pointers.add(marked);
  return marked;
}
