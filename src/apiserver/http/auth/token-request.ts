/** `POST …/serviceaccounts/NAME/token`: what is asked for, checked, and the token that answers it (TokenRequest API). */

import { formatTime, type Kernel } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { badRequest, conflict, invalid, notFound } from "../../status-error.ts";
import type { Store } from "../../store/index.ts";
import { API_AUDIENCES } from "./authentication.ts";
import { BOUND_KINDS, type BoundObject, type ServiceAccountTokens } from "./service-account-token.ts";

const GROUP = "authentication.k8s.io";
const API_VERSION = `${GROUP}/v1`;
const KIND = { group: GROUP, plural: "tokenrequests", kind: "TokenRequest" };

const DEFAULT_EXPIRATION_SECONDS = 3_600;
const SHORTEST_EXPIRATION_SECONDS = 600;
/** What the API takes, as in Kubernetes. */
const LONGEST_EXPIRATION_SECONDS = 2 ** 32;
/** What is given for it: a year, as `--service-account-max-token-expiration` would limit it. */
const MOST_SECONDS = 365 * 86_400;
/** All of them together: a token must fit into a header. */
const LONGEST_AUDIENCES = 4_096;

export interface TokenRequestContext {
  readonly tokens: ServiceAccountTokens;
  readonly store: Store;
  readonly kernel: Kernel;
  warn(message: string): void;
}

/** @throws StatusError 400, 404, 409, 422 */
export function answerTokenRequest(
  context: TokenRequestContext,
  account: AnyObject,
  body: unknown,
): AnyObject {
  const { name, namespace = "", uid = "" } = account.metadata;
  const asked = readRequest(body, { name, namespace });
  const boundTo =
    asked.boundObjectRef === undefined
      ? undefined
      : boundObject(context.store, asked.boundObjectRef, namespace);
  const { audiences } = asked;
  const expirationSeconds = Math.min(asked.expirationSeconds, MOST_SECONDS);
  if (expirationSeconds < asked.expirationSeconds) {
    context.warn(
      `spec.expirationSeconds: ${asked.expirationSeconds} s was shortened to ${MOST_SECONDS} s, the most that this server gives`,
    );
  }
  const claims = { name, namespace, uid, audiences, expirationSeconds };
  const issued = context.tokens.issue(boundTo === undefined ? claims : { ...claims, boundTo });
  return {
    kind: KIND.kind,
    apiVersion: API_VERSION,
    metadata: { name, namespace, creationTimestamp: formatTime(context.kernel.clock.now()) },
    spec: { audiences, expirationSeconds, boundObjectRef: asked.boundObjectRef ?? null },
    status: { token: issued.token, expirationTimestamp: formatTime(issued.expiresMs) },
  };
}

interface Reference {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly uid: string;
}

interface Asked {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundObjectRef?: Reference;
}

function readRequest(body: unknown, account: { readonly name: string; readonly namespace: string }): Asked {
  const request = record(body, "the body");
  if ((request.kind ?? KIND.kind) !== KIND.kind || (request.apiVersion ?? API_VERSION) !== API_VERSION) {
    throw badRequest(`the body must be one TokenRequest of ${API_VERSION}`);
  }
  const metadata = record(request.metadata ?? {}, "metadata");
  for (const field of ["name", "namespace"] as const) {
    const given = metadata[field] ?? "";
    if (given !== "" && given !== account[field]) {
      throw badRequest(`metadata.${field} is not that of the service account in the path: leave it out`);
    }
  }
  const spec = record(request.spec ?? {}, "spec");
  return {
    ...readLifetime(spec.expirationSeconds ?? DEFAULT_EXPIRATION_SECONDS),
    ...readAudiences(spec.audiences ?? []),
    ...(spec.boundObjectRef === undefined || spec.boundObjectRef === null
      ? {}
      : { boundObjectRef: readReference(spec.boundObjectRef) }),
  };
}

function readLifetime(seconds: unknown): Pick<Asked, "expirationSeconds"> {
  if (typeof seconds !== "number" || !Number.isSafeInteger(seconds)) {
    throw badRequest("spec.expirationSeconds must be a whole number of seconds");
  }
  if (seconds < SHORTEST_EXPIRATION_SECONDS) {
    throw fault("expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
  }
  if (seconds > LONGEST_EXPIRATION_SECONDS) {
    throw fault("expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
  }
  return { expirationSeconds: seconds };
}

function readAudiences(given: unknown): Pick<Asked, "audiences"> {
  if (!Array.isArray(given) || given.some((audience) => typeof audience !== "string")) {
    throw badRequest("spec.audiences must be a list of strings");
  }
  const audiences = [...new Set(given as string[])];
  const length = audiences.reduce((sum, audience) => sum + audience.length, 0);
  if (length > LONGEST_AUDIENCES) {
    const why = `are ${length} characters together: a token takes at most ${LONGEST_AUDIENCES} of them`;
    throw fault("audiences", `${audiences[0]?.slice(0, 64)}…`, why);
  }
  return { audiences: audiences.length === 0 ? API_AUDIENCES : audiences };
}

function readReference(given: unknown): Reference {
  const reference = record(given, "spec.boundObjectRef");
  const text = (field: string): string => {
    const value = reference[field] ?? "";
    if (typeof value !== "string") throw badRequest(`spec.boundObjectRef.${field} must be a string`);
    return value;
  };
  return { kind: text("kind"), apiVersion: text("apiVersion"), name: text("name"), uid: text("uid") };
}

/** The object that the token shall die with. */
function boundObject(
  store: Store,
  { kind, apiVersion, name, uid }: Reference,
  namespace: string,
): BoundObject {
  if (apiVersion !== "v1" || !isBoundKind(kind)) {
    const kinds = Object.keys(BOUND_KINDS).join(", ");
    throw badRequest(`spec.boundObjectRef: a token can be bound to one of v1 ${kinds}, and to nothing else`);
  }
  const plural = BOUND_KINDS[kind];
  const target = { group: "", plural, kind };
  const found = store.get({ kind: plural, namespace: kind === "Node" ? "" : namespace, name })?.object;
  if (found === undefined) throw notFound(target, name);
  const actual = found.metadata.uid ?? "";
  if (uid !== "" && uid !== actual) {
    throw conflict(
      target,
      name,
      `the UID in spec.boundObjectRef (${uid}) is not that of the object (${actual})`,
    );
  }
  return { kind, name, uid: actual };
}

function isBoundKind(kind: string): kind is keyof typeof BOUND_KINDS {
  return Object.hasOwn(BOUND_KINDS, kind);
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw badRequest(`${what} must be an object`);
}

function fault(field: string, value: unknown, why: string) {
  const cause: Cause = {
    reason: "FieldValueInvalid",
    field: `spec.${field}`,
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  };
  return invalid(KIND, "", [cause]);
}
