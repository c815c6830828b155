/** What a Service may say (`pkg/apis/core/validation`, ValidateService). */
import { isIP } from "node:net";
import type { AnyObject } from "../../../kube/object.ts";
import type { Cause } from "../../status-error.ts";
import { nameFaults, qualifiedNameFaults } from "../object-name.ts";
import { duplicate, forbidden, invalid, notSupported, required } from "../schema/causes.ts";
import { cidrFaults, dnsLabelFaults, labelFaults, portFault, portNameFaults } from "./network-values.ts";
import { nodePortFaults } from "./node-ports.ts";
import { clusterAddressFaults } from "./service-addresses.ts";
import {
  isExternallyAccessible,
  isHeadless,
  reachesNodes,
  type ServicePort,
  type ServiceSpec,
  specOf,
} from "./service-spec.ts";

export function serviceFaults(service: AnyObject, old: AnyObject | undefined): Cause[] {
  const spec = specOf(service);
  return [
    ...typeFaults(spec),
    ...(spec.ports ?? []).flatMap((port, i) => portFaults(spec, port, i)),
    ...labelFaults(spec.selector ?? {}, "spec.selector"),
    ...affinityFaults(spec),
    ...clusterAddressFaults(spec, old === undefined ? undefined : specOf(old)),
    ...repeatedPortFaults(spec),
    ...nodePortFaults(spec),
    ...balancerFaults(spec, old === undefined ? undefined : specOf(old)),
    ...externalAddressFaults(spec),
    ...trafficFaults(spec),
  ];
}

const KUBELET_PORT = 10_250;

