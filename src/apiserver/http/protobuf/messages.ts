/**
 * The fields of the built-in kinds, by number, as `generated.proto` of `k8s.io/api` has them. Kinds whose bodies
 * clients send in protobuf: what `kubectl create`, leader election, event recorders and access reviews need.
 */
import { type MessageType, message } from "./message.ts";

const OWNER_REFERENCE = message({
  1: "kind",
  3: "name",
  4: "uid",
  5: "apiVersion",
  6: ["controller", "kept-boolean"],
  7: ["blockOwnerDeletion", "kept-boolean"],
});

const MANAGED_FIELDS = message({
  1: "manager",
  2: "operation",
  3: "apiVersion",
  4: ["time", "time"],
  6: "fieldsType",
  7: ["fieldsV1", "json"],
  8: "subresource",
});

const META = message({
  1: "name",
  2: "generateName",
  3: "namespace",
  5: "uid",
  6: "resourceVersion",
  7: ["generation", "integer"],
  8: ["creationTimestamp", "time"],
  9: ["deletionTimestamp", "time"],
  10: ["deletionGracePeriodSeconds", "kept-integer"],
  11: ["labels", "string-map"],
  12: ["annotations", "string-map"],
  13: ["ownerReferences[]", OWNER_REFERENCE],
  14: "finalizers[]",
  17: ["managedFields[]", MANAGED_FIELDS],
});

const REFERENCE = message({
  1: "kind",
  2: "namespace",
  3: "name",
  4: "uid",
  5: "apiVersion",
  6: "resourceVersion",
  7: "fieldPath",
});

const CONDITION = message({
  1: "type",
  2: "status",
  4: ["lastTransitionTime", "time"],
  5: "reason",
  6: "message",
});

const SERVICE_PORT = message({
  1: "name",
  2: "protocol",
  3: ["port", "integer"],
  4: ["targetPort", "int-or-string"],
  5: ["nodePort", "integer"],
  6: "appProtocol",
});

const SERVICE_SPEC = message({
  1: ["ports[]", SERVICE_PORT],
  2: ["selector", "string-map"],
  3: "clusterIP",
  4: "type",
  5: "externalIPs[]",
  7: "sessionAffinity",
  8: "loadBalancerIP",
  9: "loadBalancerSourceRanges[]",
  10: "externalName",
  11: "externalTrafficPolicy",
  12: ["healthCheckNodePort", "integer"],
  13: ["publishNotReadyAddresses", "boolean"],
  17: "ipFamilyPolicy",
  18: "clusterIPs[]",
  19: "ipFamilies[]",
  20: ["allocateLoadBalancerNodePorts", "kept-boolean"],
  21: "loadBalancerClass",
  22: "internalTrafficPolicy",
  23: "trafficDistribution",
});

const INGRESS = message({ 1: "ip", 2: "hostname", 3: "ipMode" });
const SERVICE_STATUS = message({ 1: ["loadBalancer", message({ 1: ["ingress[]", INGRESS] })] });

const SERIES = message({ 1: ["count", "integer"], 2: ["lastObservedTime", "micro-time"] });
const SOURCE = message({ 1: "component", 2: "host" });

const CORE_EVENT = message({
  1: ["metadata", META],
  2: ["involvedObject", REFERENCE],
  3: "reason",
  4: "message",
  5: ["source", SOURCE],
  6: ["firstTimestamp", "time"],
  7: ["lastTimestamp", "time"],
  8: ["count", "integer"],
  9: "type",
  10: ["eventTime", "micro-time"],
  11: ["series", SERIES],
  12: "action",
  13: ["related", REFERENCE],
  14: "reportingComponent",
  15: "reportingInstance",
});

const GROUP_EVENT = message({
  1: ["metadata", META],
  2: ["eventTime", "micro-time"],
  3: ["series", SERIES],
  4: "reportingController",
  5: "reportingInstance",
  6: "action",
  7: "reason",
  8: ["regarding", REFERENCE],
  9: ["related", REFERENCE],
  10: "note",
  11: "type",
  12: ["deprecatedSource", SOURCE],
  13: ["deprecatedFirstTimestamp", "time"],
  14: ["deprecatedLastTimestamp", "time"],
  15: ["deprecatedCount", "integer"],
});

const LEASE_SPEC = message({
  1: "holderIdentity",
  2: ["leaseDurationSeconds", "kept-integer"],
  3: ["acquireTime", "micro-time"],
  4: ["renewTime", "micro-time"],
  5: ["leaseTransitions", "kept-integer"],
  6: "strategy",
  7: "preferredHolder",
});

