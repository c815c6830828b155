/**
 * What the evaluation of a rule may cost at the worst, in the units of kube-apiserver, which refuses a CRD for it: a
 * step costs one, a text a tenth of its length, a loop what its body costs for each item. The figures are part of the
 * API ("CEL cost" in the Kubernetes documentation of custom resource definitions): a rule that is refused on a cluster
 * is refused here.
 */
import { spend } from "../../../work-budget.ts";
import { isJsonObject } from "../json-value.ts";
import type { Sized } from "./sizes.ts";

/** Of a node of the library's syntax tree, as far as it matters here. */
interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
  readonly checkedType?: { readonly kind?: string; readonly name?: string };
  readonly meta: { readonly alternate?: SyntaxNode; readonly macro?: object };
}

/** Of a value: how many characters or items it may have, and where in the schema it is from. */
interface Estimate {
  readonly cost: number;
  readonly size: number;
  readonly from?: Sized | undefined;
}
type Scope = ReadonlyMap<string, Estimate>;

const UNKNOWN = 2 ** 64;
const TEXT_FACTOR = 0.1;
const PATTERN_FACTOR = 0.25;
/** Characters of the longest pattern behind a named format. */
const FORMAT_PATTERN = 128;

const traversal = (size: number, factor = TEXT_FACTOR) => Math.ceil(size * factor);

/** @param self the value of `self` and of `oldSelf` */
export function estimateCost(root: unknown, self: Sized | undefined): number {
  const value: Estimate = { cost: 1, size: self?.max ?? UNKNOWN, from: self };
  const scope = new Map([
    ["self", value],
    ["oldSelf", value],
  ]);
  return Math.min(UNKNOWN, estimate(root as SyntaxNode, scope).cost);
}

function estimate(node: SyntaxNode, scope: Scope): Estimate {
  spend(5);
  if (node.meta.alternate !== undefined) return estimate(node.meta.alternate, scope);
  const macro = node.meta.macro as Partial<Record<string, unknown>> | undefined;
  if (macro !== undefined) return macroEstimate(macro, scope, node);
  switch (node.op) {
    case "value":
      return { cost: 0, size: sizeOfLiteral(node.args) };
    case "id":
      return scope.get(String(node.args)) ?? { cost: 1, size: scalarSize(node) ?? UNKNOWN };
    case ".":
    case ".?":
      return selection(node, scope);
    case "accuPush":
      return estimate(node.args as SyntaxNode, scope);
    case "accuValue":
    case "accuInc":
      return { cost: 1, size: 0 };
    case "list": {
      const items = (node.args as readonly SyntaxNode[]).map((each) => estimate(each, scope));
      return { cost: 10 + sum(items), size: items.length, from: listOf(items.length, items) };
    }
    case "map": {
      const entries = (node.args as readonly (readonly SyntaxNode[])[])
        .flat()
        .map((each) => estimate(each, scope));
      return { cost: 30 + sum(entries), size: entries.length / 2 };
    }
    case "comprehension":
      return loopEstimate(node.args as Loop, scope);
    case "call":
    case "rcall":
      return callEstimate(node, scope);
    default:
      return operatorEstimate(node, scope);
  }
}

/** As if a schema had said how large its items are. */
function listOf(max: number, items: readonly Estimate[]): Sized {
  const largest = items.reduce((most, { size }) => Math.max(most, size), 0);
  const [only, ...others] = items;
  const item = others.length === 0 ? only?.from : undefined;
  return { max, least: 0, item: item ?? { max: largest, least: 0 } };
}

function sum(estimates: readonly Estimate[]): number {
  return estimates.reduce((total, { cost }) => total + cost, 0);
}

function sizeOfLiteral(value: unknown): number {
  if (typeof value === "string") return [...value].length;
  return value instanceof Uint8Array ? value.length : 1;
}

const SCALAR = new Set([
  "bool",
  "int",
  "uint",
  "double",
  "google.protobuf.Timestamp",
  "google.protobuf.Duration",
]);

function scalarSize({ checkedType }: SyntaxNode): number | undefined {
  return SCALAR.has(checkedType?.name ?? "") ? 1 : undefined;
}

function sizeOf(node: SyntaxNode, from: Sized | undefined): number {
  return from?.max ?? scalarSize(node) ?? UNKNOWN;
}

function selection(node: SyntaxNode, scope: Scope): Estimate {
  const [operand, name] = node.args as readonly [SyntaxNode, string];
  const below = estimate(operand, scope);
  const from = below.from?.fields?.get(String(name)) ?? (below.from?.fields ? undefined : below.from?.item);
  return { cost: below.cost + 1, size: sizeOf(node, from), from };
}

