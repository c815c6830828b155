/**
 * What every Kubernetes object has, and how a kind is named. No kind of ours appears here.
 */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` as an API server returns it. Before creation `name` or `generateName` is all that is needed. */
export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque to users; comparable within one API server, see `compareRevisions` in `plexaubnet/client`. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339. Present while the object waits for its finalizers. */
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly unknown[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** `metadata` of an object that lives in a namespace, as an API server returns it. */
export interface NamespacedMeta extends ObjectMeta {
  readonly namespace: string;
}

export interface NamespacedObject extends KubeObject {
  readonly metadata: NamespacedMeta;
}

/** An object of a kind that is not known at compile time. */
export interface AnyObject extends KubeObject {
  readonly [field: string]: unknown;
}

export interface KubeList<T extends KubeObject = KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly T[];
}

/**
 * A kind as it is addressed over HTTP. `T` is the static type of its objects; it exists at compile time only.
 *
 * @example const leases: Resource<Lease> =
 *   { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true }
 */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly _object?: T;
}

/** `group/version`, or `version` alone for the core group: the value of `apiVersion`. */
export function apiVersionOf(resource: Pick<Resource, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `metav1.Condition`. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. When `status` last changed. */
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}
