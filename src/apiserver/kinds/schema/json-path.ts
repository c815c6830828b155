/**
 * The JSONPath of printer columns and scale sub-resources: `.spec.cidr`, `.items[0]`, `.spec['a\.b']`,
 * `.status.conditions[?(@.type=="Ready")].status`, `.spec.list[*].name`.
 */
import { err, ok, type Result } from "../../../kernel/index.ts";
import { isJsonObject } from "./json-value.ts";

type Step =
  | { readonly take: "member"; readonly name: string }
  | { readonly take: "item"; readonly index: number }
  | { readonly take: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly take: "all" }
  | { readonly take: "where"; readonly test: (item: unknown) => boolean };

/** Finds the values at a path, in document order. None where a part of it is missing. */
export type JsonPath = (root: unknown) => readonly unknown[];

export function compileJsonPath(text: string): Result<JsonPath, string> {
  const steps = parse(text);
  if (!steps.ok) return steps;
  return ok((root) => steps.value.reduce<readonly unknown[]>((values, step) => walk(values, step), [root]));
}

/** Member names of a path that has nothing else, such as `.spec.replicas`; undefined for any other. */
export function simplePath(text: string): readonly string[] | undefined {
  const steps = parse(text);
  if (!steps.ok) return undefined;
  const names = steps.value.map((step) => (step.take === "member" ? step.name : undefined));
  return names.every((name) => name !== undefined) ? names : undefined;
}

const TOKENS: readonly [RegExp, (groups: RegExpExecArray) => Step | undefined][] = [
  [/^\.?\['((?:[^'\\]|\\.)*)'\]/, (found) => ({ take: "member", name: unquote(found[1]) })],
  [/^\.?\["((?:[^"\\]|\\.)*)"\]/, (found) => ({ take: "member", name: unquote(found[1]) })],
  [/^\.?\[\*\]|^\.\*/, () => ({ take: "all" })],
  [/^\.?\[(-?\d+)\]/, (found) => ({ take: "item", index: Number(found[1]) })],
  [
    /^\.?\[(-?\d*):(-?\d*)\]/,
    (found) => ({ take: "slice", from: optionalNumber(found[1]), to: optionalNumber(found[2]) }),
  ],
  [/^\.?\[\?\((.+?)\)\]/, (found) => filterStep(found[1] ?? "")],
  [/^\.((?:[^.[\]\\]|\\.)+)/, (found) => ({ take: "member", name: unquote(found[1]) })],
];

function unquote(text: string | undefined): string {
  return (text ?? "").replace(/\\(.)/g, "$1");
}

function optionalNumber(text: string | undefined): number | undefined {
  return text === undefined || text === "" ? undefined : Number(text);
}

/** The tokens below are found by looking again and again: quadratic in the worst case, and no path is that long. */
const MAX_CHARACTERS = 1024;

function parse(text: string): Result<readonly Step[], string> {
  if (text.length > MAX_CHARACTERS) return err(`must be no longer than ${MAX_CHARACTERS} characters`);
  let rest = text.trim();
  if (rest.startsWith("{") && rest.endsWith("}")) rest = rest.slice(1, -1);
  if (rest.startsWith("$")) rest = rest.slice(1);
  if (rest === "" || !/^[.[]/.test(rest)) return err("must be a simple json path starting with .");
  const steps: Step[] = [];
  if (rest === ".") return ok(steps);
  while (rest !== "") {
    const before = rest;
    for (const [token, make] of TOKENS) {
      const found = token.exec(rest);
      const step = found === null ? undefined : make(found);
      if (found === null || step === undefined) continue;
      steps.push(step);
      rest = rest.slice(found[0].length);
      break;
    }
    if (rest === before) return err(`unrecognized part ${JSON.stringify(rest)} of the json path`);
  }
  return ok(steps);
}

/** `@.type=="Ready"`, or `@.name` for those that have it. */
function filterStep(text: string): Step | undefined {
  const found = /^\s*@((?:\.[\w-]+|\['[^']*'\])*)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*$/.exec(text);
  if (found === null) return undefined;
  const inner = found[1] === "" ? ok([]) : parse(found[1] ?? "");
  if (!inner.ok) return undefined;
  const valueAt = (item: unknown) =>
    inner.value.reduce<readonly unknown[]>((values, step) => walk(values, step), [item])[0];
  const operator = found[2];
  if (operator === undefined) return { take: "where", test: (item) => valueAt(item) !== undefined };
  const wanted = literal(found[3] ?? "");
  if (wanted === undefined) return undefined;
  return { take: "where", test: (item) => compare(valueAt(item), operator, wanted) };
}

function literal(text: string): string | number | boolean | undefined {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (quoted !== null) return quoted[2] ?? "";
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

function compare(left: unknown, operator: string, right: string | number | boolean): boolean {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== undefined && left !== right;
  if (typeof left !== typeof right) return false;
  const a = left as string | number;
  if (operator === "<") return a < right;
  if (operator === "<=") return a <= right;
  return operator === ">" ? a > right : a >= right;
}

function walk(values: readonly unknown[], step: Step): readonly unknown[] {
  const found: unknown[] = [];
  for (const value of values)
    for (const next of stepInto(value, step)) if (next !== undefined) found.push(next);
  return found;
}

function stepInto(value: unknown, step: Step): readonly unknown[] {
  if (step.take === "member") {
    return isJsonObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
  }
  if (step.take === "all" && isJsonObject(value)) return Object.values(value);
  if (!Array.isArray(value)) return [];
  if (step.take === "item") return [value.at(step.index)];
  if (step.take === "slice") return value.slice(step.from, step.to);
  return step.take === "all" ? value : value.filter(step.test);
}
