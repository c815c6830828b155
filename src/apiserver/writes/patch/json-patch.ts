/**
 * JSON Patch, RFC 6902. All or nothing, and the document that goes in stays as it is.
 *
 * Every name is a name: members called `constructor` or `__proto__` are treated like any other, which is why this is
 * not left to a library. Array indexes are those of RFC 6901: digits without leading zeros, and `-` for the end.
 */
import { err, ok, type Result } from "../../../kernel/index.ts";
import { MAX_DEPTH_WITH_OWNERS, MAX_VALUES, tooDeepMessage } from "../../depth.ts";
import { boundedText } from "../../kinds/schema/bounded-text.ts";
import {
  copyJson,
  equalJson,
  isJsonObject,
  type JsonObject,
  setMember,
} from "../../kinds/schema/json-value.ts";
import { malformed, type PatchFault, tooLarge, unprocessable } from "./patch-fault.ts";

/** As kube-apiserver: a longer patch is refused whole. */
const MAX_OPERATIONS = 10_000;

type Container = Record<string, unknown> | unknown[];

interface Operation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: readonly string[];
  readonly from: readonly string[];
  readonly value: unknown;
  /** As written, for messages. */
  readonly pathText: string;
  readonly fromText: string;
}

export function applyJsonPatch(document: unknown, patch: unknown): Result<unknown, PatchFault> {
  const operations = parsePatch(patch);
  if (!operations.ok) return operations;
  let root = copyJson(document);
  const work: Work = { copiedBytes: 0, copiedValues: 0, moved: 0 };
  for (const operation of operations.value) {
    const next = applyOperation(root, operation, work);
    if (!next.ok) return next;
    if (work.moved > MAX_MOVED) {
      return err(
        tooLarge(`the operations of the JSON patch shift or compare more than ${MAX_MOVED} values in all`),
      );
    }
    root = next.value;
  }
  return ok(root);
}

/** What the operations of a patch cost together. */
interface Work {
  copiedBytes: number;
  copiedValues: number;
  /** Items of lists that were shifted by an insertion or a removal, and values that were compared or weighed. */
  moved: number;
}

/**
 * As kube-apiserver, since CVE-2019-1002100: what the `copy` operations of a patch copy may be no larger than a request,
 * or a patch of a few hundred bytes that copies a value into itself fills the memory.
 */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;
/** 5,000 insertions at the head of a list of 1,000 items. */
const MAX_MOVED = 5_000_000;

function parsePatch(patch: unknown): Result<readonly Operation[], PatchFault> {
  if (!Array.isArray(patch)) return err(malformed("a JSON patch must be an array of operations"));
  if (patch.length > MAX_OPERATIONS) {
    const message = `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`;
    return err(tooLarge(message));
  }
  const operations: Operation[] = [];
  for (const [i, each] of patch.entries()) {
    const operation = parseOperation(each, i);
    if (!operation.ok) return operation;
    operations.push(operation.value);
  }
  return ok(operations);
}

const OPERATIONS = new Set(["add", "remove", "replace", "move", "copy", "test"]);

function parseOperation(operation: unknown, index: number): Result<Operation, PatchFault> {
  if (!isJsonObject(operation))
    return err(malformed(`operation ${index} of the JSON patch must be an object`));
  const { op, path: pathText, from: fromText } = operation;
  if (typeof op !== "string" || !OPERATIONS.has(op)) {
    return err(unprocessable(`Unexpected kind: operation ${index} of the JSON patch has op ${shown(op)}`));
  }
  const path = parsePointer(pathText);
  if (path === undefined)
    return err(unprocessable(`${op} operation has no valid "path": ${shown(pathText)}`));
  const needsFrom = op === "move" || op === "copy";
  const from = needsFrom ? parsePointer(fromText) : [];
  if (from === undefined)
    return err(unprocessable(`${op} operation has no valid "from": ${shown(fromText)}`));
  return ok({
    op: op as Operation["op"],
    path,
    from,
    // As in the library that kube-apiserver uses: no value is null.
    value: operation.value ?? null,
    pathText: String(pathText),
    fromText: String(fromText),
  });
}

