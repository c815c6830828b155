/**
 * Services. Nothing carries traffic here; they get what controllers of load balancers look for: virtual IPs, ports,
 * and a status that others write.
 */
import { isDeepStrictEqual } from "node:util";
import { defined } from "../../../kernel/index.ts";
import type { AnyObject } from "../../../kube/object.ts";
import {
  age,
  always,
  anything,
  atomic,
  column,
  conditions,
  defineKind,
  flag,
  integer,
  keyedList,
  list,
  record,
  text,
  textMap,
  texts,
} from "./kind.ts";
import { nodePortsOf, withNodePorts } from "./node-ports.ts";
import { withAddresses, withFamilies } from "./service-addresses.ts";
import { serviceFaults } from "./service-rules.ts";
import {
  isExternallyAccessible,
  reachesNodes,
  type ServicePort,
  type ServiceSpec,
  specOf,
} from "./service-spec.ts";

type Fields = Readonly<Record<string, unknown>>;
const statusOf = (object: AnyObject) => (object.status ?? {}) as Fields;
const orNone = (value: unknown) => (Array.isArray(value) ? value.join(",") : String(value ?? "")) || "<none>";

const port = record("One port.", {
  name: text("Name of the port."),
  protocol: text("TCP, UDP or SCTP.", { default: "TCP" }),
  appProtocol: text("The application protocol."),
  port: integer("The port that is exposed."),
  targetPort: { "x-kubernetes-int-or-string": true, description: "The port of the pods." },
  nodePort: integer("The port on each node."),
});

const ingress = list(
  "Where the load balancer is reached.",
  record("One address.", {
    ip: text("Its IP."),
    ipMode: text("VIP or Proxy."),
    hostname: text("Its host name."),
    ports: list("Its ports.", anything("A port.")),
  }),
);

interface Ingress {
  readonly ip?: string;
  readonly hostname?: string;
}

