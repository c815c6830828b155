/** What `kubectl get` shows of nodes, pods and deployments (`pkg/printers/internalversion`). */
import type { AnyObject } from "../../../kube/object.ts";
import type { TableColumn } from "../resource.ts";
import { age, column } from "./kind.ts";

type Fields = Readonly<Record<string, unknown>>;
const specOf = (object: AnyObject) => (object.spec ?? {}) as Fields;
const statusOf = (object: AnyObject) => (object.status ?? {}) as Fields;
const listAt = (fields: Fields, name: string) => (fields[name] ?? []) as readonly Fields[];
const orNone = (value: unknown) => String(value ?? "") || "<none>";

const ROLE = "node-role.kubernetes.io/";

function nodeStatus(node: AnyObject): string {
  const ready = listAt(statusOf(node), "conditions").find(({ type }) => type === "Ready");
  const status = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return specOf(node).unschedulable === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles({ metadata: { labels = {} } }: AnyObject): string {
  const roles = Object.keys(labels).filter((key) => key.startsWith(ROLE) && key !== ROLE);
  const named = roles.map((key) => key.slice(ROLE.length));
  const { "kubernetes.io/role": role } = labels;
  return orNone([...new Set([...named, ...(role ? [role] : [])])].sort().join(","));
}

const addressOf = (kind: string) => (node: AnyObject) =>
  orNone(listAt(statusOf(node), "addresses").find(({ type }) => type === kind)?.address);
const infoOf = (name: string) => (node: AnyObject) => {
  const info = (statusOf(node).nodeInfo ?? {}) as Fields;
  return String(info[name] ?? "") || "<unknown>";
};

export const nodeColumns: readonly TableColumn[] = [
  column("Status", "string", nodeStatus),
  column("Roles", "string", nodeRoles),
  age,
  column("Version", "string", (node) =>
    String(((statusOf(node).nodeInfo ?? {}) as Fields).kubeletVersion ?? ""),
  ),
  column("Internal-IP", "string", addressOf("InternalIP"), 1),
  column("External-IP", "string", addressOf("ExternalIP"), 1),
  column("OS-Image", "string", infoOf("osImage"), 1),
  column("Kernel-Version", "string", infoOf("kernelVersion"), 1),
  column("Container-Runtime", "string", infoOf("containerRuntimeVersion"), 1),
];

const statusesOf = (pod: AnyObject) => listAt(statusOf(pod), "containerStatuses");

function podReady(pod: AnyObject): string {
  const ready = statusesOf(pod).filter((status) => status.ready === true).length;
  return `${ready}/${listAt(specOf(pod), "containers").length}`;
}

function podStatus(pod: AnyObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const { reason, phase } = statusOf(pod);
  return String(reason || phase || "Pending");
}

const restarts = (pod: AnyObject) =>
  String(statusesOf(pod).reduce((sum, { restartCount }) => sum + Number(restartCount ?? 0), 0));

function readinessGates(pod: AnyObject): string {
  const gates = listAt(specOf(pod), "readinessGates");
  const conditions = listAt(statusOf(pod), "conditions");
  const met = gates.filter(({ conditionType }) =>
    conditions.some(({ type, status }) => type === conditionType && status === "True"),
  );
  return gates.length === 0 ? "<none>" : `${met.length}/${gates.length}`;
}

export const podColumns: readonly TableColumn[] = [
  column("Ready", "string", podReady),
  column("Status", "string", podStatus),
  column("Restarts", "string", restarts),
  age,
  column("IP", "string", (pod) => orNone(statusOf(pod).podIP), 1),
  column("Node", "string", (pod) => orNone(specOf(pod).nodeName), 1),
  column("Nominated Node", "string", (pod) => orNone(statusOf(pod).nominatedNodeName), 1),
  column("Readiness Gates", "string", readinessGates, 1),
];

const containersOf = (deployment: AnyObject) => {
  const template = (specOf(deployment).template ?? {}) as { readonly spec?: Fields };
  return listAt(template.spec ?? {}, "containers");
};

function selectorText(deployment: AnyObject): string {
  const { matchLabels = {} } = (specOf(deployment).selector ?? {}) as { readonly matchLabels?: Fields };
  return orNone(
    Object.entries(matchLabels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  );
}

export const deploymentColumns: readonly TableColumn[] = [
  column("Ready", "string", (o) => `${statusOf(o).readyReplicas ?? 0}/${specOf(o).replicas ?? 1}`),
  column("Up-to-date", "string", (o) => Number(statusOf(o).updatedReplicas ?? 0)),
  column("Available", "string", (o) => Number(statusOf(o).availableReplicas ?? 0)),
  age,
  column(
    "Containers",
    "string",
    (o) =>
      containersOf(o)
        .map(({ name }) => name)
        .join(","),
    1,
  ),
  column(
    "Images",
    "string",
    (o) =>
      containersOf(o)
        .map(({ image }) => image)
        .join(","),
    1,
  ),
  column("Selector", "string", selectorText, 1),
];
