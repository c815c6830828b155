/** POST of an object. */

import { formatTime } from "../../kernel/index.ts";
import type { AnyObject, ObjectMeta } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { generatedName } from "../kinds/object-name.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { shownView, storedForm, type View, viewOfObject } from "../reads/view.ts";
import { alreadyExists, invalid, StatusError } from "../status-error.ts";
import { inSteps, type Steps } from "../steps.ts";
import { readyForStore } from "../store/index.ts";
import { withOwners } from "./field-ownership.ts";
import { admitBody } from "./incoming.ts";
import { withDistinctOwners } from "./metadata-changes.ts";
import { metadataFaults } from "./metadata-rules.ts";
import { checkSurroundings } from "./surroundings.ts";
import { readWriteOptions, type WriteOptions } from "./write-options.ts";

/** A generated name may be in use. How often another one is tried. */
const GENERATED_NAME_TRIES = 8;

export async function create(context: ServerContext, request: ResourceRequest, body: unknown): Promise<View> {
  const options = readWriteOptions(request, "CreateOptions");
  const object = await inSteps(request, admitBody(request, body, options));
  return createObject(context, request, object, options);
}

/** Brings an object that has been through `admitBody` into being. @throws StatusError */
export async function createObject(
  context: ServerContext,
  request: ResourceRequest,
  object: AnyObject,
  options: WriteOptions,
): Promise<View> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await createOnce(context, request, object, options);
    } catch (error) {
      const generated = !object.metadata.name && object.metadata.generateName;
      const taken = error instanceof StatusError && error.body.reason === "AlreadyExists";
      if (!(generated && taken && attempt < GENERATED_NAME_TRIES)) throw error;
    }
  }
}

async function createOnce(
  context: ServerContext,
  request: ResourceRequest,
  body: AnyObject,
  options: WriteOptions,
): Promise<View> {
  const { resource } = request;
  checkSurroundings(context, request, body.metadata.name ?? "");
  const named = withSystemMetadata(context, request, body);
  const attributes = { operation: "CREATE", request, dryRun: options.dryRun } as const;
  const mutated = (await context.admission.mutate({ ...attributes, object: named })) ?? named;
  const admitted = withSameSystemMetadata(mutated, named);
  const object = await inSteps(request, sound(context, request, admitted, options));
  const { name } = object.metadata;
  context.checkRights({ ...attributes, object });
  await context.admission.validate({ ...attributes, object });
  const address = { kind: resource.storage, namespace: request.namespace, name };
  if (options.dryRun) {
    if (context.store.get(address) !== undefined) throw alreadyExists(resource, name);
    return viewOfObject(object);
  }
  const stored = await storedForm(context, resource, object);
  if (request.isLarge) await inSteps(request, readyForStore(stored));
  // Admission may have taken its time; the namespace or the kind may be going by now.
  checkSurroundings(context, request, name);
  const written = await context.store.write({
    do: "put",
    ...address,
    object: stored,
    expectedRevision: 0,
  });
  if (!written.ok) throw taken(request, name, written.error.current?.object);
  return shownView(context, resource, written.value);
}

function taken(request: ResourceRequest, name: string, holder: AnyObject | undefined): StatusError {
  const refusal = alreadyExists(request.resource, name);
  if (holder?.metadata.deletionTimestamp === undefined) return refusal;
  const message = `object is being deleted: ${refusal.message}`;
  return new StatusError(409, "AlreadyExists", message, refusal.body.details);
}

function withSystemMetadata(context: ServerContext, request: ResourceRequest, body: AnyObject): AnyObject {
  const { resourceVersion, ...given } = body.metadata;
  // An invalid revision is ignored.
  if (resourceVersion !== undefined && /^0*[1-9]\d*$/.test(resourceVersion)) {
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, generation, ...kept } = given;
  const { kernel } = context;
  const name = kept.name || (kept.generateName ? generatedName(kept.generateName, kernel.random) : "");
  const metadata: ObjectMeta = {
    ...withDistinctOwners(kept),
    name,
    ...(request.resource.namespaced ? { namespace: request.namespace } : {}),
    uid: kernel.random.uuid(),
    creationTimestamp: formatTime(kernel.clock.now()),
    // A kind that does not count generations keeps what it is given, as any other field.
    ...(request.resource.hasGeneration !== false ? { generation: 1 } : generation && { generation }),
  };
  return { ...body, metadata };
}

/** What belongs to the system is not for admission to change. */
function withSameSystemMetadata(mutated: AnyObject, named: AnyObject): AnyObject {
  if (mutated === named) return mutated;
  const { uid, creationTimestamp, generation } = named.metadata;
  const {
    resourceVersion: _,
    deletionTimestamp: __,
    deletionGracePeriodSeconds: ___,
    generation: ____,
    ...kept
  } = mutated.metadata;
  const counted = generation === undefined ? {} : { generation };
  return { ...mutated, metadata: { ...kept, uid, creationTimestamp, ...counted } as ObjectMeta };
}

/** All of a kind, in whatever namespace. */
export function storedObjects({ store }: ServerContext, resource: ServedResource): readonly AnyObject[] {
  const all = store.list(resource.storage, {});
  return all.ok ? all.value.items.map(({ object }) => object) : [];
}

/** What is to be stored. @throws StatusError 422 */
function* sound(
  context: ServerContext,
  request: ResourceRequest,
  admitted: AnyObject,
  options: WriteOptions,
): Steps<AnyObject> {
  const { resource } = request;
  const object = yield* prepared(context, request, admitted, options);
  yield;
  const wrong = metadataFaults(resource, object.metadata);
  yield;
  const faults = [...wrong, ...(yield* resource.rules.validateSteps(object, undefined))];
  if (faults.length > 0) throw invalid(resource, object.metadata.name, faults);
  return object;
}

function* prepared(
  context: ServerContext,
  request: ResourceRequest,
  object: AnyObject,
  options: WriteOptions,
): Steps<AnyObject> {
  const { resource } = request;
  let next = object;
  if (resource.subresources.status && next.status !== undefined) {
    const { status: _, ...rest } = next;
    next = resource.rules.applyDefaults(rest as AnyObject);
  }
  yield;
  next = resource.rules.prepare?.(next, undefined) ?? next;
  yield;
  next = yield* withOwners(context, request, next, undefined, options);
  yield;
  return resource.rules.allocate?.(next, undefined, () => storedObjects(context, resource)) ?? next;
}
