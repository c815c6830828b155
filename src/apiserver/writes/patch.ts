/**
 * PATCH: JSON patch, merge patch, strategic merge patch, server-side apply. The patch is applied again to the newest state
 * after a conflict, unless it contains a resourceVersion.
 */

import type { Result } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import type { ServedResource } from "../kinds/resource.ts";
import { boundedText } from "../kinds/schema/index.ts";
import { isJsonObject } from "../kinds/schema/json-value.ts";
import type { View } from "../reads/view.ts";
import { badRequest, invalid, invalidOptions, StatusError, unsupportedPatchType } from "../status-error.ts";
import { inSteps, type Steps } from "../steps.ts";
import { apply } from "./apply.ts";
import { admitBody } from "./incoming.ts";
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch, type PatchFault } from "./patch/index.ts";
import { changeObject } from "./update.ts";
import { readWriteOptions, type WriteOptions } from "./write-options.ts";

export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";
export const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
export const APPLY_PATCH = "application/apply-patch+yaml";

export interface PatchAnswer {
  readonly view: View;
  readonly created: boolean;
}

/** The patch types that a kind takes. */
export function patchTypesOf(resource: ServedResource): readonly string[] {
  const strategic = resource.strategicMerge === undefined ? [] : [STRATEGIC_MERGE_PATCH];
  return [JSON_PATCH, MERGE_PATCH, ...strategic, APPLY_PATCH];
}

export async function patch(
  context: ServerContext,
  request: ResourceRequest,
  type: string,
  body: unknown,
): Promise<PatchAnswer> {
  const options = readWriteOptions(request, "PatchOptions");
  const { resource } = request;
  if (!patchTypesOf(resource).includes(type)) throw unsupportedPatchType(patchTypesOf(resource));
  if (type === APPLY_PATCH) return apply(context, request, body, options);
  if (request.query.has("force")) {
    throw invalidOptions("PatchOptions", "force", "Forbidden: may not be specified for non-apply patch");
  }
  const change = (current: AnyObject) => {
    const patched = patchedObject(resource, type, current, body);
    if (!patched.ok) throw refusal(patched.error);
    return inSteps(request, admitPatched(request, patched.value, current, options));
  };
  return { view: await changeObject(context, request, change, options), created: false };
}

function patchedObject(
  resource: ServedResource,
  type: string,
  current: AnyObject,
  body: unknown,
): Result<unknown, PatchFault> {
  switch (type) {
    case JSON_PATCH:
      return applyJsonPatch(current, body);
    case MERGE_PATCH:
      return applyMergePatch(current, body);
    default:
      return withSameKind(
        applyStrategicMergePatch(resource.strategicMerge ?? {}, current, body === null ? {} : body),
        current,
      );
  }
}

/** It is merged into a form that has its kind already. */
function withSameKind(patched: Result<unknown, PatchFault>, current: AnyObject): Result<unknown, PatchFault> {
  if (!patched.ok || !isJsonObject(patched.value)) return patched;
  const { apiVersion, kind } = current;
  return { ok: true, value: { ...patched.value, apiVersion, kind } };
}

function refusal(fault: PatchFault): StatusError {
  switch (fault.kind) {
    case "malformed":
      return badRequest(fault.message);
    case "too-large":
      return new StatusError(413, "RequestEntityTooLarge", fault.message);
    case "unprocessable":
      return new StatusError(422, "Invalid", `the server rejected our request: ${fault.message}`, {});
  }
}

/** A patch may not move an object, and what it leaves must be an object of the kind still. */
function* admitPatched(
  request: ResourceRequest,
  patched: unknown,
  current: AnyObject,
  options: WriteOptions,
): Steps<AnyObject> {
  yield;
  const metadata = isJsonObject(patched) ? (patched.metadata ?? {}) : undefined;
  const { name, namespace } = current.metadata;
  if (isJsonObject(metadata) && metadata.name !== name) {
    const given = boundedText(metadata.name ?? "", 1024);
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  }
  if (isJsonObject(metadata) && (metadata.namespace ?? "") !== (namespace ?? "")) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  try {
    return yield* admitBody(request, patched, options);
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 400)) throw error;
    // It is the patch that is wrong, not the form of the request.
    const message = `Invalid value: ${boundedText(patched, 1024)}: ${error.message}`;
    throw invalid({ group: "", plural: "", kind: "" }, "", [
      { reason: "FieldValueInvalid", field: "patch", message },
    ]);
  }
}
