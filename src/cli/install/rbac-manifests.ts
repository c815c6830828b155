/** The rights of the operator, and of people who use it, as objects of `rbac.authorization.k8s.io/v1` (PS-13). */
import { GROUP, SUBNET_CLAIMS, SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import type { AnyObject } from "../../client/index.ts";
import {
  CLUSTER_RIGHTS,
  HOME_RIGHTS,
  OPERATOR_RIGHTS,
  type PolicyRule,
  unionOf,
} from "../../operator/index.ts";
import { INSTALLED, LABELS } from "./names.ts";

const API_VERSION = "rbac.authorization.k8s.io/v1";
const API_GROUP = "rbac.authorization.k8s.io";

export interface RbacOptions {
  /** Where the operator runs. */
  readonly namespace: string;
  /** The namespaces that it serves. Absent: all. */
  readonly servedNamespaces?: readonly string[];
  /** The webhook's certificate is given, and whom to trust with it. */
  readonly certificateIsGiven?: boolean;
}

/** The operator's own: service account, roles and bindings. */
export function operatorRbac(options: RbacOptions): AnyObject[] {
  const { namespace, servedNamespaces, certificateIsGiven = false } = options;
  const name = INSTALLED.operator;
  const account: AnyObject = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace, labels: LABELS },
  };
  const inCluster = CLUSTER_RIGHTS.filter(
    ({ unlessCertificateIsGiven = false }) => !(certificateIsGiven && unlessCertificateIsGiven),
  );
  const everywhere = servedNamespaces === undefined ? [...OPERATOR_RIGHTS, ...inCluster] : inCluster;
  return [
    account,
    ...granted("Cluster", { name }, unionOf(everywhere), namespace),
    ...granted("", { name, namespace }, unionOf(HOME_RIGHTS), namespace),
    ...(servedNamespaces ?? []).flatMap((served) => {
      const metadata = { name: `${name}-served`, namespace: served };
      return granted("", metadata, unionOf(OPERATOR_RIGHTS), namespace);
    }),
  ];
}

/** A role and the binding that gives it to the operator. */
function granted(
  scope: "Cluster" | "",
  metadata: { readonly name: string; readonly namespace?: string },
  rules: readonly PolicyRule[],
  home: string,
): AnyObject[] {
  const labelled = { ...metadata, labels: LABELS };
  const subject = { kind: "ServiceAccount", name: INSTALLED.operator, namespace: home };
  const roleRef = { apiGroup: API_GROUP, kind: `${scope}Role`, name: metadata.name };
  return [
    { apiVersion: API_VERSION, kind: `${scope}Role`, metadata: labelled, rules },
    {
      apiVersion: API_VERSION,
      kind: `${scope}RoleBinding`,
      metadata: labelled,
      roleRef,
      subjects: [subject],
    },
  ];
}

/** For people: who may view or edit a namespace may do so with our kinds, and who may scrape may read the metrics. */
export function userRbac(): AnyObject[] {
  const all = [SUBNET_POOLS, SUBNET_CLAIMS, SUBNETS, SUBNET_POOL_CLAIMS].map(({ plural }) => plural);
  const clusterRole = (name: string, rules: readonly object[], labels: object): AnyObject => ({
    apiVersion: API_VERSION,
    kind: "ClusterRole",
    metadata: { name, labels: { ...LABELS, ...labels } },
    rules,
  });
  const to = (role: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${role}`]: "true" });
  const read = ["get", "list", "watch"];
  const write = ["create", "update", "patch", "delete", "deletecollection"];
  const reading = { apiGroups: [GROUP], resources: all, verbs: read };
  const writing = { apiGroups: [GROUP], resources: all, verbs: [...read, ...write] };
  return [
    clusterRole(INSTALLED.viewer, [reading], to("view")),
    clusterRole(INSTALLED.editor, [writing], { ...to("edit"), ...to("admin") }),
    clusterRole(INSTALLED.metricsReader, [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }], {}),
  ];
}
