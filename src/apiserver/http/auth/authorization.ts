/**
 * What a user may do. `AlwaysAllow`: everything. `RBAC`: what roles bound to the user, a group of theirs, or their
 * service account grant (`rbac.authorization.k8s.io/v1`); members of system:masters may do everything.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { User } from "../../context.ts";
import type { Store } from "../../store/index.ts";

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

/** What every authenticated user may read, regardless of roles: what clients need for discovery. */
const DISCOVERY: readonly PolicyRule[] = [
  { verbs: ["get"], nonResourceURLs: ["/.well-known", "/.well-known/*"] },
  {
    verbs: ["get"],
    nonResourceURLs: [
      "/api",
      "/api/*",
      "/apis",
      "/apis/*",
      "/healthz",
      "/livez",
      "/openapi",
      "/openapi/*",
      "/readyz",
      "/version",
      "/version/",
    ],
  },
  { verbs: ["get"], nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version", "/version/"] },
];

/** What every user may query about themselves. */
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
const AUTHENTICATED = "system:authenticated";

export function rbacAuthorizer(store: Store): Authorizer {
  return {
    rulesFor: (user, namespace) => [...rulesOfUser(store, user, namespace)],
    allows: (user, access) => {
      const namespace = "path" in access ? "" : access.namespace;
      for (const rule of rulesOfUser(store, user, namespace)) if (grants(rule, access)) return true;
      return false;
    },
  };
}

/** One after the other: most requests are granted by one of the first. */
function* rulesOfUser(store: Store, user: User, namespace: string): Generator<PolicyRule> {
  if (user.groups.includes(MASTERS)) {
    yield* EVERYTHING;
    return;
  }
  if (user.groups.includes(AUTHENTICATED)) {
    yield* SELF_REVIEWS;
    yield* DISCOVERY;
  }
  const bindings = [
    ...objects(store, "clusterrolebindings"),
    ...(namespace === "" ? [] : objects(store, "rolebindings", namespace)),
  ];
  // A role that is bound to the user many times is checked once.
  const seen = new Set<AnyObject>();
  for (const binding of bindings) {
    const role = names(binding, user) ? roleOf(store, binding) : undefined;
    if (role === undefined || seen.has(role)) continue;
    seen.add(role);
    yield* (role.rules ?? []) as readonly PolicyRule[];
  }
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
    switch (subject.kind) {
      case "User":
        return subject.name === user.username;
      case "Group":
        return user.groups.includes(subject.name ?? "");
      case "ServiceAccount": {
        const namespace = subject.namespace || binding.metadata.namespace || "";
        return namespace !== "" && user.username === `system:serviceaccount:${namespace}:${subject.name}`;
      }
      default:
        return false;
    }
  });
}

/** The role that a binding names. Undefined: there is no such role. */
export function roleOf(store: Store, binding: AnyObject): AnyObject | undefined {
  const { kind = "", name = "" } = (binding.roleRef ?? {}) as RoleRef;
  const cluster = kind === "ClusterRole";
  const role = store.get({
    kind: `${RBAC_GROUP}/${cluster ? "clusterroles" : "roles"}`,
    namespace: cluster ? "" : (binding.metadata.namespace ?? ""),
    name,
  });
  return role?.object;
}

export interface RoleRef {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
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
