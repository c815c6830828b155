/**
 * One CEL expression, compiled and checked, and how much work it may do.
 */
import { type Environment, EvaluationError, ParseError, TypeError as TypeFault } from "@marcbachmann/cel-js";
import { err, ok, type Result } from "../../../../kernel/index.ts";
import { spend, withinBudget } from "../../../work-budget.ts";
import { estimateCost } from "./cost-estimate.ts";
import { toLibraryNames, withoutStrings } from "./dialect.ts";
import { literalFault } from "./literals.ts";
import { meter } from "./metering.ts";
import type { Sized } from "./sizes.ts";

/** What one evaluation may cost, in the units of the work budget. As in Kubernetes, where that is a tenth of a second. */
export const MAX_COST = 1_000_000;
const MAX_EXPRESSION_CHARACTERS = 50_000;
/** Compiling costs so much, and as much again for each node. */
const COMPILATION_COST = 2_000;

export interface Expression {
  /** Of the type that was asked for, or why it has no value: `no such key: x`. */
  readonly evaluate: (variables: Record<string, unknown>) => Result<unknown, string>;
  readonly usesOldSelf: boolean;
  /** What one evaluation may cost at the worst, in the units of kube-apiserver. */
  readonly estimatedCost: number;
}

export function compileExpression(
  environment: Environment,
  text: string,
  resultType: "bool" | "string",
  self?: Sized,
): Result<Expression, string> {
  if (text.length > MAX_EXPRESSION_CHARACTERS) {
    return err(`the expression has ${text.length} characters, more than ${MAX_EXPRESSION_CHARACTERS}`);
  }
  spend(COMPILATION_COST + text.length * 10);
  try {
    const program = environment.parse(toLibraryNames(text));
    const checked = program.check();
    if (!checked.valid) return err(`compilation failed: ${summaryOf(checked.error)}`);
    if (checked.type !== resultType && checked.type !== "dyn") return err(`must evaluate to a ${resultType}`);
    const wrong = literalFault(program.ast);
    if (wrong !== undefined) return err(`compilation failed: ${wrong}`);
    const estimatedCost = estimateCost(program.ast, self);
    meter(program.ast);
    return ok({
      estimatedCost,
      evaluate: (variables) => evaluateSafely(() => program(variables as never), resultType),
      usesOldSelf: /\boldSelf\b/.test(withoutStrings(text)),
    });
  } catch (cause) {
    return err(`compilation failed: ${summaryOf(cause)}`);
  }
}

/** The message of an evaluation that was stopped. */
export const COST_EXCEEDED = `call cost exceeds limit: more than ${MAX_COST} steps`;

function evaluateSafely(run: () => unknown, resultType: "bool" | "string"): Result<unknown, string> {
  const outcome = withinBudget(MAX_COST, () => {
    try {
      const value = run();
      const expected = resultType === "bool" ? "boolean" : "string";
      return typeof value === expected ? ok(value) : err(`result is not a ${resultType}`);
    } catch (cause) {
      return err(summaryOf(cause));
    }
  });
  return outcome.ok ? outcome.value : err(COST_EXCEEDED);
}

function summaryOf(cause: unknown): string {
  if (cause instanceof EvaluationError || cause instanceof ParseError || cause instanceof TypeFault) {
    return cause.summary.replace(/^No such key/, "no such key").replaceAll("kubernetes_", "");
  }
  return cause instanceof Error ? cause.message : String(cause);
}
