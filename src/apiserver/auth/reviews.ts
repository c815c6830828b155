/**
 * The kinds by which clients ask about users and rights. Nothing of them is stored: a POST is the question, and the
 * answer comes back as its status.
 */
import type { AnyObject } from "../../api/object.ts";
import { formatTime } from "../../kernel/index.ts";
import type { User } from "../verbs/index.ts";
import type { Authenticator } from "./authentication.ts";
import type { AccessAttributes, Authorizer } from "./authorization.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface ReviewContext {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly nowMs: number;
}

/** Answers a review. Undefined: the kind is none. */
export function answerReview(review: AnyObject, user: User, context: ReviewContext): AnyObject | undefined {
  const status = statusOf(review, user, context);
  if (status === undefined) return undefined;
  const metadata = { ...review.metadata, creationTimestamp: formatTime(context.nowMs) };
  return { ...review, metadata, status };
}

function statusOf(review: AnyObject, user: User, context: ReviewContext): object | undefined {
  const spec = (review.spec ?? {}) as Fields;
  switch (review.kind) {
    case "SelfSubjectAccessReview":
      return access(user, spec, context);
    case "SubjectAccessReview":
    case "LocalSubjectAccessReview": {
      const {
        user: username = "",
        groups = [],
        uid,
      } = spec as { user?: string; groups?: string[]; uid?: string };
      return access({ username, groups, ...(uid === undefined ? {} : { uid }) }, spec, context);
    }
    case "SelfSubjectRulesReview":
      return rules(user, String(spec.namespace ?? ""), context);
    case "SelfSubjectReview":
      return { userInfo: user };
    case "TokenReview": {
      const found = context.authenticator.userOf(String(spec.token ?? ""));
      return found === undefined
        ? { authenticated: false, error: "the token is not known" }
        : { authenticated: true, user: found };
    }
    default:
      return undefined;
  }
}

function access(user: User, spec: Fields, { authorizer }: ReviewContext): object {
  return { allowed: authorizer.allows(user, attributesOf(spec)) };
}

function attributesOf(spec: Fields): AccessAttributes {
  const path = spec.nonResourceAttributes as Fields | undefined;
  if (path !== undefined) return { verb: String(path.verb ?? ""), path: String(path.path ?? "") };
  const given = (spec.resourceAttributes ?? {}) as Fields;
  const text = (field: string) => String(given[field] ?? "");
  return {
    verb: text("verb"),
    group: text("group"),
    resource: text("resource"),
    subresource: text("subresource"),
    namespace: text("namespace"),
    name: text("name"),
  };
}

function rules(user: User, namespace: string, { authorizer }: ReviewContext): object {
  const all = authorizer.rulesFor(user, namespace);
  return {
    incomplete: false,
    resourceRules: all
      .filter((rule) => rule.resources !== undefined)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        resourceNames,
      })),
    nonResourceRules: all
      .filter((rule) => rule.nonResourceURLs !== undefined)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
  };
}
