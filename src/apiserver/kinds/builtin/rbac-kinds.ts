/** Roles and their bindings (`rbac.authorization.k8s.io`), and the configurations of admission webhooks. */
import type { AnyObject } from "../../../kube/object.ts";
import type { ServedResource } from "../resource.ts";
import {
  age,
  always,
  anything,
  atomic,
  column,
  createdAt,
  defineKind,
  integer,
  keyedList,
  list,
  record,
  text,
  texts,
  zero,
} from "./kind.ts";
import { bindingFaults, clusterBindingFaults, clusterRoleFaults, roleFaults } from "./rbac-faults.ts";
import { webhookFaults } from "./webhook-faults.ts";

const GROUP = "rbac.authorization.k8s.io";

const rules = zero(
  list(
    "What is allowed.",
    record("One permission.", {
      apiGroups: texts("Groups; * means all."),
      resources: texts("Kinds, as plural or plural/subresource; * means all."),
      verbs: texts("What may be done; * means everything."),
      resourceNames: texts("Names; none means all."),
      nonResourceURLs: texts("Paths that are no resources."),
    }),
  ),
  null,
);

const roleRef = always(
  atomic(
    record("The role that is bound. Cannot be changed.", {
      apiGroup: text("rbac.authorization.k8s.io"),
      kind: text("Role or ClusterRole."),
      name: text("Its name."),
    }),
  ),
);

const subjects = list(
  "Who gets the role.",
  record("One subject.", {
    apiGroup: text("Empty for service accounts."),
    kind: text("User, Group or ServiceAccount."),
    name: text("Its name."),
    namespace: text("Of a service account."),
  }),
);

function bound(binding: AnyObject): string {
  const { kind = "", name = "" } = (binding.roleRef ?? {}) as { kind?: string; name?: string };
  return `${kind}/${name}`;
}

/** API groups that are left out follow from the kind. */
function prepareBinding(binding: AnyObject): AnyObject {
  const { apiGroup, ...named } = (binding.roleRef ?? {}) as { apiGroup?: string };
  const roleRef = apiGroup ? binding.roleRef : { apiGroup: GROUP, ...named };
  const given = binding.subjects as readonly { kind?: string; apiGroup?: string }[] | undefined;
  if (!Array.isArray(given)) return { ...binding, roleRef };
  const filled = given.map((subject) =>
    !["User", "Group"].includes(subject.kind ?? "") || subject.apiGroup
      ? subject
      : { ...subject, apiGroup: GROUP },
  );
  return { ...binding, roleRef, subjects: filled };
}

const shared = { group: GROUP, nameRule: "path-segment" } as const;

const roles = defineKind({
  ...shared,
  kind: "Role",
  plural: "roles",
  description: "Role is a set of permissions within a namespace.",
  properties: { rules },
  check: roleFaults,
  columns: [createdAt],
});

const clusterRoles = defineKind({
  ...shared,
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
  description: "ClusterRole is a set of permissions that can be bound in any namespace or everywhere.",
  check: clusterRoleFaults,
  properties: { rules, aggregationRule: anything("Kept, and not acted on by this server.") },
  columns: [createdAt],
});

const bindingColumns = [column("Role", "string", bound), age];

const roleBindings = defineKind({
  ...shared,
  kind: "RoleBinding",
  plural: "rolebindings",
  description: "RoleBinding gives a role to subjects within a namespace.",
  properties: { roleRef, subjects },
  columns: bindingColumns,
  check: bindingFaults,
  prepare: prepareBinding,
});

const clusterRoleBindings = defineKind({
  ...shared,
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  namespaced: false,
  description: "ClusterRoleBinding gives a role to subjects everywhere.",
  properties: { roleRef, subjects },
  columns: bindingColumns,
  check: clusterBindingFaults,
  prepare: prepareBinding,
});

const webhook = record(
  "One webhook.",
  {
    name: text("Its name, fully qualified."),
    clientConfig: anything("Where it is called."),
    rules: list(
      "What it is called for.",
      record("Operations and kinds.", {
        operations: texts("CREATE, UPDATE, DELETE, CONNECT or *."),
        apiGroups: texts("Groups of the kinds."),
        apiVersions: texts("Versions of the kinds."),
        resources: texts("The kinds, as plural or plural/subresource."),
        scope: text("Cluster, Namespaced or *.", { default: "*" }),
      }),
    ),
    failurePolicy: text("Fail or Ignore.", { default: "Fail" }),
    matchPolicy: text("Exact or Equivalent.", { default: "Equivalent" }),
    namespaceSelector: atomic({ ...anything("Namespaces that it is called for."), default: {} }),
    objectSelector: atomic({ ...anything("Objects that it is called for."), default: {} }),
    sideEffects: text("None or NoneOnDryRun."),
    timeoutSeconds: integer("How long it may take.", { default: 10 }),
    admissionReviewVersions: texts("Versions of AdmissionReview that it knows."),
    reinvocationPolicy: text("Never or IfNeeded."),
    matchConditions: keyedList("CEL conditions.", "name", anything("A condition.")),
  },
  { required: ["name", "clientConfig", "sideEffects", "admissionReviewVersions"] },
);

const webhookKind = (kind: string, plural: string, description: string) =>
  defineKind({
    group: "admissionregistration.k8s.io",
    kind,
    plural,
    categories: ["api-extensions"],
    namespaced: false,
    hasGeneration: true,
    unconditionalUpdate: false,
    description,
    check: webhookFaults,
    properties: { webhooks: keyedList("The webhooks.", "name", webhook) },
    columns: [column("Webhooks", "integer", (o) => (Array.isArray(o.webhooks) ? o.webhooks.length : 0)), age],
  });

export const rbacKinds: readonly ServedResource[] = [roles, clusterRoles, roleBindings, clusterRoleBindings];

export const webhookKinds: readonly ServedResource[] = [
  webhookKind(
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration names webhooks that may refuse an object.",
  ),
  webhookKind(
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
    "MutatingWebhookConfiguration names webhooks that may change an object.",
  ),
];
