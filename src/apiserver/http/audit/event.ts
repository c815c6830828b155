/**
 * Which requests are audited, and as what: an Event of `audit.k8s.io/v1` at the level Metadata
 * (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/). No bodies, no tokens.
 */
import { defined, formatMicroTime, shortened } from "../../../kernel/index.ts";
import type { User } from "../../context.ts";

/** What is known of a request once it is over. */
export interface AuditFacts {
  readonly id: string;
  /** As kube-apiserver names it: `create`, `patch`; the HTTP method in lower case if the path is not a resource. */
  readonly verb: string;
  readonly url: string;
  readonly userAgent: string | undefined;
  /** Of the other end of the connection. Headers that claim another one are ignored. */
  readonly sourceAddress: string | undefined;
  /** The authenticated user. Undefined: none. */
  readonly caller: User | undefined;
  /** The impersonated user, if there is one. */
  readonly user: User | undefined;
  readonly object: AuditedObject | undefined;
  /** Undefined: the client went away before there was an answer. */
  readonly code: number | undefined;
  /** Of a refusal: `Forbidden`, `Conflict` … */
  readonly reason: string | undefined;
  /** Undefined: it did not come so far. */
  readonly isAllowed: boolean | undefined;
  /** Refusals of the same caller before this one that were too many to be audited. */
  readonly skippedBefore: number;
  readonly receivedMs: number;
  readonly doneMs: number;
}

export interface AuditedObject {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly subresource: string;
}

export type AuditEvent = Readonly<Record<string, unknown>>;

const WRITES = new Set(["create", "update", "patch", "delete", "deletecollection"]);
const REFUSALS = new Set([401, 403]);

/** Refused because of who sent it. */
export function isRefusal(code: number | undefined): boolean {
  return code !== undefined && REFUSALS.has(code);
}

/** Questions are POSTed, but write nothing. */
const QUESTIONS = new Set(["authentication.k8s.io", "authorization.k8s.io"]);

/** Undefined: not audited. Writes are, whatever became of them, and whatever was refused because of who sent it. */
export function auditEventOf(facts: AuditFacts): AuditEvent | undefined {
  const { verb, object, code } = facts;
  const isWrite = object !== undefined && WRITES.has(verb) && !QUESTIONS.has(object.apiGroup);
  if (!isWrite && !isRefusal(code)) return undefined;
  const { caller, user } = facts;
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: facts.id,
    stage: "ResponseComplete",
    requestURI: shortened(facts.url, LONGEST_URL),
    verb,
    user: caller === undefined ? {} : subjectOf(caller),
    ...defined({
      impersonatedUser: user === undefined || user === caller ? undefined : subjectOf(user),
      sourceIPs: facts.sourceAddress === undefined ? undefined : [facts.sourceAddress],
      userAgent: facts.userAgent === undefined ? undefined : shortened(facts.userAgent, LONGEST_TEXT),
      objectRef: object === undefined ? undefined : withoutEmpty(object),
      responseStatus: code === undefined ? undefined : statusOf(code, facts.reason),
    }),
    requestReceivedTimestamp: formatMicroTime(facts.receivedMs),
    stageTimestamp: formatMicroTime(facts.doneMs),
    ...annotationsOf(facts),
  };
}

function annotationsOf({ isAllowed, skippedBefore }: AuditFacts): object {
  const annotations = {
    ...defined({
      "authorization.k8s.io/decision": isAllowed === undefined ? undefined : isAllowed ? "allow" : "forbid",
      "plexaubnet.io/refusals-not-audited": skippedBefore === 0 ? undefined : String(skippedBefore),
    }),
  };
  return Object.keys(annotations).length === 0 ? {} : { annotations };
}

function statusOf(code: number, reason: string | undefined): object {
  const failed = code >= 400 ? { status: "Failure", ...defined({ reason }) } : {};
  return { metadata: {}, ...failed, code };
}

function withoutEmpty(object: AuditedObject): object {
  const entries = Object.entries(object).filter(([, value]) => value !== "");
  return Object.fromEntries(entries.map(([field, value]) => [field, shortened(value, LONGEST_TEXT)]));
}

const LONGEST_URL = 2_048;
const LONGEST_TEXT = 512;
const MOST_VALUES = 64;

/** Users come from certificates and headers: what they hold is cut to a size that a line can bear. */
function subjectOf({ username, uid, groups, extra = {} }: User): object {
  const texts = (values: readonly string[]) =>
    values.slice(0, MOST_VALUES).map((value) => shortened(value, LONGEST_TEXT));
  const extras = Object.entries(extra).slice(0, MOST_VALUES);
  return {
    username: shortened(username, LONGEST_TEXT),
    ...(uid === undefined ? {} : { uid: shortened(uid, LONGEST_TEXT) }),
    groups: texts(groups),
    ...(extras.length === 0
      ? {}
      : {
          extra: Object.fromEntries(
            extras.map(([key, values]) => [shortened(key, LONGEST_TEXT), texts(values)]),
          ),
        }),
  };
}

/** Control characters of C1, line separators and marks that turn the direction of text, which JSON leaves as they are. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line, safe to look at on a terminal. */
export function auditLineOf(event: AuditEvent): string {
  const escaped = (mark: string) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(event).replaceAll(UNSAFE, escaped)}\n`;
}
