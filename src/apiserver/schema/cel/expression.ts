/**
 * One CEL expression, compiled and checked, and how much work it may do.
 *
 * Evaluation cannot be interrupted, so its cost is bounded before it starts: macros such as `all` nested d deep over
 * collections of at most n elements visit n^d of them.
 */
import { type Environment, EvaluationError, ParseError, TypeError as TypeFault } from "@marcbachmann/cel-js";
import { err, ok, type Result } from "../../../kernel/index.ts";
import { isJsonObject } from "../json-value.ts";
import { toLibraryNames, withoutStrings } from "./dialect.ts";

/** Visits of collection elements that one evaluation may cost; about a second at the most. */
export const MAX_VISITS = 1_000_000;

export interface Expression {
  /** Of the type that was asked for, or why it has no value: `no such key: x`. */
  readonly evaluate: (variables: Record<string, unknown>) => Result<unknown, string>;
  /** How deep macros over collections are nested. */
  readonly loopDepth: number;
  readonly usesOldSelf: boolean;
}

export function compileExpression(
  environment: Environment,
  text: string,
  resultType: "bool" | "string",
): Result<Expression, string> {
  try {
    const program = environment.parse(toLibraryNames(text));
    const checked = program.check();
    if (!checked.valid) return err(`compilation failed: ${summaryOf(checked.error)}`);
    if (checked.type !== resultType && checked.type !== "dyn") return err(`must evaluate to a ${resultType}`);
    return ok({
      evaluate: (variables) => evaluateSafely(() => program(variables as never), resultType),
      loopDepth: loopDepthOf(text),
      usesOldSelf: /\boldSelf\b/.test(withoutStrings(text)),
    });
  } catch (cause) {
    return err(`compilation failed: ${summaryOf(cause)}`);
  }
}

function evaluateSafely(run: () => unknown, resultType: "bool" | "string"): Result<unknown, string> {
  try {
    const value = run();
    const expected = resultType === "bool" ? "boolean" : "string";
    return typeof value === expected ? ok(value) : err(`result is not a ${resultType}`);
  } catch (cause) {
    return err(summaryOf(cause));
  }
}

function summaryOf(cause: unknown): string {
  if (cause instanceof EvaluationError || cause instanceof ParseError || cause instanceof TypeFault) {
    return cause.summary.replace(/^No such key/, "no such key").replaceAll("kubernetes_", "");
  }
  return cause instanceof Error ? cause.message : String(cause);
}

/** How deep `all`, `exists`, `map`, `filter` and the like are nested. */
function loopDepthOf(text: string): number {
  const tokens =
    withoutStrings(text).match(/\.(all|exists|exists_one|existsOne|map|filter)\s*\(|\(|\)/g) ?? [];
  const open: boolean[] = [];
  let depth = 0;
  let deepest = 0;
  for (const token of tokens) {
    if (token === ")") {
      if (open.pop() === true) depth--;
      continue;
    }
    const isLoop = token !== "(";
    open.push(isLoop);
    if (isLoop) deepest = Math.max(deepest, ++depth);
  }
  return deepest;
}

/** Elements of the largest collection in a JSON value. */
export function largestCollection(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const members = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
  return members.reduce<number>(
    (largest, member) => Math.max(largest, largestCollection(member)),
    members.length,
  );
}
