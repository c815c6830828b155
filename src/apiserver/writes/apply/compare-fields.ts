/**
 * Which fields an object has, and which differ between two states of one.
 *
 * Containers that are still to be read are in a list, and their nodes are filled later. To read them by recursion takes
 * a generator for each, which costs more than to read a small one.
 */

import { equalJson, isJsonObject } from "../../kinds/schema/json-value.ts";
import type { StructuralSchema } from "../../kinds/schema/structural-schema.ts";
import { MEMBERS_A_STEP, type Steps } from "../../steps.ts";
import { isNamed, itemElement, memberSchema, partsOf, shapeOf } from "./field-elements.ts";
import { type FieldsV1, isEmpty, known, LEAF, NO_FIELDS } from "./fields-v1.ts";

type Nodes = Record<string, FieldsV1>;

/** A container, and the node for which its parts become children. */
interface Unread {
  readonly value: object;
  readonly schema: StructuralSchema | undefined;
  readonly node: Nodes;
  /** Whose child the node is. Absent: it is the set itself. */
  readonly parent?: Nodes;
  readonly element?: string;
}

/** Which containers are owned, besides what is in them. */
type Owned = "all" | "entries";

/** What an applied configuration lays claim to: its leaves, and the entries of its maps and lists. */
export function* appliedFields(value: object, schema: StructuralSchema | undefined): Steps<FieldsV1> {
  const node: Nodes = {};
  yield* readFields({ value, schema, node }, "entries");
  return node;
}

/** Every field of a value, the containers included: what comes to be when it is created. */
export function allFields(value: unknown, schema: StructuralSchema | undefined): Steps<FieldsV1> {
  return filled({}, value, schema);
}

/** The node of a value that came to be, or went, as a whole. */
function wholeNode(value: unknown, schema: StructuralSchema | undefined): Steps<FieldsV1> {
  return filled({ ".": LEAF }, value, schema);
}

/** The node with all fields of a value below it; a leaf where that has none. */
function* filled(node: Nodes, value: unknown, schema: StructuralSchema | undefined): Steps<FieldsV1> {
  if (!isDivided(value, schema)) return LEAF;
  return (yield* readFields({ value, schema, node }, "all")) ? node : LEAF;
}

/** Whether the first one has any parts. */
function* readFields(first: Unread, owned: Owned): Steps<boolean> {
  const unread = [first];
  let read = 0;
  let hasParts = false;
  // It grows while it is gone through: so fields are listed in the order in which the object lists them.
  for (const { value, schema, node, parent, element } of unread) {
    let parts = 0;
    if (Array.isArray(value)) {
      for (const item of value) {
        if (++read % MEMBERS_A_STEP === 0) yield;
        const name = itemElement(item, schema);
        if (name === undefined) continue;
        parts++;
        addPart(node, name, item, schema?.items, true, unread);
      }
    } else if (isJsonObject(value)) {
      for (const name in value) {
        if (++read % MEMBERS_A_STEP === 0) yield;
        const part = value[name];
        if (part === undefined) continue;
        parts++;
        const isOwned = owned === "all" || !isNamed(schema, name);
        addPart(node, `f:${name}`, part, memberSchema(schema, name), isOwned, unread);
      }
    }
    if (parts > 0) known(node, parts);
    else if (parent !== undefined && element !== undefined) parent[element] = LEAF;
    if (node === first.node) hasParts = parts > 0;
  }
  return hasParts;
}

function addPart(
  parent: Nodes,
  element: string,
  value: unknown,
  schema: StructuralSchema | undefined,
  isOwned: boolean,
  unread: Unread[],
): void {
  if (!isDivided(value, schema)) {
    parent[element] = LEAF;
    return;
  }
  const node: Nodes = isOwned ? { ".": LEAF } : {};
  parent[element] = node;
  unread.push({ value, schema, node, parent, element });
}

