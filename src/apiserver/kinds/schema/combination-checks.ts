/**
 * allOf, anyOf, oneOf and not. Their own faults have no field: which of the schemas a value was meant for
 * is unknown. They are followed by the faults of the alternative that checks most of the value.
 */

import type { Cause } from "../../status-error.ts";
import { spend } from "../../work-budget.ts";
import { invalid } from "./causes.ts";
import { isJsonObject } from "./json-value.ts";
import { propertySchema, type StructuralSchema } from "./structural-schema.ts";
import type { ValueCheck } from "./value-check.ts";

type Compile = (schema: StructuralSchema) => ValueCheck;

export function combinationChecks(schema: StructuralSchema, compile: Compile): ValueCheck[] {
  return [
    anyOfCheck(schema, compile),
    oneOfCheck(schema, compile),
    allOfCheck(schema, compile),
    notCheck(schema, compile),
  ].filter((check) => check !== undefined);
}

function faultsOf(check: ValueCheck, value: unknown, old: unknown, path: string): readonly Cause[] {
  spend(10);
  const faults: Cause[] = [];
  check(value, old, path, faults);
  return faults;
}

function fault(path: string, words: string): Cause {
  return invalid("<nil>", "", `"${path}" must ${words}`);
}

function anyOfCheck({ anyOf }: StructuralSchema, compile: Compile): ValueCheck | undefined {
  const checks = anyOf?.map(compile);
  if (anyOf === undefined || checks === undefined) return undefined;
  return (value, old, path, faults) => {
    const found: (readonly Cause[])[] = [];
    for (const check of checks) {
      const next = faultsOf(check, value, old, path);
      if (next.length === 0) return;
      found.push(next);
    }
    faults.push(fault(path, "validate at least one schema (anyOf)"), ...closest(anyOf, found, value));
  };
}

function oneOfCheck({ oneOf }: StructuralSchema, compile: Compile): ValueCheck | undefined {
  const checks = oneOf?.map(compile);
  if (oneOf === undefined || checks === undefined) return undefined;
  return (value, old, path, faults) => {
    const found = checks.map((check) => faultsOf(check, value, old, path));
    const valid = found.filter((each) => each.length === 0).length;
    if (valid === 1) return;
    const outcome = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
    faults.push(fault(path, `validate one and only one schema (oneOf). ${outcome}`));
    if (valid === 0) faults.push(...closest(oneOf, found, value));
  };
}

function allOfCheck({ allOf }: StructuralSchema, compile: Compile): ValueCheck | undefined {
  const checks = allOf?.map(compile);
  if (checks === undefined) return undefined;
  return (value, old, path, faults) => {
    const found = checks.map((check) => faultsOf(check, value, old, path));
    const invalidOnes = found.filter((each) => each.length > 0).length;
    if (invalidOnes === 0) return;
    const outcome = invalidOnes === found.length ? ". None validated" : "";
    faults.push(...found.flat(), fault(path, `validate all the schemas (allOf)${outcome}`));
  };
}

function notCheck({ not }: StructuralSchema, compile: Compile): ValueCheck | undefined {
  const check = not === undefined ? undefined : compile(not);
  if (check === undefined) return undefined;
  return (value, old, path, faults) => {
    if (faultsOf(check, value, old, path).length === 0)
      faults.push(fault(path, "not validate the schema (not)"));
  };
}

/** Of several alternatives that all failed, the faults of the first that checks most of the value. */
function closest(
  schemas: readonly StructuralSchema[],
  found: readonly (readonly Cause[])[],
  value: unknown,
): readonly Cause[] {
  const sizes = schemas.map((schema) => visitedParts(schema, value));
  return found[sizes.indexOf(Math.max(...sizes))] ?? [];
}

/** How many parts of a value a schema checks. */
function visitedParts(schema: StructuralSchema, value: unknown): number {
  spend(1);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return 1;
    return value.reduce<number>((sum, item) => sum + visitedParts(items, item), 1);
  }
  if (!isJsonObject(value)) return 1;
  let sum = 1;
  for (const name of Object.keys(schema.properties ?? {})) {
    const property = propertySchema(schema, name);
    if (property !== undefined && Object.hasOwn(value, name)) sum += visitedParts(property, value[name]);
  }
  return sum;
}
