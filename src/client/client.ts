/**
 * A client of any Kubernetes API: what the runtime and the commands need of one, and nothing of how it is reached.
 */
import type { KubeList, KubeObject, Resource } from "../kube/object.ts";

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /**
   * Default true. False: the request is sent once, for callers that retry themselves, so that no retry waits inside
   * another one. What the server asks for is in `retryAfterMs` of the error.
   */
  readonly retry?: boolean;
}

export interface ListOptions extends RequestOptions {
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page. */
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface WriteOptions extends RequestOptions {
  /** Nothing is kept; the answer is what would have been. */
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  /** Writes the status sub-resource instead of the object. */
  readonly subresource?: "status" | "scale";
}

export interface DeleteOptions extends RequestOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

/**
 * - `merge`: RFC 7396. To make it conditional, put `metadata.resourceVersion` (and `uid`) into the body.
 * - `json`: RFC 6902.
 * - `apply`: server-side apply (KEP-555); needs `fieldManager`.
 */
export type PatchType = "merge" | "json" | "apply";

export interface PatchOptions extends WriteOptions {
  readonly force?: boolean;
}

export interface ObjectName {
  /** Absent or empty for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
}

export interface WatchOptions extends RequestOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Changes after this revision. */
  readonly resourceVersion: string;
  readonly allowBookmarks?: boolean;
  /** Asks the server to end the watch after so many seconds. */
  readonly timeoutSeconds?: number;
}

/** One line of a watch, as the server sent it. `object` of an ERROR is a `metav1.Status`. */
export interface RawWatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

/**
 * Every method rejects with {@link ApiError}, {@link LostAnswerError}, {@link UnreachableError} (which
 * {@link ConfigError} is a case of), or the reason of the signal that aborted it. A write that was aborted may have
 * been carried out. Names that cannot be part of a path throw a TypeError.
 */
export interface KubeClient {
  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, options?: RequestOptions): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<KubeList<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    type: PatchType,
    body: unknown,
    options?: PatchOptions,
  ): Promise<T>;
  delete(resource: Resource, name: ObjectName, options?: DeleteOptions): Promise<void>;
  /**
   * Resolves once the server has accepted the watch. The iterator ends when the server ends the watch, and throws
   * a {@link LostAnswerError} when the connection breaks. Leaving the loop closes the connection.
   */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
  ): Promise<AsyncIterable<RawWatchEvent>>;
  /** A request to any path: discovery, `/version`, `/openapi/v3`. The parsed JSON answer. */
  raw(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<unknown>;
  /** Closes idle connections and aborts what is under way. */
  close(): Promise<void>;
}
