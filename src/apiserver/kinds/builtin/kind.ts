/**
 * How a built-in kind is written down: its schema as properties, its names, and what sets it apart. Everything else
 * follows as it does for a CRD.
 */
import { defined } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { allSteps, type Steps } from "../../steps.ts";
import { apiVersionOf } from "../registry.ts";
import {
  ALL_VERBS,
  type JsonSchema,
  type ResourceRules,
  type ServedResource,
  type TableColumn,
} from "../resource.ts";
import { invalid } from "../schema/causes.ts";
import { compileSchemaRules } from "../schema/index.ts";
import { dropEmpty } from "./drop-empty.ts";
import { goFault, hasGoTimes, likewise, withGoTimes } from "./go-values.ts";

export interface KindDeclaration
  extends Partial<
    Omit<
      ServedResource,
      "group" | "version" | "kind" | "plural" | "schema" | "rules" | "columns" | "subresources"
    >
  > {
  /** Default: the core group. */
  readonly group?: string;
  /** Default: v1. */
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  readonly description: string;
  /** Besides apiVersion, kind and metadata. */
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly columns?: readonly TableColumn[];
  readonly hasStatus?: boolean;
  readonly scale?: NonNullable<ServedResource["subresources"]["scale"]>;
  readonly prepare?: NonNullable<ResourceRules["prepare"]>;
  readonly allocate?: NonNullable<ResourceRules["allocate"]>;
  /** Values that cannot be decoded, such as invalid base64, in addition to the schema. */
  readonly undecodable?: (object: AnyObject) => Cause | undefined;
  /** Checks in addition to the schema. */
  readonly check?: ResourceRules["validate"];
}

export function defineKind(declaration: KindDeclaration): ServedResource {
  const { group = "", version = "v1", kind, plural, hasStatus = false } = declaration;
  const schema = schemaOf(declaration);
  const {
    description: _,
    required: __,
    hasStatus: ___,
    properties: ____,
    check: _____,
    undecodable: ______,
    prepare: _______,
    allocate: ________,
    scale,
    ...given
  } = declaration;
  return {
    listKind: `${kind}List`,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: ALL_VERBS,
    storage: group === "" ? plural : `${group}/${plural}`,
    storageApiVersion: apiVersionOf({ group, version }),
    selectableFields: [],
    builtin: true,
    unconditionalUpdate: true,
    hasGeneration: false,
    strategicMerge: schema,
    ...given,
    group,
    version,
    schema,
    empty: emptyOf(schema),
    columns: declaration.columns ?? [],
    subresources: { status: hasStatus, ...defined({ scale }) },
    rules: rulesOf(declaration, schema),
  };
}

function schemaOf({ description, properties, required }: KindDeclaration): JsonSchema {
  return {
    description,
    type: "object",
    properties: {
      apiVersion: text("The version of the schema of this object."),
      kind: text("The kind of this object."),
      metadata: { type: "object", description: "Standard object's metadata." },
      ...properties,
    },
    ...defined({ required }),
  };
}

function rulesOf(declaration: KindDeclaration, schema: JsonSchema): ResourceRules {
  const { group = "", check, undecodable, prepare, allocate } = declaration;
  const rules = compileSchemaRules(schema);
  const hasTimes = hasGoTimes(schema);
  const written = (object: AnyObject) => {
    const full = dropEmpty(object, schema);
    return hasTimes ? withGoTimes(full, schema) : full;
  };
  function* validateSteps(object: AnyObject, old: AnyObject | undefined): Steps<readonly Cause[]> {
    const finalizers = TAKES_ANY_FINALIZER.has(group) ? [] : unqualifiedFinalizers(object);
    const faults = yield* rules.validateSteps(object, old);
    yield;
    return [...finalizers, ...faults, ...(check?.(object, old) ?? [])];
  }
  return {
    ...rules,
    *typeFault(object) {
      const faults = yield* rules.validateSteps(object, undefined);
      yield;
      return (
        faults.find(({ reason }) => reason === "FieldValueTypeInvalid") ??
        goFault(object, schema) ??
        undecodable?.(object)
      );
    },
    validate: (object, old) => allSteps(validateSteps(object, old)),
    validateSteps,
    // A part that is always there, and that a patch took away, is there again.
    prepare: (object, old) => rules.applyDefaults(written(prepare?.(object, old) ?? object)),
    ...defined({ allocate }),
  };
}

