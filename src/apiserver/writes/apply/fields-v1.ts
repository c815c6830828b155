/**
 * Sets of fields in the form in which `managedFields` keeps them (`fieldsV1`), and the algebra on them.
 *
 * A set is a tree of path elements: `f:NAME` a field, `k:{"KEY":VALUE}` an item of a list by its keys, `v:VALUE` an
 * item of a set. A node without children is in the set; one with children is in it when it has the child `.`. Sets are
 * never changed: every operation returns a new one, and shares what it can.
 */
import { isTooDeep } from "../../depth.ts";

export interface FieldsV1 {
  readonly [element: string]: FieldsV1;
}

export const NO_FIELDS: FieldsV1 = Object.freeze({});
/** A node in the set, without children. */
export const LEAF: FieldsV1 = NO_FIELDS;

/** Whether a set (not a node of one) has nothing in it. */
export function isEmpty(set: FieldsV1): boolean {
  // To begin a loop over an object of very many members takes as long as to end it.
  if (set === NO_FIELDS || Object.hasOwn(set, ".")) return set === NO_FIELDS;
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

/** A node from its children; undefined when nothing is left of it. */
function nodeOf(member: boolean, children: Children): FieldsV1 | undefined {
  if (isEmpty(children)) return member ? LEAF : undefined;
  return member ? { ".": LEAF, ...children } : children;
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
  const merged: Children = isMember(left) || isMember(right) ? { ".": LEAF } : {};
  let children = 0;
  for (const node of [left, right]) {
    for (const element in node) {
      if (element === ".") continue;
      children++;
      const child = node[element] as FieldsV1;
      const known = node === left ? undefined : childOf(merged, element);
      merged[element] = known === undefined ? child : unionNodes(known, child);
    }
  }
  return children === 0 ? LEAF : merged;
}

/** What is in `left` and not in `right`. Returns `left` itself when they share nothing. */
export function difference(left: FieldsV1, right: FieldsV1): FieldsV1 {
  let rest: Children | undefined;
  for (const element in right) {
    const ours = childOf(left, element);
    if (ours === undefined || element === ".") continue;
    const node = differenceOfNodes(ours, right[element] as FieldsV1);
    if (node === ours) continue;
    rest ??= { ...left };
    if (node === undefined) delete rest[element];
    else rest[element] = node;
  }
  return rest ?? left;
}

function differenceOfNodes(left: FieldsV1, right: FieldsV1): FieldsV1 | undefined {
  const member = isMember(left) && !isMember(right);
  const { ".": _, ...children } = left;
  const rest = difference(children, right);
  if (rest === children && member === isMember(left)) return left;
  return nodeOf(member, rest as Children);
}

export function intersection(left: FieldsV1, right: FieldsV1): FieldsV1 {
  const shared: Children = {};
  for (const element in left) {
    const theirs = childOf(right, element);
    if (theirs === undefined || element === ".") continue;
    const ours = left[element] as FieldsV1;
    const { ".": _, ...children } = ours;
    const below = intersection(children, theirs) as Children;
    const node = nodeOf(isMember(ours) && isMember(theirs), below);
    if (node !== undefined) shared[element] = node;
  }
  return shared;
}

export function equalFields(left: FieldsV1, right: FieldsV1): boolean {
  if (left === right) return true;
  const normal = (node: FieldsV1) => Object.keys(node).filter((element) => element !== ".");
  const elements = normal(left);
  if (elements.length !== normal(right).length) return false;
  return elements.every((element) => {
    const theirs = childOf(right, element);
    const ours = left[element] as FieldsV1;
    return theirs !== undefined && isMember(ours) === isMember(theirs) && equalFields(ours, theirs);
  });
}

/** The paths in a set as messages show them: `.spec.containers[name="x"].image`. */
export function pathsOf(set: FieldsV1, prefix = ""): readonly string[] {
  return Object.keys(set)
    .filter((element) => element !== ".")
    .sort()
    .flatMap((element) => {
      const node = set[element] as FieldsV1;
      const path = prefix + elementText(element);
      return [...(isMember(node) ? [path] : []), ...pathsOf(node, path)];
    });
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
  return Object.entries(value).every(([element, node]) => isElement(element) && isFieldsV1(node));
}

function isElement(element: string): boolean {
  if (element === "." || element.startsWith("f:") || /^i:\d+$/.test(element)) return true;
  if (!/^[kv]:/.test(element)) return false;
  try {
    const content: unknown = JSON.parse(element.slice(2));
    return (
      !isTooDeep(content) && (element.startsWith("v:") || (typeof content === "object" && content !== null))
    );
  } catch {
    return false;
  }
}
