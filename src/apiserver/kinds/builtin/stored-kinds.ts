/**
 * Kinds that manifests of operators bring along, and that nothing here acts on: they are kept as they are written,
 * with their metadata checked, so that `kubectl apply` of such manifests works and controllers can watch them.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { JsonSchema, ServedResource, TableColumn } from "../resource.ts";
import {
  age,
  anything,
  column,
  createdAt,
  defineKind,
  type KindDeclaration,
  list,
  record,
  text,
  textMap,
} from "./kind.ts";
import { podTemplate } from "./pod-schema.ts";

type Fields = Readonly<Record<string, unknown>>;
const specOf = (object: AnyObject) => (object.spec ?? {}) as Fields;
const statusOf = (object: AnyObject) => (object.status ?? {}) as Fields;
const numberAt = (fields: Fields, name: string) => (fields[name] as number | undefined) ?? 0;
const textAt = (fields: Fields, name: string) => String(fields[name] ?? "");

/** A value of any type. */
const any = (description: string): JsonSchema => ({
  description,
  "x-kubernetes-preserve-unknown-fields": true,
});
const spec = anything("What is wanted.");
const status = anything("What there is.");
const kept = { "x-kubernetes-preserve-unknown-fields": true };
/** Of a kind that makes pods. */
const makesPods = record("What is wanted.", { template: podTemplate }, kept);

type More = Partial<KindDeclaration> & { readonly shortNames?: readonly string[] };

/** A kind with a spec and a status. */
function stored(group: string, kind: string, plural: string, more: More = {}): ServedResource {
  return defineKind({
    group,
    kind,
    plural,
    description: `${kind} is kept, and not acted on by this server.`,
    hasStatus: true,
    hasGeneration: group !== "",
    properties: { spec, status },
    columns: [createdAt],
    ...more,
  });
}

/** A kind whose fields stand beside its metadata. */
function flat(group: string, kind: string, plural: string, fields: readonly string[], more: More = {}) {
  const properties = Object.fromEntries(fields.map((name) => [name, any("Kept as it is.")]));
  return stored(group, kind, plural, { hasStatus: false, hasGeneration: false, properties, ...more });
}

const readyOf = (field: string) => (object: AnyObject) =>
  `${numberAt(statusOf(object), "readyReplicas")}/${numberAt(specOf(object), field)}`;
const counted = (name: string, field: string): TableColumn =>
  column(name, "integer", (object) => numberAt(statusOf(object), field));

const replicas = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
const workload = { properties: { spec: makesPods, status }, categories: ["all"] };

const apps: readonly ServedResource[] = [
  stored("apps", "DaemonSet", "daemonsets", {
    ...workload,
    shortNames: ["ds"],
    columns: [
      counted("Desired", "desiredNumberScheduled"),
      counted("Current", "currentNumberScheduled"),
      counted("Ready", "numberReady"),
      counted("Up-to-date", "updatedNumberScheduled"),
      counted("Available", "numberAvailable"),
      age,
    ],
  }),
  stored("apps", "StatefulSet", "statefulsets", {
    ...workload,
    shortNames: ["sts"],
    scale: replicas,
    columns: [column("Ready", "string", readyOf("replicas")), age],
  }),
  stored("apps", "ReplicaSet", "replicasets", {
    ...workload,
    shortNames: ["rs"],
    scale: replicas,
    columns: [
      column("Desired", "integer", (object) => numberAt(specOf(object), "replicas")),
      counted("Current", "replicas"),
      counted("Ready", "readyReplicas"),
      age,
    ],
  }),
  flat("apps", "ControllerRevision", "controllerrevisions", ["data", "revision"]),
  stored("batch", "Job", "jobs", { ...workload, columns: [column("Status", "string", jobStatus), age] }),
  stored("batch", "CronJob", "cronjobs", {
    shortNames: ["cj"],
    categories: ["all"],
    columns: [column("Schedule", "string", (object) => textAt(specOf(object), "schedule")), age],
  }),
];

function jobStatus(job: AnyObject): string {
  const conditions = (statusOf(job).conditions ?? []) as readonly { type?: string; status?: string }[];
  const met = conditions.find(
    ({ type, status }) => status === "True" && /^(Complete|Failed|Suspended)$/.test(type ?? ""),
  );
  return met?.type ?? "Running";
}

