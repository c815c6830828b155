/** How `x-kubernetes-validations` may be declared, before any expression in it is read. */
import type { Cause } from "../../status-error.ts";
import { invalid, isFull, notSupported, required } from "./causes.ts";
import { simplePath } from "./json-path.ts";
import { type CelRule, mapValueSchema, propertySchema, type StructuralSchema } from "./structural-schema.ts";

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const LINE_BREAK = /[\n\r]/;

/** `path` is that of the schema in the CRD. */
export function ruleDeclarationFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  schema["x-kubernetes-validations"]?.forEach((rule, i) => {
    if (isFull(faults)) return;
    const at = `${path}.x-kubernetes-validations[${i}]`;
    textFaults(rule, at, faults);
    if (rule.reason !== undefined && !REASONS.includes(rule.reason))
      faults.push(notSupported(`${at}.reason`, rule.reason, REASONS));
    fieldPathFaults(rule, schema, at, faults);
  });
}

function textFaults(rule: CelRule, path: string, faults: Cause[]): void {
  const { message = "", messageExpression = "" } = rule;
  const condition = (rule.rule ?? "").trim();
  if (condition === "") faults.push(required(`${path}.rule`, "rule is not specified"));
  else if (message !== "" && message.trim() === "")
    faults.push(invalid(`${path}.message`, message, "message must be non-empty if specified"));
  else if (LINE_BREAK.test(message.trim()))
    faults.push(invalid(`${path}.message`, message, "message must not contain line breaks"));
  else if (LINE_BREAK.test(condition) && message.trim() === "")
    faults.push(required(`${path}.message`, "message must be specified if rule contains line breaks"));
  if (messageExpression !== "" && messageExpression.trim() === "")
    faults.push(required(`${path}.messageExpression`, "messageExpression must be non-empty if specified"));
}

function fieldPathFaults(rule: CelRule, schema: StructuralSchema, path: string, faults: Cause[]): void {
  const { fieldPath = "" } = rule;
  if (fieldPath === "") return;
  const fault = (detail: string) => faults.push(invalid(`${path}.fieldPath`, fieldPath, detail));
  if (fieldPath.trim() === "") fault("fieldPath must be non-empty if specified");
  if (LINE_BREAK.test(fieldPath)) fault("fieldPath must not contain line breaks");
  const names = simplePath(fieldPath);
  const target = names?.reduce<StructuralSchema | undefined>(
    (at, name) => (at === undefined ? undefined : (propertySchema(at, name) ?? mapValueSchema(at))),
    schema,
  );
  if (target === undefined || names?.length === 0)
    fault("fieldPath must be a valid path: does not refer to a valid field");
}
