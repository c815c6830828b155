/**
 * Changes of an object that exists: the one way in which PUT, PATCH, `/status`, `/scale` and server-side apply get
 * theirs into the store. A change is a function of the newest state, so that one which names no revision can be made
 * again after a conflict.
 */
import { defined } from "../../kernel/index.ts";
import type { AnyObject, ObjectMeta } from "../../kube/object.ts";
import { LARGE_BYTES, type ResourceRequest, type ServerContext } from "../context.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { equalJson } from "../kinds/schema/json-value.ts";
import { shownView, storedForm, type View, viewOfObject } from "../reads/view.ts";
import { badRequest, conflict, invalid, notFound } from "../status-error.ts";
import { inSteps, type Steps } from "../steps.ts";
import type { StoredObject } from "../store/index.ts";
import { readyForStore } from "../store/index.ts";
import { storedObjects } from "./create.ts";
import { withOwners } from "./field-ownership.ts";
import { admitBody } from "./incoming.ts";
import { systemMetadataFaults, toldOnUpdate, withDistinctOwners } from "./metadata-changes.ts";
import { invalidValue, metadataFaults, metadataUpdateFaults } from "./metadata-rules.ts";
import { readWriteOptions, type WriteOptions } from "./write-options.ts";

/** What the object shall be, given what it is. `metadata.resourceVersion` in the answer is a condition. */
export type Change = (current: AnyObject) => AnyObject | Promise<AnyObject>;

/** The number of conflicts after which the client gets the error. */
const MAX_ATTEMPTS = 32;

