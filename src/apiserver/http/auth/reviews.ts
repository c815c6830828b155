/**
 * The kinds by which clients ask about users and rights. Nothing of them is stored: a POST is the question, and the
 * answer comes back as its status. The types of what is asked were checked when it was decoded.
 */

import { defined, formatTime } from "../../../kernel/index.ts";
import type { AnyObject, ObjectMeta } from "../../../kube/object.ts";
import type { User } from "../../context.ts";
import type { Cause } from "../../status-error.ts";
import { badRequest, invalid, StatusError } from "../../status-error.ts";
import { API_AUDIENCES, type Authenticator } from "./authentication.ts";
import type { AccessAttributes, Authorizer } from "./authorization.ts";

type Texts = Readonly<Record<string, string | undefined>>;

interface ReviewSpec {
  readonly user?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly resourceAttributes?: Texts;
  readonly nonResourceAttributes?: Texts;
  readonly namespace?: string;
  readonly token?: string;
  readonly audiences?: readonly string[];
}

export interface ReviewContext {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly nowMs: number;
}

/** Answers a review. Undefined: the kind is none. @throws StatusError 400, 422 */
export function answerReview(review: AnyObject, user: User, context: ReviewContext): AnyObject | undefined {
  const status = statusOf(review, user, context);
  if (status === undefined) return undefined;
  switch (review.kind) {
    case "SelfSubjectReview":
      return {
        ...review,
        metadata: { ...review.metadata, creationTimestamp: formatTime(context.nowMs) },
        status,
      };
    case "SelfSubjectRulesReview":
      return { ...review, metadata: {} as ObjectMeta, spec: {}, status };
    default:
      return { ...review, status };
  }
}

function statusOf(review: AnyObject, user: User, context: ReviewContext): object | undefined {
  const spec = (review.spec ?? {}) as ReviewSpec;
  switch (review.kind) {
    case "SelfSubjectAccessReview":
      refuse(review, attributeFaults(spec));
      return access(user, spec, context);
    case "SubjectAccessReview":
      refuse(review, [...attributeFaults(spec), ...subjectFaults(spec)]);
      return access(subjectOf(spec), spec, context);
    case "LocalSubjectAccessReview":
      refuse(review, [
        ...attributeFaults(spec),
        ...subjectFaults(spec),
        ...localFaults(spec, review.metadata.namespace ?? ""),
      ]);
      return access(subjectOf(spec), spec, context);
    case "SelfSubjectRulesReview":
      return rules(user, spec.namespace ?? "", context);
    case "SelfSubjectReview":
      return { userInfo: user };
    case "TokenReview":
      return tokenStatus(spec, context);
    default:
      return undefined;
  }
}

function tokenStatus({ token = "", audiences = [] }: ReviewSpec, { authenticator }: ReviewContext): object {
  if (token === "") throw badRequest("spec.token is required: a TokenReview asks whose token it is");
  const found = authenticator.identify(token, audiences.length === 0 ? API_AUDIENCES : audiences);
  if (!found.ok) return { user: {}, error: found.error };
  return { authenticated: true, user: found.value.user, audiences: found.value.audiences };
}

function subjectOf({ user = "", groups = [], uid, extra }: ReviewSpec): User {
  return {
    username: user,
    groups,
    ...defined({ uid, extra }),
  };
}

function access(user: User, spec: ReviewSpec, { authorizer }: ReviewContext): object {
  return { allowed: authorizer.allows(user, attributesOf(spec)) };
}

function attributesOf({
  nonResourceAttributes: path,
  resourceAttributes: given = {},
}: ReviewSpec): AccessAttributes {
  if (path !== undefined) return { verb: path.verb ?? "", path: path.path ?? "" };
  const { verb = "", group = "", resource = "", subresource = "", namespace = "", name = "" } = given;
  return { verb, group, resource, subresource, namespace, name };
}

function refuse(review: AnyObject, faults: readonly Cause[]): void {
  if (faults.length === 0) return;
  const { message, body } = invalid(
    { group: "authorization.k8s.io", plural: "", kind: review.kind },
    "",
    faults,
  );
  const { kind: _, ...details } = body.details ?? {};
  throw new StatusError(422, "Invalid", message, details);
}

function fault(field: string, value: unknown, why: string): Cause {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

function attributeFaults({ resourceAttributes, nonResourceAttributes }: ReviewSpec): readonly Cause[] {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const why = "cannot be specified in combination with resourceAttributes";
    return [fault("spec.nonResourceAttributes", nonResourceAttributes, why)];
  }
  if (resourceAttributes !== undefined || nonResourceAttributes !== undefined) return [];
  const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
  return [fault("spec.resourceAttributes", null, why)];
}

function subjectFaults({ user = "", groups = [] }: ReviewSpec): readonly Cause[] {
  if (user !== "" || groups.length > 0) return [];
  return [fault("spec.user", user, "at least one of user or group must be specified")];
}

function localFaults(spec: ReviewSpec, namespace: string): readonly Cause[] {
  if (spec.nonResourceAttributes !== undefined) {
    return [
      fault("spec.nonResourceAttributes", spec.nonResourceAttributes, "disallowed on this kind of request"),
    ];
  }
  const asked = spec.resourceAttributes?.namespace ?? "";
  if (asked === namespace) return [];
  return [fault("spec.resourceAttributes.namespace", asked, "must match metadata.namespace")];
}

function rules(user: User, namespace: string, { authorizer }: ReviewContext): object {
  if (namespace === "") throw badRequest("spec.namespace is required: rules are those within one namespace");
  const all = authorizer.rulesFor(user, namespace);
  return {
    incomplete: false,
    resourceRules: all
      .filter((rule) => (rule.resources ?? []).length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        resourceNames,
      })),
    nonResourceRules: all
      .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
  };
}
