/**
 * Defaulting and pruning, compiled from a schema. Both leave their argument as it is and return it itself when
 * there is nothing to do, so that an object which is complete costs no copy.
 */
import { spend } from "../../work-budget.ts";
import { childPath } from "./causes.ts";
import { changed, copyJson, freezeJson, isJsonObject, type JsonObject, withChanges } from "./json-value.ts";
import { mapValueSchema, propertySchema, type StructuralSchema } from "./structural-schema.ts";

export type Reshape = (value: unknown) => unknown;

/** A default, and what it costs each time: the characters of its JSON, and as many as an empty one takes in memory. */
interface Default {
  readonly value: unknown;
  readonly cost: number;
}
const COST_OF_ANY = 32;

/** Fills in defaults below a value, each of which costs its characters. Undefined: the schema has none there. */
export function compileDefaults(schema: StructuralSchema): Reshape | undefined {
  const items = schema.items === undefined ? undefined : compileDefaults(schema.items);
  if (items !== undefined) return (value) => (Array.isArray(value) ? mapItems(value, items) : value);
  const members = Object.entries(schema.properties ?? {})
    .map(([name, each]) => {
      const below = compileDefaults(each);
      return { name, missing: completeDefault(each, below), nullable: each.nullable === true, below };
    })
    .filter((each) => each.missing !== undefined || each.below !== undefined);
  const values = mapValueSchema(schema);
  const belowValues = values === undefined ? undefined : compileDefaults(values);
  const valueDefault = values === undefined ? undefined : completeDefault(values, belowValues);
  if (members.length === 0 && belowValues === undefined && valueDefault === undefined) return undefined;
  return (value) => {
    if (!isJsonObject(value)) return value;
    const change = new MemberChange(value);
    for (const { name, missing, nullable, below } of members) {
      let member = Object.hasOwn(value, name) ? value[name] : undefined;
      // A null that the schema does not allow is replaced where there is a default for it.
      if (missing !== undefined && (member === undefined || (member === null && !nullable))) {
        spend(missing.cost);
        member = missing.value;
      } else if (member !== undefined && below !== undefined) member = below(member);
      change.set(name, member);
    }
    if (values === undefined) return change.result;
    for (const name of Object.keys(value)) {
      if (propertySchema(schema, name) !== undefined) continue;
      const replaced = value[name] === null && values.nullable !== true && valueDefault !== undefined;
      if (replaced) spend(valueDefault.cost);
      const member = replaced ? valueDefault.value : value[name];
      change.set(name, belowValues === undefined ? member : belowValues(member));
    }
    return change.result;
  };
}

/** The default of a schema with the defaults below it filled in once, not for each object. */
function completeDefault(schema: StructuralSchema, below: Reshape | undefined): Default | undefined {
  if (schema.default === undefined) return undefined;
  const copy = copyJson(schema.default);
  const value = freezeJson(below === undefined ? copy : below(copy));
  return { value, cost: COST_OF_ANY + JSON.stringify(value).length };
}

/** What becomes of the members of an object. It is copied once, at the end, and only where something changes. */
class MemberChange {
  readonly #original: JsonObject;
  #changes: Map<string, unknown> | undefined;

  constructor(original: JsonObject) {
    this.#original = original;
  }

  set(name: string, value: unknown): void {
    if (value === undefined || Object.is(value, this.#original[name])) return;
    this.#changes = changed(this.#changes, name, value);
  }

  delete(name: string): void {
    this.#changes = changed(this.#changes, name, undefined);
  }

  get result(): JsonObject {
    return withChanges(this.#original, this.#changes);
  }
}

function mapItems(items: readonly unknown[], each: Reshape): readonly unknown[] {
  let changed = false;
  const mapped = items.map((item) => {
    const next = each(item);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? mapped : items;
}

/** Drops what the schema does not know and adds the paths of it to `unknown`. */
export type Prune = (value: unknown, path: string, unknown: string[]) => unknown;

const EMBEDDED_FIELDS = ["apiVersion", "kind", "metadata"];

/** Undefined: nothing can be unknown there. */
export function compilePrune(schema: StructuralSchema): Prune | undefined {
  if (schema.items !== undefined) return pruneItems(compilePrune(schema.items));
  const values = mapValueSchema(schema);
  const keepsUnknown =
    schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true;
  const properties = new Map(
    Object.entries(schema.properties ?? {}).map(([name, each]) => [name, compilePrune(each)] as const),
  );
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  if (embedded) {
    for (const name of EMBEDDED_FIELDS) if (!properties.has(name)) properties.set(name, undefined);
    properties.set("metadata", pruneMetadata);
  }
  const pruneValue = values === undefined ? undefined : compilePrune(values);
  const anyName = keepsUnknown || values !== undefined;
  if (!isObjectSchema(schema)) return undefined;
  if (anyName && pruneValue === undefined && [...properties.values()].every((each) => each === undefined)) {
    return undefined;
  }
  return (value, path, unknown) => {
    if (!isJsonObject(value)) return value;
    const change = new MemberChange(value);
    for (const name of Object.keys(value)) {
      const known = properties.has(name);
      if (!known && !anyName) {
        unknown.push(childPath(path, name));
        change.delete(name);
        continue;
      }
      const prune = known ? properties.get(name) : pruneValue;
      if (prune !== undefined) change.set(name, prune(value[name], childPath(path, name), unknown));
    }
    return change.result;
  };
}

function isObjectSchema(schema: StructuralSchema): boolean {
  return (
    schema.type === "object" || schema.properties !== undefined || schema.additionalProperties !== undefined
  );
}

function pruneItems(prune: Prune | undefined): Prune | undefined {
  if (prune === undefined) return undefined;
  return (value, path, unknown) => {
    if (!Array.isArray(value)) return value;
    let index = 0;
    return mapItems(value, (item) => prune(item, `${path}[${index++}]`, unknown));
  };
}

const metadataFields: StructuralSchema = {
  type: "object",
  properties: {
    ...Object.fromEntries(
      [
        "name",
        "generateName",
        "namespace",
        "selfLink",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
      ].map((name) => [name, {}]),
    ),
    labels: { type: "object", additionalProperties: true },
    annotations: { type: "object", additionalProperties: true },
    finalizers: { type: "array", items: { type: "string" } },
    ownerReferences: {
      type: "array",
      items: {
        type: "object",
        properties: Object.fromEntries(
          ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"].map((name) => [name, {}]),
        ),
      },
    },
    managedFields: {
      type: "array",
      items: {
        type: "object",
        properties: Object.fromEntries(
          ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"].map(
            (name) => [name, {}],
          ),
        ),
      },
    },
  },
};

/** All fields of `metadata`. */
export const METADATA_FIELDS: ReadonlySet<string> = new Set(Object.keys(metadataFields.properties ?? {}));

/** Drops what `metav1.ObjectMeta` does not have. */
export const pruneMetadata: Prune = compilePrune(metadataFields) as Prune;