/** `has(…)` costs what its operand does; of the others each part is read once. */
function macroEstimate(macro: Partial<Record<string, unknown>>, scope: Scope, node: SyntaxNode): Estimate {
  const { selection: tested, names } = macro;
  if (tested !== undefined) {
    const [operand] = (tested as SyntaxNode).args as readonly [SyntaxNode];
    return { cost: estimate(operand, scope).cost, size: 1 };
  }
  if (names !== undefined) return pairsEstimate(macro as unknown as PairLoop, scope);
  const parts = Object.values(macro).filter((part) => isNode(part) && part !== node) as SyntaxNode[];
  return {
    cost: parts.reduce((total, part) => total + estimate(part, scope).cost, 1),
    size: sizeOf(node, undefined),
  };
}

function isNode(value: unknown): value is SyntaxNode {
  return isJsonObject(value) && "op" in value && "meta" in value;
}

interface Loop {
  readonly iterable: SyntaxNode;
  readonly iterVarName: string;
  readonly init: SyntaxNode;
  readonly step: SyntaxNode;
  readonly kind?: string;
}

/** A loop with two variables: `list.all(i, v, …)`. */
interface PairLoop {
  readonly receiver: object;
  readonly names: readonly [string, string];
  readonly parts: readonly object[];
  readonly collects: boolean;
}

function variable(from: Sized | undefined): Estimate {
  return { cost: 1, size: from?.max ?? UNKNOWN, from };
}

function loopEstimate({ iterable, iterVarName, step, kind }: Loop, scope: Scope): Estimate {
  const range = estimate(iterable, scope);
  const isMap = iterable.checkedType?.kind === "map";
  const inner = new Map(scope).set(iterVarName, variable(isMap ? undefined : range.from?.item));
  // Beside the step: the condition of the loop, and what is made of the value so far.
  const made = estimate(step, inner);
  const loop = times(range.size, made.cost + 2);
  if (kind === "quantifier") return { cost: range.cost + 1 + loop, size: 1 };
  return { cost: range.cost + 10 + loop, size: range.size, from: listOf(range.size, [made]) };
}

function pairsEstimate({ receiver, names, parts, collects }: PairLoop, scope: Scope): Estimate {
  const range = estimate(receiver as SyntaxNode, scope);
  const inner = new Map(scope).set(names[0], { cost: 1, size: 1 }).set(names[1], variable(range.from?.item));
  const each = parts.reduce((total, part) => total + estimate(part as SyntaxNode, inner).cost, 2);
  return {
    cost: range.cost + (collects ? 30 : 1) + times(range.size, each),
    size: collects ? range.size : 1,
  };
}

function times(count: number, cost: number): number {
  return count === 0 ? 0 : count * cost;
}

function operatorEstimate(node: SyntaxNode, scope: Scope): Estimate {
  const given = Array.isArray(node.args) ? node.args : [node.args];
  const operands = given.filter(isNode).map((each) => estimate(each, scope));
  const [left = NOTHING, right = NOTHING] = operands;
  const below = sum(operands);
  switch (node.op) {
    case "||":
    case "&&":
      return { cost: below, size: 1 };
    case "?:": {
      const [, yes = NOTHING, no = NOTHING] = operands;
      const { size, from } = yes.size >= no.size ? yes : no;
      return { cost: left.cost + Math.max(yes.cost, no.cost), size, from };
    }
    case "[]":
    case "[?]":
      return { cost: below + 1, size: sizeOf(node, left.from?.item), from: left.from?.item };
    case "in":
      return { cost: below + (given[1]?.checkedType?.kind === "map" ? 1 : right.size), size: 1 };
    case "+": {
      const size = left.size + right.size;
      const name = node.checkedType?.name ?? "";
      const isText = name === "string" || name === "bytes";
      return { cost: below + (isText ? traversal(size) : 1), size: scalarSize(node) ?? size };
    }
    case "==":
    case "!=":
      if (given.some(isOpaque)) return { cost: below + 1, size: 1 };
      return { cost: below + traversal(Math.min(left.size, right.size)), size: 1 };
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const isText = given.some((each) => ["string", "bytes"].includes(each?.checkedType?.name));
      return { cost: below + (isText ? traversal(Math.min(left.size, right.size)) : 1), size: 1 };
    }
    default:
      return { cost: below + 1, size: scalarSize(node) ?? UNKNOWN };
  }
}

