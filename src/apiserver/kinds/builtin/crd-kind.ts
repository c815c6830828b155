/** CustomResourceDefinition itself. What it declares is checked by compiling it. */

import { defined } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { compileCrd } from "../schema/index.ts";
import { withItems } from "../schema/json-value.ts";
import { readSchema } from "../schema/read-schema.ts";
import {
  always,
  anything,
  conditions,
  createdAt,
  defineKind,
  flag,
  list,
  record,
  text,
  texts,
} from "./kind.ts";
import { cleanSchema } from "./schema-props.ts";

export const CRD_CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

const names = (description: string) =>
  record(description, {
    plural: text("The plural name, as in /apis/<group>/<version>/.../<plural>."),
    singular: text("The singular name. Default: the lowercased kind."),
    kind: text("The serialized kind, CamelCase and singular."),
    listKind: text("The serialized kind of the list. Default: kind + List."),
    shortNames: texts("Short names, as in kubectl get <shortname>."),
    categories: texts("Grouped resources this one belongs to, such as all."),
  });

const version = record("One version of the custom resource.", {
  name: text("The version name, as in /apis/<group>/<version>/..."),
  served: flag("Whether this version is served."),
  storage: flag("Whether objects are stored in this version. Exactly one is."),
  deprecated: flag("Whether requests to this version get a warning."),
  deprecationWarning: text("Replaces the default warning."),
  schema: record("The schema that objects are pruned, defaulted and validated by.", {
    openAPIV3Schema: anything("An OpenAPI v3 schema."),
  }),
  subresources: record("Sub-resources of this version.", {
    status: anything("Serves /status."),
    scale: record("Serves /scale.", {
      specReplicasPath: text("JSON path of the desired replicas."),
      statusReplicasPath: text("JSON path of the observed replicas."),
      labelSelectorPath: text("JSON path of the serialized label selector."),
    }),
  }),
  additionalPrinterColumns: list(
    "Columns of kubectl get. Default: the age.",
    record("A column.", {
      name: text("Heading."),
      type: text("OpenAPI type."),
      format: text("OpenAPI format."),
      description: text("What it shows."),
      priority: { type: "integer", format: "int32", description: "Above 0: only in wide output." },
      jsonPath: text("Where the value is."),
    }),
  ),
  selectableFields: list(
    "Fields for field selectors.",
    record("A field.", { jsonPath: text("Where it is.") }),
  ),
});

export const customResourceDefinitions = defineKind({
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  unconditionalUpdate: false,
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  namespaced: false,
  hasStatus: true,
  hasGeneration: true,
  description: "CustomResourceDefinition represents a kind of objects that the API server shall serve.",
  properties: {
    spec: always(
      record("What is to be served.", {
        group: text("The API group."),
        names: always(names("The names of the resource and its kind.")),
        scope: text("Cluster or Namespaced."),
        versions: list("All versions.", version),
        conversion: anything("How objects are converted between versions."),
        preserveUnknownFields: flag("Deprecated. Must be false."),
      }),
    ),
    status: record("What is served.", {
      // Null before the controller has processed the definition.
      conditions: { ...conditions(), nullable: true },
      acceptedNames: names("The names that are served."),
      storedVersions: texts("All versions that objects were ever stored in."),
    }),
  },
  required: ["spec"],
  columns: [createdAt],
  undecodable: schemaOfWrongTypes,
  prepare: prepareCrd,
  allocate: withFirstStatus,
  check: (object, old) => {
    const compiled = compileCrd(object, old);
    return [
      ...(compiled.ok ? [] : compiled.error),
      ...(old === undefined ? approvalFaults(object) : immutableFaults(object, old)),
    ];
  },
});

interface CrdSpec {
  readonly group?: string;
  readonly scope?: string;
  readonly names?: Readonly<Record<string, unknown>>;
  readonly conversion?: unknown;
  readonly versions?: readonly Version[];
}

interface Version {
  readonly name: string;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: unknown };
}

const specOf = (crd: AnyObject) => (crd.spec ?? {}) as CrdSpec;

/** Fills in the names that follow from others. */
function prepareCrd(crd: AnyObject): AnyObject {
  const spec = specOf(crd);
  const kind = String(spec.names?.kind ?? "");
  const { singular, listKind, ...names } = spec.names ?? {};
  const given = {
    ...(kind === "" ? {} : { singular: kind.toLowerCase(), listKind: `${kind}List` }),
    ...names,
    ...defined({ singular: singular || undefined, listKind: listKind || undefined }),
  };
  const conversion = spec.conversion ?? { strategy: "None" };
  const versions = spec.versions && withItems(spec.versions, withCleanSchema);
  return {
    ...crd,
    spec: { ...spec, names: given, ...defined({ versions }), conversion },
  };
}

/** Schemas that were looked through before; those of a definition that changes otherwise are the same. */
const wellTyped = new WeakSet<object>();

/** A keyword of a schema that holds what it cannot hold. */
function schemaOfWrongTypes(crd: AnyObject): Cause | undefined {
  const faults: Cause[] = [];
  specOf(crd).versions?.forEach((each, i) => {
    const schema = each.schema?.openAPIV3Schema;
    if (schema === undefined || schema === null || wellTyped.has(schema)) return;
    const before = faults.length;
    readSchema(schema, `spec.versions[${i}].schema.openAPIV3Schema`, faults);
    if (typeof schema === "object" && faults.length === before) wellTyped.add(schema);
  });
  return faults[0];
}

function withCleanSchema(version: Version): Version {
  const given = version.schema?.openAPIV3Schema;
  if (given === undefined) return version;
  const clean = cleanSchema(given);
  return clean === given ? version : { ...version, schema: { ...version.schema, openAPIV3Schema: clean } };
}

/** The status until the controller has processed the definition. */
function withFirstStatus(crd: AnyObject, old: AnyObject | undefined): AnyObject {
  if (old !== undefined) return crd;
  const storedVersions = (specOf(crd).versions ?? [])
    .filter(({ storage }) => storage)
    .map(({ name }) => name);
  return { ...crd, status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions } };
}

const APPROVAL = "api-approved.kubernetes.io";

/** Groups of the Kubernetes community are for kinds that it has approved (KEP-1111). */
function approvalFaults(crd: AnyObject) {
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(specOf(crd).group ?? "");
  if (!isProtected || crd.metadata.annotations?.[APPROVAL] !== undefined) return [];
  const message = `Required value: protected groups must have approval annotation "${APPROVAL}", see https://github.com/kubernetes/enhancements/pull/1111`;
  return [{ reason: "FieldValueRequired", field: `metadata.annotations[${APPROVAL}]`, message }];
}

function immutableFaults(crd: AnyObject, old: AnyObject) {
  const [next, before] = [specOf(crd), specOf(old)];
  const pairs = [
    ["spec.group", next.group, before.group],
    ["spec.scope", next.scope, before.scope],
    ["spec.names.plural", next.names?.plural, before.names?.plural],
    ["spec.names.kind", next.names?.kind, before.names?.kind],
  ] as const;
  return pairs
    .filter(([, value, was]) => value !== was)
    .map(([field, value]) => ({
      reason: "FieldValueInvalid",
      field,
      message: `Invalid value: ${JSON.stringify(value)}: field is immutable`,
    }));
}
