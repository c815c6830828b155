/** `metav1.LabelSelector` as a function. */
import { isJsonObject } from "../kinds/schema/json-value.ts";

export type SelectorMatch = (labels: Readonly<Record<string, string>>) => boolean;

/** An absent or empty selector matches everything. One that is not to be understood matches nothing. */
export function compileSelector(selector: unknown): SelectorMatch {
  if (!isJsonObject(selector)) return () => true;
  const equal = Object.entries(isJsonObject(selector.matchLabels) ? selector.matchLabels : {});
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  const tests = expressions.map(compileExpression);
  return (labels) =>
    equal.every(([key, value]) => labelOf(labels, key) === value) && tests.every((test) => test(labels));
}

function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function compileExpression(expression: unknown): SelectorMatch {
  if (!isJsonObject(expression)) return () => false;
  const key = String(expression.key);
  const values: readonly unknown[] = Array.isArray(expression.values) ? expression.values : [];
  switch (expression.operator) {
    case "In":
      return (labels) => values.includes(labelOf(labels, key));
    case "NotIn":
      return (labels) => !values.includes(labelOf(labels, key));
    case "Exists":
      return (labels) => labelOf(labels, key) !== undefined;
    case "DoesNotExist":
      return (labels) => labelOf(labels, key) === undefined;
    default:
      return () => false;
  }
}
