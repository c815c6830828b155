/**
 * How a value divides into fields that can be owned one by one, by its schema: the members of an object, the items of
 * a list of type map or set. What is atomic, and every scalar, is one field.
 */
import { isJsonObject } from "../../kinds/schema/json-value.ts";
import {
  mapValueSchema,
  propertySchema,
  type StructuralSchema,
} from "../../kinds/schema/structural-schema.ts";

export interface Part {
  /** As in `fieldsV1`. */
  readonly element: string;
  readonly value: unknown;
  readonly schema: StructuralSchema | undefined;
  /** Not a field with a name of its own in the schema: an entry of a map, an item of a list. */
  readonly isEntry: boolean;
}

export type Shape = "object" | "list" | "whole";

const ENTRY: StructuralSchema = { type: "string" };

/** `metadata` as Kubernetes owns it. Labels and annotations by key, finalizers one by one, owners by UID. */
export const metadataSchema: StructuralSchema = {
  type: "object",
  properties: {
    name: { type: "string" },
    generateName: { type: "string" },
    namespace: { type: "string" },
    labels: { type: "object", additionalProperties: ENTRY },
    annotations: { type: "object", additionalProperties: ENTRY },
    finalizers: { type: "array", items: ENTRY, "x-kubernetes-list-type": "set" },
    ownerReferences: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      items: {
        type: "object",
        "x-kubernetes-map-type": "atomic",
        properties: { uid: { type: "string" } },
      },
    },
  },
};

/** The schema of a whole object, with `metadata` as above. */
export function withMetadata(schema: StructuralSchema): StructuralSchema {
  return { ...schema, type: "object", properties: { ...schema.properties, metadata: metadataSchema } };
}

export function shapeOf(value: unknown, schema: StructuralSchema | undefined): Shape {
  if (Array.isArray(value)) {
    const listType = schema?.["x-kubernetes-list-type"];
    return (listType === "map" || listType === "set") && areDistinct(value, schema) ? "list" : "whole";
  }
  if (!isJsonObject(value)) return "whole";
  return schema?.["x-kubernetes-map-type"] === "atomic" ? "whole" : "object";
}

/** A list whose items cannot be identified is owned as a whole. A duplicate in a set is one item of it. */
function areDistinct(items: readonly unknown[], schema: StructuralSchema | undefined): boolean {
  if (schema?.["x-kubernetes-list-type"] === "set") return true;
  const seen = new Set<string>();
  for (const item of items) {
    const element = itemElement(item, schema);
    if (element === undefined || seen.has(element)) return false;
    seen.add(element);
  }
  return true;
}

/** The element of an item of a list of type map or set; undefined when it lacks its keys. */
export function itemElement(item: unknown, schema: StructuralSchema | undefined): string | undefined {
  if (schema?.["x-kubernetes-list-type"] === "set") return `v:${JSON.stringify(item)}`;
  if (!isJsonObject(item)) return undefined;
  const keys: Record<string, unknown> = {};
  for (const key of [...(schema?.["x-kubernetes-list-map-keys"] ?? [])].sort()) {
    const value = item[key] ?? schema?.items?.properties?.[key]?.default;
    if (value === undefined || typeof value === "object") return undefined;
    keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

/** The schema of a member of an object. */
export function memberSchema(
  schema: StructuralSchema | undefined,
  name: string,
): StructuralSchema | undefined {
  if (schema === undefined) return undefined;
  return propertySchema(schema, name) ?? mapValueSchema(schema);
}

/** Whether a member has a name of its own in the schema. */
export function isNamed(schema: StructuralSchema | undefined, name: string): boolean {
  return schema !== undefined && propertySchema(schema, name) !== undefined;
}

/** The parts of a value that is not `whole`, by element. */
export function partsOf(value: unknown, schema: StructuralSchema | undefined): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  if (Array.isArray(value)) {
    for (const item of value) {
      const element = itemElement(item, schema);
      if (element !== undefined)
        parts.set(element, { element, value: item, schema: schema?.items, isEntry: true });
    }
  } else if (isJsonObject(value)) {
    for (const name of Object.keys(value)) {
      if (value[name] === undefined) continue;
      const element = `f:${name}`;
      const isEntry = !isNamed(schema, name);
      parts.set(element, { element, value: value[name], schema: memberSchema(schema, name), isEntry });
    }
  }
  return parts;
}
