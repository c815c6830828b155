/**
 * From a CustomResourceDefinition to the kinds that are served: everything that is to be found out about a CRD is
 * found out here, once, when it is created or changed. Pure.
 */
import { err, ok, type Result } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { spend, withinBudget } from "../../work-budget.ts";
import { ALL_VERBS, type ResourceRules, type ServedResource } from "../resource.ts";
import { forbidden, required } from "./causes.ts";
import { compileColumns } from "./columns.ts";
import { conversionFaults, conversionWebhookOf } from "./crd-conversion.ts";
import {
  type CrdNames,
  crdNames,
  groupAndScopeFaults,
  nameFaults,
  preserveFaults,
  storedVersionFaults,
  versionFaults,
  versionsOf,
} from "./crd-names.ts";
import { equalJson, isJsonObject, type JsonObject, memberOf } from "./json-value.ts";
import { readSchema } from "./read-schema.ts";
import { schemaFaults } from "./schema-faults.ts";
import { compileRules } from "./schema-rules.ts";
import type { StructuralSchema } from "./structural-schema.ts";
import { selectableFieldsOf, subresourcesOf } from "./version-parts.ts";

/**
 * The served versions of a CRD (`apiextensions.k8s.io/v1`), or everything that is wrong with it: names, versions, a
 * schema that is not structural, patterns and CEL rules that do not compile, columns and paths. Versions that are
 * declared but not served are checked too, and left out of the result. `old` is the definition that is replaced:
 * versions of objects that were stored have to stay, and a schema that stays the same is not refused for its cost. The paths of faults are those that kube-apiserver gives: what is the same in all versions stands
 * at the top of the spec.
 */
export function compileCrd(
  crd: AnyObject,
  old?: AnyObject,
): Result<readonly ServedResource[], readonly Cause[]> {
  const compiled = withinBudget(MAX_COMPILATION_WORK, () => compileDeclared(crd, old));
  if (compiled.ok) return compiled.value;
  const detail = `compiling its schemas, patterns and rules takes more than ${MAX_COMPILATION_WORK} steps, which is the limit; give it fewer of them`;
  return err([forbidden("spec.versions", detail)]);
}

/** Each is compared with the others. */
const PER_VERSION = 5_000;

/** About an eighth of a second, in one step. Five times what the largest definitions in use take. */
const MAX_COMPILATION_WORK = 2_500_000;

function compileDeclared(
  crd: AnyObject,
  old: AnyObject | undefined,
): Result<readonly ServedResource[], readonly Cause[]> {
  if (!isJsonObject(crd.spec)) return err([required("spec")]);
  const names = crdNames(crd);
  const versions = versionsOf(crd);
  spend(PER_VERSION * versions.length);
  const stored = versions.find((version) => version.storage === true);
  const storageApiVersion = `${names.group}/${String(stored?.name)}`;
  const perVersion: Cause[] = [];
  const shared: Cause[] = [];
  const lifted = liftedParts(versions);
  const conversionWebhook = conversionWebhookOf(crd);
  const compiled = versions.map((version, i) => {
    const before = old && versionsOf(old).find(({ name }) => name === version.name);
    const costly = before !== undefined && equalJson(before.schema, version.schema);
    const parts = { ...partsOf(versions, i, lifted, { perVersion, shared }), costly };
    const resource = compileVersion(names, version, storageApiVersion, parts);
    return {
      served: version.served === true,
      resource: conversionWebhook === undefined ? resource : { ...resource, conversionWebhook },
    };
  });
  const faults = [
    ...groupAndScopeFaults(crd),
    ...missingSchemas(versions),
    ...versionFaults(crd),
    ...perVersion,
    ...nameFaults(crd),
    ...shared,
    ...conversionFaults(crd),
    ...storedVersionFaults(crd, storedVersionsOf(old)),
    ...preserveFaults(crd),
  ];
  if (faults.length > 0) return err(faults);
  return ok(compiled.filter((each) => each.served).map((each) => each.resource));
}

function storedVersionsOf(crd: AnyObject | undefined): readonly string[] {
  const stored = memberOf(crd?.status, "storedVersions");
  return Array.isArray(stored) ? stored.map(String) : [];
}

const PARTS = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;
type PartName = (typeof PARTS)[number];

/** The parts that are the same in all versions. */
function liftedParts(versions: readonly JsonObject[]): ReadonlySet<PartName> {
  const [first] = versions;
  return new Set(
    PARTS.filter((part) => versions.every((each) => equalJson(each[part] ?? null, first?.[part] ?? null))),
  );
}

