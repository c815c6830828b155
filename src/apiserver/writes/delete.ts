/**
 * DELETE of one object: at once when nothing holds it, else it gets a deletionTimestamp and waits for its finalizers.
 * Propagation is a finalizer too (`foregroundDeletion`, `orphan`), which the garbage collector serves.
 */

import { defined, formatTime } from "../../kernel/index.ts";
import type { AnyObject, ObjectMeta } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { isJsonObject } from "../kinds/schema/json-value.ts";
import { shownView, storedForm, type View, viewOfObject } from "../reads/view.ts";
import { badRequest, conflict, forbidden, invalidOptions, notFound } from "../status-error.ts";
import type { StoredObject } from "../store/index.ts";
import { isDone } from "./update.ts";
import { readDryRun } from "./write-options.ts";

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

/** What is left of the object, or that nothing is. */
export type DeleteAnswer =
  | { readonly done: true; readonly uid: string; readonly last: View }
  | { readonly done: false; readonly view: View };

const POLICIES = ["Background", "Foreground", "Orphan"] as const;

/** From the body (`DeleteOptions`), the query, or both; the body wins. @throws StatusError 400, 422 */
export function readDeleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  if (body !== undefined && !isJsonObject(body))
    throw badRequest("the body must be one DeleteOptions object");
  const given: Record<string, unknown> = body ?? {};
  if ((given.kind ?? "DeleteOptions") !== "DeleteOptions") {
    throw badRequest(`the body must be DeleteOptions, not ${JSON.stringify(given.kind)}`);
  }
  const orphan = given.orphanDependents ?? parseBoolean(query.get("orphanDependents"));
  const named = given.propagationPolicy ?? query.get("propagationPolicy") ?? undefined;
  if (orphan !== undefined && orphan !== null && named !== undefined) {
    const message = "Invalid value: orphanDependents and deletionPropagation cannot be both set";
    throw invalidOptions("DeleteOptions", "propagationPolicy", message);
  }
  const dryRun = Array.isArray(given.dryRun) ? given.dryRun.map(String) : query.getAll("dryRun");
  const preconditions = readPreconditions(given.preconditions ?? {});
  const policy = named === undefined ? policyOf(orphan) : checkPolicy(named);
  return {
    dryRun: readDryRun(dryRun, "DeleteOptions"),
    ...preconditions,
    ...defined({ propagationPolicy: policy }),
  };
}

/** A condition that cannot be read must not count as none. */
function readPreconditions(given: unknown): Pick<DeleteOptions, "uid" | "resourceVersion"> {
  if (!isJsonObject(given)) throw badRequest("preconditions must be an object");
  const read: { uid?: string; resourceVersion?: string } = {};
  for (const field of ["uid", "resourceVersion"] as const) {
    const value = given[field] ?? undefined;
    if (value === undefined) continue;
    if (typeof value !== "string") throw badRequest(`preconditions.${field} must be a string`);
    read[field] = value;
  }
  return read;
}

function parseBoolean(text: string | null): boolean | undefined {
  return text === null ? undefined : text === "true";
}

function policyOf(orphan: unknown): DeleteOptions["propagationPolicy"] {
  if (orphan === undefined || orphan === null) return undefined;
  return orphan === true ? "Orphan" : "Background";
}

function checkPolicy(named: unknown): DeleteOptions["propagationPolicy"] {
  const policy = POLICIES.find((known) => known === named);
  if (policy !== undefined) return policy;
  const message = `Unsupported value: ${JSON.stringify(named)}: supported values: "Background", "Foreground", "Orphan", "nil"`;
  throw invalidOptions("DeleteOptions", "propagationPolicy", message);
}

export async function remove(
  context: ServerContext,
  request: ResourceRequest,
  options: DeleteOptions,
): Promise<DeleteAnswer> {
  const { resource, namespace, name } = request;
  const address = { kind: resource.storage, namespace, name };
  if (resource.lifecycle?.permanent.has(name)) {
    throw forbidden(resource, name, `this ${resource.singular} may not be deleted`);
  }
  for (;;) {
    const stored = context.store.get(address);
    if (stored === undefined) throw notFound(resource, name);
    checkPreconditions(request, stored, options);
    const current = await shownView(context, resource, stored);
    const attributes = {
      operation: "DELETE",
      request,
      oldObject: current.object,
      dryRun: options.dryRun,
    } as const;
    await context.admission.mutate(attributes);
    context.checkRights(attributes);
    await context.admission.validate(attributes);
    const next = marked(context, request, current.object, options);
    if (isDone(resource, next)) {
      const last = { done: true, uid: next.metadata.uid ?? "", last: current } as const;
      if (options.dryRun) return last;
      const gone = await context.store.write({ do: "delete", ...address, expectedRevision: stored.revision });
      if (gone.ok) return last;
      continue;
    }
    if (next === current.object) return { done: false, view: current };
    if (options.dryRun) return { done: false, view: viewOfObject(next) };
    const object = await storedForm(context, resource, next);
    const put = await context.store.write({
      do: "put",
      ...address,
      object,
      expectedRevision: stored.revision,
    });
    if (put.ok) return { done: false, view: await shownView(context, resource, put.value) };
  }
}

function checkPreconditions(request: ResourceRequest, stored: StoredObject, options: DeleteOptions): void {
  const { name } = request;
  // As kube-apiserver has it here: the kind stands where the resource does otherwise.
  const resource = { ...request.resource, plural: request.resource.kind };
  const { uid, resourceVersion } = stored.object.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match that of the object (${uid}): it was deleted and created again`;
    throw conflict(resource, name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match that of the object (${resourceVersion}): it was changed`;
    throw conflict(resource, name, why);
  }
}

const PROPAGATION = new Set(["orphan", "foregroundDeletion"]);

/** The object as one that is being deleted. The same value when it is that already. */
function marked(
  context: ServerContext,
  request: ResourceRequest,
  current: AnyObject,
  options: DeleteOptions,
): AnyObject {
  const { metadata } = current;
  const finalizers = withPropagation(metadata.finalizers ?? [], options.propagationPolicy);
  const unchanged = finalizers.length === (metadata.finalizers ?? []).length;
  if (metadata.deletionTimestamp !== undefined && unchanged) return current;
  const next: Record<string, unknown> = {
    ...metadata,
    deletionTimestamp: metadata.deletionTimestamp ?? formatTime(context.kernel.clock.now()),
    deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds ?? 0,
    finalizers,
  };
  if (finalizers.length === 0) delete next.finalizers;
  const first = metadata.deletionTimestamp === undefined;
  if (first && metadata.generation !== undefined) next.generation = metadata.generation + 1;
  const object: AnyObject = { ...current, metadata: next as unknown as ObjectMeta };
  const { lifecycle } = request.resource;
  return first && lifecycle !== undefined ? lifecycle.withDeletionBegun(object) : object;
}

function withPropagation(
  finalizers: readonly string[],
  policy: DeleteOptions["propagationPolicy"],
): readonly string[] {
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((finalizer) => !PROPAGATION.has(finalizer));
  if (policy === "Foreground") return [...others, "foregroundDeletion"];
  return policy === "Orphan" ? [...others, "orphan"] : others;
}
