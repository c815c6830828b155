import type { AnyObject, Resource } from "../../src/client/index.ts";

function core(kind: string, plural: string, namespaced: boolean): Resource<AnyObject> {
  return { group: "", version: "v1", kind, plural, namespaced };
}

export const configMaps = core("ConfigMap", "configmaps", true);
export const secrets = core("Secret", "secrets", true);
export const services = core("Service", "services", true);
export const events = core("Event", "events", true);
export const namespaces = core("Namespace", "namespaces", false);
export const leases: Resource<AnyObject> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};
export const crds: Resource<AnyObject> = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};

function ofGroup(group: string, kind: string, plural: string, namespaced = true): Resource<AnyObject> {
  return { group, version: "v1", kind, plural, namespaced };
}

const RBAC = "rbac.authorization.k8s.io";
export const roles = ofGroup(RBAC, "Role", "roles");
export const clusterRoles = ofGroup(RBAC, "ClusterRole", "clusterroles", false);
export const roleBindings = ofGroup(RBAC, "RoleBinding", "rolebindings");
export const groupEvents = ofGroup("events.k8s.io", "Event", "events");
export const deployments = ofGroup("apps", "Deployment", "deployments");
export const serviceAccounts = core("ServiceAccount", "serviceaccounts", true);
