/**
 * What a schema makes of the objects of a kind: unknown fields dropped, defaults filled in, faults found.
 */
import { assert } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import { isLargerThan, MAX_OBJECT_BYTES, TOO_LARGE_MESSAGE } from "../../depth.ts";
import type { Cause } from "../../status-error.ts";
import { allSteps, type Steps } from "../../steps.ts";
import { withinBudget } from "../../work-budget.ts";
import type { JsonSchema, ResourceRules } from "../resource.ts";
import { forbidden, isFull, MAX_FAULTS, typeInvalid } from "./causes.ts";
import { compileCelRules } from "./cel/rules.ts";
import { compileCheck } from "./check-value.ts";
import { dropNulls } from "./drop-nulls.ts";
import { compileDefaults, compilePrune } from "./reshape.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** For kinds whose schema is known to be sound: the built-in ones. Throws when its CEL rules do not compile. */
export function compileSchemaRules(schema: JsonSchema): ResourceRules {
  const faults: Cause[] = [];
  const rules = compileRules(schema as StructuralSchema, "", faults);
  assert(faults.length === 0, "a built-in schema has rules that do not compile", { faults });
  return rules;
}

/** What the checks of one object may cost: about a tenth of a second. */
const MAX_CHECK_WORK = 2_000_000;
const TOO_MUCH_WORK = `the schema takes more than ${MAX_CHECK_WORK} steps to check this object, which is the limit; make the object smaller, or its schema and patterns simpler`;
const NOT_ALL_FOUND = `too many errors: validation stopped after ${MAX_FAULTS} of them, and there are more`;
/** The last words of a validation that stopped before the CEL rules. */
const NOT_ALL_CHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
const BLOCKING = new Set([
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/**
 * Rules of the kind that `schema` describes. Faults of its CEL rules go to `faults`, with paths below `path`. `costly`:
 * none is refused for what it may cost.
 */
export function compileRules(
  schema: StructuralSchema,
  path: string,
  faults: Cause[],
  { costly = false } = {},
): ResourceRules {
  const { apiVersion: _a, kind: _k, metadata, ...properties } = schema.properties ?? {};
  const body: StructuralSchema = { ...schema, properties };
  const named =
    metadata?.properties === undefined ? body : { ...body, properties: { ...properties, metadata } };
  // What cannot fail is made for the first object: a definition is checked more often than one of its kind is written.
  const check = lazily(() => compileCheck(named));
  const defaults = lazily(() => compileDefaults(body));
  const prune = lazily(() => compilePrune({ ...schema, "x-kubernetes-embedded-resource": true }));
  const cel = compileCelRules(schema, path, faults, { costly });
  return {
    prune: (object) => {
      const unknown: string[] = [];
      const pruned = prune()?.(object, "", unknown) ?? object;
      return { object: dropNulls(pruned, body) as AnyObject, unknown };
    },
    applyDefaults: (object) => (defaults()?.(object) ?? object) as AnyObject,
    validate: (object, old) => allSteps(validateSteps(object, old)),
    validateSteps,
  };

  function* validateSteps(object: AnyObject, old: AnyObject | undefined): Steps<readonly Cause[]> {
    if (isLargerThan(object, MAX_OBJECT_BYTES)) return [forbidden("<nil>", TOO_LARGE_MESSAGE)];
    yield;
    const found: Cause[] = [];
    const checkValue = check();
    const checked = withinBudget(MAX_CHECK_WORK, () => checkValue(object, old, "", found));
    if (!checked.ok) return [...found, forbidden("<nil>", TOO_MUCH_WORK)];
    if (isFull(found)) {
      found.push(typeInvalid("<nil>", null, NOT_ALL_FOUND));
      return found;
    }
    if (cel === undefined) return found;
    if (found.some((fault) => BLOCKING.has(fault.reason))) {
      found.push(typeInvalid("<nil>", null, NOT_ALL_CHECKED));
      return found;
    }
    yield;
    cel(object, old, found);
    return found;
  }
}

/** Calls `make` when its value is first asked for. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
