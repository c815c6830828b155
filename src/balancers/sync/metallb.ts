/**
 * The kinds that MetalLB and Kubernetes keep load balancers in, as far as we read and write them.
 *
 * `metallb.io/v1beta1 IPAddressPool`: `addresses` are CIDRs or `a-b` of both families; `autoAssign` is true and
 * `avoidBuggyIPs` false where they are absent. On a Service, `status.loadBalancer.ingress[].ip` contains its IPs, and the
 * annotation `metallb.io/ip-allocated-from-pool` from where.
 */
import type { KubeObject, Resource } from "../../client/index.ts";
import { type Family, formatAddress, parseAddress } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import type { PoolContent } from "../ledger/index.ts";

export interface IPAddressPool extends KubeObject {
  readonly spec: {
    readonly addresses?: readonly string[];
    readonly autoAssign?: boolean;
    readonly avoidBuggyIPs?: boolean;
    readonly serviceAllocation?: unknown;
  };
  readonly status?: {
    readonly assignedIPv4?: number;
    readonly assignedIPv6?: number;
    readonly availableIPv4?: number;
    readonly availableIPv6?: number;
  };
}

export interface Service extends KubeObject {
  readonly spec?: {
    readonly type?: string;
    readonly loadBalancerIP?: string;
    readonly loadBalancerClass?: string;
  };
  readonly status?: {
    readonly loadBalancer?: {
      readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
    };
  };
}

export const IP_ADDRESS_POOLS: Resource<IPAddressPool> = {
  group: "metallb.io",
  version: "v1beta1",
  kind: "IPAddressPool",
  plural: "ipaddresspools",
  namespaced: true,
};

export const SERVICES: Resource<Service> = {
  group: "",
  version: "v1",
  kind: "Service",
  plural: "services",
  namespaced: true,
};

export const METALLB_NAMESPACE = "metallb-system";
/** Owns, by server-side apply, what we write to pools. */
export const FIELD_MANAGER = "plexaubnet-ledger";

/** MetalLB's prefixes: the newer one first. */
const PREFIXES = ["metallb.io", "metallb.universe.tf"];

export function annotationOf(service: Service, name: string): string | undefined {
  for (const prefix of PREFIXES) {
    const value = service.metadata.annotations?.[`${prefix}/${name}`];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** One state of one object: the precondition of a write. */
export interface ObjectState {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** A pool as the cluster has it. */
export interface ClusterPool extends PoolContent {
  readonly autoAssign: boolean;
  readonly avoidBuggyIPs: boolean;
  readonly namespace: string;
  /** Changes when the spec does, and when the object is another one of the same name. */
  readonly version: string;
  /** Changes with every write, MetalLB's to its status included: what a write of ours is conditional on. */
  readonly state: ObjectState;
  /** We have written to it. */
  readonly ours: boolean;
}

export function clusterPoolOf(pool: IPAddressPool): ClusterPool {
  const { name, namespace = METALLB_NAMESPACE, uid = "", generation = 0, managedFields = [] } = pool.metadata;
  const { resourceVersion = "" } = pool.metadata;
  return {
    name,
    namespace,
    ranges: pool.spec.addresses ?? [],
    autoAssign: pool.spec.autoAssign ?? true,
    avoidBuggyIPs: pool.spec.avoidBuggyIPs ?? false,
    version: `${uid}/${generation}`,
    state: { uid, resourceVersion },
    ours: managedFields.some((entry) => (entry as { manager?: string }).manager === FIELD_MANAGER),
  };
}

/** One IP of one Service. */
export interface LoadBalancer {
  readonly ip: string;
  readonly family: Family;
  readonly serviceUid: string;
  readonly namespace: string;
  readonly service: string;
  /** As the annotation names it. */
  readonly poolName: string | undefined;
  /** `metallb.io/allow-shared-ip`: Services of the same key may have one address. */
  readonly sharingKey?: string;
}

/** None for what is not of type LoadBalancer, has no IP yet, or is going. */
export function loadBalancersOf(service: Service): LoadBalancer[] {
  if (service.spec?.type !== "LoadBalancer" || service.metadata.deletionTimestamp !== undefined) return [];
  const { name, namespace = "", uid = "" } = service.metadata;
  const poolName = annotationOf(service, "ip-allocated-from-pool");
  const sharingKey = annotationOf(service, "allow-shared-ip");
  return (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => {
    const address = ip === undefined ? undefined : parseAddress(ip);
    if (ip === undefined || !address?.ok) return [];
    return [
      {
        ip: formatAddress(address.value),
        family: address.value.family,
        serviceUid: uid,
        namespace,
        service: name,
        poolName,
        ...defined({ sharingKey }),
      },
    ];
  });
}

/** The IPs and the pool that a Service asks for, before it has any. */
export function requestsOf(service: Service): {
  readonly ips: readonly string[];
  readonly pool: string | undefined;
} {
  const listed = annotationOf(service, "loadBalancerIPs")?.split(",") ?? [];
  const single = service.spec?.loadBalancerIP;
  const ips = [...listed, ...(single === undefined || single === "" ? [] : [single])];
  return {
    ips: ips.map((ip) => ip.trim()).filter((ip) => ip !== ""),
    pool: annotationOf(service, "address-pool"),
  };
}
