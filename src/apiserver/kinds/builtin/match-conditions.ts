/**
 * `matchConditions` of a webhook: CEL over `object`, `oldObject` and `request`. All must hold for the webhook to be
 * called. `authorizer` is not offered.
 */
import { err, ok, type Result } from "../../../kernel/index.ts";
import { withinBudget } from "../../work-budget.ts";
import { compileExpression, type Expression } from "../schema/cel/expression.ts";
import { kubernetesEnvironment } from "../schema/cel/library.ts";
import { untypedToCel } from "../schema/cel/typed-values.ts";
import { isJsonObject } from "../schema/json-value.ts";

export interface ConditionVariables {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
}

/** Whether the webhook is to be called, or what went wrong in finding that out. */
export type MatchConditions = (variables: () => ConditionVariables) => Result<boolean, string>;

/** Of all conditions of one webhook together, the object as CEL sees it included. */
const MAX_COST = 1_500_000;

let environment: ReturnType<typeof conditionEnvironment> | undefined;

function conditionEnvironment() {
  const conditions = kubernetesEnvironment();
  for (const name of ["object", "oldObject", "request"]) conditions.registerVariable(name, "dyn");
  return conditions;
}

/** One condition, or why it does not compile. */
export function compileCondition(expression: string): Result<Expression, string> {
  environment ??= conditionEnvironment();
  return compileExpression(environment, expression, "bool");
}

export function compileConditions(declared: unknown): MatchConditions {
  if (!Array.isArray(declared) || declared.length === 0) return () => ok(true);
  const conditions = declared.filter(isJsonObject).map((condition) => ({
    name: String(condition.name),
    compiled: compileCondition(String(condition.expression)),
  }));
  const judge = (given: ConditionVariables): Result<boolean, string> => {
    const values = {
      object: untypedToCel(given.object ?? null),
      oldObject: untypedToCel(given.oldObject ?? null),
      request: untypedToCel(given.request),
    };
    let fault: string | undefined;
    for (const { name, compiled } of conditions) {
      const outcome = compiled.ok ? compiled.value.evaluate(values) : compiled;
      // One that does not hold decides, whatever became of the others.
      if (outcome.ok && outcome.value === false) return ok(false);
      if (!outcome.ok) fault ??= `matchCondition ${JSON.stringify(name)}: ${outcome.error}`;
    }
    return fault === undefined ? ok(true) : err(fault);
  };
  return (variables) => {
    const judged = withinBudget(MAX_COST, () => judge(variables()));
    return judged.ok
      ? judged.value
      : err(`matchConditions cost more than ${MAX_COST} steps, which is the limit`);
  };
}
