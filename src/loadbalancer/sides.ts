/**
 * The two sides that are compared, each as one complete read, and whether a read can be believed.
 */
import { ConfigError, type KubeClient, type KubeObject, listAll, type Resource } from "../client/index.ts";
import type { Ledger, LedgerPool, Usage } from "../ledger/index.ts";
import { lightService } from "./light-service.ts";
import {
  type ClusterPool,
  clusterPoolOf,
  IP_ADDRESS_POOLS,
  type IPAddressPool,
  type LoadBalancer,
  loadBalancersOf,
  SERVICES,
  type Service,
} from "./metallb.ts";
import type { SyncSettings } from "./settings.ts";

export interface LedgerSide {
  readonly pools: readonly LedgerPool[];
  /** Without those that are over. */
  readonly usages: readonly Usage[];
}

export interface ClusterSide {
  readonly pools: readonly ClusterPool[];
  readonly balancers: readonly LoadBalancer[];
}

export interface Sides {
  readonly ledger: LedgerSide;
  readonly cluster: ClusterSide;
}

export async function readLedgerSide(ledger: Ledger, cluster: string): Promise<LedgerSide> {
  const [pools, usages] = await Promise.all([ledger.pools(cluster), ledger.usages(cluster)]);
  return { pools, usages };
}

/** Complete lists, all pages. Rejects as the client does when any of them fails. */
export async function readClusterSide(client: KubeClient): Promise<ClusterSide> {
  const [pools, services] = await Promise.all([
    listAll(client, IP_ADDRESS_POOLS),
    listAll(client, SERVICES, {}, lightService),
  ]);
  const hasSpec = pools.items.every((pool) => Array.isArray(pool?.spec?.addresses ?? []) && pool?.spec);
  if (!areNamed(pools.items) || !hasSpec) throw strange(IP_ADDRESS_POOLS);
  if (!areNamed(services.items)) throw strange(SERVICES);
  return clusterSideOf(pools.items, services.items);
}

function areNamed(objects: readonly KubeObject[]): boolean {
  return objects.every((object) => typeof object?.metadata?.name === "string");
}

/** As a proxy answers that is none, or one that makes answers up. */
function strange({ kind }: Resource): ConfigError {
  return new ConfigError(`the list of objects of kind ${kind} holds something that is not a ${kind}`);
}

export function clusterSideOf(pools: Iterable<IPAddressPool>, services: Iterable<Service>): ClusterSide {
  return {
    pools: [...pools].map(clusterPoolOf).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    balancers: [...services].flatMap(loadBalancersOf),
  };
}

/** Counts below which a share says nothing. */
const TOO_FEW = 4;

/**
 * Undefined, or why what was read is not believed: one sentence. An empty or short read is what a broken API or a
 * half-finished restore looks like, and acting on it deletes what is there.
 */
export function disbelief({ ledger, cluster }: Sides, { guards }: SyncSettings): string | undefined {
  const recorded = ledger.usages.filter(({ state }) => state === "active").length;
  const used = new Set(ledger.usages.flatMap(({ poolId }) => poolId ?? [])).size;
  const checks = [
    { what: "address pools in the cluster", seen: cluster.pools.length, expected: ledger.pools.length },
    { what: "load balancers in the cluster", seen: cluster.balancers.length, expected: recorded },
    { what: "pools in the ledger", seen: ledger.pools.length, expected: used },
  ];
  for (const { what, seen, expected } of checks) {
    if (guards.shortReadPercent === 0 || expected === 0) continue;
    const isEmpty = seen === 0 && expected >= (what.startsWith("load") ? TOO_FEW : 1);
    const isShort = expected >= TOO_FEW && seen * 100 < expected * guards.shortReadPercent;
    if (isEmpty || isShort) {
      return `the read shows ${seen} ${what} where at least ${expected} were known; it is not believed, and nothing was changed. If it is right, set guards.shortReadPercent to 0 for one round.`;
    }
  }
  return undefined;
}