export async function update(context: ServerContext, request: ResourceRequest, body: unknown): Promise<View> {
  const options = readWriteOptions(request, "UpdateOptions");
  const object = await inSteps(request, admitBody(request, body, options));
  if (object.metadata.name === undefined) {
    throw badRequest(
      `the name of the object (${request.name} based on URL) was undeterminable: name must be provided`,
    );
  }
  const change = (current: AnyObject) => {
    checkUid(request, object.metadata, current.metadata);
    if (object.metadata.resourceVersion !== undefined || request.resource.unconditionalUpdate) return object;
    throw invalid(request.resource, request.name, [
      invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  };
  return changeObject(context, request, change, options);
}

/** @throws StatusError 404 when there is no such object, 409, 422. */
export async function changeObject(
  context: ServerContext,
  given: ResourceRequest,
  change: Change,
  options: WriteOptions,
): Promise<View> {
  const { resource, namespace, name } = given;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const stored = context.store.get({ kind: resource.storage, namespace, name });
    if (stored === undefined) throw notFound(resource, name);
    const isLarge = given.isLarge === true || stored.jsonLength >= LARGE_BYTES;
    const request = { ...given, isLarge };
    const current = await shownView(context, resource, stored);
    const asked = await change(current.object);
    checkPreconditions(request, asked.metadata, current.object.metadata);
    const next = await admitted(context, request, asked, current.object, options);
    if (isSame(next, current.object)) return current;
    if (options.dryRun) return viewOfObject(next);
    const written = await writeNext(context, request, next, stored);
    if (written !== undefined) return written;
  }
  throw conflict(resource, name);
}

/** Undefined: a conflict. */
async function writeNext(
  context: ServerContext,
  request: ResourceRequest,
  next: AnyObject,
  stored: StoredObject,
): Promise<View | undefined> {
  const { resource } = request;
  const address = { kind: resource.storage, namespace: request.namespace, name: request.name };
  const condition = { ...address, expectedRevision: stored.revision };
  if (isDone(resource, next)) {
    const gone = await context.store.write({ do: "delete", ...condition });
    if (!gone.ok) return undefined;
    const metadata = { ...next.metadata, resourceVersion: String(gone.value.revision) };
    return viewOfObject({ ...next, metadata });
  }
  const object = await storedForm(context, resource, next);
  if (request.isLarge) await inSteps(request, readyForStore(object));
  const written = await context.store.write({ do: "put", ...condition, object });
  return written.ok ? shownView(context, resource, written.value) : undefined;
}

/** Whether this is the last state of an object that is being deleted: nothing holds it any more. */
export function isDone({ lifecycle }: ServedResource, object: AnyObject): boolean {
  return (
    object.metadata.deletionTimestamp !== undefined &&
    (object.metadata.finalizers?.length ?? 0) === 0 &&
    lifecycle?.isHeld(object) !== true
  );
}

/** Who puts a whole object means the one that it read. */
function checkUid({ resource, name }: ResourceRequest, asked: ObjectMeta, current: ObjectMeta): void {
  if (asked.uid === undefined || asked.uid === current.uid) return;
  const why = `Precondition failed: UID in precondition: ${asked.uid}, UID in object meta: ${current.uid}`;
  throw conflict(resource, name, why);
}

function checkPreconditions(request: ResourceRequest, asked: ObjectMeta, current: ObjectMeta): void {
  const { resource, name } = request;
  const revision = asked.resourceVersion;
  if (revision !== undefined && revision !== "0" && revision !== current.resourceVersion) {
    throw conflict(resource, name);
  }
}

async function admitted(
  context: ServerContext,
  request: ResourceRequest,
  asked: AnyObject,
  current: AnyObject,
  options: WriteOptions,
): Promise<AnyObject> {
  const attributes = {
    operation: "UPDATE",
    request,
    oldObject: current,
    dryRun: options.dryRun,
  } as const;
  const scoped = withKeptFields(request, asked, current);
  const answer = (await context.admission.mutate({ ...attributes, object: scoped })) ?? scoped;
  // What a client cannot change is not for admission to change either.
  const mutated = answer === scoped ? scoped : withKeptFields(request, answer, current);
  const next = await inSteps(request, sound(context, request, mutated, { asked, current, options }));
  context.checkRights({ ...attributes, object: next });
  await context.admission.validate({ ...attributes, object: next });
  return next;
}

interface Asked {
  readonly asked: AnyObject;
  readonly current: AnyObject;
  readonly options: WriteOptions;
}

/** What is to be stored. @throws StatusError 422 */
function* sound(
  context: ServerContext,
  request: ResourceRequest,
  mutated: AnyObject,
  { asked, current, options }: Asked,
): Steps<AnyObject> {
  const { resource } = request;
  yield;
  const prepared = resource.rules.prepare?.(mutated, current) ?? mutated;
  yield;
  const counted = withGeneration(request, prepared, current);
  yield;
  const owned = yield* withOwners(context, request, counted, current, options);
  yield;
  const next = resource.rules.allocate?.(owned, current, () => storedObjects(context, resource)) ?? owned;
  const changeFaults = [
    ...systemMetadataFaults(asked.metadata, current.metadata),
    ...metadataUpdateFaults(next, current),
  ];
  const wrong = toldOnUpdate(resource, metadataFaults(resource, next.metadata), changeFaults);
  yield;
  const faults = [...wrong, ...(yield* resource.rules.validateSteps(next, current))];
  if (faults.length > 0) throw invalid(resource, request.name, faults);
  yield;
  return next;
}

/** What a client cannot change stays: system metadata, and the part that belongs to the other endpoint. */
function withKeptFields(request: ResourceRequest, asked: AnyObject, current: AnyObject): AnyObject {
  const { resource, subresource } = request;
  const old = current.metadata;
  const kept: Record<string, unknown> = {};
  for (const field of SYSTEM_FIELDS) if (old[field] !== undefined) kept[field] = old[field];
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, generation: ___, ...given } = asked.metadata;
  if (subresource === "status" && resource.builtin) {
    // The workloads of `apps` take all metadata with their status but labels.
    const { labels, ...others } = withDistinctOwners(given);
    const tagged = resource.group === "apps" ? old.labels : labels;
    const metadata = {
      ...others,
      ...defined({ labels: tagged || undefined }),
      ...kept,
    } as unknown as ObjectMeta;
    return withStatus({ ...current, metadata }, asked.status);
  }
  if (subresource === "status") {
    const managedFields = asked.metadata.managedFields ?? old.managedFields;
    const metadata = managedFields === undefined ? old : { ...old, managedFields };
    return withStatus({ ...current, metadata }, asked.status);
  }
  const metadata = { ...withDistinctOwners(given), ...kept } as unknown as ObjectMeta;
  const next: AnyObject = { ...asked, metadata };
  if (resource.lifecycle !== undefined && subresource !== resource.lifecycle.specSubresource) {
    return { ...next, spec: current.spec, status: current.status };
  }
  return resource.subresources.status ? withStatus(next, current.status) : next;
}

const SYSTEM_FIELDS = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

function withStatus(object: AnyObject, status: unknown): AnyObject {
  const { status: _, ...rest } = object;
  return (status === undefined ? rest : { ...rest, status }) as AnyObject;
}

/** `generation` counts changes of everything but metadata and status. */
function withGeneration(request: ResourceRequest, next: AnyObject, current: AnyObject): AnyObject {
  if (request.resource.hasGeneration === false) return next;
  const desired = (object: AnyObject) => {
    const { metadata: _, status, ...rest } = object;
    return request.resource.subresources.status ? rest : { ...rest, status };
  };
  const generation = current.metadata.generation ?? 1;
  const changed = !equalJson(desired(next), desired(current));
  return { ...next, metadata: { ...next.metadata, generation: changed ? generation + 1 : generation } };
}

/** Equal except for the times in managed fields, which alone do not cause a write. */
function isSame(next: AnyObject, current: AnyObject): boolean {
  return equalJson(withoutTimes(next), withoutTimes(current));
}

function withoutTimes(object: AnyObject): AnyObject {
  const { managedFields } = object.metadata;
  if (managedFields === undefined) return object;
  const timeless = managedFields.map((entry) => ({ ...(entry as object), time: undefined }));
  return { ...object, metadata: { ...object.metadata, managedFields: timeless } };
}