/** The reference tokens of a JSON pointer (RFC 6901), or undefined when it is none. */
export function parsePointer(text: unknown): readonly string[] | undefined {
  if (typeof text !== "string") return undefined;
  if (text === "") return [];
  if (!text.startsWith("/") || /~([^01]|$)/.test(text)) return undefined;
  const tokens = text.slice(1).split("/", MAX_DEPTH_WITH_OWNERS + 1);
  // Nothing is as deep.
  if (tokens.length > MAX_DEPTH_WITH_OWNERS) return undefined;
  return tokens.map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function applyOperation(root: unknown, operation: Operation, work: Work): Result<unknown, PatchFault> {
  switch (operation.op) {
    case "add":
      return add(root, operation, copyJson(operation.value), work);
    case "remove":
      return remove(root, operation.path, "remove", operation.pathText, work);
    case "replace": {
      if (!fits(operation.path, operation.value, work)) {
        return err(tooLarge(tooDeepMessage("the patched object")));
      }
      if (operation.path.length === 0) return ok(copyJson(operation.value));
      const parent = parentOf(root, operation.path);
      const key = operation.path.at(-1) as string;
      // A member that is not there is added, as in the library that kube-apiserver uses.
      if (parent === undefined || (Array.isArray(parent) && read(parent, key) === undefined)) {
        return err(missing("replace", "key", operation.pathText));
      }
      if (Array.isArray(parent)) parent[Number(key)] = copyJson(operation.value);
      else setMember(parent, key, copyJson(operation.value));
      return ok(root);
    }
    case "copy": {
      const found = valueAt(root, operation.from);
      if (found === undefined) return err(missing("copy", "path", operation.fromText));
      const before = work.moved;
      work.copiedBytes += weigh(found, MAX_DEPTH_WITH_OWNERS, work);
      work.copiedValues += work.moved - before;
      if (work.copiedValues > MAX_VALUES) {
        return err(tooLarge(`the copy operations copy more than ${MAX_VALUES} values in all`));
      }
      if (work.copiedBytes > MAX_COPIED_BYTES) {
        const message = `Unable to complete the copy, the accumulated size increase of copy is over the limit of ${MAX_COPIED_BYTES} bytes`;
        return err(tooLarge(message));
      }
      return add(root, operation, copyJson(found), work);
    }
    case "move":
      return move(root, operation, work);
    case "test": {
      const found = valueAt(root, operation.path);
      // A member that is absent counts as null, as in the library that kube-apiserver uses.
      if (found !== undefined ? equalJson(found, operation.value) : operation.value === null) return ok(root);
      return err(unprocessable(`testing value ${cut(operation.pathText)} failed: test failed`));
    }
  }
}

function move(root: unknown, operation: Operation, work: Work): Result<unknown, PatchFault> {
  const { from, path } = operation;
  const found = valueAt(root, from);
  if (found === undefined) return err(missing("move", "path", operation.fromText));
  if (from.length < path.length && from.every((token, i) => token === path[i])) {
    return err(
      unprocessable(
        `move operation does not apply: ${cut(operation.pathText)} lies in ${cut(operation.fromText)}`,
      ),
    );
  }
  if (operation.fromText === operation.pathText) return ok(root);
  const removed = remove(root, from, "move", operation.fromText, work);
  return removed.ok ? add(removed.value, operation, found, work) : removed;
}

function add(root: unknown, operation: Operation, value: unknown, work: Work): Result<unknown, PatchFault> {
  if (!fits(operation.path, value, work)) return err(tooLarge(tooDeepMessage("the patched object")));
  if (operation.path.length === 0) return ok(value);
  const parent = parentOf(root, operation.path);
  const key = operation.path.at(-1) as string;
  if (parent === undefined) return err(missing(operation.op, "path", operation.pathText));
  if (!Array.isArray(parent)) {
    setMember(parent, key, value);
    return ok(root);
  }
  const index = key === "-" ? parent.length : arrayIndex(key);
  if (index === undefined || index > parent.length) {
    const detail = `Unable to access invalid index: ${key.slice(0, 40)}: invalid index referenced`;
    return err(unprocessable(`${operation.op} operation does not apply: ${detail}`));
  }
  work.moved += parent.length - index;
  parent.splice(index, 0, value);
  return ok(root);
}

function remove(
  root: unknown,
  path: readonly string[],
  op: Operation["op"],
  pathText: string,
  work: Work,
): Result<unknown, PatchFault> {
  const parent = parentOf(root, path);
  const key = path.at(-1);
  if (parent === undefined || key === undefined || read(parent, key) === undefined) {
    return err(missing(op, "path", pathText));
  }
  if (Array.isArray(parent)) {
    work.moved += parent.length - Number(key);
    parent.splice(Number(key), 1);
  } else delete parent[key];
  return ok(root);
}

const MAX_SHOWN_CHARACTERS = 1024;

function cut(text: string): string {
  return text.slice(0, MAX_SHOWN_CHARACTERS);
}

function shown(value: unknown): string {
  return boundedText(value, MAX_SHOWN_CHARACTERS);
}

function missing(op: string, what: "key" | "path", pathText: string): PatchFault {
  const path = what === "key" ? cut(pathText) : shown(pathText);
  return unprocessable(`${op} operation does not apply: doc is missing ${what}: ${path}: missing value`);
}

function arrayIndex(token: string): number | undefined {
  return /^(0|[1-9]\d*)$/.test(token) ? Number(token) : undefined;
}

function read(container: Container, token: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, token) ? container[token] : undefined;
  const index = arrayIndex(token);
  return index === undefined ? undefined : container[index];
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const token of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = read(value as Container, token);
  }
  return value;
}

function parentOf(root: unknown, path: readonly string[]): Container | undefined {
  const parent = valueAt(root, path.slice(0, -1));
  return typeof parent === "object" && parent !== null ? (parent as Container) : undefined;
}

/** Whether a value may stand at the end of a path. */
function fits(path: readonly string[], value: unknown, work: Work): boolean {
  return weigh(value, MAX_DEPTH_WITH_OWNERS - path.length, work) < Number.POSITIVE_INFINITY;
}

/** About as many bytes as the JSON of a value; infinite for one that is deeper than asked. */
function weigh(value: unknown, levels: number, work: Work): number {
  work.moved++;
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 4;
  if (levels <= 0) return Number.POSITIVE_INFINITY;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) size += 1 + weigh(item, levels - 1, work);
    return size;
  }
  for (const key in value) {
    size += key.length + 4 + weigh((value as JsonObject)[key], levels - 1, work);
  }
  return size;
}
