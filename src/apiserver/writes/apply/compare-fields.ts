/**
 * Which fields an object has, and which differ between two states of one.
 */
import { equalJson, isJsonObject } from "../../kinds/schema/json-value.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { itemElement, memberSchema, partsOf, shapeOf } from "./field-elements.ts";
import { type FieldsV1, isEmpty, LEAF, NO_FIELDS } from "./fields-v1.ts";

type Nodes = Record<string, FieldsV1>;

/** What an applied configuration lays claim to: its leaves, and the entries of its maps and lists. */
export function appliedFields(value: unknown, schema: StructuralSchema | undefined): FieldsV1 {
  const set: Nodes = {};
  addApplied(set, value, schema);
  return set;
}

function addApplied(set: Nodes, value: unknown, schema: StructuralSchema | undefined): boolean {
  let some = false;
  for (const part of partsOf(value, schema).values()) {
    const node: Nodes = part.isEntry ? { ".": LEAF } : {};
    const parted = shapeOf(part.value, part.schema) !== "whole" && addApplied(node, part.value, part.schema);
    set[part.element] = parted ? node : LEAF;
    some = true;
  }
  return some;
}

/** Every field of a value, the containers included: what comes to be when it is created. */
export function allFields(value: unknown, schema: StructuralSchema | undefined): FieldsV1 {
  const set: Nodes = {};
  return addFields(set, value, schema) ? set : NO_FIELDS;
}

/** Adds the parts of a value to a set. Whether it has any. */
function addFields(set: Nodes, value: unknown, schema: StructuralSchema | undefined): boolean {
  let some = false;
  const shape = shapeOf(value, schema);
  if (shape === "object" && isJsonObject(value)) {
    for (const name in value) {
      if (value[name] === undefined) continue;
      set[`f:${name}`] = wholeNode(value[name], memberSchema(schema, name));
      some = true;
    }
  } else if (shape === "list" && Array.isArray(value)) {
    for (const item of value) {
      set[itemElement(item, schema) as string] = wholeNode(item, schema?.items);
      some = true;
    }
  }
  return some;
}

function wholeNode(value: unknown, schema: StructuralSchema | undefined): FieldsV1 {
  if (typeof value !== "object" || value === null) return LEAF;
  const node: Nodes = { ".": LEAF };
  return addFields(node, value, schema) ? node : LEAF;
}

export interface FieldChanges {
  /** Added, or with another value than before. */
  readonly changed: FieldsV1;
  readonly removed: FieldsV1;
}

const NO_CHANGES: FieldChanges = { changed: NO_FIELDS, removed: NO_FIELDS };

/** What is different in `after`. Both are values that are containers of the same schema. */
export function compareFields(
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
): FieldChanges {
  if (before === after) return NO_CHANGES;
  const changed: Nodes = {};
  const removed: Nodes = {};
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const name in after) {
      if (after[name] === undefined || before[name] === after[name]) continue;
      const was = Object.hasOwn(before, name) ? before[name] : undefined;
      comparePart(`f:${name}`, was, after[name], memberSchema(schema, name), changed, removed);
    }
    for (const name in before) {
      if (before[name] === undefined || (Object.hasOwn(after, name) && after[name] !== undefined)) continue;
      removed[`f:${name}`] = wholeNode(before[name], memberSchema(schema, name));
    }
  } else {
    const old = partsOf(before, schema);
    const now = partsOf(after, schema);
    for (const { element, value } of now.values()) {
      comparePart(element, old.get(element)?.value, value, schema?.items, changed, removed);
    }
    for (const { element, value } of old.values()) {
      if (!now.has(element)) removed[element] = wholeNode(value, schema?.items);
    }
  }
  return { changed, removed };
}

function comparePart(
  element: string,
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
  changed: Nodes,
  removed: Nodes,
): void {
  if (before === undefined) {
    changed[element] = wholeNode(after, schema);
    return;
  }
  const shape = shapeOf(after, schema);
  if (shape === "whole" || shapeOf(before, schema) !== shape) {
    if (equalJson(before, after)) return;
    changed[element] = wholeNode(after, schema);
    const gone = shapeOf(before, schema) === "whole" ? NO_FIELDS : allFields(before, schema);
    if (!isEmpty(gone)) removed[element] = gone;
    return;
  }
  const below = compareFields(before, after, schema);
  if (!isEmpty(below.changed)) changed[element] = below.changed;
  if (!isEmpty(below.removed)) removed[element] = below.removed;
}

/**
 * Fields that say which object it is, or that the server alone sets: nobody owns them. The containers `metadata` and
 * the object itself neither.
 */
const UNOWNED_METADATA = [
  "f:name",
  "f:namespace",
  "f:creationTimestamp",
  "f:selfLink",
  "f:uid",
  "f:clusterName",
  "f:generation",
  "f:managedFields",
  "f:resourceVersion",
];

export function withoutUnowned(set: FieldsV1): FieldsV1 {
  const { "f:apiVersion": _apiVersion, "f:kind": _kind, "f:metadata": metadata, ...rest } = set;
  if (metadata === undefined) return rest;
  const { ".": _self, ...fields } = metadata;
  for (const element of UNOWNED_METADATA) delete (fields as Nodes)[element];
  return isEmpty(fields) ? rest : { "f:metadata": fields, ...rest };
}
