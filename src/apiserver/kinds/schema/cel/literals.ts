/**
 * What is known of an expression before it runs: patterns, durations and times that are written in it, and names
 * that there are in this library and not in Kubernetes.
 */
import { evaluate } from "@marcbachmann/cel-js";
import { spend } from "../../../work-budget.ts";
import { compilePattern } from "../pattern.ts";

/** Of a node of the library's syntax tree, as far as it matters here. */
interface SyntaxNode {
  readonly op: string;
  readonly args: unknown;
  readonly checkedType?: { readonly kind?: string; readonly name?: string };
  readonly meta: { readonly alternate?: unknown; readonly macro?: object };
}

/** What is wrong with it. */
export function literalFault(root: unknown): string | undefined {
  return faultBelow(root, new Set());
}

function faultBelow(value: unknown, seen: Set<object>): string | undefined {
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  spend(1);
  if (Array.isArray(value)) return firstFault(value, seen);
  if (isNode(value)) {
    return (
      faultOf(value) ??
      faultBelow(value.args, seen) ??
      firstFault(Object.values(value.meta.macro ?? {}), seen)
    );
  }
  return "step" in value || "parts" in value ? firstFault(Object.values(value), seen) : undefined;
}

function firstFault(values: readonly unknown[], seen: Set<object>): string | undefined {
  for (const value of values) {
    const fault = faultBelow(value, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isNode(value: object): value is SyntaxNode {
  return "op" in value && "meta" in value && "args" in value;
}

function faultOf(node: SyntaxNode): string | undefined {
  if (node.op === "id" && node.args === "cel") return "undeclared reference to 'cel'";
  if (node.op === "list") return mixedFault(node.args as readonly SyntaxNode[]);
  if (node.op === "map") {
    const entries = node.args as readonly (readonly [SyntaxNode, SyntaxNode])[];
    return mixedFault(entries.map(([key]) => key)) ?? mixedFault(entries.map(([, value]) => value));
  }
  if (node.op !== "call" && node.op !== "rcall") return undefined;
  const [name, ...given] = node.args as readonly [string, ...unknown[]];
  const literal = literalOf(given.flat().at(-1));
  if (literal === undefined) return undefined;
  if (name === "kubernetes_matches" || name === "matches") {
    const compiled = compilePattern(literal);
    return compiled.ok ? undefined : `invalid matches argument: ${compiled.error}`;
  }
  if ((name === "duration" || name === "timestamp") && literal.length <= 256 && !reads(name, literal))
    return `invalid ${name} argument`;
  return undefined;
}

/** Members of a list or map that is written in a rule are of one type, unless one is converted with `dyn()`. */
function mixedFault(members: readonly SyntaxNode[]): string | undefined {
  const types = members.map(({ checkedType }) => {
    const { kind, name = "dyn" } = checkedType ?? {};
    return kind === "list" || kind === "map" ? kind : name;
  });
  const [first, second] = [
    ...new Set(types.filter((type) => type !== "dyn" && !type.startsWith("optional"))),
  ];
  return second === undefined ? undefined : `expected type '${first}' but found '${second}'`;
}

function literalOf(node: unknown): string | undefined {
  if (typeof node !== "object" || node === null || !isNode(node)) return undefined;
  return node.op === "value" && typeof node.args === "string" ? node.args : undefined;
}

function reads(name: "duration" | "timestamp", text: string): boolean {
  try {
    evaluate(`${name}(text)`, { text });
    return true;
  } catch {
    return false;
  }
}
