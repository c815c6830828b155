/**
 * A null where the schema allows none, and has no default to put in its place, is as good as nothing: it goes before
 * anything is validated (CustomResourceDefinitions, "Defaulting and Nullable").
 */
import { isJsonObject, setMember } from "./json-value.ts";
import { mapValueSchema, propertySchema, type StructuralSchema } from "./structural-schema.ts";

/** The value itself when nothing is to be dropped. */
export function dropNulls(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    const next = value.map((item) => dropNulls(item, items));
    return next.some((item, i) => item !== value[i]) ? next : value;
  }
  if (!isJsonObject(value)) return value;
  const values = mapValueSchema(schema);
  let copy: Record<string, unknown> | undefined;
  for (const [name, member] of Object.entries(value)) {
    const below = propertySchema(schema, name) ?? values;
    if (below === undefined) continue;
    const dropped = member === null && below.nullable !== true && below.default === undefined;
    const next = dropped ? undefined : dropNulls(member, below);
    if (next === member) continue;
    copy ??= copyOf(value);
    if (dropped) delete copy[name];
    else setMember(copy, name, next);
  }
  return copy ?? value;
}

function copyOf(value: { readonly [name: string]: unknown }): Record<string, unknown> {
  const copy = {};
  for (const [name, member] of Object.entries(value)) setMember(copy, name, member);
  return copy;
}
