/**
 * Which fields an object has, and which differ between two states of one.
 */

import { equalJson, isJsonObject } from "../../kinds/schema/json-value.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { isNamed, itemElement, memberSchema, partsOf, shapeOf } from "./field-elements.ts";
import { type FieldsV1, isEmpty, known, LEAF, NO_FIELDS } from "./fields-v1.ts";

type Nodes = Record<string, FieldsV1>;

/** What an applied configuration lays claim to: its leaves, and the entries of its maps and lists. */
export function appliedFields(value: unknown, schema: StructuralSchema | undefined): FieldsV1 {
  const set: Nodes = {};
  addApplied(set, value, schema);
  return set;
}

/** Whether the value has any parts. */
function addApplied(set: Nodes, value: unknown, schema: StructuralSchema | undefined): boolean {
  let parts = 0;
  const add = (element: string, part: unknown, below: StructuralSchema | undefined, isEntry: boolean) => {
    parts++;
    if (shapeOf(part, below) === "whole") {
      set[element] = LEAF;
      return;
    }
    const node: Nodes = isEntry ? { ".": LEAF } : {};
    set[element] = addApplied(node, part, below) ? node : LEAF;
  };
  if (Array.isArray(value)) {
    for (const item of value) {
      const element = itemElement(item, schema);
      if (element !== undefined) add(element, item, schema?.items, true);
    }
  } else if (isJsonObject(value)) {
    for (const name in value) {
      if (value[name] === undefined) continue;
      add(`f:${name}`, value[name], memberSchema(schema, name), !isNamed(schema, name));
    }
  }
  known(set, parts);
  return parts > 0;
}

/** Every field of a value, the containers included: what comes to be when it is created. */
export function allFields(value: unknown, schema: StructuralSchema | undefined): FieldsV1 {
  const set: Nodes = {};
  return addFields(set, value, schema) ? set : NO_FIELDS;
}

/** Adds the parts of a value to a set. Whether it has any. */
function addFields(set: Nodes, value: unknown, schema: StructuralSchema | undefined): boolean {
  let parts = 0;
  const shape = shapeOf(value, schema);
  if (shape === "object" && isJsonObject(value)) {
    for (const name in value) {
      if (value[name] === undefined) continue;
      set[`f:${name}`] = wholeNode(value[name], memberSchema(schema, name));
      parts++;
    }
  } else if (shape === "list" && Array.isArray(value)) {
    for (const item of value) {
      set[itemElement(item, schema) as string] = wholeNode(item, schema?.items);
      parts++;
    }
  }
  known(set, parts);
  return parts > 0;
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

export const NO_CHANGES: FieldChanges = { changed: NO_FIELDS, removed: NO_FIELDS };

/** Changes as they are found, and how many there are. */
class FoundChanges {
  readonly changed: Nodes = {};
  readonly removed: Nodes = {};
  #changes = 0;
  #removals = 0;

  change(element: string, node: FieldsV1): void {
    this.changed[element] = node;
    this.#changes++;
  }

  remove(element: string, node: FieldsV1): void {
    this.removed[element] = node;
    this.#removals++;
  }

  get result(): FieldChanges {
    return { changed: known(this.changed, this.#changes), removed: known(this.removed, this.#removals) };
  }
}

/** What is different in `after`. Both are values that are containers of the same schema. */
export function compareFields(
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
): FieldChanges {
  if (before === after) return NO_CHANGES;
  const found = new FoundChanges();
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const name in after) {
      if (after[name] === undefined || before[name] === after[name]) continue;
      const was = Object.hasOwn(before, name) ? before[name] : undefined;
      comparePart(`f:${name}`, was, after[name], memberSchema(schema, name), found);
    }
    for (const name in before) {
      if (before[name] === undefined || (Object.hasOwn(after, name) && after[name] !== undefined)) continue;
      found.remove(`f:${name}`, wholeNode(before[name], memberSchema(schema, name)));
    }
  } else {
    const old = partsOf(before, schema);
    const now = partsOf(after, schema);
    for (const { element, value } of now.values()) {
      comparePart(element, old.get(element)?.value, value, schema?.items, found);
    }
    for (const { element, value } of old.values()) {
      if (!now.has(element)) found.remove(element, wholeNode(value, schema?.items));
    }
  }
  return found.result;
}

function comparePart(
  element: string,
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
  found: FoundChanges,
): void {
  if (before === undefined) {
    found.change(element, wholeNode(after, schema));
    return;
  }
  const shape = shapeOf(after, schema);
  if (shape === "whole" || shapeOf(before, schema) !== shape) {
    if (equalJson(before, after)) return;
    found.change(element, wholeNode(after, schema));
    const gone = shapeOf(before, schema) === "whole" ? NO_FIELDS : allFields(before, schema);
    if (!isEmpty(gone)) found.remove(element, gone);
    return;
  }
  const below = compareFields(before, after, schema);
  if (!isEmpty(below.changed)) found.change(element, below.changed);
  if (!isEmpty(below.removed)) found.remove(element, below.removed);
}

/**
 * Fields that identify the object, or that only the server sets: no manager owns them. The containers `metadata` and
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
