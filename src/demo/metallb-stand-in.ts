/**
 * A stand-in for MetalLB's controller, for the example and for tests: it gives Services of type LoadBalancer an IP from an
 * IPAddressPool and reports it where MetalLB does. As with MetalLB, a Service whose IP no pool contains any more loses it at
 * once, and gets another one if there is any; an IP that another client set is kept. It announces nothing and forwards no packets. Do not use it together with MetalLB.
 */

import { PoolIndex } from "../balancers/ledger/index.ts";
import {
  annotationOf,
  IP_ADDRESS_POOLS,
  type IPAddressPool,
  loadBalancersOf,
  SERVICES,
  type Service,
} from "../balancers/sync/index.ts";
import type { KubeClient } from "../client/index.ts";
import { formatAddress, parseAddress, parseRange } from "../ipam/index.ts";
import type { Kernel } from "../kernel/index.ts";
import {
  type Action,
  type CacheReader,
  createManager,
  type Decision,
  keyOf,
  type Logger,
  type Manager,
  type RuntimeMetrics,
  requestFor,
  route,
  toSelf,
} from "../runtime/index.ts";

export interface StandInOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
}

/** Resolves when it works. */
export async function startMetalLbStandIn(options: StandInOptions): Promise<Manager> {
  const manager = createManager({ ...options, indexes: [], eventSource: "metallb-stand-in" });
  const pools = manager.cache(IP_ADDRESS_POOLS);
  const services = manager.cache(SERVICES);
  /** IP → the Service it was given to: the cache may not show the last one yet. */
  const given = new Map<string, string>();
  manager.add({
    name: "MetalLBStandIn",
    concurrency: 1,
    routes: [
      route(SERVICES, () => true, toSelf),
      route(
        IP_ADDRESS_POOLS,
        () => true,
        () => [...services.values()].map(requestFor),
      ),
    ],
    reconcile: (target) =>
      decide(services.get(target.namespace, target.name), keyOf(target), pools, services, given),
  });
  await manager.start();
  return manager;
}

function settled(message: string, actions: readonly Action[] = []): Decision {
  return { verdict: "settled", message, actions };
}

function decide(
  service: Service | undefined,
  key: string,
  pools: CacheReader<IPAddressPool>,
  services: CacheReader<Service>,
  given: Map<string, string>,
): Decision {
  if (service === undefined || service.metadata.deletionTimestamp !== undefined) {
    for (const [ip, owner] of given) if (owner === key) given.delete(ip);
    return settled("the Service is gone");
  }
  if (service.spec?.type !== "LoadBalancer") return settled("not a load balancer");
  const [held] = loadBalancersOf(service);
  if (held !== undefined) {
    const pool = new PoolIndex(contentsOf(pools)).poolsAt(held.ip)[0];
    const wasGiven = annotationOf(service, "ip-allocated-from-pool") !== undefined;
    if (pool !== undefined || !wasGiven) {
      const patch = pool === undefined ? undefined : patchOf(service, pool.name);
      return settled("it has an IP", patch === undefined ? [] : [patch]);
    }
    given.delete(held.ip);
  }
  return allocate(service, key, pools, services, given);
}

function allocate(
  service: Service,
  key: string,
  pools: CacheReader<IPAddressPool>,
  services: CacheReader<Service>,
  given: Map<string, string>,
): Decision {
  const [held] = loadBalancersOf(service);
  const taken = new Set([
    ...given.keys(),
    ...[...services.values()].flatMap(loadBalancersOf).map(({ ip }) => ip),
  ]);
  const wanted = annotationOf(service, "address-pool");
  const candidates = [...pools.values()]
    .filter(({ metadata, spec }) =>
      wanted === undefined ? spec.autoAssign !== false : metadata.name === wanted,
    )
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const pool of candidates) {
    const ip = firstFree(pool, taken);
    if (ip === undefined) continue;
    given.set(ip, key);
    const status = { loadBalancer: { ingress: [{ ip, ipMode: "VIP" }] } };
    const patch = patchOf(service, pool.metadata.name);
    if (patch !== undefined) {
      given.delete(ip);
      return settled("names its pool first", [patch]);
    }
    return settled(`gets ${ip} of ${pool.metadata.name}`, [
      { do: "patch-status", resource: SERVICES, of: service, status },
    ]);
  }
  if (held === undefined) return settled("no pool has a free IP");
  const status = { loadBalancer: { ingress: null } };
  return settled(`loses ${held.ip}`, [{ do: "patch-status", resource: SERVICES, of: service, status }]);
}

function contentsOf(pools: CacheReader<IPAddressPool>): { name: string; ranges: readonly string[] }[] {
  return [...pools.values()].map(({ metadata, spec }) => ({
    name: metadata.name,
    ranges: spec.addresses ?? [],
  }));
}

/** Undefined: the Service names this pool. */
function patchOf(service: Service, pool: string): Action | undefined {
  if (annotationOf(service, "ip-allocated-from-pool") === pool) return undefined;
  const annotations = { "metallb.io/ip-allocated-from-pool": pool };
  return { do: "patch", resource: SERVICES, of: service, patch: { metadata: { annotations } } };
}

const MOST_TRIED = 4_096;

function firstFree(pool: IPAddressPool, taken: ReadonlySet<string>): string | undefined {
  for (const text of pool.spec.addresses ?? []) {
    const range = parseRange(text);
    if (!range.ok) continue;
    const { first, last } = range.value;
    let tried = 0;
    for (let at = BigInt(first.address); at <= BigInt(last.address) && tried < MOST_TRIED; at++, tried++) {
      const ip = formatAddress(
        first.family === 4 ? { family: 4, address: Number(at) } : { family: 6, address: at },
      );
      if (parseAddress(ip).ok && !taken.has(ip)) return ip;
    }
  }
  return undefined;
}
