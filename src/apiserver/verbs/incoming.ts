/**
 * From what a client sent to an object of the kind that the URL names: types of metadata, apiVersion and kind,
 * namespace and name, unknown fields dropped (and told of), defaults filled in. Nothing here looks at the store.
 */
import type { AnyObject, ObjectMeta } from "../../api/object.ts";
import { apiVersionOf } from "../registry.ts";
import type { ServedResource } from "../resource.ts";
import { badRequest } from "../status-error.ts";
import type { ResourceRequest } from "./context.ts";
import { isRecord, metadataTypeFault } from "./metadata-rules.ts";
import type { WriteOptions } from "./write-options.ts";

const METADATA_FIELDS = new Set([
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
]);

/** Decoded, and with defaults. @throws StatusError 400 */
export function admitBody(request: ResourceRequest, body: unknown, options: WriteOptions): AnyObject {
  return request.resource.rules.applyDefaults(decodeObject(request, body, options));
}

/** @throws StatusError 400 */
export function decodeObject(request: ResourceRequest, body: unknown, options: WriteOptions): AnyObject {
  const typed = checkType(request.resource, request.resource.builtin ? withoutNulls(body) : body);
  checkAddress(request, typed.metadata);
  const unknown = Object.keys(typed.metadata)
    .filter((field) => !METADATA_FIELDS.has(field))
    .map((field) => `metadata.${field}`);
  const pruned = request.resource.rules.prune({ ...typed, metadata: cleanMetadata(request, typed.metadata) });
  const fault = request.resource.rules.typeFault?.(pruned.object);
  if (fault !== undefined) {
    const { kind, version } = request.resource;
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: ${fault.field}: ${fault.message}`,
    );
  }
  reportUnknown(request, [...pruned.unknown, ...unknown], options);
  return pruned.object;
}

/** Go's decoder, which the built-in kinds are made for, takes null for absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(present.map(([name, member]) => [name, withoutNulls(member)]));
}

function checkType(resource: ServedResource, body: unknown): AnyObject {
  // Go takes it for an object with nothing in it.
  if (body === null && resource.builtin) return checkType(resource, {});
  if (!isRecord(body)) {
    throw badRequest(`the body must be one ${resource.kind} object`);
  }
  const expected = apiVersionOf(resource);
  const kind = body.kind ?? (resource.builtin ? resource.kind : undefined);
  const apiVersion = body.apiVersion ?? (resource.builtin ? expected : undefined);
  if (typeof kind !== "string" || kind === "")
    throw badRequest(`Object 'Kind' is missing in '${excerpt(body)}'`);
  if (typeof apiVersion !== "string" || apiVersion === "") {
    throw badRequest(`Object 'apiVersion' is missing in '${excerpt(body)}'`);
  }
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== resource.kind) {
    throw badRequest(`the kind in the data (${kind}) does not match the expected kind (${resource.kind})`);
  }
  const fault = metadataTypeFault(body.metadata);
  if (fault !== undefined) {
    throw badRequest(`${kind} in version "${resource.version}" cannot be handled as a ${kind}: ${fault}`);
  }
  return { ...body, apiVersion, kind, metadata: (body.metadata ?? {}) as ObjectMeta };
}

const EXCERPT_LENGTH = 200;

function excerpt(body: object): string {
  return JSON.stringify(body).slice(0, EXCERPT_LENGTH);
}

function checkAddress(request: ResourceRequest, metadata: ObjectMeta): void {
  const { resource } = request;
  const namespace = metadata.namespace ?? "";
  if (resource.namespaced && namespace !== "" && namespace !== request.namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  const name = metadata.name ?? "";
  if (request.name !== "" && name !== "" && name !== request.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${request.name})`);
  }
}

/** Only known fields, and none that is null or empty; `namespace` as the URL has it. */
function cleanMetadata(request: ResourceRequest, metadata: ObjectMeta): ObjectMeta {
  const clean: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(metadata)) {
    if (value === null || value === undefined || value === "" || field === "selfLink") continue;
    if (!METADATA_FIELDS.has(field) || isEmpty(value)) continue;
    clean[field] = value;
  }
  if (request.resource.namespaced) clean.namespace = request.namespace;
  else delete clean.namespace;
  return clean as unknown as ObjectMeta;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function reportUnknown(request: ResourceRequest, unknown: readonly string[], options: WriteOptions): void {
  if (unknown.length === 0 || options.fieldValidation === "Ignore") return;
  const texts = unknown.map((field) => `unknown field ${JSON.stringify(field)}`);
  if (options.fieldValidation === "Warn") {
    for (const text of texts) request.warn(text);
    return;
  }
  const { kind, version } = request.resource;
  throw badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${texts.join(", ")}`,
  );
}
