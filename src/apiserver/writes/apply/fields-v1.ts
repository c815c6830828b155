/**
 * Sets of fields in the form in which `managedFields` keeps them (`fieldsV1`), and the algebra on them.
 *
 * A set is a tree of path elements: `f:NAME` a field, `k:{"KEY":VALUE}` an item of a list by its keys, `v:VALUE` an
 * item of a set. A node without children is in the set; one with children is in it when it has the child `.`. Sets are
 * never changed: every operation returns a new one, and shares what it can.
 */
import { parseShallow } from "../../json-scan.ts";
import { MEMBERS_A_STEP, type Steps } from "../../steps.ts";

export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

export const NO_FIELDS: FieldsV1 = Object.freeze({});
/** A node in the set, without children. */
export const LEAF: FieldsV1 = NO_FIELDS;

/** Sets that are known to have something in them, and so much that it takes long to find out. */
const large = new WeakSet<FieldsV1>();
const LARGE = 1_000;

/** Whether a set (not a node of one) has nothing in it. */
export function isEmpty(set: FieldsV1): boolean {
  // To begin a loop over an object of very many members takes as long as to end it.
  if (set === NO_FIELDS || Object.hasOwn(set, ".")) return set === NO_FIELDS;
  if (large.has(set)) return false;
  for (const _ in set) return false;
  return true;
}

/** Whether a node is itself in the set, besides what may be below it. */
export function isMember(node: FieldsV1): boolean {
  return Object.hasOwn(node, ".") || isEmpty(node);
}

export function childOf(node: FieldsV1, element: string): FieldsV1 | undefined {
  return Object.hasOwn(node, element) ? node[element] : undefined;
}

type Children = Record<string, FieldsV1>;

const nodeFor = (member: boolean): Children => (member ? { ".": LEAF } : {});

/** A node that has so many children by now; undefined when nothing is left of it. */
function built(node: Children, children: number): FieldsV1 | undefined {
  if (children === 0) return Object.hasOwn(node, ".") ? LEAF : undefined;
  return known(node, children);
}

/** A set that was built of so many members. */
export function known(set: FieldsV1, members: number): FieldsV1 {
  if (members >= LARGE) large.add(set);
  return set;
}

export function union(left: FieldsV1, right: FieldsV1): FieldsV1 {
  if (left === right || isEmpty(right)) return left;
  if (isEmpty(left)) return right;
  const merged: Children = { ...left };
  for (const element in right) {
    const theirs = right[element] as FieldsV1;
    const ours = childOf(left, element);
    merged[element] = ours === undefined ? theirs : unionNodes(ours, theirs);
  }
  return merged;
}

function unionNodes(left: FieldsV1, right: FieldsV1): FieldsV1 {
  if (left === right) return left;
  const merged = nodeFor(isMember(left) || isMember(right));
  let children = 0;
  for (const node of [left, right]) {
    for (const element in node) {
      if (element === ".") continue;
      children++;
      const child = node[element] as FieldsV1;
      const ours = node === left ? undefined : childOf(merged, element);
      merged[element] = ours === undefined ? child : unionNodes(ours, child);
    }
  }
  return built(merged, children) ?? LEAF;
}

/** What is in `left` and not in `right`. Returns `left` itself when they share nothing. */
export function difference(left: FieldsV1, right: FieldsV1): FieldsV1 {
  const changes = changesBy(left, right);
  if (changes === undefined) return left;
  const rest: Children = {};
  return known(rest, addKept(rest, left, changes));
}

function differenceOfNodes(left: FieldsV1, right: FieldsV1): FieldsV1 | undefined {
  const wasMember = isMember(left);
  const member = wasMember && !isMember(right);
  const changes = changesBy(left, right);
  if (changes === undefined && member === wasMember) return left;
  const rest = nodeFor(member);
  return built(rest, addKept(rest, left, changes));
}

