/** Kinds that are questions: POSTed, answered, never stored. */
import type { ServedResource } from "../resource.ts";
import { anything, defineKind, type KindDeclaration } from "./kind.ts";

const AUTHENTICATION = "authentication.k8s.io";
const AUTHORIZATION = "authorization.k8s.io";

function review(group: string, kind: string, description: string, more: Partial<KindDeclaration> = {}) {
  return defineKind({
    group,
    kind,
    plural: `${kind.toLowerCase()}s`,
    description,
    namespaced: false,
    verbs: ["create"],
    properties: { spec: anything("The question."), status: anything("The answer.") },
    ...more,
  });
}

export const reviewKinds: readonly ServedResource[] = [
  review(AUTHENTICATION, "TokenReview", "TokenReview asks whose token this is."),
  review(AUTHENTICATION, "SelfSubjectReview", "SelfSubjectReview asks who I am."),
  review(AUTHORIZATION, "SubjectAccessReview", "SubjectAccessReview asks whether somebody may do something."),
  review(AUTHORIZATION, "LocalSubjectAccessReview", "SubjectAccessReview within a namespace.", {
    namespaced: true,
  }),
  review(
    AUTHORIZATION,
    "SelfSubjectAccessReview",
    "SelfSubjectAccessReview asks whether I may do something.",
  ),
  review(
    AUTHORIZATION,
    "SelfSubjectRulesReview",
    "SelfSubjectRulesReview asks what I may do in a namespace.",
  ),
];

export function isReview(resource: ServedResource): boolean {
  return resource.group === AUTHENTICATION || resource.group === AUTHORIZATION;
}
