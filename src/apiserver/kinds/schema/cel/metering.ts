/**
 * What the evaluation of an expression costs. The CEL library at hand neither counts nor stops, so the nodes of an
 * expression are made to count themselves after it was checked: each evaluation of a node, and for each call of a
 * function or an operator the size of what it is given, since `a in list` or `list.indexOf(a)` look at all of it.
 */
import { budgetLeft, isExhausted, spend } from "../../../work-budget.ts";
import { isJsonObject } from "../json-value.ts";
import { compilePattern } from "../pattern.ts";

/** Of a node of the library's syntax tree, as far as it matters here. */
interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
  readonly meta: { evaluate: Evaluate; alternate?: SyntaxNode; macro?: Macro };
  evaluate: Evaluate;
  handle?: Handle;
}
type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;
type Handle = (...values: unknown[]) => unknown;
interface Macro {
  evaluate: Evaluate;
}
interface Loop {
  condition?: (accumulated: unknown) => boolean;
}

/** Texts that an expression makes are no longer than this. */
const MAX_TEXT_CHARACTERS = 4 * 1024 * 1024;
/** A duration, a time or a quantity is written in fewer. */
const MAX_NUMBER_CHARACTERS = 256;

/** Operators that look at the whole of what they are given. `+` of texts takes no time; of lists it copies. */
const COMPARING = new Set(["+", "==", "!=", "in", "<", "<=", ">", ">="]);
/** Functions that take the same time however large the collection. */
const INSTANT = new Set(["value", "hasValue", "optional", "type", "dyn"]);
/** Functions whose time grows with more than the length of the text. */
const READING_NUMBERS = new Set(["duration", "timestamp", "quantity", "isQuantity", "double", "int", "uint"]);

/** Makes an expression count. Call it once, after the check. */
export function meter(root: unknown): void {
  visit(root, new Set());
}

function visit(value: unknown, seen: Set<object>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (Array.isArray(value)) for (const each of value) visit(each, seen);
  else if (isNode(value)) {
    meterNode(value);
    visit(value.args, seen);
    visit(value.meta.alternate, seen);
    if (value.meta.macro !== undefined) for (const part of Object.values(value.meta.macro)) visit(part, seen);
  } else if ("step" in value) {
    meterLoop(value as Loop);
    for (const part of Object.values(value)) visit(part, seen);
  }
}

function isNode(value: object): value is SyntaxNode {
  return "op" in value && "meta" in value && "evaluate" in value;
}

/** A fault in one turn of `all` or `exists` is put off to the end of the loop; an empty budget ends it at once. */
function meterLoop(loop: Loop): void {
  const { condition } = loop;
  loop.condition = (accumulated) => !isExhausted() && (condition === undefined || condition(accumulated));
}

function meterNode(node: SyntaxNode): void {
  const { alternate, macro } = node.meta;
  if (alternate !== undefined) {
    node.evaluate = (evaluator, _node, context) => alternate.evaluate(evaluator, alternate, context);
    return;
  }
  const plain = node.meta.evaluate;
  const run: Evaluate =
    macro === undefined ? plain : (evaluator, _node, context) => macro.evaluate(evaluator, macro, context);
  node.evaluate = (evaluator, each, context) => {
    spend(1);
    return run(evaluator, each, context);
  };
  if (node.handle !== undefined) node.handle = meteredHandle(node, node.handle);
}

function meteredHandle(node: SyntaxNode, handle: Handle): Handle {
  if (COMPARING.has(node.op)) {
    return (left, right, ...rest) => {
      spend(node.op === "in" ? sizeOf(right) : Math.min(sizeOf(left), sizeOf(right)));
      if (node.op === "+") spend(lengthOf(left) + lengthOf(right));
      return bounded(handle(left, right, ...rest));
    };
  }
  if (node.op === "comprehension") {
    return (items, ...rest) => {
      spend(1 + lengthOf(items));
      return handle(items, ...rest);
    };
  }
  if (node.op !== "call" && node.op !== "rcall") return handle;
  const [name] = node.args as readonly [string];
  if (name === "size") return meteredSize(handle);
  if (INSTANT.has(name)) return handle;
  return (values, ...rest) => {
    const given = values as readonly unknown[];
    for (const value of given) spend(1 + sizeOf(value));
    if (READING_NUMBERS.has(name)) checkNumberText(name, given[0]);
    // Whatever the way in which it was written: the library's own engine backtracks.
    if (name === "matches" && node.op === "rcall") return matches(given[0], given[1]);
    return bounded(handle(values, ...rest));
  };
}

/** Of a list it is known; a text is read for its characters, and an object for its members. */
function meteredSize(handle: Handle): Handle {
  return (values, ...rest) => {
    const size = handle(values, ...rest);
    const [value] = values as readonly unknown[];
    if (typeof value === "string" || (isJsonObject(value) && !(value instanceof Map)))
      spend(Math.ceil(Number(size) / 8));
    return size;
  };
}

function checkNumberText(name: string, text: unknown): void {
  if (typeof text === "string" && text.length > MAX_NUMBER_CHARACTERS) {
    throw new Error(`${name}() takes a text of at most ${MAX_NUMBER_CHARACTERS} characters`);
  }
}

export function matches(text: unknown, pattern: unknown): boolean {
  const compiled = compilePattern(String(pattern));
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value.test(String(text));
}

function bounded(value: unknown): unknown {
  if (typeof value === "string" && value.length > MAX_TEXT_CHARACTERS) spend(Number.POSITIVE_INFINITY);
  return value;
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return 0;
}

/** JSON behind a typed object, which is compared whole. */
export const RAW = Symbol("raw");

/** How many values there are in a value, and its texts by their length. No more is counted than may be spent. */
function sizeOf(value: unknown, most: number = budgetLeft()): number {
  if (typeof value === "string") return 1 + value.length / 16;
  if (typeof value !== "object" || value === null) return 1;
  if (value instanceof Uint8Array) return 1 + value.length / 16;
  let size = 1;
  const members = membersOf(value);
  if (members === undefined) return size;
  for (const member of members) {
    size += sizeOf(member, most - size);
    if (size > most) break;
  }
  return size;
}

function membersOf(value: object): Iterable<unknown> | undefined {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return value.values();
  if (RAW in value) return [value[RAW]];
  return value.constructor === Object || value.constructor === undefined ? Object.values(value) : undefined;
}