/** Groups whose kinds have their metadata checked as custom ones have. */
const TAKES_ANY_FINALIZER = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "coordination.k8s.io",
]);
const STANDARD_FINALIZERS = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function unqualifiedFinalizers({ metadata }: AnyObject): Cause[] {
  return (metadata.finalizers ?? []).flatMap((finalizer, i) => {
    if (finalizer?.includes("/") || STANDARD_FINALIZERS.has(finalizer)) return [];
    const why = "name is neither a standard finalizer name nor is it fully qualified";
    return [invalid(`metadata.finalizers[${i}]`, finalizer, why)];
  });
}

/** What {@link always} and {@link zero} say of a schema, from its root on. */
function emptyOf(schema: JsonSchema): Record<string, unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>);
  const members = properties.flatMap(([name, member]): [string, unknown][] => {
    if (isEmptyObject(member.default)) return [[name, emptyOf(member)]];
    return member.default === null || member.default === "" ? [[name, member.default]] : [];
  });
  return Object.fromEntries(members);
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** A part that is always there, if only as `{}`: in Go a struct that is no pointer. */
export function always(schema: JsonSchema): JsonSchema {
  return { ...schema, default: {} };
}

/** A field that is always there, if only with the zero value of its type: in Go one without `omitempty`. */
export function zero(schema: JsonSchema, value: "" | null): JsonSchema {
  return likewise(schema, { ...schema, default: value, ...(value === null ? { nullable: true } : {}) });
}

/** A part that has one owner: who writes any of it writes all of it. */
export function atomic(schema: JsonSchema): JsonSchema {
  return { ...schema, "x-kubernetes-map-type": "atomic" };
}

export function text(description: string, more: JsonSchema = {}): JsonSchema {
  return { type: "string", description, ...more };
}

export function integer(description: string, more: JsonSchema = {}): JsonSchema {
  return { type: "integer", format: "int32", description, ...more };
}

export function flag(description: string): JsonSchema {
  return { type: "boolean", description };
}

export function record(
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
  more: JsonSchema = {},
): JsonSchema {
  return { type: "object", description, properties, ...more };
}

/** Anything: for the parts of a kind that this server keeps and does not look at. */
export function anything(description: string): JsonSchema {
  return { type: "object", description, "x-kubernetes-preserve-unknown-fields": true };
}

export function list(description: string, items: JsonSchema, more: JsonSchema = {}): JsonSchema {
  return { type: "array", description, items, ...more };
}

/** A list whose entries are identified by a key: patched entry by entry. */
export function keyedList(description: string, key: string, items: JsonSchema): JsonSchema {
  return {
    ...list(description, items),
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-patch-merge-key": key,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": [key],
  };
}

/** Items of one key are found by it in patches, and may be there twice. */
export function repeatable(list: JsonSchema): JsonSchema {
  return { ...list, uniqueItems: false };
}

export function mapOf(description: string, values: JsonSchema): JsonSchema {
  return { type: "object", description, additionalProperties: values };
}

export const time = (description: string) => text(description, { format: "date-time" });
export const texts = (description: string) => list(description, { type: "string" });
export const textMap = (description: string) => mapOf(description, { type: "string" });

export function conditions(): JsonSchema {
  return keyedList(
    "The latest available observations of the state of the object.",
    "type",
    record("One observation.", {
      type: text("Type of the condition."),
      status: text("True, False or Unknown."),
      reason: text("A CamelCase reason."),
      message: text("A human-readable message."),
      lastTransitionTime: time("When the status last changed."),
      lastUpdateTime: time("When the condition was last written."),
      lastHeartbeatTime: time("When the condition was last observed."),
      lastProbeTime: time("When the condition was last probed."),
      observedGeneration: integer("The generation that the condition is about.", { format: "int64" }),
    }),
  );
}

/** A column that shows a value found by its path. */
export function column(
  name: string,
  type: TableColumn["type"],
  cell: TableColumn["cell"],
  priority = 0,
): TableColumn {
  return { name, type, cell, priority, description: name };
}

export const age: TableColumn = column("Age", "date", (object) => object.metadata.creationTimestamp);

/** What kinds show that have no columns of their own. */
export const createdAt: TableColumn = { ...age, name: "Created At", type: "string", shownType: "date" };