const cluster: readonly ServedResource[] = [
  stored("", "PersistentVolumeClaim", "persistentvolumeclaims", {
    shortNames: ["pvc"],
    columns: [
      column("Status", "string", (object) => textAt(statusOf(object), "phase")),
      column("Volume", "string", (object) => textAt(specOf(object), "volumeName")),
      column("StorageClass", "string", (object) => textAt(specOf(object), "storageClassName")),
      age,
    ],
  }),
  stored("", "PersistentVolume", "persistentvolumes", {
    shortNames: ["pv"],
    namespaced: false,
    columns: [
      column("Status", "string", (object) => textAt(statusOf(object), "phase")),
      column("StorageClass", "string", (object) => textAt(specOf(object), "storageClassName")),
      age,
    ],
  }),
  defineKind({
    kind: "Endpoints",
    plural: "endpoints",
    shortNames: ["ep"],
    description: "Endpoints is kept, and not acted on by this server.",
    properties: { subsets: list("Addresses with ports.", anything("A set of addresses.")) },
    columns: [age],
  }),
  stored("", "LimitRange", "limitranges", { shortNames: ["limits"], hasStatus: false }),
  stored("", "ResourceQuota", "resourcequotas", { shortNames: ["quota"], columns: [age] }),
  flat("discovery.k8s.io", "EndpointSlice", "endpointslices", ["addressType", "endpoints", "ports"], {
    hasGeneration: true,
    columns: [column("AddressType", "string", (object) => textAt(object, "addressType")), age],
  }),
  stored("networking.k8s.io", "NetworkPolicy", "networkpolicies", {
    shortNames: ["netpol"],
    hasStatus: false,
    columns: [age],
  }),
  stored("networking.k8s.io", "Ingress", "ingresses", {
    shortNames: ["ing"],
    columns: [
      column("Class", "string", (object) => textAt(specOf(object), "ingressClassName") || "<none>"),
      age,
    ],
  }),
  stored("networking.k8s.io", "IngressClass", "ingressclasses", {
    namespaced: false,
    hasStatus: false,
    columns: [column("Controller", "string", (object) => textAt(specOf(object), "controller")), age],
  }),
  stored("policy", "PodDisruptionBudget", "poddisruptionbudgets", { shortNames: ["pdb"], columns: [age] }),
  stored("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", {
    version: "v2",
    shortNames: ["hpa"],
    categories: ["all"],
    hasGeneration: false,
    columns: [age],
  }),
  flat(
    "scheduling.k8s.io",
    "PriorityClass",
    "priorityclasses",
    ["value", "globalDefault", "preemptionPolicy"],
    {
      namespaced: false,
      shortNames: ["pc"],
      hasGeneration: true,
      properties: {
        value: any("Higher ones go first."),
        globalDefault: any("Whether pods without a class have this one."),
        description: text("What it is for."),
        preemptionPolicy: text("Never or PreemptLowerPriority.", { default: "PreemptLowerPriority" }),
      },
      columns: [column("Value", "string", (object) => object.value as number | undefined), age],
    },
  ),
  storageClass(),
];

function storageClass(): ServedResource {
  return defineKind({
    group: "storage.k8s.io",
    kind: "StorageClass",
    plural: "storageclasses",
    shortNames: ["sc"],
    namespaced: false,
    description: "StorageClass is kept, and not acted on by this server.",
    properties: {
      provisioner: text("Who makes volumes."),
      parameters: textMap("Parameters of the provisioner."),
      reclaimPolicy: text("Delete or Retain.", { default: "Delete" }),
      mountOptions: list("How volumes are mounted.", { type: "string" }),
      allowVolumeExpansion: any("Whether volumes may grow."),
      volumeBindingMode: text("Immediate or WaitForFirstConsumer.", { default: "Immediate" }),
      allowedTopologies: any("Where volumes may be."),
    },
    columns: [column("Provisioner", "string", (object) => object.provisioner as string | undefined), age],
  });
}

export const storedKinds: readonly ServedResource[] = [...cluster, ...apps];