/** Where a part of a version stands for messages, and where its faults go. */
type Parts = Readonly<Record<PartName, { readonly path: string; readonly faults: Cause[] }>> & {
  readonly hasStatus: boolean;
};

function partsOf(
  versions: readonly JsonObject[],
  index: number,
  lifted: ReadonlySet<PartName>,
  faults: { readonly perVersion: Cause[]; readonly shared: Cause[] },
): Parts {
  const part = (name: PartName) => {
    if (!lifted.has(name)) return { path: `spec.versions[${index}].${name}`, faults: faults.perVersion };
    // Once for all of them.
    const path = `spec.${name === "schema" ? "validation" : name}`;
    return { path, faults: index === 0 ? faults.shared : [] };
  };
  const hasStatus = (version: JsonObject) => isJsonObject(memberOf(version.subresources, "status"));
  return {
    schema: part("schema"),
    subresources: part("subresources"),
    additionalPrinterColumns: part("additionalPrinterColumns"),
    selectableFields: part("selectableFields"),
    hasStatus: lifted.has("schema") ? versions.some(hasStatus) : hasStatus(versions[index] ?? {}),
  };
}

function missingSchemas(versions: readonly JsonObject[]): readonly Cause[] {
  return versions.flatMap((version, i) => {
    const schema = memberOf(version.schema, "openAPIV3Schema") ?? undefined;
    if (schema !== undefined) return [];
    return [required(`spec.versions[${i}].schema.openAPIV3Schema`, "schemas are required")];
  });
}

function compileVersion(
  names: CrdNames,
  version: JsonObject,
  storageApiVersion: string,
  parts: Parts & { readonly costly: boolean },
): ServedResource {
  const declared = memberOf(version.schema, "openAPIV3Schema");
  const schemaPath = `${parts.schema.path}.openAPIV3Schema`;
  spend(1_000);
  const { schema, sound, rules } = compileDeclaredSchema(declared, schemaPath, parts);
  const { subresources, additionalPrinterColumns: columns, selectableFields: selectable } = parts;
  return {
    ...names,
    version: String(version.name),
    verbs: ALL_VERBS,
    storage: `${names.group}/${names.plural}`,
    storageApiVersion,
    ...(version.deprecated === true && { deprecationWarning: deprecationOf(names, version) }),
    rules,
    subresources: subresourcesOf(version, subresources.path, subresources.faults),
    schema: schema as JsonObject,
    columns: compileColumns(version.additionalPrinterColumns, columns.path, columns.faults),
    selectableFields: selectableFieldsOf(version, schema, sound, selectable.path, selectable.faults),
  };
}

function deprecationOf({ group, kind }: CrdNames, { name, deprecationWarning }: JsonObject): string {
  return typeof deprecationWarning === "string"
    ? deprecationWarning
    : `${group}/${name} ${kind} is deprecated`;
}

interface CompiledSchema {
  readonly schema: StructuralSchema;
  readonly sound: boolean;
  readonly rules: ResourceRules;
}

/**
 * What was compiled without a fault, by the schema as it was declared. A definition is compiled when it is checked and
 * when it is served, and most changes to one leave its schemas as they are: they share them with the state before.
 */
const withoutFaults = new WeakMap<
  object,
  CompiledSchema & { readonly condition: string; readonly costly: boolean }
>();

function compileDeclaredSchema(
  declared: unknown,
  path: string,
  parts: Parts & { readonly costly: boolean },
): CompiledSchema {
  const { costly, hasStatus } = parts;
  const condition = `${path} ${hasStatus}`;
  const known = isJsonObject(declared) ? withoutFaults.get(declared) : undefined;
  if (known?.condition === condition && (costly || !known.costly)) return known;
  const { faults } = parts.schema;
  const before = faults.length;
  const { schema, sound } = soundSchema(declared, hasStatus, path, faults);
  const compiled = { schema, sound, rules: compileRules(schema, path, faults, parts) };
  if (isJsonObject(declared) && faults.length === before) {
    withoutFaults.set(declared, { ...compiled, condition, costly });
  }
  return compiled;
}

/** The schema, or an empty one if the declared one is invalid. */
function soundSchema(
  declared: unknown,
  hasStatus: boolean,
  path: string,
  faults: Cause[],
): { readonly schema: StructuralSchema; readonly sound: boolean } {
  const unsound = { schema: { type: "object" }, sound: false };
  if (declared === undefined || declared === null) return unsound;
  const found: Cause[] = [];
  const read = readSchema(declared, path, found);
  if (found.length === 0) found.push(...schemaFaults(read, hasStatus, path));
  faults.push(...found);
  return found.length === 0 ? { schema: read, sound: true } : unsound;
}
