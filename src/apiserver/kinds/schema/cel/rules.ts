/**
 * `x-kubernetes-validations`: the CEL rules of a schema, compiled with it and run on every write.
 *
 * A rule that mentions `oldSelf` is a transition rule: it runs only where an old value can be correlated with the new one's
 * place (not below lists whose items have no key), unless it asks for an optional old value. Other rules are not run
 * again on what did not change.
 */
import { Optional } from "@marcbachmann/cel-js";
import type { Cause } from "../../../status-error.ts";
import { spend, withinBudget } from "../../../work-budget.ts";
import { childPath, duplicate, forbidden, invalid, isFull, required } from "../causes.ts";
import { correlateItems } from "../check-value.ts";
import { simplePath } from "../json-path.ts";
import { equalJson, isJsonObject, jsonTypeOf } from "../json-value.ts";
import type { CelRule, StructuralSchema } from "../structural-schema.ts";
import { mapValueSchema } from "../structural-schema.ts";
import { COST_EXCEEDED, compileExpression, type Expression, MAX_COST } from "./expression.ts";
import { kubernetesEnvironment } from "./library.ts";
import { sizedSchema, timesBelow, timesInRequest } from "./sizes.ts";
import { type CelType, registerCelType } from "./typed-values.ts";

/** Appends the faults that the rules find. `old` is undefined where there is no old value. */
export type CelCheck = (value: unknown, old: unknown, faults: Cause[]) => void;

/** What all rules together may cost for one object: Kubernetes has ten times as much, and a second. */
const MAX_OBJECT_COST = 2_000_000;
const BUDGET_EXCEEDED = `validation failed due to running out of cost budget (${MAX_OBJECT_COST} steps), no further validation rules will be run; make the object smaller or its rules simpler`;

/**
 * Faults of the rules themselves go to `faults`, with paths below `path`. Undefined: there are no rules.
 * `costly`: rules that may cost too much are compiled all the same, and stopped when they do.
 */
export function compileCelRules(
  schema: StructuralSchema,
  path: string,
  faults: Cause[],
  { costly = false } = {},
): CelCheck | undefined {
  if (!declaresRules(schema)) return undefined;
  const total: TotalCost | undefined = costly ? undefined : { cost: 0, rules: [] };
  const visit = compileVisit(schema, { path, correlatable: true, whole: true, times: 1, total }, faults);
  if (total !== undefined) faults.push(...totalFaults(total, path));
  if (visit === undefined) return undefined;
  return (value, old, found) => {
    if (withinBudget(MAX_OBJECT_COST, () => visit(value, old, "", found)).ok) return;
    found.push(forbidden("<nil>", BUDGET_EXCEEDED));
  };
}

/** At any depth where a rule may stand. Most kinds have none, and their schemas need not be walked with their paths. */
function declaresRules(schema: StructuralSchema): boolean {
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) return true;
  const values = mapValueSchema(schema);
  if (values !== undefined && declaresRules(values)) return true;
  if (schema.items !== undefined && declaresRules(schema.items)) return true;
  const { properties = {} } = schema;
  return Object.keys(properties).some((name) => declaresRules(properties[name] as StructuralSchema));
}

type Visit = (value: unknown, old: unknown, path: string, faults: Cause[]) => void;

interface Place {
  /** In the CRD, for faults of the rules. */
  readonly path: string;
  readonly correlatable: boolean;
  /** The schema describes a whole API object. */
  readonly whole: boolean;
  /** How many such values there can be in one object. Undefined: as many as fit into a request. */
  readonly times: number | undefined;
  /** What the rules may cost at the worst, so far. Undefined: not needed. */
  readonly total: TotalCost | undefined;
}

function compileVisit(schema: StructuralSchema, place: Place, faults: Cause[]): Visit | undefined {
  const below = compileBelow(schema, place, faults);
  const rules = compileRulesOf(schema, place, faults);
  if (below.length === 0 && rules === undefined) return undefined;
  return (value, old, path, found) => {
    if (value === undefined || value === null) return;
    if (isFull(found)) return;
    spend(1);
    rules?.(value, old ?? undefined, path, found);
    for (const visit of below) visit(value, old, path, found);
  };
}