const POLICY_RULE = message({
  1: "verbs[]",
  2: "apiGroups[]",
  3: "resources[]",
  4: "resourceNames[]",
  5: "nonResourceURLs[]",
});
const SUBJECT = message({ 1: "kind", 2: "apiGroup", 3: "name", 4: "namespace" });
const ROLE = message({ 1: ["metadata", META], 2: ["rules[]", POLICY_RULE] });
const BINDING = message({
  1: ["metadata", META],
  2: ["subjects[]", SUBJECT],
  3: ["roleRef", message({ 1: "apiGroup", 2: "kind", 3: "name" })],
});

const RESOURCE_ATTRIBUTES = message({
  1: "namespace",
  2: "verb",
  3: "group",
  4: "version",
  5: "resource",
  6: "subresource",
  7: "name",
});
const ACCESS_REVIEW_SPEC = message({
  1: ["resourceAttributes", RESOURCE_ATTRIBUTES],
  2: ["nonResourceAttributes", message({ 1: "path", 2: "verb" })],
  3: "user",
  4: "groups[]",
  6: "uid",
});
const SELF_ACCESS_REVIEW_SPEC = message({
  1: ["resourceAttributes", RESOURCE_ATTRIBUTES],
  2: ["nonResourceAttributes", message({ 1: "path", 2: "verb" })],
});

const withSpec = (spec: MessageType, status?: MessageType): MessageType =>
  message({
    1: ["metadata", META],
    2: ["spec", spec],
    ...(status === undefined ? {} : { 3: ["status", status] }),
  });

/** `apiVersion/kind` → its fields. */
export const MESSAGES: Readonly<Record<string, MessageType>> = {
  "v1/Namespace": withSpec(
    message({ 1: "finalizers[]" }),
    message({ 1: "phase", 2: ["conditions[]", CONDITION] }),
  ),
  "v1/ConfigMap": message({
    1: ["metadata", META],
    2: ["data", "string-map"],
    3: ["binaryData", "bytes-map"],
    4: ["immutable", "kept-boolean"],
  }),
  "v1/Secret": message({
    1: ["metadata", META],
    2: ["data", "bytes-map"],
    3: "type",
    4: ["stringData", "string-map"],
    5: ["immutable", "kept-boolean"],
  }),
  "v1/ServiceAccount": message({
    1: ["metadata", META],
    2: ["secrets[]", REFERENCE],
    3: ["imagePullSecrets[]", message({ 1: "name" })],
    4: ["automountServiceAccountToken", "kept-boolean"],
  }),
  "v1/Service": withSpec(SERVICE_SPEC, SERVICE_STATUS),
  "v1/Event": CORE_EVENT,
  "events.k8s.io/v1/Event": GROUP_EVENT,
  "coordination.k8s.io/v1/Lease": withSpec(LEASE_SPEC),
  "rbac.authorization.k8s.io/v1/Role": ROLE,
  "rbac.authorization.k8s.io/v1/ClusterRole": ROLE,
  "rbac.authorization.k8s.io/v1/RoleBinding": BINDING,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": BINDING,
  "authorization.k8s.io/v1/SubjectAccessReview": withSpec(ACCESS_REVIEW_SPEC),
  "authorization.k8s.io/v1/LocalSubjectAccessReview": withSpec(ACCESS_REVIEW_SPEC),
  "authorization.k8s.io/v1/SelfSubjectAccessReview": withSpec(SELF_ACCESS_REVIEW_SPEC),
  "authorization.k8s.io/v1/SelfSubjectRulesReview": withSpec(message({ 1: "namespace" })),
  "authentication.k8s.io/v1/TokenReview": withSpec(message({ 1: "token", 2: "audiences[]" })),
  "authentication.k8s.io/v1/SelfSubjectReview": message({ 1: ["metadata", META] }),
  "authentication.k8s.io/v1/TokenRequest": withSpec(
    message({
      1: "audiences[]",
      3: ["boundObjectRef", message({ 1: "kind", 2: "apiVersion", 3: "name", 4: "uid" })],
      4: ["expirationSeconds", "kept-integer"],
    }),
  ),
  "autoscaling/v1/Scale": withSpec(message({ 1: ["replicas", "kept-integer"] })),
  "v1/DeleteOptions": message({
    1: ["gracePeriodSeconds", "kept-integer"],
    2: ["preconditions", message({ 1: "uid", 2: "resourceVersion" })],
    3: ["orphanDependents", "kept-boolean"],
    4: "propagationPolicy",
    5: "dryRun[]",
  }),
};
