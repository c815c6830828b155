/**
 * What a user may do. `AlwaysAllow`: everything. `RBAC`: what roles bound to the user, a group of theirs, or their
 * service account grant (`rbac.authorization.k8s.io/v1`); members of system:masters may do everything.
 */
import type { AnyObject } from "../../api/object.ts";
import type { Store } from "../store/index.ts";
import type { User } from "../verbs/index.ts";

export type AccessAttributes = ResourceAccess | PathAccess;

export interface ResourceAccess {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty: all namespaces, or a cluster-scoped kind. */
  readonly namespace: string;
  readonly name: string;
}

export interface PathAccess {
  readonly verb: string;
  readonly path: string;
}

export interface Authorizer {
  allows(user: User, access: AccessAttributes): boolean;
  /** Everything that is granted in a namespace, for `kubectl auth can-i --list`. */
  rulesFor(user: User, namespace: string): readonly PolicyRule[];
}

export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

export const alwaysAllow: Authorizer = { allows: () => true, rulesFor: () => EVERYTHING };

/** What everybody who is authenticated may read, whatever roles say: what clients need to find their way. */
const DISCOVERY: PolicyRule = {
  verbs: ["get"],
  nonResourceURLs: [
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/openapi",
    "/openapi/*",
    "/version",
    "/version/",
    "/healthz",
    "/livez",
    "/readyz",
  ],
};

/** What everybody may ask about themselves. */
const SELF_REVIEWS: readonly PolicyRule[] = [
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
  },
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
];

export const RBAC_GROUP = "rbac.authorization.k8s.io";
const MASTERS = "system:masters";

export function rbacAuthorizer(store: Store): Authorizer {
  const rulesFor = (user: User, namespace: string): readonly PolicyRule[] => {
    if (user.groups.includes(MASTERS)) return EVERYTHING;
    const bindings = [
      ...objects(store, "clusterrolebindings"),
      ...(namespace === "" ? [] : objects(store, "rolebindings", namespace)),
    ];
    const bound = bindings.filter((binding) => names(binding, user));
    return [DISCOVERY, ...SELF_REVIEWS, ...bound.flatMap((binding) => rulesOf(store, binding))];
  };
  return {
    rulesFor,
    allows: (user, access) => {
      const namespace = "path" in access ? "" : access.namespace;
      return rulesFor(user, namespace).some((rule) => grants(rule, access));
    },
  };
}

function objects(store: Store, plural: string, namespace?: string): readonly AnyObject[] {
  const found = store.list(`${RBAC_GROUP}/${plural}`, namespace === undefined ? {} : { namespace });
  return found.ok ? found.value.items.map((stored) => stored.object) : [];
}

interface Subject {
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

function names(binding: AnyObject, user: User): boolean {
  return ((binding.subjects ?? []) as readonly Subject[]).some((subject) => {
    if (subject.kind === "User") return subject.name === user.username;
    if (subject.kind === "Group") return user.groups.includes(subject.name ?? "");
    const namespace = subject.namespace ?? binding.metadata.namespace ?? "";
    return user.username === `system:serviceaccount:${namespace}:${subject.name}`;
  });
}

/** The rules of the role that a binding names. None: there is no such role. */
export function rulesOf(store: Store, binding: AnyObject): readonly PolicyRule[] {
  const { kind = "", name = "" } = (binding.roleRef ?? {}) as { kind?: string; name?: string };
  const cluster = kind === "ClusterRole";
  const role = store.get({
    kind: `${RBAC_GROUP}/${cluster ? "clusterroles" : "roles"}`,
    namespace: cluster ? "" : (binding.metadata.namespace ?? ""),
    name,
  });
  return (role?.object.rules ?? []) as readonly PolicyRule[];
}

const has = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes("*") || list.includes(value));

/** Whether a rule allows one access. */
export function grants(rule: PolicyRule, access: AccessAttributes): boolean {
  if (!has(rule.verbs, access.verb)) return false;
  if ("path" in access)
    return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, access.path));
  const { group, resource, subresource, name } = access;
  const target = subresource === "" ? resource : `${resource}/${subresource}`;
  const resources = rule.resources ?? [];
  const covered = has(resources, target) || (subresource !== "" && resources.includes(`*/${subresource}`));
  const named = (rule.resourceNames ?? []).length === 0 || rule.resourceNames?.includes(name) === true;
  return has(rule.apiGroups, group) && covered && named;
}

function matchesPath(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1));
}
