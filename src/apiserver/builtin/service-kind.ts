/**
 * Services. Nothing carries traffic here; they get what controllers of load balancers look for: a virtual IP, target
 * ports, and a status that others write. Node ports are not given out: there are no nodes.
 */
import { isIP } from "node:net";
import type { AnyObject } from "../../api/object.ts";
import type { Cause } from "../resource.ts";
import {
  age,
  anything,
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

type Fields = Readonly<Record<string, unknown>>;
const specOf = (object: AnyObject) => (object.spec ?? {}) as Fields;
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
  nameRule: "label-1035",
  hasStatus: true,
  description: "Service is a named abstraction of a software service.",
  properties: {
    spec: {
      ...record("What is wanted.", {
        type: text("ClusterIP, NodePort, LoadBalancer or ExternalName.", {
          default: "ClusterIP",
          enum: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
        }),
        clusterIP: text("The virtual IP, or None. Nothing answers there: this server has no network."),
        clusterIPs: texts("All virtual IPs."),
        ports: {
          ...keyedList("The ports.", "port", port),
          "x-kubernetes-list-map-keys": ["port", "protocol"],
        },
        selector: textMap("Labels of the pods."),
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
      default: {},
    },
    status: record("What there is.", {
      loadBalancer: record("The load balancer.", { ingress }),
      conditions: conditions(),
    }),
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
  allocate: allocateAddress,
  check: (service, old) => [...servicePortFaults(service), ...addressFaults(service, old)],
});

/** What follows from the rest: target ports, and the address that the service has already. */
function prepareService(service: AnyObject, old: AnyObject | undefined): AnyObject {
  const { clusterIP, clusterIPs, ...spec } = specOf(service);
  if (spec.type === "ExternalName") return { ...service, spec: { ...spec } };
  const before = old === undefined ? {} : specOf(old);
  const address = clusterIP ?? (Array.isArray(clusterIPs) ? clusterIPs[0] : undefined) ?? before.clusterIP;
  const ports = Array.isArray(spec.ports)
    ? spec.ports.map((each: Fields) => ({ ...each, targetPort: each.targetPort ?? each.port }))
    : undefined;
  return {
    ...service,
    spec: {
      internalTrafficPolicy: "Cluster",
      ipFamilyPolicy: "SingleStack",
      ...(spec.type === "ClusterIP" ? {} : { externalTrafficPolicy: "Cluster" }),
      ...spec,
      ...(ports !== undefined && { ports }),
      ...(address !== undefined && address !== "" && withAddress(String(address))),
    },
  };
}

const withAddress = (address: string) => ({
  clusterIP: address,
  clusterIPs: [address],
  ipFamilies: [address.includes(":") ? "IPv6" : "IPv4"],
});

/** 10.96.0.0/12, as kubeadm has it. */
const FIRST_ADDRESS = 0x0a600000;
const ADDRESS_COUNT = 2 ** 20;

/** Goes round, so that two services that are made at once get two addresses. */
let lastOffset = 0;

function allocateAddress(service: AnyObject, isTaken: (path: string, value: string) => boolean): AnyObject {
  const spec = specOf(service);
  if (spec.type === "ExternalName" || spec.clusterIP !== undefined) return service;
  for (let i = 1; i < ADDRESS_COUNT - 1; i++) {
    lastOffset = (lastOffset % (ADDRESS_COUNT - 2)) + 1;
    const number = FIRST_ADDRESS + lastOffset;
    const address = [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
    if (!isTaken("spec.clusterIP", address))
      return { ...service, spec: { ...spec, ...withAddress(address) } };
  }
  return service;
}

function addressFaults(service: AnyObject, old: AnyObject | undefined): Cause[] {
  const { clusterIP, type } = specOf(service);
  if (typeof clusterIP === "string" && clusterIP !== "None" && isIP(clusterIP) === 0) {
    const message = `Invalid value: ${JSON.stringify(clusterIP)}: must be empty, 'None', or a valid IP address`;
    return [{ reason: "FieldValueInvalid", field: "spec.clusterIPs[0]", message }];
  }
  const before = old === undefined ? undefined : specOf(old);
  const may = before?.clusterIP === undefined || type === "ExternalName" || before.clusterIP === clusterIP;
  if (may) return [];
  const message = `Invalid value: ${JSON.stringify(clusterIP)}: field is immutable`;
  return [{ reason: "FieldValueInvalid", field: "spec.clusterIPs[0]", message }];
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

const HIGHEST_PORT = 65_535;

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

function servicePortFaults(service: AnyObject): Cause[] {
  const ports = (specOf(service).ports ?? []) as { port?: number; protocol?: string; name?: string }[];
  if (!Array.isArray(ports)) return [];
  const portless = specOf(service).type === "ExternalName" || specOf(service).clusterIP === "None";
  if (ports.length === 0 && !portless) {
    return [{ reason: "FieldValueRequired", field: "spec.ports", message: "Required value" }];
  }
  return ports.flatMap(({ port: number, protocol = "TCP", name }, i) => {
    const faults: Cause[] = [];
    const refuse = (reason: string, field: string, message: string) =>
      faults.push({ reason, field: `spec.ports[${i}].${field}`, message });
    if (!name && ports.length > 1) refuse("FieldValueRequired", "name", "Required value");
    if (typeof number !== "number" || number < 1 || number > HIGHEST_PORT) {
      const message = `Invalid value: ${number ?? 0}: must be between 1 and ${HIGHEST_PORT}, inclusive`;
      refuse("FieldValueInvalid", "port", message);
    }
    if (!PROTOCOLS.includes(protocol)) {
      const known = PROTOCOLS.map((each) => JSON.stringify(each)).join(", ");
      const message = `Unsupported value: ${JSON.stringify(protocol)}: supported values: ${known}`;
      refuse("FieldValueNotSupported", "protocol", message);
    }
    return faults;
  });
}