/** What becomes of the children of `left` that `right` takes from; undefined of one: it goes. Undefined: none changes. */
function changesBy(left: FieldsV1, right: FieldsV1): ReadonlyMap<string, FieldsV1 | undefined> | undefined {
  let changes: Map<string, FieldsV1 | undefined> | undefined;
  for (const element in right) {
    const ours = childOf(left, element);
    if (ours === undefined || element === ".") continue;
    const node = differenceOfNodes(ours, right[element] as FieldsV1);
    if (node === ours) continue;
    changes ??= new Map();
    changes.set(element, node);
  }
  return changes;
}

/** Adds the children of `left` as they are after `changes`. Returns how many there are. */
function addKept(
  rest: Children,
  left: FieldsV1,
  changes: ReadonlyMap<string, FieldsV1 | undefined> | undefined,
): number {
  let children = 0;
  for (const element in left) {
    if (element === ".") continue;
    const node = changes?.has(element) ? changes.get(element) : left[element];
    if (node === undefined) continue;
    rest[element] = node;
    children++;
  }
  return children;
}

export function* intersection(left: FieldsV1, right: FieldsV1): Steps<FieldsV1> {
  const shared: Children = {};
  return known(shared, yield* addShared(shared, left, right));
}

/** Adds what the children of both have in common. Returns how many there are. */
function* addShared(shared: Children, left: FieldsV1, right: FieldsV1): Steps<number> {
  let [children, read] = [0, 0];
  for (const element in left) {
    if (++read % MEMBERS_A_STEP === 0) yield;
    const theirs = childOf(right, element);
    if (theirs === undefined || element === ".") continue;
    const ours = left[element] as FieldsV1;
    const node = ours === LEAF ? leafOf(theirs) : yield* sharedNode(ours, theirs);
    if (node === undefined) continue;
    shared[element] = node;
    children++;
  }
  return children;
}

function leafOf(node: FieldsV1): FieldsV1 | undefined {
  return isMember(node) ? LEAF : undefined;
}

function* sharedNode(left: FieldsV1, right: FieldsV1): Steps<FieldsV1 | undefined> {
  const node = nodeFor(isMember(left) && isMember(right));
  return built(node, yield* addShared(node, left, right));
}

export function equalFields(left: FieldsV1, right: FieldsV1): boolean {
  if (left === right) return true;
  let more = 0;
  for (const element in left) {
    if (element === ".") continue;
    more++;
    const theirs = childOf(right, element);
    const ours = left[element] as FieldsV1;
    if (theirs === undefined || isMember(ours) !== isMember(theirs) || !equalFields(ours, theirs))
      return false;
  }
  for (const element in right) if (element !== ".") more--;
  return more === 0;
}

/** The paths in a set as messages show them: `.spec.containers[name="x"].image`. */
export function pathsOf(set: FieldsV1): readonly string[] {
  const paths: string[] = [];
  addPaths(paths, set, "");
  return paths;
}

function addPaths(paths: string[], set: FieldsV1, prefix: string): void {
  for (const element of Object.keys(set).sort()) {
    if (element === ".") continue;
    const node = set[element] as FieldsV1;
    const path = prefix + elementText(element);
    if (isMember(node)) paths.push(path);
    if (node !== LEAF) addPaths(paths, node, path);
  }
}

function elementText(element: string): string {
  const content = element.slice(2);
  if (element.startsWith("f:")) return `.${content}`;
  if (element.startsWith("v:")) return `[=${content}]`;
  if (!element.startsWith("k:")) return `[${content}]`;
  const keys = Object.entries(JSON.parse(content) as object);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
}

/** Checks what a client sent as `fieldsV1`. */
export function isFieldsV1(value: unknown): value is FieldsV1 {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  let members = 0;
  for (const element in value) {
    members++;
    if (!isElement(element) || !isFieldsV1((value as Record<string, unknown>)[element])) return false;
  }
  known(value as FieldsV1, members);
  return true;
}

function isElement(element: string): boolean {
  if (element === "." || element.startsWith("f:") || /^i:\d+$/.test(element)) return true;
  if (!/^[kv]:/.test(element)) return false;
  const content = parseShallow(Buffer.from(element.slice(2)));
  if (!content.ok) return false;
  return element.startsWith("v:") || (typeof content.value === "object" && content.value !== null);
}
