/**
 * The errors of this server: one function for each, with the code, reason, message and details that
 * kube-apiserver returns (`apimachinery/pkg/api/errors`). The handler of a request throws a {@link StatusError}; the
 * HTTP layer writes it.
 */
import { defined } from "../kernel/index.ts";

/** `metav1.Status`, as it goes over the wire. */
export interface StatusBody {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: object;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** One fault of an object: becomes `details.causes[]` of a 422. */
export interface Cause {
  /** As in metav1.CauseType: `FieldValueInvalid`, `FieldValueRequired`, `FieldValueForbidden` … */
  readonly reason: string;
  /** `spec.cidr`, `spec.reserved[0].cidr`. */
  readonly field: string;
  /** Without the field: `Invalid value: "10.0.0.1/8": has host bits set`. */
  readonly message: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Partial<Cause>[];
  readonly retryAfterSeconds?: number;
}

export class StatusError extends Error {
  readonly code: number;
  body: StatusBody;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...defined({ reason: reason || undefined, details }),
      code,
    };
  }

  /** The same error with `metadata` in its body: a continue token, say. */
  withMetadata(metadata: object): this {
    this.body = { ...this.body, metadata };
    return this;
  }
}

/** A kind, as errors name it. */
export interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  /** The group that names the kind when an object of it is invalid. Default: `group`. */
  readonly internalGroup?: string;
}

const qualified = (noun: string, group: string) => (group === "" ? noun : `${noun}.${group}`);

function detailsOf(resource: Named, name: string): StatusDetails {
  return {
    ...defined({ name: name || undefined, group: resource.group || undefined }),
    kind: resource.plural,
  };
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

export function forbidden(resource: Named, name: string, why: string): StatusError {
  const noun = qualified(resource.plural, resource.group);
  const subject = name === "" ? noun : `${noun} "${name}"`;
  return new StatusError(403, "Forbidden", `${subject} is forbidden: ${why}`, detailsOf(resource, name));
}

export function forbiddenPath(why: string): StatusError {
  return new StatusError(403, "Forbidden", `forbidden: ${why}`, {});
}

export function notFound(resource: Named, name: string): StatusError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" not found`;
  return new StatusError(404, "NotFound", message, detailsOf(resource, name));
}

/** The resource exists, this part of it does not. @param resource of a custom kind, which answers name. */
export function noSuchEndpoint(resource?: Named, name = ""): StatusError {
  const details = resource === undefined ? {} : detailsOf(resource, name);
  return new StatusError(404, "NotFound", "the server could not find the requested resource", details);
}

/** @param resource of a custom kind, which answers name. */
export function methodNotAllowed(resource?: Named): StatusError {
  const message = "the server does not allow this method on the requested resource";
  const details = resource === undefined ? {} : detailsOf(resource, "");
  return new StatusError(405, "MethodNotAllowed", message, details);
}

/** Its definition is being deleted, and what was created now would keep that from its end. */
export function creationNotAllowed({ plural, group, kind }: Named): StatusError {
  const message = `create not allowed while custom resource definition is terminating`;
  return new StatusError(405, "MethodNotAllowed", message, detailsOf({ plural, group, kind }, ""));
}

/** @param isForm the media type is served, and not in the form (`as=…`) that was asked for. */
export function notAcceptable(accepted: readonly string[], isForm = false): StatusError {
  const message = `only the following media types are accepted: ${accepted.join(", ")}`;
  return new StatusError(406, "NotAcceptable", message, isForm ? undefined : {});
}

export function alreadyExists(resource: Named, name: string): StatusError {
  const message = `${qualified(resource.plural, resource.group)} "${name}" already exists`;
  return new StatusError(409, "AlreadyExists", message, detailsOf(resource, name));
}

const MODIFIED =
  "the object has been modified; please apply your changes to the latest version and try again";

export function conflict(resource: Named, name: string, why: string = MODIFIED): StatusError {
  const noun = qualified(resource.plural, resource.group);
  const message = `Operation cannot be fulfilled on ${noun} "${name}": ${why}`;
  return new StatusError(409, "Conflict", message, detailsOf(resource, name));
}

