/** Kinds of Kubernetes itself, as they are addressed. Code that reads more than metadata declares the fields. */
import type { AnyObject, Resource } from "./object.ts";

type WellKnown = Resource<AnyObject>;

const CORE = { group: "", version: "v1", namespaced: true } as const;

export const CONFIG_MAPS: WellKnown = { ...CORE, kind: "ConfigMap", plural: "configmaps" };
export const EVENTS: WellKnown = { ...CORE, kind: "Event", plural: "events" };
export const NAMESPACES: WellKnown = { ...CORE, kind: "Namespace", plural: "namespaces", namespaced: false };
export const SECRETS: WellKnown = { ...CORE, kind: "Secret", plural: "secrets" };
export const SERVICES: WellKnown = { ...CORE, kind: "Service", plural: "services" };
export const SERVICE_ACCOUNTS: WellKnown = { ...CORE, kind: "ServiceAccount", plural: "serviceaccounts" };

export const DEPLOYMENTS: WellKnown = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

export const LEASES: WellKnown = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

export const CUSTOM_RESOURCE_DEFINITIONS: WellKnown = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

export const VALIDATING_WEBHOOK_CONFIGURATIONS: WellKnown = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingWebhookConfiguration",
  plural: "validatingwebhookconfigurations",
  namespaced: false,
};

export const TOKEN_REVIEWS: WellKnown = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  plural: "tokenreviews",
  namespaced: false,
};

export const SUBJECT_ACCESS_REVIEWS: WellKnown = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  namespaced: false,
};

export const SELF_SUBJECT_ACCESS_REVIEWS: WellKnown = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  plural: "selfsubjectaccessreviews",
  namespaced: false,
};

export const SELF_SUBJECT_REVIEWS: WellKnown = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  namespaced: false,
};

const RBAC = { group: "rbac.authorization.k8s.io", version: "v1" } as const;

export const CLUSTER_ROLES: WellKnown = {
  ...RBAC,
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};

export const CLUSTER_ROLE_BINDINGS: WellKnown = {
  ...RBAC,
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  namespaced: false,
};

export const ROLES: WellKnown = { ...RBAC, kind: "Role", plural: "roles", namespaced: true };
export const ROLE_BINDINGS: WellKnown = {
  ...RBAC,
  kind: "RoleBinding",
  plural: "rolebindings",
  namespaced: true,
};
