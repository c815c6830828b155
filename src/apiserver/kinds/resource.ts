/**
 * What the server knows of a kind that it serves: the one type between those who describe kinds (`schema/` for
 * CRDs, `builtin/` for the rest) and those who serve them (`reads/`, `writes/`, `http/`).
 *
 * Everything in it is plain data or a pure function. There is one `ServedResource` a version of a kind.
 */
import type { AnyObject } from "../../kube/object.ts";
import type { Cause } from "../status-error.ts";
import type { Steps } from "../steps.ts";
import type { StorageKind } from "../store/store.ts";

/** What a kind that is kept can be asked to do. */
export const ALL_VERBS = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
] as const;
export type Verb = (typeof ALL_VERBS)[number];

/** An OpenAPI v3 schema as it stands in a CRD, `x-kubernetes-*` included. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Where objects of all versions of this kind are kept. */
  readonly storage: StorageKind;
  /** `apiVersion` under which they are kept; requests in another served version are relabelled on the way. */
  readonly storageApiVersion: string;
  /** With `status`: the main endpoint ignores changes of status, and `/status` everything else. */
  readonly subresources: {
    readonly status: boolean;
    readonly scale?: {
      readonly specReplicasPath: string;
      readonly statusReplicasPath: string;
      readonly labelSelectorPath?: string;
    };
  };
  readonly schema: JsonSchema;
  /** For `kubectl get`. Name comes first and Age last unless the kind defines something else. */
  readonly columns: readonly TableColumn[];
  /** Field paths for `--field-selector`, besides metadata.name and metadata.namespace. `spec.poolRef`, say. */
  readonly selectableFields: readonly string[];
  readonly rules: ResourceRules;
  /**
   * Merge keys for strategic merge patch, by schema path; undefined: the kind takes no strategic merge patch (415,
   * as kube-apiserver answers for custom resources).
   */
  readonly strategicMerge?: JsonSchema;
  /** The group that names the kind when an object of it is invalid. Default: `group`. */
  readonly internalGroup?: string;
  /** What `metadata.name` must look like. Default: a DNS subdomain (RFC 1123). */
  readonly nameRule?: NameRule;
  /** Whether `metadata.generation` is kept. Most built-in kinds have none. Default: true. */
  readonly hasGeneration?: boolean;
  /** Goes as a warning with every answer about a version that shall not be used any more. */
  readonly deprecationWarning?: string;
  /**
   * What every object of the kind has before a client sets anything: no client owns it by creating one.
   * Go's structs that are no pointers, and times. Default: nothing, as for custom kinds.
   */
  readonly empty?: Readonly<Record<string, unknown>>;
  /** One of Kubernetes' own kinds: a body may leave `apiVersion` and `kind` out. */
  readonly builtin?: boolean;
  /**
   * Whether a PUT without `metadata.resourceVersion` overwrites whatever is there. Custom kinds refuse that, and so
   * do some built-in ones (422). Default: false.
   */
  readonly unconditionalUpdate?: boolean;
  /**
   * The store's revision at which this schema took effect. What was written later has its defaults already, and
   * goes out as the text that is stored. Default: 0.
   */
  readonly schemaRevision?: number;
  /** Where objects of this version have another shape than the stored ones. Default: only `apiVersion` differs. */
  readonly conversion?: {
    fromStorage(object: AnyObject): AnyObject;
    toStorage(object: AnyObject): AnyObject;
  };
  /** What only Namespaces have in their life. */
  readonly lifecycle?: Lifecycle;
  /** Who converts the objects of a CRD between its versions. Default: no converter, only `apiVersion` differs. */
  readonly conversionWebhook?: {
    /** As the CRD declares it. */
    readonly clientConfig: unknown;
    readonly reviewVersions: readonly string[];
  };
}

export interface Lifecycle {
  /** Objects that cannot be deleted. */
  readonly permanent: ReadonlySet<string>;
  /** Whether something besides `metadata.finalizers` holds an object that is being deleted. */
  isHeld(object: AnyObject): boolean;
  /** The object in which its deletion is recorded, as it begins. */
  withDeletionBegun(object: AnyObject): AnyObject;
  /** The only subresource that changes `spec`. */
  readonly specSubresource: string;
}

export type NameRule = "subdomain" | "label" | "label-1035" | "path-segment";

export interface TableColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** The definition of the column, if it differs. */
  readonly shownType?: "date";
  readonly format?: string;
  readonly description: string;
  /** 0: always shown. Greater: only with `-o wide`. */
  readonly priority: number;
  /** The cell, or undefined for an empty one. */
  readonly cell: (object: AnyObject) => string | number | boolean | undefined;
}

/** What a kind does to its objects on their way in. Called in this order. All pure. */
export interface ResourceRules {
  /**
   * Drops unknown fields. `unknown` names them, for `fieldValidation=Warn|Strict`. A field of the wrong type is
   * left for `validate`.
   */
  prune(object: AnyObject): { readonly object: AnyObject; readonly unknown: readonly string[] };
  /** Fills in defaults. Also applied to what is read from the store, as Kubernetes does. */
  applyDefaults(object: AnyObject): AnyObject;
  /** Faults of `object`. `old` is the state it replaces; absent on create. */
  validate(object: AnyObject, old: AnyObject | undefined): readonly Cause[];
  /** The same, step by step. */
  validateSteps(object: AnyObject, old: AnyObject | undefined): Steps<readonly Cause[]>;
  /**
   * The first value of a wrong type. Built-in kinds are decoded into a fixed form, which fails at once (400), before
   * anything else reads the object.
   */
  typeFault?(object: AnyObject): Steps<Cause | undefined>;
  /**
   * Sets the values that only the server allocates: no client owns them. `others` are all that are stored, for what no two
   * may have.
   */
  allocate?(object: AnyObject, old: AnyObject | undefined, others: () => readonly AnyObject[]): AnyObject;
  /** Built-in kinds fill in or keep fields of their own here (a Service's clusterIP, a Secret's stringData). */
  prepare?(object: AnyObject, old: AnyObject | undefined): AnyObject;
}
