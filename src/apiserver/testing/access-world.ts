/** A server with RBAC and people who hold one right each, for tests of who may do what. */
import { type Answer, type RequestParts, type ServerFixture, serverFixture } from "./server-fixture.ts";

export const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const VERSION = "rbac.authorization.k8s.io/v1";
const GROUP = "rbac.authorization.k8s.io";

export type Rule = Readonly<Record<string, readonly string[]>>;

/** What each user may do in the namespace default; some of it everywhere. No part may do more. */
const LOCAL: Readonly<Record<string, readonly Rule[]>> = {
  reader: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
  named: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["*"] }],
  patcher: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"] }],
  creator: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create", "patch"] }],
  statuser: [{ apiGroups: [""], resources: ["services/status"], verbs: ["get"] }],
  serving: [{ apiGroups: [""], resources: ["services"], verbs: ["get"] }],
  "any-status": [{ apiGroups: [""], resources: ["*/status"], verbs: ["get"] }],
  roler: [
    { apiGroups: [GROUP], resources: ["roles", "rolebindings"], verbs: ["create", "update", "patch"] },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
  ],
  escalator: [{ apiGroups: [GROUP], resources: ["roles"], verbs: ["create", "update", "patch", "escalate"] }],
  binder: [
    { apiGroups: [GROUP], resources: ["rolebindings"], verbs: ["create"] },
    { apiGroups: [GROUP], resources: ["clusterroles"], resourceNames: ["edit", "later"], verbs: ["bind"] },
  ],
  "own-namespace": [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get"] }],
  issuer: [{ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] }],
};

const EVERYWHERE: Readonly<Record<string, readonly Rule[]>> = {
  actor: [
    { apiGroups: [""], resources: ["users"], resourceNames: ["jane"], verbs: ["impersonate"] },
    { apiGroups: [""], resources: ["groups"], resourceNames: ["staff"], verbs: ["impersonate"] },
    {
      apiGroups: ["authentication.k8s.io"],
      resources: ["uids"],
      resourceNames: ["7"],
      verbs: ["impersonate"],
    },
    {
      apiGroups: ["authentication.k8s.io"],
      resources: ["userextras/scopes"],
      resourceNames: ["view"],
      verbs: ["impersonate"],
    },
  ],
  "account-actor": [
    { apiGroups: [""], resources: ["serviceaccounts"], resourceNames: ["robot"], verbs: ["impersonate"] },
  ],
  measurer: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }],
  reviewer: [
    { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
    { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  ],
  "cluster-roler": [{ apiGroups: [GROUP], resources: ["clusterroles"], verbs: ["create"] }],
};

export interface AccessWorld extends ServerFixture {
  /**
   * As the user, who has a certificate; `system:…` names and groups by impersonation of the administrator.
   */
  as(user: string, path: string, parts?: RequestParts): Promise<Answer>;
  admin(method: string, path: string, body?: object): Promise<Answer>;
  /** Of the service account default/robot. */
  accountToken(spec?: object): Promise<string>;
}

export async function accessWorld(): Promise<AccessWorld> {
  const f = await serverFixture({ authorization: "RBAC" });
  const certificates = new Map<string, Awaited<ReturnType<ServerFixture["certificate"]>>>();
  const admin = (method: string, path: string, body?: object) =>
    f.request(path, { method, ...(body === undefined ? {} : { body }) });
  const made = async (path: string, body: object) => {
    const { code, text } = await admin("POST", path, body);
    if (code !== 201) throw new Error(`${path}: ${code} ${text}`);
  };
  for (const [user, rules] of Object.entries(LOCAL)) {
    await made(`${RBAC}/namespaces/default/roles`, role("Role", user, rules));
    await made(`${RBAC}/namespaces/default/rolebindings`, binding("RoleBinding", user, "Role", user, user));
  }
  for (const [user, rules] of Object.entries(EVERYWHERE)) {
    await made(`${RBAC}/clusterroles`, role("ClusterRole", user, rules));
    await made(`${RBAC}/clusterrolebindings`, binding("ClusterRoleBinding", user, "ClusterRole", user, user));
  }
  await made("/api/v1/namespaces/default/configmaps", configMap("a"));
  await made("/api/v1/namespaces/default/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "robot" },
  });
  return {
    ...f,
    admin,
    as: async (user, path, parts = {}) => {
      const own = certificates.get(user) ?? (await f.certificate(user));
      certificates.set(user, own);
      return f.request(path, { ...parts, user: own });
    },
    accountToken: async (spec = {}) => {
      const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
      const { json } = await admin("POST", "/api/v1/namespaces/default/serviceaccounts/robot/token", body);
      return (json.status as { token: string }).token;
    },
  };
}

export function role(kind: string, name: string, rules: readonly Rule[]): object {
  return { apiVersion: VERSION, kind, metadata: { name }, rules };
}

/** Gives a user the role `to`. */
export function binding(kind: string, name: string, roleKind: string, to: string, user: string): object {
  return {
    apiVersion: VERSION,
    kind,
    metadata: { name },
    roleRef: { apiGroup: GROUP, kind: roleKind, name: to },
    subjects: [{ apiGroup: GROUP, kind: "User", name: user }],
  };
}

export function configMap(name: string): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
}