export function expired(message: string): StatusError {
  return new StatusError(410, "Expired", message);
}

export function tooLarge(limitBytes: number): StatusError {
  const message = `Request entity too large: limit is ${limitBytes}`;
  return new StatusError(413, "RequestEntityTooLarge", message);
}

/** What the request asks for is more than the server does for one, though its bytes are within their limit. */
export function tooMuch(message: string): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", message);
}

/** Of a patch. */
export function unsupportedPatchType(accepted: readonly string[]): StatusError {
  return new StatusError(415, "UnsupportedMediaType", unsupportedMediaType(accepted).message, {});
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`;
  return new StatusError(415, "UnsupportedMediaType", message);
}

/** Maximum number of causes in a response; the others are counted. */
const MAX_CAUSES = 100;
/** A field is a path of keys, which may be of any length. */
const MAX_FIELD_CHARACTERS = 512;
const MAX_MESSAGE_CHARACTERS = 4 * 1024;
/** Of all causes together, and of the sentence that they make: within 64 KiB as JSON, quotes escaped. */
const MAX_CHARACTERS = 20 * 1024;

export function invalid(resource: Named, name: string, causes: readonly Cause[]): StatusError {
  const most = Math.min(MAX_MESSAGE_CHARACTERS, MAX_CHARACTERS / Math.min(causes.length, MAX_CAUSES));
  const shown = causes.slice(0, MAX_CAUSES).map((cause) => ({
    ...cause,
    field: cut(cause.field, MAX_FIELD_CHARACTERS),
    message: cut(cause.message, most),
  }));
  const texts = [...new Set(shown.map((cause) => `${cause.field}: ${cause.message}`))];
  if (causes.length > shown.length) texts.push(`and ${causes.length - shown.length} more`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const group = resource.internalGroup ?? resource.group;
  const shownName = cut(name, MAX_FIELD_CHARACTERS);
  const message = `${qualified(resource.kind, group)} "${shownName}" is invalid: ${list}`;
  return new StatusError(422, "Invalid", message, {
    ...defined({
      name: name === "" ? undefined : shownName,
      group: group || undefined,
      kind: resource.kind || undefined,
    }),
    causes: shown,
  });
}

function cut(text: string, maxCharacters: number): string {
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters)}…`;
}

/** The client asked too much or too early. */
export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, "TooManyRequests", message, { retryAfterSeconds });
}

export function internalError(message: string): StatusError {
  const text = `Internal error occurred: ${message}`;
  return new StatusError(500, "InternalError", text, { causes: [{ message }] });
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, "ServiceUnavailable", message);
}

/** The answer took too long. A write may have been carried out or not, so clients are not asked to send it again. */
export function requestTimeout(seconds: number): StatusError {
  const message = `Timeout: request did not complete within the allotted timeout of ${seconds} s; a write may have been carried out`;
  return new StatusError(504, "Timeout", message, {});
}

/** The server has not got as far as the client's revision. The client is to ask again. */
export function tooLargeResourceVersion(asked: number, newest: number): StatusError {
  const message = `Timeout: Too large resource version: ${asked}, current: ${newest}`;
  return new StatusError(504, "Timeout", message, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** The 422 that kube-apiserver gives for options: about `CreateOptions`, not about the object. */
export function invalidOptions(kind: string, field: string, message: string): StatusError {
  const text = `${kind}.meta.k8s.io "" is invalid: ${field}: ${message}`;
  return new StatusError(422, "Invalid", text, {
    group: "meta.k8s.io",
    kind,
    causes: [{ reason: reasonOf(message), field, message }],
  });
}

/** By how a field error begins. */
const REASONS: Readonly<Record<string, string>> = {
  "Required value": "FieldValueRequired",
  "Invalid value": "FieldValueInvalid",
  "Too long": "FieldValueTooLong",
  Forbidden: "FieldValueForbidden",
};

function reasonOf(message: string): string {
  return REASONS[message.split(":", 1)[0] ?? ""] ?? "FieldValueNotSupported";
}
