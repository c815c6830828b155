/** `/scale`: the replicas of a kind that names where they are, as `autoscaling/v1 Scale`. */
import { defined } from "../../kernel/index.ts";
import type { AnyObject } from "../../kube/object.ts";
import type { ResourceRequest, ServerContext } from "../context.ts";
import { isJsonObject } from "../kinds/schema/json-value.ts";
import { fieldValue } from "../reads/field-selector.ts";
import { get } from "../reads/get.ts";
import { type View, viewOfObject } from "../reads/view.ts";
import { badRequest, invalid, StatusError, unsupportedPatchType } from "../status-error.ts";
import { invalidValue } from "./metadata-rules.ts";
import { applyJsonPatch, applyMergePatch } from "./patch/index.ts";
import { JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH } from "./patch.ts";
import { changeObject } from "./update.ts";
import { readWriteOptions } from "./write-options.ts";

export async function getScale(context: ServerContext, request: ResourceRequest): Promise<View> {
  const view = await get(context, request);
  return viewOfObject(scaleOf(request, view.object));
}

export async function updateScale(
  context: ServerContext,
  request: ResourceRequest,
  body: unknown,
): Promise<View> {
  return changeScale(context, request, () => body);
}

export async function patchScale(
  context: ServerContext,
  request: ResourceRequest,
  type: string,
  body: unknown,
): Promise<View> {
  return changeScale(context, request, (scale) => {
    if (![JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH].includes(type)) {
      throw unsupportedPatchType([JSON_PATCH, MERGE_PATCH]);
    }
    const patched = type === JSON_PATCH ? applyJsonPatch(scale, body) : applyMergePatch(scale, body);
    if (patched.ok) return patched.value;
    const { kind, message } = patched.error;
    throw kind === "malformed" ? badRequest(message) : new StatusError(422, "Invalid", message);
  });
}

async function changeScale(
  context: ServerContext,
  request: ResourceRequest,
  next: (scale: AnyObject) => unknown,
): Promise<View> {
  const change = (current: AnyObject) => {
    const scale = next(scaleOf(request, current));
    if (!isJsonObject(scale) || scale.kind !== "Scale") throw badRequest("the body must be one Scale object");
    const { replicas = 0 } = (isJsonObject(scale.spec) ? scale.spec : {}) as { replicas?: unknown };
    if (typeof replicas !== "number" || !Number.isInteger(replicas) || replicas < 0) {
      const why = "must be a whole number, greater than or equal to 0";
      const { builtin, subresources } = request.resource;
      const field = builtin ? "spec.replicas" : (subresources.scale?.specReplicasPath ?? "");
      throw invalid(request.resource, request.name, [invalidValue(field, replicas, why)]);
    }
    const { resourceVersion } = isJsonObject(scale.metadata) ? scale.metadata : {};
    const condition =
      typeof resourceVersion === "string" && resourceVersion !== "" ? { resourceVersion } : {};
    const path = pathOf(request.resource.subresources.scale?.specReplicasPath);
    const metadata = { ...current.metadata, ...condition };
    return withValue({ ...current, metadata }, path, replicas) as AnyObject;
  };
  const options = readWriteOptions(request, "UpdateOptions");
  const view = await changeObject(context, request, change, options);
  return viewOfObject(scaleOf(request, view.object));
}

function scaleOf({ resource }: ResourceRequest, object: AnyObject): AnyObject {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = resource.subresources.scale ?? {};
  const numberAt = (path: string | undefined) => Number(fieldValue(object, pathOf(path).join(".")) || 0);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = {
    name,
    ...defined({ namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
  };
  const selector =
    labelSelectorPath === undefined ? "" : fieldValue(object, pathOf(labelSelectorPath).join("."));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata,
    spec: { replicas: numberAt(specReplicasPath) },
    status: { replicas: numberAt(statusReplicasPath), ...defined({ selector: selector || undefined }) },
  } as AnyObject;
}

/** `.spec.replicas` → spec, replicas. */
function pathOf(jsonPath: string | undefined): readonly string[] {
  return (jsonPath ?? "").split(".").filter((part) => part !== "");
}

function withValue(target: unknown, path: readonly string[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const record = isJsonObject(target) ? target : {};
  return { ...record, [first]: withValue(record[first], rest, value) };
}
