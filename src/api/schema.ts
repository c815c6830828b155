/**
 * Schema pieces that several kinds share, in the subset of JSON Schema that a CRD may use ("structural schema",
 * KEP-1693). TypeBox makes one definition serve as static type and as published schema.
 */
import { type Static, type TSchema, Type } from "typebox";
import { rules } from "./cel-rule.ts";
import { CANONICAL_PREFIX } from "./prefix-rules.ts";

/** A string out of a fixed set. TypeBox would write a union of constants, which a CRD may not contain. */
export function oneOf<const T extends readonly string[]>(
  values: T,
  options: { default?: T[number]; description: string },
) {
  return Type.Unsafe<T[number]>({ type: "string", enum: [...values], ...options });
}

/** Longest text of a prefix: an IPv4-mapped IPv6 address in full, and `/128`. */
const LONGEST_PREFIX_TEXT = 49;

/** A prefix without host bits, of either family. */
export function prefixText(description: string) {
  return Type.String({
    description,
    minLength: 1,
    maxLength: LONGEST_PREFIX_TEXT,
    ...rules(...CANONICAL_PREFIX),
  });
}

/** A prefix length; which ones fit is decided by the pool's family. */
export function prefixLength(description: string) {
  return Type.Integer({ description, minimum: 0, maximum: 128, format: "int32" });
}

/** The name of an object in the same namespace. */
export function objectName(description: string) {
  return Type.String({ description, minLength: 1, maxLength: 253 });
}

export const CLUSTER_ID_PATTERN = "^[a-z0-9.-]{1,63}$";

export function clusterId(description: string) {
  return Type.String({ description, pattern: CLUSTER_ID_PATTERN, maxLength: 63 });
}

/** What a cluster uses a block for: a label value, so that blocks can be selected by it. */
export function purpose(description: string) {
  return Type.String({ description, pattern: "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$", maxLength: 63 });
}

/** A map with free keys, in the form that a CRD takes (`additionalProperties`). */
export function mapOf<T extends TSchema>(values: T, options: { description: string }) {
  return Type.Unsafe<Record<string, Static<T>>>({ type: "object", additionalProperties: values, ...options });
}

export function observedGeneration() {
  return Type.Optional(
    Type.Integer({
      format: "int64",
      description: "The metadata.generation that this status was computed from.",
    }),
  );
}

/** `metav1.Condition`s, keyed by type. */
export function conditions() {
  return Type.Optional(
    Type.Array(
      Type.Object({
        type: Type.String({ maxLength: 316 }),
        status: oneOf(["True", "False", "Unknown"], {
          description: "Status of the condition, one of True, False, Unknown.",
        }),
        reason: Type.String({ minLength: 1, maxLength: 1024 }),
        message: Type.String({ maxLength: 32_768 }),
        lastTransitionTime: Type.String({ format: "date-time" }),
        observedGeneration: Type.Optional(Type.Integer({ format: "int64", minimum: 0 })),
      }),
      {
        description: "Conditions represent the latest available observations of the object's state.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
      },
    ),
  );
}
