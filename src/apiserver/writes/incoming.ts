/**
 * From what a client sent to an object of the kind that the URL names: types of metadata, apiVersion and kind,
 * namespace and name, unknown fields dropped (and reported), defaults filled in. Nothing here reads the store.
 */
import type { AnyObject, ObjectMeta } from "../../kube/object.ts";
import type { ResourceRequest } from "../context.ts";
import { checkDepth, MAX_DEPTH, MAX_OBJECT_BYTES, TOO_LARGE_MESSAGE } from "../depth.ts";
import { apiVersionOf } from "../kinds/registry.ts";
import type { JsonSchema, ServedResource } from "../kinds/resource.ts";
import { boundedText } from "../kinds/schema/index.ts";
import { changed, isJsonObject, withChanges, withItems } from "../kinds/schema/json-value.ts";
import { METADATA_FIELDS } from "../kinds/schema/reshape.ts";
import { badRequest, tooMuch } from "../status-error.ts";
import type { Steps } from "../steps.ts";
import { withinBudget } from "../work-budget.ts";
import { quotedPath, report, unknownFields } from "./field-validation.ts";
import { metadataTypeFault } from "./metadata-rules.ts";
import type { WriteOptions } from "./write-options.ts";

/** Decoded, and with defaults. @throws StatusError 400 */
export function* admitBody(request: ResourceRequest, body: unknown, options: WriteOptions): Steps<AnyObject> {
  const decoded = yield* decodeObject(request, body, options);
  yield;
  // A default may be there any number of times, and is read again and again each time.
  const filled = withinBudget(MAX_OBJECT_BYTES, () => request.resource.rules.applyDefaults(decoded));
  if (!filled.ok) throw tooMuch(TOO_LARGE_MESSAGE);
  return filled.value;
}

/** @throws StatusError 400 */
export function* decodeObject(
  request: ResourceRequest,
  body: unknown,
  options: WriteOptions,
): Steps<AnyObject> {
  checkObjectDepth(body);
  yield;
  const given = request.resource.builtin ? withoutNulls(body, objectSchema(request.resource)) : body;
  yield;
  const typed = checkType(request.resource, given);
  yield;
  checkAddress(request, typed.metadata);
  const unknown = Object.keys(typed.metadata)
    .filter((field) => !METADATA_FIELDS.has(field))
    .map((field) => `metadata.${field}`);
  const cleaned = { ...typed, metadata: cleanMetadata(request, typed.metadata) };
  yield;
  const pruned = request.resource.rules.prune(cleaned);
  yield;
  const { typeFault } = request.resource.rules;
  const fault = typeFault === undefined ? undefined : yield* typeFault(pruned.object);
  yield;
  if (fault !== undefined) {
    const { kind, version } = request.resource;
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: ${fault.field}: ${fault.message}`,
    );
  }
  reportUnknown(request, pruned.unknown.concat(unknown), options);
  return pruned.object;
}

/** The whole was measured when it was read; an object has a lower limit than its managedFields. */
function checkObjectDepth(body: unknown): void {
  if (!isJsonObject(body)) return;
  for (const field of Object.keys(body)) {
    const member = body[field];
    if (field !== "metadata" || !isJsonObject(member)) checkDepth(member, "the object", MAX_DEPTH - 1);
    else {
      const { managedFields: _, ...named } = member;
      checkDepth(named, "the object", MAX_DEPTH - 1);
    }
  }
}

/** Go's decoder, which the built-in kinds are made for, takes null for absent. The value itself where there is none. */
function withoutNulls(value: unknown, schema: JsonSchema | undefined): unknown {
  if (Array.isArray(value)) {
    const items = schema?.items as JsonSchema | undefined;
    return withItems(value, (item) => withoutNulls(item, items));
  }
  if (!isJsonObject(value)) return value;
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const values = schema?.additionalProperties as JsonSchema | undefined;
  // In a map of texts there is no nothing.
  const nothing = values?.type === "string" ? "" : undefined;
  let changes: Map<string, unknown> | undefined;
  for (const name of Object.keys(value)) {
    const member = value[name];
    const below = Object.hasOwn(properties, name) ? properties[name] : values;
    const next = member === null ? nothing : withoutNulls(member, below);
    if (next !== member) changes = changed(changes, name, next);
  }
  return withChanges(value, changes);
}

const TEXTS: JsonSchema = { additionalProperties: { type: "string" } };
const METADATA: JsonSchema = { properties: { labels: TEXTS, annotations: TEXTS } };
const schemas = new WeakMap<JsonSchema, JsonSchema>();

/** The schema of a kind, with what of its metadata matters here. */
function objectSchema({ schema }: ServedResource): JsonSchema {
  const known = schemas.get(schema);
  if (known !== undefined) return known;
  const whole = { ...schema, properties: { ...(schema.properties as object), metadata: METADATA } };
  schemas.set(schema, whole);
  return whole;
}

function checkType(resource: ServedResource, body: unknown): AnyObject {
  // Go takes it for an object with nothing in it.
  if (body === null && resource.builtin) return checkType(resource, {});
  if (!isJsonObject(body)) {
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
  if (body.kind === kind && body.apiVersion === apiVersion && isJsonObject(body.metadata)) {
    return body as unknown as AnyObject;
  }
  return { ...body, apiVersion, kind, metadata: (body.metadata ?? {}) as ObjectMeta };
}

const EXCERPT_LENGTH = 200;

function excerpt(body: object): string {
  return boundedText(body, EXCERPT_LENGTH);
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

function reportUnknown(request: ResourceRequest, paths: readonly string[], options: WriteOptions): void {
  const { kind, version } = request.resource;
  const [first] = paths;
  // An apply lists the owned fields: an unknown field cannot be owned, and is not dropped silently.
  if (options.operation === "Apply" && first !== undefined) {
    const { name = "" } = request;
    throw badRequest(
      `failed to create typed patch object (${request.namespace}/${name}; ${apiVersionOf(request.resource)}, Kind=${kind}): ${quotedPath(first)}: field not declared in schema`,
    );
  }
  report(request, unknownFields(paths), options.fieldValidation, (texts) =>
    badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${texts}`,
    ),
  );
}
