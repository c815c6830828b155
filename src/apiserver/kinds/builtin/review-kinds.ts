/** Kinds that are questions: POSTed, answered, never stored. */
import type { JsonSchema, ServedResource } from "../resource.ts";
import { anything, defineKind, type KindDeclaration, mapOf, record, text, texts } from "./kind.ts";

const AUTHENTICATION = "authentication.k8s.io";
const AUTHORIZATION = "authorization.k8s.io";

const resourceAttributes = record("A request about an object, or a collection.", {
  namespace: text("Its namespace; empty for all, or for a cluster-scoped kind."),
  verb: text("get, list, create …; * means all."),
  group: text("The API group; * means all."),
  version: text("The API version; * means all."),
  resource: text("The kind, as plural; * means all."),
  subresource: text("A part of the object, such as status."),
  name: text("The name of the object; empty for all."),
  fieldSelector: anything("Selector of a list: stored, and ignored by this server."),
  labelSelector: anything("Selector of a list: stored, and ignored by this server."),
});

const nonResourceAttributes = record("A request for a path that is no resource.", {
  path: text("The path."),
  verb: text("The HTTP verb, in lower case."),
});

const self = { resourceAttributes, nonResourceAttributes };

const subject = {
  ...self,
  user: text("Whom the question is about."),
  groups: texts("The groups of that user."),
  uid: text("The UID of that user."),
  extra: mapOf("What else is known of that user.", texts("Values of one key.")),
};

const tokenReview = {
  token: text("The token that is asked about."),
  audiences: texts("Whom the token should be meant for; by default this API."),
};

function review(
  group: string,
  kind: string,
  description: string,
  spec: Readonly<Record<string, JsonSchema>> | undefined,
  more: Partial<KindDeclaration> = {},
) {
  const question = spec === undefined ? {} : { spec: { ...record("The question.", spec), default: {} } };
  return defineKind({
    group,
    kind,
    plural: `${kind.toLowerCase()}s`,
    description,
    namespaced: false,
    verbs: ["create"],
    properties: { ...question, status: anything("The answer.") },
    ...more,
  });
}

export const reviewKinds: readonly ServedResource[] = [
  review(AUTHENTICATION, "TokenReview", "TokenReview asks whose token this is.", tokenReview),
  review(AUTHENTICATION, "SelfSubjectReview", "SelfSubjectReview asks who I am.", undefined),
  review(
    AUTHORIZATION,
    "SubjectAccessReview",
    "SubjectAccessReview checks whether a user may perform an action.",
    subject,
  ),
  review(AUTHORIZATION, "LocalSubjectAccessReview", "SubjectAccessReview within a namespace.", subject, {
    namespaced: true,
  }),
  review(
    AUTHORIZATION,
    "SelfSubjectAccessReview",
    "SelfSubjectAccessReview asks whether I may do something.",
    self,
  ),
  review(
    AUTHORIZATION,
    "SelfSubjectRulesReview",
    "SelfSubjectRulesReview asks what I may do in a namespace.",
    { namespace: text("The namespace.") },
  ),
];

export function isReview(resource: ServedResource): boolean {
  return resource.group === AUTHENTICATION || resource.group === AUTHORIZATION;
}