function typeFaults(spec: ServiceSpec): Cause[] {
  const faults: Cause[] = [];
  const { type, ports = [], externalName } = spec;
  if (ports.length === 0 && !isHeadless(spec) && type !== "ExternalName") faults.push(required("spec.ports"));
  if (type === "LoadBalancer") {
    ports.forEach(({ port }, i) => {
      const why = "may not expose port 10250 externally since it is used by kubelet";
      if (port === KUBELET_PORT) faults.push(invalid(`spec.ports[${i}]`, port, why));
    });
  }
  if (reachesNodes(spec) && isHeadless(spec)) {
    faults.push(invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`));
  }
  if (type === "ExternalName") {
    const why = "may not be set for ExternalName services";
    if (spec.clusterIP || spec.clusterIPs?.length) faults.push(forbidden("spec.clusterIPs", why));
    if (spec.ipFamilies?.length) faults.push(forbidden("spec.ipFamilies", why));
    if (spec.ipFamilyPolicy !== undefined) faults.push(forbidden("spec.ipFamilyPolicy", why));
    const name = (externalName ?? "").replace(/\.$/, "");
    if (name === "") faults.push(required("spec.externalName"));
    else faults.push(...nameFaults(name).map((fault) => invalid("spec.externalName", externalName, fault)));
  }
  return faults;
}

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

function portFaults(spec: ServiceSpec, port: ServicePort, i: number): Cause[] {
  const faults: Cause[] = [];
  const at = (field: string) => `spec.ports[${i}].${field}`;
  const ports = spec.ports ?? [];
  const { name = "", protocol = "", appProtocol, targetPort } = port;
  if (name !== "") {
    faults.push(...dnsLabelFaults(name).map((why) => invalid(at("name"), name, why)));
    if (ports.findIndex((other) => other.name === name) < i) faults.push(duplicate(at("name"), name));
  } else if (ports.length > 1) faults.push(required(at("name")));
  const wrong = portFault(port.port ?? 0);
  if (wrong !== undefined) faults.push(invalid(at("port"), port.port ?? 0, wrong));
  if (protocol === "") faults.push(required(at("protocol")));
  else if (!PROTOCOLS.includes(protocol)) faults.push(notSupported(at("protocol"), protocol, PROTOCOLS));
  const whys = typeof targetPort === "string" ? portNameFaults(targetPort) : [portFault(targetPort ?? 0)];
  for (const why of whys) if (why !== undefined) faults.push(invalid(at("targetPort"), targetPort ?? 0, why));
  for (const why of appProtocol === undefined ? [] : qualifiedNameFaults(appProtocol)) {
    faults.push(invalid(at("appProtocol"), appProtocol, why));
  }
  return faults;
}

/** The same port twice is what the schema refuses: they are the keys of the list. */
function repeatedPortFaults({ type, ports = [] }: ServiceSpec): Cause[] {
  const faults: Cause[] = [];
  ports.forEach(({ nodePort = 0 }, i) => {
    const why = "may not be used when `type` is 'ClusterIP'";
    if (type === "ClusterIP" && nodePort !== 0) faults.push(forbidden(`spec.ports[${i}].nodePort`, why));
  });
  const repeats = (i: number) =>
    ports.findIndex(
      (other) => other.nodePort === ports[i]?.nodePort && other.protocol === ports[i]?.protocol,
    ) < i;
  ports.forEach(({ nodePort = 0 }, i) => {
    if (nodePort !== 0 && repeats(i)) faults.push(duplicate(`spec.ports[${i}].nodePort`, nodePort));
  });
  return faults;
}

const LONGEST_AFFINITY_SECONDS = 86_400;

function affinityFaults({ sessionAffinity = "", sessionAffinityConfig: config }: ServiceSpec): Cause[] {
  if (sessionAffinity === "") return [required("spec.sessionAffinity")];
  if (sessionAffinity === "ClientIP") {
    const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
    const seconds = config?.clientIP?.timeoutSeconds;
    if (seconds === undefined) return [required("spec.sessionAffinityConfig")];
    if (seconds > 0 && seconds <= LONGEST_AFFINITY_SECONDS) return [];
    return [invalid(field, seconds, `must be greater than 0 and less than ${LONGEST_AFFINITY_SECONDS}`)];
  }
  if (sessionAffinity !== "None") {
    return [notSupported("spec.sessionAffinity", sessionAffinity, ["ClientIP", "None"])];
  }
  if (config === undefined) return [];
  return [forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")];
}

function balancerFaults(spec: ServiceSpec, old: ServiceSpec | undefined): Cause[] {
  const faults: Cause[] = [];
  const { loadBalancerSourceRanges: ranges = [], loadBalancerClass, allocateLoadBalancerNodePorts } = spec;
  const only = "may only be used when `type` is 'LoadBalancer'";
  const isBalancer = spec.type === "LoadBalancer";
  // The path as kube-apiserver spells it.
  const field = "spec.LoadBalancerSourceRanges";
  if (ranges.length > 0 && !isBalancer) faults.push(forbidden(field, only));
  ranges.forEach((range, i) => {
    for (const why of cidrFaults(range.trim())) faults.push(invalid(`${field}[${i}]`, range, why));
  });
  if (!isBalancer && allocateLoadBalancerNodePorts !== undefined) {
    faults.push(forbidden("spec.allocateLoadBalancerNodePorts", only));
  }
  if (loadBalancerClass === undefined) {
    if (isBalancer && old?.type === "LoadBalancer" && old.loadBalancerClass !== undefined) {
      faults.push(invalid("spec.loadBalancerClass", null, "may not change once set"));
    }
    return faults;
  }
  if (!isBalancer) return [...faults, forbidden("spec.loadBalancerClass", only)];
  if (old?.type === "LoadBalancer" && old.loadBalancerClass !== loadBalancerClass) {
    return [...faults, invalid("spec.loadBalancerClass", loadBalancerClass, "may not change once set")];
  }
  const whys = qualifiedNameFaults(loadBalancerClass);
  return [...faults, ...whys.map((why) => invalid("spec.loadBalancerClass", loadBalancerClass, why))];
}

function externalAddressFaults({ externalIPs = [] }: ServiceSpec): Cause[] {
  return externalIPs.flatMap((address, i) => {
    const field = `spec.externalIPs[${i}]`;
    if (isIP(address) === 0) return [invalid(field, address, "must be a valid IP address, (e.g. 10.9.8.7)")];
    if (address === "0.0.0.0" || address === "::") {
      return [invalid(field, address, `may not be unspecified (${address})`)];
    }
    if (/^127\.|^::1$/.test(address))
      return [invalid(field, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)")];
    if (/^169\.254\.|^fe80:/i.test(address))
      return [invalid(field, address, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")];
    return [];
  });
}

const TRAFFIC = ["Cluster", "Local"];
const DISTRIBUTIONS = ["PreferClose", "PreferSameNode", "PreferSameZone"];

function trafficFaults(spec: ServiceSpec): Cause[] {
  const faults: Cause[] = [];
  const { externalTrafficPolicy: external = "", internalTrafficPolicy: internal } = spec;
  const at = "spec.externalTrafficPolicy";
  if (!isExternallyAccessible(spec)) {
    if (external !== "")
      faults.push(invalid(at, external, "may only be set for externally-accessible services"));
  } else if (external === "") faults.push(required(at));
  else if (!TRAFFIC.includes(external)) faults.push(notSupported(at, external, TRAFFIC));
  const { healthCheckNodePort = 0 } = spec;
  if (healthCheckNodePort !== 0 && !(spec.type === "LoadBalancer" && external === "Local")) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    faults.push(invalid("spec.healthCheckNodePort", healthCheckNodePort, why));
  }
  if (internal !== undefined && !TRAFFIC.includes(internal)) {
    faults.push(notSupported("spec.internalTrafficPolicy", internal, TRAFFIC));
  }
  const { trafficDistribution: distribution } = spec;
  if (distribution !== undefined && !DISTRIBUTIONS.includes(distribution)) {
    faults.push(notSupported("spec.trafficDistribution", distribution, DISTRIBUTIONS));
  }
  return faults;
}
