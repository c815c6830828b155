/** Everything that is wrong with the schema of one version of a CRD, except for its rules. */

import type { Cause } from "../../status-error.ts";
import { spend } from "../../work-budget.ts";
import { forbidden, invalid, isFull } from "./causes.ts";
import { compileCheck } from "./check-value.ts";
import { hasUnsupported, openApiFaults } from "./openapi-rules.ts";
import { compilePrune } from "./reshape.ts";
import { structuralFaults } from "./structural-rules.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** Keywords that the root may have beside a status sub-resource, whose schema is judged alone. */
const BESIDE_STATUS = new Set(
  "description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs example x-kubernetes-preserve-unknown-fields x-kubernetes-validations".split(
    " ",
  ),
);

/** `path` is that of the schema in the CRD. */
export function schemaFaults(root: StructuralSchema, hasStatus: boolean, path: string): readonly Cause[] {
  const faults: Cause[] = [];
  if (hasStatus) statusFaults(root, path, faults);
  if (root.nullable === true)
    faults.push(forbidden(`${path}.nullable`, "nullable cannot be true at the root"));
  const unsupported = hasUnsupported(root);
  if (!unsupported) {
    const structural = structuralFaults(root, path);
    faults.push(...structural);
    if (structural.length === 0) defaultFaults(root, path, faults);
  }
  faults.push(...openApiFaults(root, path));
  if (unsupported && faults.length === 0) faults.push(invalid(path, "", "$schema is not supported"));
  return faults;
}

function statusFaults(root: StructuralSchema, path: string, faults: Cause[]): void {
  if (root.type !== undefined && root.type !== "object") {
    const detail = `only "object" is allowed as the type at the root of the schema if the status subresource is enabled`;
    faults.push(invalid(`${path}.type`, root.type, detail));
  }
  const others = Object.entries(root).filter(
    ([keyword, value]) => !BESIDE_STATUS.has(keyword) && value !== false,
  );
  if (others.length === 0) return;
  const detail = `only ${[...BESIDE_STATUS].join(", ")} are allowed at the root of the schema if the status subresource is enabled, not ${others[0]?.[0]}`;
  faults.push(invalid(path, "", detail));
}

/** Defaults have to be what the schema asks for, and nothing that it does not know. Those of map values are not read. */
function defaultFaults(schema: StructuralSchema, path: string, faults: Cause[]): void {
  if (isFull(faults)) return;
  spend(1);
  if (schema.default !== undefined) {
    const at = `${path}.default`;
    const unknown: string[] = [];
    compilePrune(schema)?.(schema.default, "", unknown);
    if (unknown.length > 0) faults.push(invalid(at, schema.default, "must not have unknown fields"));
    const found: Cause[] = [];
    compileCheck(schema)(schema.default, undefined, "", found);
    for (const { reason, field, message } of found) {
      const place = field === "" || field === "<nil>" ? at : `${at}.${field}`;
      faults.push({ reason, field: place, message: message.replace(":  in body", ": value in body") });
    }
  }
  if (schema.items !== undefined) defaultFaults(schema.items, `${path}.items`, faults);
  for (const [name, each] of Object.entries(schema.properties ?? {}))
    defaultFaults(each, `${path}.properties[${name}]`, faults);
}
