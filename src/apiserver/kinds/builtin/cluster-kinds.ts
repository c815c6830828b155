/**
 * Kinds of what runs in a cluster: services, nodes, pods, leases, deployments. Nothing runs here; they are kept as
 * they are written, so that controllers and manifests that deal with them work.
 */
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import type { ServedResource } from "../resource.ts";
import { deploymentColumns, nodeColumns, podColumns } from "./cluster-columns.ts";
import { pointer } from "./drop-empty.ts";
import { microTime } from "./go-values.ts";
import { age, always, anything, column, conditions, defineKind, integer, record, text } from "./kind.ts";
import { podSpec, podTemplate } from "./pod-schema.ts";
import { services } from "./service-kind.ts";

type Fields = Readonly<Record<string, unknown>>;
const specOf = (object: AnyObject) => (object.spec ?? {}) as Fields;

export const leases = defineKind({
  group: "coordination.k8s.io",
  kind: "Lease",
  plural: "leases",
  unconditionalUpdate: false,
  description: "Lease defines a lease concept: who leads, and until when.",
  properties: {
    spec: always(
      record("Who holds the lease.", {
        holderIdentity: pointer(text("The holder.")),
        leaseDurationSeconds: integer("How long others wait before they take the lease by force."),
        acquireTime: microTime("When the holder got the lease."),
        renewTime: microTime("When the holder last renewed it."),
        leaseTransitions: integer("How often the lease changed hands."),
        preferredHolder: pointer(text("Who shall have the lease.")),
        strategy: pointer(text("How the holder is chosen.")),
      }),
    ),
  },
  columns: [column("Holder", "string", (o) => String(specOf(o).holderIdentity ?? "")), age],
  check: leaseFaults,
  allocate: withoutElection,
});

/** Leader election that the server coordinates is not served: what asks for it is not kept. */
function withoutElection(lease: AnyObject): AnyObject {
  const { strategy: _, preferredHolder: __, ...spec } = specOf(lease);
  return { ...lease, spec };
}

function leaseFaults(lease: AnyObject): Cause[] {
  const faults: Cause[] = [];
  const refuse = (field: string, value: unknown, why: string) => {
    const message = `Invalid value: ${String(value)}: ${why}`;
    faults.push({ reason: "FieldValueInvalid", field: `spec.${field}`, message });
  };
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = specOf(lease);
  if (typeof duration === "number" && duration <= 0) {
    refuse("leaseDurationSeconds", duration, "must be greater than 0");
  }
  if (typeof transitions === "number" && transitions < 0) {
    refuse("leaseTransitions", transitions, "must be greater than or equal to 0");
  }
  return faults;
}

export const nodes = defineKind({
  kind: "Node",
  plural: "nodes",
  shortNames: ["no"],
  namespaced: false,
  hasStatus: true,
  description: "Node is a worker node.",
  properties: {
    spec: anything("What is wanted of the node."),
    status: record("What the node reports.", { conditions: conditions() }, kept()),
  },
  selectableFields: ["spec.unschedulable"],
  columns: nodeColumns,
});

/** Fields beyond those named are kept as they are. */
function kept() {
  return { "x-kubernetes-preserve-unknown-fields": true };
}

export const pods = defineKind({
  kind: "Pod",
  plural: "pods",
  shortNames: ["po"],
  categories: ["all"],
  hasStatus: true,
  description: "Pod is a collection of containers. Nothing runs it here.",
  properties: {
    spec: podSpec,
    status: record("What the pod does.", { conditions: conditions() }, kept()),
  },
  selectableFields: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  columns: podColumns,
});

export const deployments = defineKind({
  group: "apps",
  kind: "Deployment",
  plural: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  hasStatus: true,
  hasGeneration: true,
  description: "Deployment enables declarative updates for Pods. Nothing acts on it here.",
  properties: {
    spec: record(
      "What is wanted.",
      {
        replicas: integer("Number of pods.", { default: 1 }),
        selector: anything("Labels of the pods."),
        template: podTemplate,
        strategy: { ...anything("How pods are replaced."), "x-kubernetes-patch-strategy": "retainKeys" },
      },
      { ...kept(), required: ["selector", "template"] },
    ),
    status: record("What there is.", { conditions: conditions() }, kept()),
  },
  required: ["spec"],
  columns: deploymentColumns,
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
  },
});

export const clusterKinds: readonly ServedResource[] = [services, leases, nodes, pods, deployments];
