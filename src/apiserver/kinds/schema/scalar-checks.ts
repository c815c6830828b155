/**
 * Checks of strings and numbers. Each applies to values of its own type and lets everything else pass.
 */
import type { Cause } from "../../status-error.ts";
import { invalid, quoteValue, tooLong, typeInvalid } from "./causes.ts";
import { formatChecks } from "./formats.ts";
import { compilePattern } from "./pattern.ts";
import type { StructuralSchema } from "./structural-schema.ts";

type ScalarCheck = (value: unknown, old: unknown, path: string, faults: Cause[]) => void;

export function stringChecks(schema: StructuralSchema): ScalarCheck[] {
  const found: ((text: string, path: string) => Cause | undefined)[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  if (maxLength !== undefined) {
    found.push((text, path) => (isLonger(text, maxLength) ? tooLong(path, maxLength) : undefined));
  }
  if (minLength !== undefined) {
    found.push((text, path) =>
      isLonger(text, minLength - 1)
        ? undefined
        : invalid(path, text, `${path} in body should be at least ${minLength} chars long`),
    );
  }
  const regex = pattern === undefined ? undefined : compilePattern(pattern);
  if (regex?.ok === true) {
    found.push((text, path) => {
      if (!regex.value.isFeasible(text)) {
        return invalid(path, text, `${path} in body is too long (${text.length} characters) for its pattern`);
      }
      const shown = (pattern ?? "").slice(0, 1024);
      return regex.value.test(text)
        ? undefined
        : invalid(path, text, `${path} in body should match '${shown}'`);
    });
  }
  const formatted: typeof found = [];
  const formatCheck = format === undefined ? undefined : formatChecks.get(format);
  if (formatCheck !== undefined) {
    formatted.push((text, path) => {
      if (formatCheck(text)) return undefined;
      return typeInvalid(path, text, `${path} in body must be of type ${format}: ${quoteValue(text)}`);
    });
  }
  return [found, formatted].filter((checks) => checks.length > 0).map(firstFault);
}

/** The first of several checks of a text that finds something. */
function firstFault(checks: readonly ((text: string, path: string) => Cause | undefined)[]): ScalarCheck {
  return (value, _old, path, faults) => {
    if (typeof value !== "string") return;
    for (const check of checks) {
      const fault = check(value, path);
      if (fault === undefined) continue;
      faults.push(fault);
      return;
    }
  };
}

/** More than `limit` code points. */
function isLonger(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  if (text.length > limit * 2) return true;
  let points = 0;
  for (const _ of text) points++;
  return points > limit;
}

export function numberChecks(schema: StructuralSchema): ScalarCheck[] {
  const found: ((value: number) => string | undefined)[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (multipleOf !== undefined) {
    found.push((value) =>
      isMultiple(value, multipleOf) ? undefined : `should be a multiple of ${multipleOf}`,
    );
  }
  if (minimum !== undefined) {
    const exclusive = schema.exclusiveMinimum === true;
    const words = exclusive ? "greater than" : "greater than or equal to";
    found.push((value) =>
      value < minimum || (exclusive && value === minimum) ? `should be ${words} ${minimum}` : undefined,
    );
  }
  if (maximum !== undefined) {
    const exclusive = schema.exclusiveMaximum === true;
    const words = exclusive ? "less than" : "less than or equal to";
    found.push((value) =>
      value > maximum || (exclusive && value === maximum) ? `should be ${words} ${maximum}` : undefined,
    );
  }
  const fits = rangeCheck(schema);
  if (found.length === 0 && fits === undefined) return [];
  return [
    (value, _old, path, faults) => {
      if (typeof value !== "number") return;
      if (fits?.(value) === false) {
        const format = schema.format === undefined ? "(default format)" : `with format ${schema.format}`;
        // Kubernetes names the field in the sentence alone.
        faults.push(
          invalid("<nil>", "", `Checked value must be of type ${schema.type} ${format} in ${path}`),
        );
      }
      for (const check of found) {
        const detail = check(value);
        if (detail !== undefined) faults.push(invalid(path, value, `${path} in body ${detail}`));
      }
    },
  ];
}

/** Whether a number can be held in what the schema asks for. Undefined: any can. */
function rangeCheck({ type, format }: StructuralSchema): ((value: number) => boolean) | undefined {
  if (type === "integer") {
    const [least, limit] = INTEGERS[format ?? "int64"] ?? INT64;
    return (value) => Number.isInteger(value) && value >= least && value < limit;
  }
  if (type !== "number" || (format !== "float" && format !== "float32")) return undefined;
  return (value) => Number.isFinite(Math.fround(value));
}

/** Of the largest int64 and the number after it, JSON in JavaScript makes the same. */
const INT64 = [-(2 ** 63), 2 ** 63 + 2 ** 11] as const;
const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31],
  uint32: [0, 2 ** 32],
  uint64: [0, 2 ** 64 + 2 ** 12],
};

function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}