export const services = defineKind({
  kind: "Service",
  plural: "services",
  shortNames: ["svc"],
  categories: ["all"],
  nameRule: "label",
  hasStatus: true,
  description: "Service is a named abstraction of a software service.",
  properties: {
    spec: always(
      record("What is wanted.", {
        type: text("ClusterIP, NodePort, LoadBalancer or ExternalName.", {
          default: "ClusterIP",
          enum: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
        }),
        clusterIP: text("The virtual IP, or None. Nothing answers there: this server has no network."),
        clusterIPs: texts("All virtual IPs, one of each family."),
        ports: {
          ...keyedList("The ports.", "port", port),
          "x-kubernetes-list-map-keys": ["port", "protocol"],
        },
        selector: atomic(textMap("Labels of the pods.")),
        externalIPs: texts("IPs that nodes take traffic for."),
        externalName: text("The name that an ExternalName service stands for."),
        externalTrafficPolicy: text("Cluster or Local."),
        internalTrafficPolicy: text("Cluster or Local."),
        loadBalancerIP: text("Deprecated: the IP that is asked for."),
        loadBalancerClass: text("The implementation that serves this service."),
        loadBalancerSourceRanges: texts("Who may use the load balancer."),
        allocateLoadBalancerNodePorts: flag("Whether a load balancer needs node ports."),
        sessionAffinity: text("ClientIP or None.", { default: "None" }),
        sessionAffinityConfig: anything("Details of the session affinity."),
        ipFamilies: texts("IPv4, IPv6."),
        ipFamilyPolicy: text("SingleStack, PreferDualStack or RequireDualStack."),
        healthCheckNodePort: integer("The port of the health check."),
        publishNotReadyAddresses: flag("Whether pods that are not ready are published."),
        trafficDistribution: text("How traffic is spread."),
      }),
    ),
    status: always(
      record("What there is.", {
        loadBalancer: always(record("The load balancer.", { ingress })),
        conditions: conditions(),
      }),
    ),
  },
  selectableFields: ["spec.clusterIP", "spec.type"],
  columns: [
    column("Type", "string", (o) => String(specOf(o).type ?? "ClusterIP")),
    column("Cluster-IP", "string", (o) => orNone(specOf(o).clusterIP)),
    column("External-IP", "string", externalAddress),
    column("Port(s)", "string", (o) => {
      const ports = (specOf(o).ports ?? []) as { port: number; nodePort?: number; protocol?: string }[];
      const texts = ports.map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ""}/${p.protocol ?? "TCP"}`);
      return orNone(texts);
    }),
    age,
    column("Selector", "string", (o) => labelText(specOf(o).selector), 1),
  ],
  prepare: prepareService,
  allocate,
  check: serviceFaults,
});

/** What follows from the rest, and what the service has already. */
function prepareService(service: AnyObject, old: AnyObject | undefined): AnyObject {
  const spec = withKept(specOf(service), old === undefined ? undefined : specOf(old));
  const ports = spec.ports?.map((port) => ({
    ...port,
    protocol: port.protocol ?? "TCP",
    targetPort: port.targetPort === undefined || port.targetPort === "" ? port.port : port.targetPort,
  }));
  const config = spec.sessionAffinity === "ClientIP" ? spec.sessionAffinityConfig : undefined;
  const clientIP = { timeoutSeconds: DEFAULT_AFFINITY_SECONDS, ...config?.clientIP };
  return {
    ...service,
    spec: {
      ...defined({
        internalTrafficPolicy: spec.type === "ExternalName" ? undefined : "Cluster",
        externalTrafficPolicy: isExternallyAccessible(spec) ? "Cluster" : undefined,
        allocateLoadBalancerNodePorts: spec.type === "LoadBalancer" ? true : undefined,
      }),
      ...spec,
      ...defined({
        ports,
        sessionAffinityConfig: spec.sessionAffinity === "ClientIP" ? { clientIP } : undefined,
      }),
    },
  };
}

const DEFAULT_AFFINITY_SECONDS = 10_800;

/** An update without the values that the server allocated keeps them; one to a type without them releases them. */
function withKept(spec: ServiceSpec, old: ServiceSpec | undefined): ServiceSpec {
  const { clusterIP, clusterIPs, ...rest } = spec;
  if (old === undefined) {
    return clusterIP !== undefined && clusterIPs === undefined ? { ...spec, clusterIPs: [clusterIP] } : spec;
  }
  if (spec.type === "ExternalName") return withoutUnused(spec, old);
  const wasChanged = clusterIP !== undefined && clusterIP !== old.clusterIP;
  const addresses = wasChanged && isDeepStrictEqual(clusterIPs, old.clusterIPs) ? undefined : clusterIPs;
  const address = clusterIP ?? addresses?.[0] ?? old.clusterIP;
  const all = addresses ?? (address === old.clusterIP ? old.clusterIPs : address && [address]);
  const ports = rest.ports?.map((port) => withNodePort(port, rest, old));
  return withoutUnused(
    {
      ...rest,
      ...defined({
        ports,
        clusterIP: address || undefined,
        clusterIPs: all || undefined,
      }),
      ...inherited(rest, old),
    },
    old,
  );
}

function inherited(spec: ServiceSpec, old: ServiceSpec): Partial<ServiceSpec> {
  const { ipFamilies = old.ipFamilies, ipFamilyPolicy = old.ipFamilyPolicy } = spec;
  return defined({ ipFamilies, ipFamilyPolicy: ipFamilyPolicy || undefined });
}

function withNodePort(port: ServicePort, spec: ServiceSpec, old: ServiceSpec): ServicePort {
  if (!reachesNodes(spec) || port.nodePort !== undefined) return port;
  const before = old.ports?.find(
    (each) => each.port === port.port && each.protocol === (port.protocol ?? "TCP"),
  );
  return before?.nodePort === undefined ? port : { ...port, nodePort: before.nodePort };
}

/** What the type before needed and this one does not, as long as the client left it as it was. */
function withoutUnused(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const next: Record<string, unknown> = { ...spec };
  const drop = (field: keyof ServiceSpec) => {
    if (isDeepStrictEqual(spec[field], old[field])) delete next[field];
  };
  if (spec.type === "ExternalName") {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] as const) drop(field);
  }
  if (reachesNodes(old) && !reachesNodes(spec) && spec.ports !== undefined) {
    const given = new Set(old.ports?.map(({ nodePort }) => nodePort));
    next.ports = spec.ports.map(({ nodePort, ...port }) =>
      given.has(nodePort) ? port : { ...port, nodePort },
    );
  }
  if (spec.type !== "LoadBalancer") {
    for (const field of [
      "allocateLoadBalancerNodePorts",
      "loadBalancerClass",
      "healthCheckNodePort",
    ] as const)
      drop(field);
  }
  if (!isExternallyAccessible(spec)) drop("externalTrafficPolicy");
  return next;
}

/** Families, addresses and ports of the nodes. */
function allocate(
  service: AnyObject,
  _old: AnyObject | undefined,
  others: () => readonly AnyObject[],
): AnyObject {
  if (specOf(service).type === "ExternalName") return service;
  const specs = () => others().map(specOf);
  const addressed = withAddresses(
    withFamilies(specOf(service)),
    () => new Set(specs().flatMap(({ clusterIPs = [] }) => clusterIPs)),
  );
  return { ...service, spec: withNodePorts(addressed, () => new Set(specs().flatMap(nodePortsOf))) };
}

function externalAddress(service: AnyObject): string {
  const balancer = statusOf(service).loadBalancer as { ingress?: Ingress[] } | undefined;
  const addresses = (balancer?.ingress ?? []).map((each) => each.ip ?? each.hostname ?? "");
  if (addresses.length > 0) return addresses.join(",");
  const { type, externalIPs, externalName } = specOf(service);
  if (type === "ExternalName") return orNone(externalName);
  return type === "LoadBalancer" ? "<pending>" : orNone(externalIPs);
}

function labelText(labels: unknown): string {
  return orNone(Object.entries((labels ?? {}) as Fields).map(([key, value]) => `${key}=${value}`));
}
