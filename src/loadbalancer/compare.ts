/**
 * Ledger and cluster side by side, field by field (RC-03, RC-06). Pure: the same sides give the same rows, in the same
 * order, whatever order their lists were in.
 */
import {
  formatRange,
  mergePrefixes,
  type Prefix,
  parseRange,
  prefixesToRanges,
  rangeToPrefixes,
} from "../ipam/index.ts";
import {
  DRIFT_KINDS,
  type DriftKind,
  type DriftRow,
  type PoolContent,
  PoolIndex,
  type Usage,
} from "../ledger/index.ts";
import type { LoadBalancer } from "./metallb.ts";
import type { Sides } from "./sides.ts";

export function compare(sides: Sides): DriftRow[] {
  const rows = [...comparePools(sides), ...compareUsage(sides)];
  return rows.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function order(row: DriftRow): number {
  return DRIFT_KINDS.indexOf(row.kind);
}

function drift(
  kind: DriftKind,
  subject: string,
  values: { field?: string; ledger?: string | undefined; cluster?: string | undefined; says: string },
): DriftRow {
  const { field = "", ledger, cluster, says } = values;
  return {
    id: `${kind}:${subject}${field === "" ? "" : `:${field}`}`,
    kind,
    subject,
    field,
    ledger,
    cluster,
    says,
  };
}

export function rangesText(ranges: readonly string[]): string {
  return ranges.join(", ");
}

/** The addresses of these ranges as the fewest prefixes; unreadable ones hold none. */
export function addressesOf(ranges: readonly string[]): Prefix[] {
  return mergePrefixes(
    ranges.flatMap((text) => {
      const range = parseRange(text);
      return range.ok ? rangeToPrefixes(range.value) : [];
    }),
  );
}

/** The same addresses, however they are written. */
export function canonicalRanges(ranges: readonly string[]): string {
  return prefixesToRanges(addressesOf(ranges)).map(formatRange).join(",");
}

function* comparePools({ ledger, cluster }: Sides): Generator<DriftRow> {
  const inLedger = new Map(ledger.pools.map((pool) => [pool.name, pool]));
  const inCluster = new Map(cluster.pools.map((pool) => [pool.name, pool]));
  for (const pool of cluster.pools) {
    const subject = `pool/${pool.name}`;
    const recorded = inLedger.get(pool.name);
    yield* unreadable(subject, "the cluster", pool);
    if (recorded !== undefined) yield* comparePool(subject, recorded, pool);
    else {
      const says = `MetalLB hands out IPs from the pool ${pool.name}, which the ledger lacks.`;
      yield drift("pool-missing-in-ledger", subject, { cluster: rangesText(pool.ranges), says });
    }
  }
  for (const pool of ledger.pools) {
    const subject = `pool/${pool.name}`;
    yield* unreadable(subject, "the ledger", pool);
    if (!inCluster.has(pool.name)) {
      const says = `the ledger has the pool ${pool.name}, which MetalLB does not know.`;
      yield drift("pool-missing-in-cluster", subject, { ledger: rangesText(pool.ranges), says });
    }
  }
}

function* unreadable(subject: string, where: string, pool: PoolContent): Generator<DriftRow> {
  for (const text of pool.ranges) {
    if (parseRange(text).ok) continue;
    const side = where === "the ledger" ? { ledger: text } : { cluster: text };
    const says = `the pool ${pool.name} of ${where} has the range ${JSON.stringify(text)}, which cannot be read.`;
    yield drift("range-unreadable", subject, { field: text, ...side, says });
  }
}

function* comparePool(subject: string, ledger: PoolContent, cluster: PoolContent): Generator<DriftRow> {
  if (canonicalRanges(ledger.ranges) !== canonicalRanges(cluster.ranges)) {
    const values = { ledger: rangesText(ledger.ranges), cluster: rangesText(cluster.ranges) };
    const says = `the ranges of the pool ${ledger.name} differ: the ledger has ${values.ledger || "none"}, MetalLB ${values.cluster || "none"}.`;
    yield drift("range-differs", subject, { field: "addresses", ...values, says });
  }
  for (const field of ["autoAssign", "avoidBuggyIPs"] as const) {
    if (ledger[field] === undefined || ledger[field] === cluster[field]) continue;
    const values = { ledger: String(ledger[field]), cluster: String(cluster[field]) };
    const says = `${field} of the pool ${ledger.name} is ${values.ledger} in the ledger and ${values.cluster} in MetalLB.`;
    yield drift("setting-differs", subject, { field, ...values, says });
  }
}

export function balancerSubject(of: Pick<LoadBalancer, "namespace" | "service" | "ip">): string {
  return `service/${of.namespace}/${of.service}/${of.ip}`;
}

/** What identifies a usage on both sides. */
export function usageKey(of: Pick<LoadBalancer, "ip" | "serviceUid">): string {
  return `${of.ip} ${of.serviceUid}`;
}

function* compareUsage({ ledger, cluster }: Sides): Generator<DriftRow> {
  const records = new Map(ledger.usages.map((usage) => [usageKey(usage), usage]));
  const clusterIndex = new PoolIndex(cluster.pools);
  const ledgerIndex = new PoolIndex(ledger.pools);
  const names = new Map(ledger.pools.map(({ id, name }) => [id, name]));
  const seen = new Set<string>();
  for (const balancer of cluster.balancers) {
    seen.add(usageKey(balancer));
    const inCluster = clusterIndex.lookUp(balancer.ip);
    if (inCluster.result === "not-found") {
      const says = `the Service ${balancer.namespace}/${balancer.service} has ${balancer.ip}, which lies in no pool of MetalLB; it is not believed.`;
      yield drift("ip-outside-every-pool", balancerSubject(balancer), { cluster: balancer.ip, says });
      continue;
    }
    yield* compareBalancer(balancer, records.get(usageKey(balancer)), ledgerIndex, names);
  }
  for (const usage of ledger.usages) {
    if (usage.state !== "discovered" && !seen.has(usageKey(usage))) yield gone(usage);
  }
}

function* compareBalancer(
  balancer: LoadBalancer,
  record: Usage | undefined,
  index: PoolIndex<Sides["ledger"]["pools"][number]>,
  names: ReadonlyMap<string, string>,
): Generator<DriftRow> {
  const subject = balancerSubject(balancer);
  const found = index.lookUp(balancer.ip);
  if (found.result === "ambiguous") {
    const pools = found.pools.map(({ name }) => name).join(", ");
    const says = `${balancer.ip} of the Service ${balancer.namespace}/${balancer.service} lies in several pools of the ledger at once: ${pools}.`;
    yield drift("ip-in-two-pools", subject, { ledger: pools, cluster: balancer.poolName, says });
  }
  if (record === undefined || record.state === "discovered") {
    const says = `the Service ${balancer.namespace}/${balancer.service} uses ${balancer.ip}, and no usage of it is recorded.`;
    const ledger = record === undefined ? undefined : "discovered";
    yield drift("usage-unrecorded", subject, { ledger, cluster: balancer.ip, says });
  } else if (found.result === "found" && record.poolId !== found.pool.id) {
    const recorded = names.get(record.poolId ?? "") ?? "a pool that is gone";
    const says = `${balancer.ip} is recorded against ${recorded}, and lies in ${found.pool.name}.`;
    yield drift("usage-in-other-pool", subject, { ledger: recorded, cluster: found.pool.name, says });
  }
}

function gone(usage: Usage): DriftRow {
  const service = `${usage.namespace}/${usage.service}`;
  const says = `the ledger records ${usage.ip} as used by the Service ${service}, which does not have it.`;
  return drift("usage-gone", balancerSubject(usage), { ledger: usage.state, says });
}