function compileBelow(schema: StructuralSchema, place: Place, faults: Cause[]): readonly Visit[] {
  const visits: Visit[] = [];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = {
      ...place,
      path: `${place.path}.properties[${name}]`,
      whole: false,
      // The members of an atomic object are replaced together.
      correlatable: place.correlatable && schema["x-kubernetes-map-type"] !== "atomic",
    };
    const visit = compileVisit(property, at, faults);
    if (visit === undefined) continue;
    visits.push((value, old, path, found) => {
      if (!isJsonObject(value) || !Object.hasOwn(value, name)) return;
      visit(value[name], isJsonObject(old) ? old[name] : undefined, childPath(path, name), found);
    });
  }
  const values = mapValueSchema(schema);
  const below = timesBelow(schema);
  const times = place.times === undefined || below === undefined ? undefined : place.times * below;
  const valuePlace = { ...place, path: `${place.path}.additionalProperties`, whole: false, times };
  const visitValue = values && compileVisit(values, valuePlace, faults);
  if (visitValue !== undefined) {
    visits.push((value, old, path, found) => {
      if (!isJsonObject(value)) return;
      for (const [key, each] of Object.entries(value)) {
        visitValue(each, isJsonObject(old) ? old[key] : undefined, `${path}[${key}]`, found);
      }
    });
  }
  const keyed = schema["x-kubernetes-list-type"] === "map";
  const itemPlace = {
    ...place,
    path: `${place.path}.items`,
    correlatable: place.correlatable && keyed,
    whole: false,
    times,
  };
  const visitItem = schema.items && compileVisit(schema.items, itemPlace, faults);
  if (visitItem !== undefined) {
    visits.push((value, old, path, found) => {
      if (!Array.isArray(value)) return;
      const olds = Array.isArray(old) ? old : undefined;
      const oldOf = correlateItems(schema, olds, schema["x-kubernetes-list-map-keys"]);
      value.forEach((item, i) => {
        visitItem(item, oldOf?.(item, i), `${path}[${i}]`, found);
      });
    });
  }
  return visits;
}

interface CompiledRule {
  readonly declared: CelRule;
  readonly test: Expression;
  readonly message: Expression | undefined;
  readonly at: readonly string[];
}

function compileRulesOf(schema: StructuralSchema, place: Place, faults: Cause[]): Visit | undefined {
  const declared = schema["x-kubernetes-validations"];
  if (declared === undefined || declared.length === 0) return undefined;
  const environment = kubernetesEnvironment();
  const type = registerCelType(environment, schema, "object", place.whole);
  environment.registerVariable("self", type.name);
  const mandatory = environment.clone().registerVariable("oldSelf", type.name);
  const optional = environment.clone().registerVariable("oldSelf", `optional<${type.name}>`);
  const self = sizedSchema(schema, place.whole || schema["x-kubernetes-embedded-resource"] === true);
  const compiled = declared.flatMap((rule, i): CompiledRule[] => {
    const path = `${place.path}.x-kubernetes-validations[${i}]`;
    const target = rule.optionalOldSelf === true ? optional : mandatory;
    const before = faults.length;
    const test = compileExpression(target, rule.rule ?? "", "bool", self);
    if (test.ok)
      conditionFaults(
        test.value,
        rule,
        { ...place, times: place.times ?? timesInRequest(self) },
        path,
        faults,
      );
    else faults.push(invalid(`${path}.rule`, rule.rule, test.error));
    const message =
      rule.messageExpression === undefined || rule.messageExpression === ""
        ? undefined
        : compileExpression(target, rule.messageExpression, "string", self);
    if (message?.ok === false)
      faults.push(invalid(`${path}.messageExpression`, rule.messageExpression, message.error));
    else if (message !== undefined)
      observeCost(message.value.estimatedCost, `${path}.messageExpression`, place, faults);
    if (faults.length > before || !test.ok) return [];
    const at = rule.fieldPath === undefined ? [] : (simplePath(rule.fieldPath) ?? []);
    return [
      { declared: rule, test: test.value, message: message?.ok === true ? message.value : undefined, at },
    ];
  });
  return (value, old, path, found) => runRules(compiled, type, value, old, path, found);
}

/** What a rule may cost at the worst, for all values of one object together. */
const MAX_RULE_COST = 10_000_000;

/** What all rules of a schema may cost together. */
const MAX_TOTAL_COST = 100_000_000;
const MOST_NAMED = 4;

/** What the rules of a schema may cost. */
interface TotalCost {
  cost: number;
  /** Of those that count. */
  readonly rules: { readonly path: string; readonly cost: number }[];
}

