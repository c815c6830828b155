/** A CEL rule of a CRD, and how it is attached to a schema. */

/** A CEL rule of a CRD (`x-kubernetes-validations`, KEP-2876). */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** Makes a text of the value that the message is about. The message stands in where it has none. */
  readonly messageExpression?: string;
  readonly reason?:
    | "FieldValueInvalid"
    | "FieldValueForbidden"
    | "FieldValueRequired"
    | "FieldValueDuplicate";
  readonly fieldPath?: string;
}

/** The option that attaches rules to a schema. */
export function rules(...list: readonly CelRule[]): { "x-kubernetes-validations": readonly CelRule[] } {
  return { "x-kubernetes-validations": list };
}