/** An address, a URL, a quantity: compared in no time, whatever it was read from. */
function isOpaque(node: SyntaxNode): boolean {
  return /^(net|kubernetes)\./.test(node.checkedType?.name ?? "");
}

const NOTHING: Estimate = { cost: 0, size: 0 };

function callEstimate(node: SyntaxNode, scope: Scope): Estimate {
  const [name, ...rest] = node.args as readonly [string, ...unknown[]];
  const given = rest.flat().filter(isNode);
  const values = given.map((each) => estimate(each, scope));
  const [target = NOTHING] = values;
  const below = sum(values);
  if (name === "dyn") return { ...target, cost: below + 1 };
  const own = OWN_COSTS[withoutPrefix(name)]?.(values, given) ?? { cost: 1 };
  return { cost: below + own.cost, size: own.size ?? scalarSize(node) ?? UNKNOWN };
}

function withoutPrefix(name: string): string {
  return name.replace(/^kubernetes_/, "");
}

interface OwnCost {
  readonly cost: number;
  readonly size?: number;
}
type CostOf = (values: readonly Estimate[], nodes: readonly SyntaxNode[]) => OwnCost;

const textOf: CostOf = ([text = NOTHING]) => ({ cost: traversal(text.size), size: text.size });
const lastText: CostOf = (values) => ({ cost: traversal(values.at(-1)?.size ?? 0) });
const one: CostOf = () => ({ cost: 1 });
const matching: CostOf = ([text = NOTHING, pattern = NOTHING]) => ({
  cost: traversal(text.size + 1) * traversal(pattern.size, PATTERN_FACTOR),
  size: text.size,
});
/** A number or a truth value is written in few characters. */
const written: CostOf = ([text = NOTHING], [node]) => {
  if (node === undefined || scalarSize(node) !== undefined || isOpaque(node)) return { cost: 1, size: 32 };
  return { cost: traversal(text.size), size: text.size };
};
const everyItem: CostOf = ([list = NOTHING], [node]) => {
  if (node?.checkedType?.kind !== "list") return { cost: traversal(list.size) };
  const name = (node.checkedType as { valueType?: { name?: string } }).valueType?.name;
  const isText = name === "string" || name === "bytes";
  return { cost: times(list.size, 1 + (isText ? traversal(list.from?.item?.max ?? UNKNOWN) : 0)) };
};
const setsOf: CostOf = (values) => {
  const [left = NOTHING, right = NOTHING] = values.slice(-2);
  return { cost: 1 + left.size * right.size };
};
const containing: CostOf = (values, nodes) => ({
  cost: 4 + (nodes[1]?.checkedType?.name === "string" ? traversal(values[1]?.size ?? 0) : 0),
});

/** Beside that of the arguments. What is not here costs one. */
const OWN_COSTS: Readonly<Record<string, CostOf>> = {
  isSorted: everyItem,
  sum: everyItem,
  max: everyItem,
  min: everyItem,
  indexOf: everyItem,
  lastIndexOf: everyItem,
  url: textOf,
  lowerAscii: textOf,
  upperAscii: textOf,
  substring: textOf,
  trim: textOf,
  bytes: ([text = NOTHING]) => ({ cost: traversal(text.size), size: text.size * 4 }),
  format: textOf,
  string: written,
  startsWith: lastText,
  endsWith: lastText,
  replace: ([text = NOTHING, from = NOTHING, to = NOTHING]) => ({
    cost: traversal(text.size, 2 * TEXT_FACTOR),
    size: to.size <= from.size ? text.size : text.size + (text.size + 1) * to.size,
  }),
  split: ([text = NOTHING]) => ({ cost: traversal(text.size, 2 * TEXT_FACTOR), size: text.size }),
  join: ([list = NOTHING, between = NOTHING]) => {
    const size = list.size * ((list.from?.item?.max ?? UNKNOWN) + between.size);
    return { cost: traversal(size), size };
  },
  find: matching,
  findAll: matching,
  matches: matching,
  contains: (values, nodes) => {
    if (values.length > 2) return setsOf(values, nodes);
    const [text = NOTHING, part = NOTHING] = values;
    return { cost: traversal(text.size) * traversal(part.size) };
  },
  equivalent: setsOf,
  intersects: setsOf,
  containsIP: containing,
  containsCIDR: (values, nodes) => ({ cost: containing(values, nodes).cost + 3 }),
  validate: (values) => ({
    cost: traversal((values.at(-1)?.size ?? 0) + 1) * traversal(FORMAT_PATTERN, PATTERN_FACTOR),
  }),
  isIP: one,
  isCIDR: one,
  ip: one,
  cidr: one,
};
