/**
 * Faults of an object in the words of Kubernetes: reasons as `metav1.CauseType`, messages as its field errors
 * print them.
 */
import type { Cause } from "../../status-error.ts";
import { boundedList, boundedText } from "./bounded-text.ts";

/**
 * The number of faults of an object after which its validation stops. An object with more faults is usually
 * over and over, and wording it takes longer than finding it.
 */
export const MAX_FAULTS = 100;

/** Whether the search for faults is over. Asked in every loop over what a client sent. */
export function isFull(faults: readonly Cause[]): boolean {
  return faults.length >= MAX_FAULTS;
}

/** A value in a message is cut here. */
const MAX_VALUE_CHARACTERS = 1024;

/** A value the way Kubernetes quotes it in a field error, cut where it is long. */
export function quoteValue(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return boundedText(value, MAX_VALUE_CHARACTERS);
}

export function invalid(field: string, value: unknown, detail: string): Cause {
  return {
    reason: "FieldValueInvalid",
    field,
    message: `Invalid value: ${quoteValue(value)}${detail === "" ? "" : `: ${detail}`}`,
  };
}

export function typeInvalid(field: string, value: unknown, detail: string): Cause {
  return {
    reason: "FieldValueTypeInvalid",
    field,
    message: `Invalid value: ${quoteValue(value)}: ${detail}`,
  };
}

export function required(field: string, detail = ""): Cause {
  return {
    reason: "FieldValueRequired",
    field,
    message: detail === "" ? "Required value" : `Required value: ${detail}`,
  };
}

export function forbidden(field: string, detail: string): Cause {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${detail}` };
}

export function notSupported(field: string, value: unknown, allowed: readonly unknown[]): Cause {
  const list = boundedList(allowed, MAX_VALUE_CHARACTERS);
  return {
    reason: "FieldValueNotSupported",
    field,
    message: `Unsupported value: ${quoteValue(value)}: supported values: ${list}`,
  };
}

export function duplicate(field: string, value: unknown): Cause {
  return { reason: "FieldValueDuplicate", field, message: `Duplicate value: ${quoteValue(value)}` };
}

export function tooLong(field: string, maxLength: number): Cause {
  return {
    reason: "FieldValueTooLong",
    field,
    message: `Too long: may not be more than ${maxLength} bytes`,
  };
}

export function tooMany(field: string, actual: number, max: number): Cause {
  return {
    reason: "FieldValueTooMany",
    field,
    message: `Too many: ${actual}: must have at most ${max} items`,
  };
}

/** The path of a member; at the root the key alone. */
export function childPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
