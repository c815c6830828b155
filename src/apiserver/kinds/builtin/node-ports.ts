/** The ports that Services have on each node. There are no nodes here; readers of a Service expect them. */
import { defined } from "../../../kernel/index.ts";
import type { Cause } from "../../status-error.ts";
import { invalid } from "../schema/causes.ts";
import { reachesNodes, type ServiceSpec } from "./service-spec.ts";

const FIRST_PORT = 30_000;
const LAST_PORT = 32_767;

export function nodePortsOf({ ports = [], healthCheckNodePort }: ServiceSpec): number[] {
  const all = [...ports.map(({ nodePort = 0 }) => nodePort), healthCheckNodePort ?? 0];
  return all.filter((port) => port !== 0);
}

/** Goes round, so that two services that are made at once get different ports. */
let lastPort = FIRST_PORT - 1;

/** With a node port for each of its ports that requires one. */
export function withNodePorts(spec: ServiceSpec, taken: () => ReadonlySet<number>): ServiceSpec {
  if (!reachesNodes(spec)) return spec;
  const wanted = spec.type === "NodePort" || spec.allocateLoadBalancerNodePorts !== false;
  const checked = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
  let used: Set<number> | undefined;
  const next = (): number => {
    used ??= new Set([...taken(), ...nodePortsOf(spec)]);
    for (let tries = FIRST_PORT; tries <= LAST_PORT; tries++) {
      lastPort = lastPort < LAST_PORT ? lastPort + 1 : FIRST_PORT;
      if (used.has(lastPort)) continue;
      used.add(lastPort);
      return lastPort;
    }
    return 0;
  };
  const given = new Map<number | undefined, number>();
  const ports = spec.ports?.map((port) => {
    if (!wanted || port.nodePort) return port;
    // One number serves the same port of several protocols.
    const nodePort = given.get(port.port) ?? next();
    given.set(port.port, nodePort);
    return { ...port, nodePort };
  });
  return {
    ...spec,
    ...defined({
      ports,
      healthCheckNodePort: checked ? spec.healthCheckNodePort || next() : undefined,
    }),
  };
}

export function nodePortFaults({ ports = [] }: ServiceSpec): Cause[] {
  return ports.flatMap(({ nodePort = 0 }, i) => {
    if (nodePort === 0 || (nodePort >= FIRST_PORT && nodePort <= LAST_PORT)) return [];
    const why = `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
    return [invalid(`spec.ports[${i}].nodePort`, nodePort, why)];
  });
}