function observeCost(cost: number, path: string, { total }: Place, faults: Cause[]): void {
  if (total === undefined) return;
  if (cost > MAX_RULE_COST)
    faults.push(forbidden(path, tooExpensive("estimated rule cost", cost / MAX_RULE_COST)));
  total.cost += cost;
  if (cost >= MAX_TOTAL_COST / 100) total.rules.push({ path, cost });
}

function totalFaults({ cost, rules }: TotalCost, path: string): readonly Cause[] {
  if (cost <= MAX_TOTAL_COST) return [];
  const worst = rules.toSorted((a, b) => b.cost - a.cost).slice(0, MOST_NAMED);
  const detail = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
  const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
  return [
    ...worst.map((rule) => forbidden(rule.path, detail)),
    forbidden(path, tooExpensive(what, cost / MAX_TOTAL_COST)),
  ];
}

function tooExpensive(what: string, factor: number): string {
  const shown = factor > 100 ? "more than 100" : factor.toFixed(factor < 1.5 ? 6 : 1);
  return `${what} exceeds budget by factor of ${shown}x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

function conditionFaults(
  { estimatedCost, usesOldSelf }: Expression,
  rule: CelRule,
  place: Place,
  path: string,
  faults: Cause[],
): void {
  observeCost(estimatedCost * (place.times ?? 1), `${path}.rule`, place, faults);
  if (usesOldSelf && !place.correlatable) {
    const detail = "oldSelf cannot be used on the uncorrelatable portion of the schema";
    faults.push(invalid(`${path}.rule`, rule.rule, detail));
  }
  if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    const detail = "may not be set if oldSelf is not used in rule";
    faults.push(invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, detail));
  }
}

function runRules(
  rules: readonly CompiledRule[],
  type: CelType,
  value: unknown,
  old: unknown,
  path: string,
  faults: Cause[],
): void {
  const unchanged = old !== undefined && equalJson(value, old);
  const self = type.toCel(value);
  const oldSelf = old === undefined ? undefined : type.toCel(old);
  for (const rule of rules) {
    const transition = rule.test.usesOldSelf;
    const optional = rule.declared.optionalOldSelf === true;
    if (transition ? oldSelf === undefined && !optional : unchanged) continue;
    const variables = { self, oldSelf: optional ? optionalOf(oldSelf) : oldSelf };
    spend(10);
    const outcome = rule.test.evaluate(variables);
    if (outcome.ok && outcome.value === true) continue;
    if (!outcome.ok && outcome.error === COST_EXCEEDED) {
      faults.push(
        forbidden(
          rootPath(path),
          `call cost exceeds limit for rule: ${rule.declared.rule.trim()}; it takes more than ${MAX_COST} steps`,
        ),
      );
      continue;
    }
    faults.push(
      outcome.ok ? failure(rule, variables, value, path) : evaluationFault(rule, outcome.error, value, path),
    );
  }
}

function optionalOf(value: unknown): unknown {
  return value === undefined ? Optional.none() : Optional.of(value);
}

function messageOf(rule: CelRule): string {
  const message = rule.message?.trim() ?? "";
  return message === "" ? `failed rule: ${rule.rule.trim()}` : message;
}

function evaluationFault(rule: CompiledRule, error: string, value: unknown, path: string): Cause {
  const what = rule.declared.message?.trim() || rule.declared.rule.trim();
  return invalid(rootPath(path), shown(value), `${error} evaluating rule: ${what}`);
}

function failure(
  rule: CompiledRule,
  variables: Record<string, unknown>,
  value: unknown,
  path: string,
): Cause {
  const composed = rule.message?.evaluate(variables);
  const text = composed?.ok === true ? String(composed.value).trim() : "";
  const message = text === "" || text.includes("\n") ? messageOf(rule.declared) : text;
  const field = rule.at.reduce(childPath, path);
  switch (rule.declared.reason) {
    case "FieldValueForbidden":
      return forbidden(rootPath(field), message);
    case "FieldValueRequired":
      return required(rootPath(field), message);
    case "FieldValueDuplicate":
      return duplicate(rootPath(field), shown(value));
    default:
      return invalid(rootPath(field), shown(value), message);
  }
}

/** A fault of the whole object has no field. */
function rootPath(path: string): string {
  return path === "" ? "<nil>" : path;
}

/** Objects and lists are named by their type alone. */
function shown(value: unknown): unknown {
  return typeof value === "object" ? jsonTypeOf(value) : value;
}
