/** The roles that every cluster has, with RBAC: what `kubectl create rolebinding --clusterrole=view` refers to. */
import type { AnyObject } from "../../kube/object.ts";

const GROUP = "rbac.authorization.k8s.io";
const API_VERSION = `${GROUP}/v1`;
const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];
const ANY_GROUP = ["*"];
const RIGHTS = ["roles", "rolebindings"];

/** Custom kinds included, which Kubernetes leaves to aggregation. Secrets and permissions are not visible to every user. */
const VIEWED = [
  "configmaps",
  "deployments",
  "events",
  "leases",
  "namespaces",
  "pods",
  "serviceaccounts",
  "services",
  "subnetclaims",
  "subnetpoolclaims",
  "subnetpools",
  "subnets",
];

function clusterRole(name: string, rules: readonly object[]): AnyObject {
  const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
  return { apiVersion: API_VERSION, kind: "ClusterRole", metadata: { name, labels }, rules };
}

const view = { apiGroups: ANY_GROUP, resources: VIEWED, verbs: READ };
const editable = [...VIEWED.filter((resource) => resource !== "namespaces"), "secrets"];
const edit = { apiGroups: ANY_GROUP, resources: editable, verbs: [...READ, ...WRITE] };

/** As in Kubernetes: a user who may edit a service account may act as it. */
const tokens = { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] };
const localReviews = {
  apiGroups: ["authorization.k8s.io"],
  resources: ["localsubjectaccessreviews"],
  verbs: ["create"],
};

export const bootstrapRoles: readonly AnyObject[] = [
  clusterRole("cluster-admin", [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ]),
  clusterRole("admin", [
    view,
    edit,
    tokens,
    localReviews,
    { apiGroups: [GROUP], resources: RIGHTS, verbs: [...READ, ...WRITE] },
  ]),
  clusterRole("edit", [view, edit, tokens]),
  clusterRole("view", [view]),
];

export const bootstrapBindings: readonly AnyObject[] = [
  {
    apiVersion: API_VERSION,
    kind: "ClusterRoleBinding",
    metadata: { name: "cluster-admin" },
    roleRef: { apiGroup: GROUP, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: GROUP, kind: "Group", name: "system:masters" }],
  },
];
