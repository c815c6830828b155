/** The spec of a Service, and the type that it implies. */
import type { AnyObject } from "../../../kube/object.ts";

export interface ServicePort {
  readonly name?: string;
  readonly protocol?: string;
  readonly appProtocol?: string;
  readonly port?: number;
  readonly targetPort?: number | string;
  readonly nodePort?: number;
}

export interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly ServicePort[];
  readonly selector?: Readonly<Record<string, string>>;
  readonly externalIPs?: readonly string[];
  readonly externalName?: string;
  readonly externalTrafficPolicy?: string;
  readonly internalTrafficPolicy?: string;
  readonly loadBalancerClass?: string;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly allocateLoadBalancerNodePorts?: boolean;
  readonly sessionAffinity?: string;
  readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
  readonly ipFamilies?: readonly string[];
  readonly ipFamilyPolicy?: string;
  readonly healthCheckNodePort?: number;
  readonly trafficDistribution?: string;
}

export const specOf = (service: AnyObject) => (service.spec ?? {}) as ServiceSpec;
export const isHeadless = ({ clusterIP, clusterIPs }: ServiceSpec) =>
  clusterIP === "None" || clusterIPs?.[0] === "None";
export const reachesNodes = ({ type }: ServiceSpec) => type === "NodePort" || type === "LoadBalancer";

/** Whether clients outside of the cluster may come in. */
export const isExternallyAccessible = (spec: ServiceSpec) =>
  reachesNodes(spec) || (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
