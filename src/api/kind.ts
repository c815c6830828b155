/**
 * A kind of Plexaubnet, defined once: the resource that clients address, and the CustomResourceDefinition that a server
 * accepts, both from the same schema.
 */
import type { TSchema } from "typebox";
import type { AnyObject, KubeObject, Resource } from "../kube/index.ts";
import { type CelRule, rules } from "./cel-rule.ts";
import { GROUP, VERSION } from "./group.ts";

export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "date";
  readonly jsonPath: string;
  readonly description: string;
  /** Greater than 0: only with `-o wide`. */
  readonly priority?: number;
}

export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  /** Rules over the whole object, for what depends on more than one part of it. */
  readonly objectRules?: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
  /** Paths for `--field-selector` (KEP-4358). */
  readonly selectableFields: readonly string[];
}

export const AGE_COLUMN: PrinterColumn = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
  description: "Time since creation.",
};

/** The kind as clients address it. */
export function resourceOf<T extends KubeObject>(definition: KindDefinition): Resource<T> {
  return {
    group: GROUP,
    version: VERSION,
    kind: definition.kind,
    plural: definition.plural,
    namespaced: true,
  };
}

function versionOf(definition: KindDefinition): object {
  return {
    name: VERSION,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: definition.columns,
    selectableFields: definition.selectableFields.map((jsonPath) => ({ jsonPath })),
    schema: {
      openAPIV3Schema: {
        type: "object",
        description: definition.description,
        required: ["spec"],
        properties: {
          apiVersion: { type: "string" },
          kind: { type: "string" },
          metadata: { type: "object" },
          spec: {
            description: `Specification of the desired state of the ${definition.kind}.`,
            ...definition.spec,
          },
          status: {
            description: "Most recently observed status, written by the operator.",
            ...definition.status,
          },
        },
        ...(definition.objectRules === undefined ? {} : rules(...definition.objectRules)),
      },
    },
  };
}

/** The `apiextensions.k8s.io/v1` object, as plain JSON. */
export function crdOf(definition: KindDefinition): AnyObject {
  const singular = definition.kind.toLowerCase();
  const crd = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${definition.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind: definition.kind,
        listKind: `${definition.kind}List`,
        plural: definition.plural,
        singular,
        shortNames: definition.shortNames,
        categories: ["plexaubnet"],
      },
      versions: [versionOf(definition)],
    },
  };
  // TypeBox marks its schemas with properties that JSON does not carry; a round trip leaves plain data.
  return JSON.parse(JSON.stringify(crd)) as AnyObject;
}