function isDivided(value: unknown, schema: StructuralSchema | undefined): value is object {
  return isContainer(value) && shapeOf(value, schema) !== "whole";
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export interface FieldChanges {
  /** Added, or with another value than before. */
  readonly changed: FieldsV1;
  readonly removed: FieldsV1;
}

export const NO_CHANGES: FieldChanges = { changed: NO_FIELDS, removed: NO_FIELDS };

/** A tree of changes, of which a node is made as soon as there is a change below it. */
class FoundFields {
  readonly #parent: FoundFields | undefined;
  readonly #element: string;
  #node: Nodes | undefined;
  #fields = 0;

  constructor(parent?: FoundFields, element = "") {
    this.#parent = parent;
    this.#element = element;
  }

  add(element: string, node: FieldsV1): void {
    if (this.#node === undefined) {
      this.#node = {};
      this.#parent?.add(this.#element, this.#node);
    }
    this.#node[element] = node;
    known(this.#node, ++this.#fields);
  }

  get fields(): FieldsV1 {
    return this.#node ?? NO_FIELDS;
  }
}

/** Two states of a container, and where what is different is put. */
interface Pair {
  readonly before: unknown;
  readonly after: unknown;
  readonly schema: StructuralSchema | undefined;
  readonly changed: FoundFields;
  readonly removed: FoundFields;
}

/** What is different in `after`. Both are values that are containers of the same schema. */
export function* compareFields(
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
): Steps<FieldChanges> {
  if (before === after) return NO_CHANGES;
  const first: Pair = {
    before,
    after,
    schema,
    changed: new FoundFields(),
    removed: new FoundFields(),
  };
  const pairs = [first];
  let read = 0;
  for (const pair of pairs) {
    const { schema, changed, removed } = pair;
    if (isJsonObject(pair.before) && isJsonObject(pair.after)) {
      const { before, after } = pair;
      for (const name in after) {
        if (++read % MEMBERS_A_STEP === 0) yield;
        const now = after[name];
        if (now === undefined || before[name] === now) continue;
        const was = Object.hasOwn(before, name) ? before[name] : undefined;
        if (!isContainer(now) && !isContainer(was)) changed.add(`f:${name}`, LEAF);
        else yield* comparePart(pair, `f:${name}`, was, now, memberSchema(schema, name), pairs);
      }
      for (const name in before) {
        if (++read % MEMBERS_A_STEP === 0) yield;
        if (before[name] === undefined || (Object.hasOwn(after, name) && after[name] !== undefined)) continue;
        removed.add(`f:${name}`, yield* wholeNode(before[name], memberSchema(schema, name)));
      }
    } else {
      const old = partsOf(pair.before, schema);
      yield;
      const now = partsOf(pair.after, schema);
      yield;
      for (const { element, value } of now.values()) {
        if (++read % MEMBERS_A_STEP === 0) yield;
        yield* comparePart(pair, element, old.get(element)?.value, value, schema?.items, pairs);
      }
      for (const { element, value } of old.values()) {
        if (++read % MEMBERS_A_STEP === 0) yield;
        if (!now.has(element)) removed.add(element, yield* wholeNode(value, schema?.items));
      }
    }
  }
  return { changed: first.changed.fields, removed: first.removed.fields };
}

/** Finds out what a part changed, or adds it to those that are to be compared. */
function* comparePart(
  { changed, removed }: Pair,
  element: string,
  before: unknown,
  after: unknown,
  schema: StructuralSchema | undefined,
  pairs: Pair[],
): Steps<void> {
  if (before === undefined) {
    changed.add(element, yield* wholeNode(after, schema));
    return;
  }
  const shape = shapeOf(after, schema);
  if (shape !== "whole" && shapeOf(before, schema) === shape) {
    if (before === after) return;
    const below = { changed: new FoundFields(changed, element), removed: new FoundFields(removed, element) };
    pairs.push({ before, after, schema, ...below });
    return;
  }
  if (equalJson(before, after)) return;
  changed.add(element, yield* wholeNode(after, schema));
  const gone = yield* allFields(before, schema);
  if (!isEmpty(gone)) removed.add(element, gone);
}

/**
 * Fields that identify the object, or that only the server sets: no manager owns them. The containers `metadata` and
 * the object itself neither.
 */
const UNOWNED_METADATA: ReadonlySet<string> = new Set([
  ".",
  "f:name",
  "f:namespace",
  "f:creationTimestamp",
  "f:selfLink",
  "f:uid",
  "f:clusterName",
  "f:generation",
  "f:managedFields",
  "f:resourceVersion",
]);

export function withoutUnowned(set: FieldsV1): FieldsV1 {
  const owned: Nodes = {};
  for (const element in set) {
    if (element === "f:apiVersion" || element === "f:kind") continue;
    const node = element === "f:metadata" ? ownedMetadata(set[element] as FieldsV1) : set[element];
    if (node !== undefined) owned[element] = node;
  }
  return owned;
}

function ownedMetadata(metadata: FieldsV1): FieldsV1 | undefined {
  const owned: Nodes = {};
  let isOwned = false;
  for (const element in metadata) {
    if (UNOWNED_METADATA.has(element)) continue;
    owned[element] = metadata[element] as FieldsV1;
    isOwned = true;
  }
  return isOwned ? owned : undefined;
}
