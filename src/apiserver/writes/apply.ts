/** Server-side apply: creates the object, or changes its fields to the applied ones. */

import { formatTime } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { isJsonObject } from "../kinds/schema/json-value.ts";
import type { View } from "../reads/view.ts";
import { badRequest, conflict, invalidOptions, StatusError } from "../status-error.ts";
import { inSteps } from "../steps.ts";
import { type ApplyConflict, applySteps, conflictMessage, MAX_SHOWN_CONFLICTS } from "./apply/index.ts";
import { createObject } from "./create.ts";
import { decodeObject } from "./incoming.ts";
import { changeObject } from "./update.ts";
import type { WriteOptions } from "./write-options.ts";

export async function apply(
  context: ServerContext,
  request: ResourceRequest,
  body: unknown,
  given: WriteOptions,
): Promise<{ readonly view: View; readonly created: boolean }> {
  if ((request.query.get("fieldManager") ?? "") === "") {
    throw invalidOptions("PatchOptions", "fieldManager", "Required value: is required for apply patch");
  }
  const options: WriteOptions = { ...given, operation: "Apply" };
  for (const field of ["kind", "apiVersion"]) {
    if (isJsonObject(body) && !body[field])
      throw badRequest(`Object '${field}' is missing in the configuration`);
  }
  const config = await inSteps(request, decodeObject(request, body, options));
  if (config.metadata.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  const force = request.query.get("force") === "true";
  const change = (live: AnyObject | undefined) => applied(context, request, config, live, force, options);
  const { resource, namespace, name } = request;
  const address = { kind: resource.storage, namespace, name };
  if (request.subresource === "" && context.store.get(address) === undefined) {
    try {
      const { uid, resourceVersion: _, ...metadata } = config.metadata;
      // It means an object that is there, and that one is gone.
      if (uid !== undefined) throw conflict(resource, name, `there is no object of the uid ${uid}`);
      const named = { ...config, metadata: { ...metadata, name } };
      const object = await applied(context, request, named, undefined, force, options);
      return { view: await createObject(context, request, object, options), created: true };
    } catch (error) {
      // Another client created it meanwhile: apply to that.
      if (!(error instanceof StatusError && error.body.reason === "AlreadyExists")) throw error;
    }
  }
  return { view: await changeObject(context, request, change, options), created: false };
}

async function applied(
  context: ServerContext,
  request: ResourceRequest,
  config: AnyObject,
  live: AnyObject | undefined,
  force: boolean,
  options: WriteOptions,
): Promise<AnyObject> {
  const { resource, subresource } = request;
  const steps = applySteps({
    schema: resource.schema,
    live,
    config,
    manager: options.manager,
    force,
    subresource: subresource === "" ? undefined : subresource,
    hasStatus: resource.subresources.status,
    nowText: formatTime(context.kernel.clock.now()),
  });
  const result = await inSteps(request, steps);
  if (!result.ok) throw applyConflict(result.error);
  return resource.rules.applyDefaults(result.value.object);
}

function applyConflict(conflicts: readonly ApplyConflict[]): StatusError {
  return new StatusError(409, "Conflict", conflictMessage(conflicts), {
    causes: conflicts
      .slice(0, MAX_SHOWN_CONFLICTS)
      .map(({ field, message }) => ({ reason: "FieldManagerConflict", message, field })),
  });
}
