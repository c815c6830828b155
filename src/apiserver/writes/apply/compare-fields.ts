/**
 * Which fields an object has, and which differ between two states of one.
 */

import { equalJson, isJsonObject } from "../../kinds/schema/json-value.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { MEMBERS_A_STEP, type Steps } from "../../steps.ts";
import { isNamed, itemElement, memberSchema, partsOf, shapeOf } from "./field-elements.ts";
import { type FieldsV1, isEmpty, known, LEAF, NO_FIELDS } from "./fields-v1.ts";

type Nodes = Record<string, FieldsV1>;

/** What an applied configuration lays claim to: its leaves, and the entries of its maps and lists. */
export function* appliedFields(value: unknown, schema: StructuralSchema | undefined): Steps<FieldsV1> {
  const set: Nodes = {};
  yield* addApplied(set, value, schema);
  return set;
}

/** Whether the value has any parts. */
function* addApplied(set: Nodes, value: unknown, schema: StructuralSchema | undefined): Steps<boolean> {
  let parts = 0;
  if (Array.isArray(value)) {
    for (const item of value) {
      const element = itemElement(item, schema);
      if (element === undefined) continue;
      set[element] = isContainer(item) ? yield* appliedNode(item, schema?.items, true) : LEAF;
      if (++parts % MEMBERS_A_STEP === 0) yield;
    }
  } else if (isJsonObject(value)) {
    for (const name in value) {
      const part = value[name];
      if (part === undefined) continue;
      set[`f:${name}`] = isContainer(part)
        ? yield* appliedNode(part, memberSchema(schema, name), !isNamed(schema, name))
        : LEAF;
      if (++parts % MEMBERS_A_STEP === 0) yield;
    }
  }
  known(set, parts);
  return parts > 0;
}

function* appliedNode(
  value: object,
  schema: StructuralSchema | undefined,
  isEntry: boolean,
): Steps<FieldsV1> {
  if (shapeOf(value, schema) === "whole") return LEAF;
  const node: Nodes = isEntry ? { ".": LEAF } : {};
  return (yield* addApplied(node, value, schema)) ? node : LEAF;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Every field of a value, the containers included: what comes to be when it is created. */
export function* allFields(value: unknown, schema: StructuralSchema | undefined): Steps<FieldsV1> {
  const set: Nodes = {};
  return (yield* addFields(set, value, schema)) ? set : NO_FIELDS;
}

/** Adds the parts of a value to a set. Whether it has any. */
function* addFields(set: Nodes, value: unknown, schema: StructuralSchema | undefined): Steps<boolean> {
  let parts = 0;
  const shape = shapeOf(value, schema);
  if (shape === "object" && isJsonObject(value)) {
    for (const name in value) {
      const part = value[name];
      if (part === undefined) continue;
      set[`f:${name}`] = isContainer(part) ? yield* wholeNode(part, memberSchema(schema, name)) : LEAF;
      if (++parts % MEMBERS_A_STEP === 0) yield;
    }
  } else if (shape === "list" && Array.isArray(value)) {
    for (const item of value) {
      set[itemElement(item, schema) as string] = yield* wholeNode(item, schema?.items);
      if (++parts % MEMBERS_A_STEP === 0) yield;
    }
  }
  known(set, parts);
  return parts > 0;
}

function* wholeNode(value: unknown, schema: StructuralSchema | undefined): Steps<FieldsV1> {
  if (!isContainer(value)) return LEAF;
  const node: Nodes = { ".": LEAF };
  return (yield* addFields(node, value, schema)) ? node : LEAF;
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
export function* compareFields(
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
): Steps<FieldChanges> {
  if (before === after) return NO_CHANGES;
  const found = new FoundChanges();
  let parts = 0;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const name in after) {
      if (++parts % MEMBERS_A_STEP === 0) yield;
      const now = after[name];
      if (now === undefined || before[name] === now) continue;
      const was = Object.hasOwn(before, name) ? before[name] : undefined;
      if (!isContainer(now) && !isContainer(was)) found.change(`f:${name}`, LEAF);
      else yield* comparePart(`f:${name}`, was, now, memberSchema(schema, name), found);
    }
    for (const name in before) {
      if (++parts % MEMBERS_A_STEP === 0) yield;
      if (before[name] === undefined || (Object.hasOwn(after, name) && after[name] !== undefined)) continue;
      found.remove(`f:${name}`, yield* wholeNode(before[name], memberSchema(schema, name)));
    }
  } else {
    const old = partsOf(before, schema);
    yield;
    const now = partsOf(after, schema);
    yield;
    for (const { element, value } of now.values()) {
      if (++parts % MEMBERS_A_STEP === 0) yield;
      yield* comparePart(element, old.get(element)?.value, value, schema?.items, found);
    }
    for (const { element, value } of old.values()) {
      if (!now.has(element)) found.remove(element, yield* wholeNode(value, schema?.items));
    }
  }
  return found.result;
}

function* comparePart(
  element: string,
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
  found: FoundChanges,
): Steps<void> {
  if (before === undefined) {
    found.change(element, yield* wholeNode(after, schema));
    return;
  }
  const shape = shapeOf(after, schema);
  if (shape === "whole" || shapeOf(before, schema) !== shape) {
    if (equalJson(before, after)) return;
    found.change(element, yield* wholeNode(after, schema));
    const gone = shapeOf(before, schema) === "whole" ? NO_FIELDS : yield* allFields(before, schema);
    if (!isEmpty(gone)) found.remove(element, gone);
    return;
  }
  const below = yield* compareFields(before, after, schema);
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
