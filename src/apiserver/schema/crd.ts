/**
 * From a CustomResourceDefinition to the kinds that are served: everything that is to be found out about a CRD is
 * found out here, once, when it is created or changed. Pure.
 */
import type { AnyObject } from "../../api/object.ts";
import { err, ok, type Result } from "../../kernel/index.ts";
import { ALL_VERBS, type Cause, type ServedResource } from "../resource.ts";
import { spend, withinBudget } from "../work-budget.ts";
import { forbidden, invalid, required } from "./causes.ts";
import { compileColumns } from "./columns.ts";
import { type CrdNames, crdNames, nameFaults, versionFaults, versionsOf } from "./crd-names.ts";
import { simplePath } from "./json-path.ts";
import { isJsonObject, type JsonObject, memberOf } from "./json-value.ts";
import { readSchema } from "./read-schema.ts";
import { compileRules } from "./schema-rules.ts";
import { structuralFaults } from "./structural-rules.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/**
 * The served versions of a CRD (`apiextensions.k8s.io/v1`), or everything that is wrong with it: names, versions, a
 * schema that is not structural, patterns and CEL rules that do not compile, columns and paths. Versions that are
 * declared but not served are checked too, and left out of the result.
 */
export function compileCrd(crd: AnyObject): Result<readonly ServedResource[], readonly Cause[]> {
  const compiled = withinBudget(MAX_COMPILATION_WORK, () => compileDeclared(crd));
  if (compiled.ok) return compiled.value;
  const detail = `compiling its schemas, patterns and rules takes more than ${MAX_COMPILATION_WORK} steps, which is the limit; give it fewer of them`;
  return err([forbidden("spec.versions", detail)]);
}

/** About a quarter of a second. Ten times what the largest definitions in use take. */
const MAX_COMPILATION_WORK = 5_000_000;

function compileDeclared(crd: AnyObject): Result<readonly ServedResource[], readonly Cause[]> {
  if (!isJsonObject(crd.spec)) return err([required("spec")]);
  const faults: Cause[] = [...nameFaults(crd), ...versionFaults(crd)];
  const names = crdNames(crd);
  const versions = versionsOf(crd);
  const stored = versions.find((version) => version.storage === true);
  const storageApiVersion = `${names.group}/${String(stored?.name)}`;
  const compiled = versions.map((version, i) => ({
    served: version.served === true,
    resource: compileVersion(names, version, storageApiVersion, `spec.versions[${i}]`, faults),
  }));
  if (faults.length > 0) return err(faults);
  return ok(compiled.filter((each) => each.served).map((each) => each.resource));
}

function compileVersion(
  names: CrdNames,
  version: JsonObject,
  storageApiVersion: string,
  path: string,
  faults: Cause[],
): ServedResource {
  const declared = memberOf(version.schema, "openAPIV3Schema");
  const schemaPath = `${path}.schema.openAPIV3Schema`;
  spend(1_000);
  const { schema, sound } = soundSchema(declared, schemaPath, faults);
  return {
    ...names,
    version: String(version.name),
    verbs: ALL_VERBS,
    storage: `${names.group}/${names.plural}`,
    storageApiVersion,
    ...(version.deprecated === true && { deprecationWarning: deprecationOf(names, version) }),
    subresources: subresourcesOf(version, `${path}.subresources`, faults),
    schema: schema as JsonObject,
    columns: compileColumns(version.additionalPrinterColumns, `${path}.additionalPrinterColumns`, faults),
    selectableFields: selectableFieldsOf(version, schema, sound, `${path}.selectableFields`, faults),
    rules: compileRules(schema, schemaPath, faults),
  };
}

function deprecationOf({ group, kind }: CrdNames, { name, deprecationWarning }: JsonObject): string {
  return typeof deprecationWarning === "string"
    ? deprecationWarning
    : `${group}/${name} ${kind} is deprecated`;
}

/** The schema, or one that says nothing where the declared one has faults. */
function soundSchema(
  declared: unknown,
  path: string,
  faults: Cause[],
): { readonly schema: StructuralSchema; readonly sound: boolean } {
  const found: Cause[] = [];
  if (declared === undefined || declared === null) found.push(required(path, "schemas are required"));
  const read = found.length === 0 ? readSchema(declared, path, found) : {};
  if (found.length === 0) found.push(...structuralFaults(read, path));
  faults.push(...found);
  return found.length === 0 ? { schema: read, sound: true } : { schema: { type: "object" }, sound: false };
}

function subresourcesOf(version: JsonObject, path: string, faults: Cause[]): ServedResource["subresources"] {
  const status = isJsonObject(memberOf(version.subresources, "status"));
  const scale = memberOf(version.subresources, "scale");
  if (!isJsonObject(scale)) return { status };
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const check = (name: string, value: unknown, roots: readonly string[]) => {
    const root = typeof value === "string" ? simplePath(value)?.[0] : undefined;
    if (value === undefined || value === "") faults.push(required(`${path}.scale.${name}`));
    else if (root === undefined || !roots.includes(root)) {
      const detail = `should be a json path under ${roots.map((each) => `.${each}`).join(" or ")}`;
      faults.push(invalid(`${path}.scale.${name}`, value, detail));
    }
  };
  check("specReplicasPath", specReplicasPath, ["spec"]);
  check("statusReplicasPath", statusReplicasPath, ["status"]);
  if (labelSelectorPath !== undefined && labelSelectorPath !== "") {
    check("labelSelectorPath", labelSelectorPath, ["spec", "status"]);
  }
  return {
    status,
    scale: {
      specReplicasPath: String(specReplicasPath),
      statusReplicasPath: String(statusReplicasPath),
      ...(typeof labelSelectorPath === "string" && labelSelectorPath !== "" ? { labelSelectorPath } : {}),
    },
  };
}

/** Field paths without the leading dot, as they stand in `--field-selector`. */
function selectableFieldsOf(
  version: JsonObject,
  schema: StructuralSchema,
  sound: boolean,
  path: string,
  faults: Cause[],
): readonly string[] {
  const declared = version.selectableFields;
  if (!Array.isArray(declared)) return [];
  return declared.map((field, i) => {
    const jsonPath = memberOf(field, "jsonPath");
    const names = typeof jsonPath === "string" ? simplePath(jsonPath) : undefined;
    const at = `${path}[${i}].jsonPath`;
    if (jsonPath === undefined || jsonPath === "") faults.push(required(at));
    else if (names === undefined || names.length === 0)
      faults.push(invalid(at, jsonPath, "is an invalid path"));
    else if (names[0] === "metadata")
      faults.push(invalid(at, jsonPath, "must not point to fields in metadata"));
    else if (sound) {
      const target = names.reduce<StructuralSchema | undefined>(
        (each, name) => each?.properties?.[name],
        schema,
      );
      if (target === undefined)
        faults.push(invalid(at, jsonPath, "is an invalid path: does not refer to a valid field"));
      else if (!["string", "integer", "boolean"].includes(target.type ?? "")) {
        faults.push(invalid(at, jsonPath, "must point to a field of type string, boolean or integer"));
      }
    }
    return (names ?? []).join(".");
  });
}
