/**
 * A cluster that has the pools and load balancers that it is given, without an API server: for tests of what
 * is read.
 */
import type { KubeClient, KubeObject, Resource } from "../../src/client/index.ts";

export interface ToldService {
  readonly ip: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly loadBalancerClass?: string;
}

export type ToldPools = Readonly<Record<string, readonly string[]>>;

export class ToldCluster {
  readonly #uid: string;
  #pools: readonly KubeObject[] = [];
  #services: readonly KubeObject[] = [];

  /** @param uid of its namespace kube-system */
  constructor(uid = "uid-1") {
    this.#uid = uid;
  }

  /** What it reads is what {@link has} said last. */
  readonly client = {
    list: async ({ plural }: Resource) => ({
      metadata: { resourceVersion: "1" },
      items: plural === "services" ? this.#services : this.#pools,
    }),
    get: async () => ({ metadata: { name: "kube-system", uid: this.#uid } }),
  } as unknown as KubeClient;

  has(pools: ToldPools, services: readonly (string | ToldService)[], namespace = "metallb-system"): void {
    this.#pools = Object.entries(pools).map(([name, addresses]) => poolOf(name, addresses, namespace));
    this.#services = services.map((told) => serviceOf(typeof told === "string" ? { ip: told } : told));
  }

  /** Further pools, of another namespace. */
  hasToo(pools: ToldPools, namespace: string): void {
    const more = Object.entries(pools).map(([name, addresses]) => poolOf(name, addresses, namespace));
    this.#pools = [...this.#pools, ...more];
  }
}

function poolOf(name: string, addresses: readonly string[], namespace: string): KubeObject {
  const metadata = { name, namespace, uid: `${namespace}-${name}`, resourceVersion: "1", generation: 1 };
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata,
    spec: { addresses },
  } as KubeObject;
}

function serviceOf({
  ip,
  annotations = {},
  namespace = "shop",
  name = `s-${ip}`,
  uid = `uid-${namespace}-${name}`,
  loadBalancerClass,
}: ToldService) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, uid, annotations },
    spec: { type: "LoadBalancer", ...(loadBalancerClass !== undefined && { loadBalancerClass }) },
    status: { loadBalancer: { ingress: [{ ip }] } },
  } as KubeObject;
}
