/**
 * What every verb works with: the parts of the server, and the request as far as HTTP has understood it.
 */

import type { Kernel } from "../kernel/index.ts";
import type { AnyObject } from "../kube/object.ts";
import type { Registry } from "./kinds/registry.ts";
import type { ServedResource } from "./kinds/resource.ts";
import type { Store } from "./store/index.ts";

export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A request to an endpoint of a kind. */
export interface ResourceRequest {
  readonly resource: ServedResource;
  /** Empty for cluster-scoped kinds, and for "all namespaces". */
  readonly namespace: string;
  /** Empty for the collection. */
  readonly name: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly userAgent: string;
  /** Adds a `Warning` header to the answer. */
  warn(message: string): void;
  /**
   * To be called in long work, every 100 µs or so: lets others have their turn. Undefined: go on. Else go on when it
   * resolves. Throws, or rejects, when the client no longer waits for the response. Absent: there is no other work to let run.
   */
  giveWay?(): Promise<void> | undefined;
  /** Each step of it reads something large, so that others have their turn in between. */
  readonly isLarge?: boolean;
}

/** Bytes of an object above which a write gives way between its steps: each takes about a millisecond. */
export const LARGE_BYTES = 64 * 1024;

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What a request is about to do, for those who may change or refuse it. */
export interface AdmissionAttributes {
  readonly operation: Operation;
  readonly request: ResourceRequest;
  /** Absent on DELETE. */
  readonly object?: AnyObject;
  /** Absent on CREATE. */
  readonly oldObject?: AnyObject;
  readonly dryRun: boolean;
  /** Of the request: CreateOptions, PatchOptions … */
  readonly options?: object;
}

/**
 * Rights that depend on what a write would store: a user who grants permissions must have them, and one who creates by PATCH or PUT
 * needs `create` besides. Called once the object is complete. @throws StatusError 403, 404
 */
export type CheckRights = (attributes: AdmissionAttributes) => void;

/** Webhooks and built-in admission. Refusals are thrown as StatusError. */
export interface Admission {
  mutate(attributes: AdmissionAttributes): Promise<AnyObject | undefined>;
  validate(attributes: AdmissionAttributes): Promise<void>;
}

/** Conversion of custom resources between the versions of their CRD. */
export interface Converter {
  /**
   * The objects in `apiVersion`, in their order. Those that are in it already stay as they are.
   * @throws StatusError 500 when the webhook cannot be reached, or answers what it may not.
   */
  convert(
    resource: ServedResource,
    objects: readonly AnyObject[],
    apiVersion: string,
  ): Promise<readonly AnyObject[]>;
}

export interface ServerContext {
  readonly store: Store;
  readonly kernel: Kernel;
  readonly registry: Registry;
  readonly checkRights: CheckRights;
  readonly admission: Admission;
  /** For kinds that have a conversion webhook. */
  readonly converter: Converter;
}
