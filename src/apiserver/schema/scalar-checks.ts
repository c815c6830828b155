/**
 * Checks of strings and numbers. Each applies to values of its own type and lets everything else pass.
 */
import type { Cause } from "../resource.ts";
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
  const formatCheck = format === undefined ? undefined : formatChecks.get(format);
  if (formatCheck !== undefined) {
    found.push((text, path) => {
      if (formatCheck(text)) return undefined;
      return typeInvalid(path, text, `${path} in body must be of type ${format}: ${quoteValue(text)}`);
    });
  }
  if (found.length === 0) return [];
  return [
    (value, _old, path, faults) => {
      if (typeof value !== "string") return;
      for (const check of found) {
        const fault = check(value, path);
        if (fault !== undefined) faults.push(fault);
      }
    },
  ];
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
  if (multipleOf !== undefined) {
    found.push((value) =>
      isMultiple(value, multipleOf) ? undefined : `should be a multiple of ${multipleOf}`,
    );
  }
  const range = integerRange(schema.format);
  if (range !== undefined) {
    found.push((value) =>
      value < -range || value >= range
        ? `must be of type ${schema.type ?? "integer"} with format ${schema.format}`
        : undefined,
    );
  }
  if (found.length === 0) return [];
  return [
    (value, _old, path, faults) => {
      if (typeof value !== "number") return;
      for (const check of found) {
        const detail = check(value);
        if (detail !== undefined) faults.push(invalid(path, value, `${path} in body ${detail}`));
      }
    },
  ];
}

function integerRange(format: string | undefined): number | undefined {
  if (format === "int32") return 2 ** 31;
  if (format === "int64") return 2 ** 63;
  return undefined;
}

function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}
