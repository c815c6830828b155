/**
 * The two sides that are compared, each as one complete read, and whether a read can be believed.
 */
import { type KubeClient, type KubeObject, listAll } from "../../client/index.ts";
import { type Decision, type Ledger, type LedgerPool, PoolIndex, type Usage } from "../ledger/index.ts";
import {
  type ClusterPool,
  clusterPoolOf,
  IP_ADDRESS_POOLS,
  type IPAddressPool,
  type LoadBalancer,
  loadBalancersOf,
  type Service,
} from "./metallb.ts";
import { DEFAULT_SETTINGS, type SyncSettings } from "./settings.ts";
import { strange, takeBalancers } from "./taken-balancers.ts";

export interface LedgerSide {
  readonly pools: readonly LedgerPool[];
  /** Without those that are over. */
  readonly usages: readonly Usage[];
  /** What people have decided of differences; default none. */
  readonly decisions?: readonly Decision[];
}

export interface ClusterSide {
  readonly pools: readonly ClusterPool[];
  readonly balancers: readonly LoadBalancer[];
}

export interface Sides {
  readonly ledger: LedgerSide;
  readonly cluster: ClusterSide;
}

export async function readLedgerSide(
  ledger: Ledger,
  { cluster, ignore }: Pick<SyncSettings, "cluster" | "ignore">,
): Promise<LedgerSide> {
  const [pools, usages, decisions] = await Promise.all([
    ledger.pools(cluster),
    ledger.usages(cluster),
    ledger.decisions(cluster),
  ]);
  const left = new Set(pools.flatMap(({ id, name }) => (ignore.pools.includes(name) ? [id] : [])));
  const isLeftOut = ignoredBy(ignore);
  return {
    pools: pools.filter(({ id }) => !left.has(id)),
    usages: usages.filter(
      (usage) => !isLeftOut(usage) && (usage.poolId === undefined || !left.has(usage.poolId)),
    ),
    decisions,
  };
}

/** Complete lists, all pages. Rejects as the client does when any of them fails. */
export async function readClusterSide(
  client: KubeClient,
  settings: SeenSettings = DEFAULT_SETTINGS,
): Promise<ClusterSide> {
  const [{ items: pools }, balancers] = await Promise.all([
    listAll(client, IP_ADDRESS_POOLS),
    takeBalancers(client, handledBy(settings)),
  ]);
  const haveSpec = pools.every((pool) => Array.isArray(pool?.spec?.addresses ?? []) && pool?.spec);
  if (!areNamed(pools) || !haveSpec) throw strange(IP_ADDRESS_POOLS.kind);
  return sideOf(pools, balancers, settings);
}

function areNamed(objects: readonly KubeObject[]): boolean {
  return objects.every((object) => typeof object?.metadata?.name === "string");
}

/** Which pools and Services are MetalLB's, and which are to be left out. */
export type SeenSettings = Pick<SyncSettings, "metallb" | "ignore">;

/** MetalLB reads the pools of its own namespace, and takes care of the Services of its class: none, if it has none. */
export function clusterSideOf(
  pools: Iterable<IPAddressPool>,
  services: Iterable<Service>,
  settings: SeenSettings = DEFAULT_SETTINGS,
): ClusterSide {
  return sideOf(pools, [...services].filter(handledBy(settings)).flatMap(loadBalancersOf), settings);
}

function handledBy({ metallb }: SeenSettings): (service: Service) => boolean {
  return ({ spec }) => (spec?.loadBalancerClass ?? "") === metallb.loadBalancerClass;
}

function sideOf(
  pools: Iterable<IPAddressPool>,
  balancers: readonly LoadBalancer[],
  { metallb, ignore }: SeenSettings,
): ClusterSide {
  const inNamespace = [...pools].filter(
    ({ metadata }) => (metadata.namespace ?? metallb.namespace) === metallb.namespace,
  );
  const [left, seen] = [true, false].map((isLeft) =>
    inNamespace.filter(({ metadata }) => ignore.pools.includes(metadata.name) === isLeft).map(clusterPoolOf),
  ) as [ClusterPool[], ClusterPool[]];
  const leftIndex = new PoolIndex(left);
  const seenIndex = new PoolIndex(seen);
  const isLeftOut = ignoredBy(ignore);
  return {
    pools: seen.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    balancers: balancers.filter(
      (one) => !isLeftOut(one) && (left.length === 0 || seenIndex.holds(one.ip) || !leftIndex.holds(one.ip)),
    ),
  };
}

function ignoredBy(ignore: SyncSettings["ignore"]) {
  const ranges = new PoolIndex([{ name: "", ranges: ignore.ranges }]);
  return ({ namespace, service, ip }: Pick<LoadBalancer, "namespace" | "service" | "ip">) =>
    ignore.namespaces.includes(namespace) ||
    ignore.services.includes(`${namespace}/${service}`) ||
    (ignore.ranges.length > 0 && ranges.holds(ip));
}

/** Counts below which a percentage is not significant. */
const TOO_FEW = 4;

/**
 * Undefined, or why the read is rejected: one sentence. An empty or short read is what a broken API or a
 * half-finished restore looks like, and acting on it deletes what is there.
 */
export function implausibleRead({ ledger, cluster }: Sides, { guards }: SyncSettings): string | undefined {
  // What comparisons that were believed have missed is not expected again.
  const isExpected = ({ state, missedRounds }: Usage) => state === "active" && missedRounds === 0;
  const recorded = ledger.usages.filter(isExpected).length;
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
      return `the read shows ${seen} ${what} where at least ${expected} were known; it is rejected, and nothing was changed. If it is right, run \`plexaubnet lb repair --confirm short-read\`.`;
    }
  }
  return undefined;
}
