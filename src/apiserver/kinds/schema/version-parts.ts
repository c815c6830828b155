/** Sub-resources and selectable fields of one version of a CRD. */

import type { Cause } from "../../status-error.ts";
import type { ServedResource } from "../resource.ts";
import { duplicate, invalid, isFull, required, tooMany } from "./causes.ts";
import { simplePath } from "./json-path.ts";
import { isJsonObject, type JsonObject, memberOf } from "./json-value.ts";
import { propertySchema, type StructuralSchema } from "./structural-schema.ts";

export function subresourcesOf(
  version: JsonObject,
  path: string,
  faults: Cause[],
): ServedResource["subresources"] {
  const status = isJsonObject(memberOf(version.subresources, "status"));
  const scale = memberOf(version.subresources, "scale");
  if (!isJsonObject(scale)) return { status };
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  scalePathFaults(`${path}.scale.specReplicasPath`, specReplicasPath, [".spec"], faults);
  scalePathFaults(`${path}.scale.statusReplicasPath`, statusReplicasPath, [".status"], faults);
  const hasSelector = typeof labelSelectorPath === "string" && labelSelectorPath !== "";
  if (hasSelector)
    scalePathFaults(`${path}.scale.labelSelectorPath`, labelSelectorPath, [".spec", ".status"], faults);
  return {
    status,
    scale: {
      specReplicasPath: String(specReplicasPath),
      statusReplicasPath: String(statusReplicasPath),
      ...(hasSelector ? { labelSelectorPath } : {}),
    },
  };
}

function scalePathFaults(path: string, value: unknown, roots: readonly string[], faults: Cause[]): void {
  if (typeof value !== "string" || value === "") faults.push(required(path));
  else if (!value.startsWith("."))
    faults.push(invalid(path, value, "must be a simple json path starting with ."));
  else if (!roots.some((root) => value.startsWith(`${root}.`)))
    faults.push(invalid(path, value, `should be a json path under ${roots.join(" or ")}`));
}

const MAX_SELECTABLE_FIELDS = 8;
const SELECTABLE_TYPES = ["string", "boolean", "integer"];

/** Field paths without the leading dot, as they stand in `--field-selector`. */
export function selectableFieldsOf(
  version: JsonObject,
  schema: StructuralSchema,
  sound: boolean,
  path: string,
  faults: Cause[],
): readonly string[] {
  const declared = version.selectableFields;
  if (!Array.isArray(declared)) return [];
  const selectable = new Set<string>();
  declared.forEach((field, i) => {
    if (isFull(faults)) return;
    const jsonPath = memberOf(field, "jsonPath");
    const at = `${path}[${i}].jsonPath`;
    const fault = (detail: string) => faults.push(invalid(at, jsonPath, detail));
    if (typeof jsonPath !== "string" || jsonPath === "") {
      faults.push(required(at));
      return;
    }
    const names = jsonPath.includes("[") ? undefined : simplePath(jsonPath);
    if (names === undefined || names.length === 0) {
      fault("is an invalid path");
      return;
    }
    if (sound) {
      const target = names.reduce<StructuralSchema | undefined>(
        (each, name) => (each === undefined ? undefined : propertySchema(each, name)),
        schema,
      );
      if (target === undefined) {
        fault("is an invalid path: does not refer to a valid field");
        return;
      }
      if (names[0] === "metadata") fault("must not point to fields in metadata");
      if (!SELECTABLE_TYPES.includes(target.type ?? ""))
        fault("must point to a field of type string, boolean or integer");
    }
    if (selectable.has(names.join("."))) faults.push(duplicate(at, jsonPath));
    selectable.add(names.join("."));
  });
  if (selectable.size > MAX_SELECTABLE_FIELDS)
    faults.push(tooMany(path, selectable.size, MAX_SELECTABLE_FIELDS));
  return [...selectable];
}
