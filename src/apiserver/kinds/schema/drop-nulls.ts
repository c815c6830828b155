/**
 * A null where the schema allows none, and has no default to put in its place, is as good as nothing: it goes before
 * anything is validated (CustomResourceDefinitions, "Defaulting and Nullable").
 */
import { changed, isJsonObject, withChanges, withItems } from "./json-value.ts";
import { mapValueSchema, propertySchema, type StructuralSchema } from "./structural-schema.ts";

/** The value itself when nothing is to be dropped. */
export function dropNulls(value: unknown, schema: StructuralSchema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return withItems<unknown>(value, (item) => dropNulls(item, items));
  }
  if (!isJsonObject(value)) return value;
  const values = mapValueSchema(schema);
  if (values === undefined && schema.properties === undefined) return value;
  let changes: Map<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const below = propertySchema(schema, name) ?? values;
    if (below === undefined) continue;
    const member = value[name];
    const dropped = member === null && below.nullable !== true && below.default === undefined;
    const next = dropped ? undefined : dropNulls(member, below);
    if (next !== member) changes = changed(changes, name, next);
  }
  return withChanges(value, changes);
}
