/**
 * Ledger and cluster side by side, field by field (RC-03, RC-06). Pure: the same sides give the same rows, in the same
 * order, whatever order their lists were in.
 */
import {
  formatRange,
  mergePrefixes,
  type Prefix,
  prefixesToRanges,
  rangeToPrefixes,
} from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import { type LedgerPool, type PoolContent, PoolIndex, parsePoolRange, type Usage } from "../ledger/index.ts";
import { ByUsage, type Identity } from "./by-usage.ts";
import { decisionsIn } from "./decisions.ts";
import { DRIFT_KINDS, type DriftKind, type DriftRow } from "./drift.ts";
import type { LoadBalancer } from "./metallb.ts";
import type { Sides } from "./sides.ts";

export function compare(sides: Sides): DriftRow[] {
  const { isAccepted } = decisionsIn(sides);
  const all = [...comparePools(sides), ...compareUsage(sides), ...usedTwice(sides)];
  const rows = all.filter((row) => !isAccepted(row));
  return rows.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

function order(row: DriftRow): number {
  return DRIFT_KINDS.indexOf(row.kind);
}

function drift(
  kind: DriftKind,
  subject: string,
  values: {
    readonly field?: string;
    readonly ledger?: string | undefined;
    readonly cluster?: string | undefined;
    readonly message: string;
    readonly pool?: string | undefined;
    readonly of?: string;
  },
): DriftRow {
  const { field = "", ledger, cluster, message, pool, of } = values;
  const id = `${kind}:${subject}${field === "" ? "" : `:${field}`}`;
  // One literal: put together from parts, each of 100,000 rows would take a second object.
  if (pool && of !== undefined) return { id, kind, subject, field, ledger, cluster, message, pool, of };
  return { id, kind, subject, field, ledger, cluster, message, ...defined({ pool: pool || undefined, of }) };
}

/** Names that people take for the same: Kubernetes knows small letters alone, a table takes what is typed. */
export function alike(name: string): string {
  return name.trim().toLowerCase();
}

export function rangesText(ranges: readonly string[]): string {
  return ranges.join(", ");
}

/** The addresses of these ranges as the fewest prefixes; unreadable ones hold none. */
export function addressesOf(ranges: readonly string[]): Prefix[] {
  return mergePrefixes(
    ranges.flatMap((text) => {
      const range = parsePoolRange(text);
      return range.ok ? rangeToPrefixes(range.value) : [];
    }),
  );
}

/** The same addresses, however they are written. */
export function canonicalRanges(ranges: readonly string[]): string {
  return prefixesToRanges(addressesOf(ranges)).map(formatRange).join(",");
}

/** The row of each pool of the cluster: that of its very name, else one whose name is alike. */
export function matchPools({ ledger, cluster }: Sides): ReadonlyMap<string, LedgerPool> {
  const exact = new Map(ledger.pools.map((pool) => [pool.name, pool]));
  const inCluster = new Set(cluster.pools.map(({ name }) => name));
  const loose = new Map<string, LedgerPool>();
  for (const pool of ledger.pools) {
    if (!inCluster.has(pool.name) && !loose.has(alike(pool.name))) loose.set(alike(pool.name), pool);
  }
  return new Map(
    cluster.pools.flatMap(({ name }) => {
      const row = exact.get(name) ?? loose.get(alike(name));
      return row === undefined ? [] : [[name, row] as const];
    }),
  );
}

function* comparePools(sides: Sides): Generator<DriftRow> {
  const { ledger, cluster } = sides;
  const matched = matchPools(sides);
  for (const pool of cluster.pools) {
    const subject = `pool/${pool.name}`;
    const recorded = matched.get(pool.name);
    yield* unreadable(subject, "the cluster", pool);
    if (recorded !== undefined) yield* comparePool(subject, recorded, withoutIgnored(pool, sides));
    else {
      const message = `MetalLB hands out IPs from the pool ${pool.name}, which the ledger lacks.`;
      yield drift("pool-missing-in-ledger", subject, { cluster: rangesText(pool.ranges), message });
    }
  }
  yield* twiceInLedger(ledger.pools);
  const known = new Set(matched.values());
  for (const pool of ledger.pools) {
    const subject = `pool/${pool.name}`;
    yield* unreadable(subject, "the ledger", pool);
    if (!known.has(pool) && !ledger.pools.some((other) => other.name === pool.name && known.has(other))) {
      const message = `the ledger has the pool ${pool.name}, which MetalLB does not know.`;
      yield drift("pool-missing-in-cluster", subject, { ledger: rangesText(pool.ranges), message });
    }
  }
}

function* twiceInLedger(pools: readonly LedgerPool[]): Generator<DriftRow> {
  for (const [name, rows] of Map.groupBy(pools, (pool) => pool.name)) {
    if (rows.length < 2) continue;
    const keys = rows.map(({ id }) => id).join(", ");
    const message = `the ledger has ${rows.length} rows of the pool ${name} (${keys}); one of them has to stay.`;
    yield drift("pool-twice-in-ledger", `pool/${name}`, { ledger: keys, message });
  }
}

/** Without the invalid ranges that a decision ignores. */
export function withoutIgnored<T extends PoolContent>(pool: T, sides: Sides): T {
  const { isIgnored } = decisionsIn(sides);
  return { ...pool, ranges: pool.ranges.filter((text) => !isIgnored(pool.name, text)) };
}

function* unreadable(subject: string, where: string, pool: PoolContent): Generator<DriftRow> {
  for (const text of pool.ranges) {
    if (parsePoolRange(text).ok) continue;
    const side = where === "the ledger" ? { ledger: text } : { cluster: text };
    const message = `the pool ${pool.name} of ${where} has the range ${JSON.stringify(text)}, which cannot be read.`;
    yield drift("range-unreadable", subject, { field: text, ...side, message });
  }
}

function* comparePool(subject: string, ledger: PoolContent, cluster: PoolContent): Generator<DriftRow> {
  if (canonicalRanges(ledger.ranges) !== canonicalRanges(cluster.ranges)) {
    const values = { ledger: rangesText(ledger.ranges), cluster: rangesText(cluster.ranges) };
    const message = `the ranges of the pool ${ledger.name} differ: the ledger has ${values.ledger || "none"}, MetalLB ${values.cluster || "none"}.`;
    yield drift("range-differs", subject, { field: "addresses", ...values, message });
  }
  for (const field of ["autoAssign", "avoidBuggyIPs"] as const) {
    if (ledger[field] === undefined || ledger[field] === cluster[field]) continue;
    const values = { ledger: String(ledger[field]), cluster: String(cluster[field]) };
    const message = `${field} of the pool ${ledger.name} is ${values.ledger} in the ledger and ${values.cluster} in MetalLB.`;
    yield drift("setting-differs", subject, { field, ...values, message });
  }
}

/** The pool that a usage of this address is recorded against; undefined if there is none, or it is ambiguous. */
export type Attribution = (ip: string) => LedgerPool | undefined;

export function attribution(pools: readonly LedgerPool[], sides: Sides): Attribution {
  const index = new PoolIndex(pools);
  const { chosenPool } = decisionsIn(sides);
  return (ip) => {
    const pools = index.poolsAt(ip);
    return pools.length < 2 ? pools[0] : pools.find(({ name }) => name === chosenPool(ip));
  };
}

export function balancerSubject(of: Pick<LoadBalancer, "namespace" | "service" | "ip">): string {
  return `service/${of.namespace}/${of.service}/${of.ip}`;
}

/** The identity as text. */
export function usageKey(of: Identity): string {
  return `${of.ip} ${of.serviceUid}`;
}

function* compareUsage(sides: Sides): Generator<DriftRow> {
  const { ledger, cluster } = sides;
  const records = new ByUsage<Usage>(ledger.usages);
  const clusterIndex = new PoolIndex(cluster.pools);
  const context: UsageContext = {
    clusterIndex,
    ledgerIndex: new PoolIndex(ledger.pools),
    attribute: attribution(ledger.pools, sides),
    names: new Map(ledger.pools.map(({ id, name }) => [id, name])),
  };
  const seen = new ByUsage<LoadBalancer>();
  for (const balancer of cluster.balancers) {
    if (seen.has(balancer)) continue;
    seen.add(balancer);
    if (!clusterIndex.holds(balancer.ip)) {
      const message = `the Service ${balancer.namespace}/${balancer.service} has ${balancer.ip}, which is in no pool of MetalLB; it is not accepted.`;
      yield drift("ip-outside-every-pool", balancerSubject(balancer), {
        cluster: balancer.ip,
        message,
        pool: balancer.poolName,
        of: balancer.serviceUid,
      });
      continue;
    }
    yield* compareBalancer(balancer, records.get(balancer), context);
  }
  const subjects = new Set<string>();
  for (const usage of ledger.usages) {
    // A record that was missed once or twice is still waited for: a deleted Service is not a difference yet.
    if (usage.state !== "missing" || seen.has(usage)) continue;
    yield gone(usage, subjects);
  }
}

interface UsageContext {
  readonly clusterIndex: PoolIndex<PoolContent>;
  readonly ledgerIndex: PoolIndex<LedgerPool>;
  readonly attribute: Attribution;
  readonly names: ReadonlyMap<string, string>;
}

function* compareBalancer(
  balancer: LoadBalancer,
  record: Usage | undefined,
  { ledgerIndex, clusterIndex, attribute, names }: UsageContext,
): Generator<DriftRow> {
  const target = attribute(balancer.ip);
  // So it is of nearly all of them.
  if (target !== undefined && record?.poolId === target.id && record.state !== "discovered") return;
  const subject = balancerSubject(balancer);
  const { serviceUid: of } = balancer;
  const found = target === undefined ? ledgerIndex.poolsAt(balancer.ip) : [];
  if (found.length > 1) {
    const pools = found.map(({ name }) => name).join(", ");
    const message = `${balancer.ip} of the Service ${balancer.namespace}/${balancer.service} lies in several pools of the ledger at once: ${pools}.`;
    yield drift("ip-in-two-pools", subject, { ledger: pools, cluster: balancer.poolName, message, of });
  }
  if (record === undefined || record.state === "discovered") {
    const message = `the Service ${balancer.namespace}/${balancer.service} uses ${balancer.ip}, and no usage of it is recorded.`;
    const ledger = record === undefined ? undefined : "discovered";
    const inCluster = target === undefined ? clusterIndex.poolsAt(balancer.ip) : [];
    // Not from the annotation, which every user who may change the Service can write.
    const pool = target?.name ?? (inCluster.length === 1 ? inCluster[0]?.name : undefined);
    yield drift("usage-unrecorded", subject, { ledger, cluster: balancer.ip, message, pool, of });
  } else if (target !== undefined && record.poolId !== target.id) {
    const recorded = names.get(record.poolId ?? "") ?? "a pool that is gone";
    const message = `${balancer.ip} is recorded against ${recorded}, and lies in ${target.name}.`;
    const values = { ledger: recorded, cluster: target.name, message, pool: target.name, of };
    yield drift("usage-in-other-pool", subject, values);
  }
}

/** A Service that was re-created has the same names and another UID: the records of both have one subject. */
function gone(usage: Usage, subjects: Set<string>): DriftRow {
  const subject = balancerSubject(usage);
  const service = `${usage.namespace}/${usage.service}`;
  const message = `the ledger records ${usage.ip} as used by the Service ${service}, which does not have it.`;
  const { serviceUid: of } = usage;
  const row = drift("usage-gone", subject, { ledger: usage.state, message, pool: usage.poolName, of });
  const isFirst = !subjects.has(subject);
  subjects.add(subject);
  return isFirst ? row : { ...row, id: `${row.id}:${usage.serviceUid}` };
}

/** MetalLB lets Services share an address only if each has the same key in `metallb.io/allow-shared-ip`. */
function* usedTwice({ cluster }: Sides): Generator<DriftRow> {
  for (const [ip, holders] of sharedAddresses(cluster.balancers)) {
    const services = [...new Map(holders.map((one) => [one.serviceUid, one])).values()];
    if (services.length < 2) continue;
    const keys = new Set(services.map(({ sharingKey }) => sharingKey));
    if (keys.size === 1 && !keys.has(undefined)) continue;
    const names = services.map(({ namespace, service }) => `${namespace}/${service}`).sort();
    const message = `${ip} is used by ${names.length} Services that do not share it by one key of metallb.io/allow-shared-ip: ${names.join(", ")}.`;
    yield drift("ip-used-twice", `ip/${ip}`, { cluster: names.join(", "), message });
  }
}

function sharedAddresses(balancers: readonly LoadBalancer[]): ReadonlyMap<string, LoadBalancer[]> {
  const firsts = new Map<string, LoadBalancer>();
  const shared = new Map<string, LoadBalancer[]>();
  for (const balancer of balancers) {
    const { ip } = balancer;
    const first = firsts.get(ip);
    if (first === undefined) firsts.set(ip, balancer);
    else {
      const holders = shared.get(ip) ?? [first];
      holders.push(balancer);
      shared.set(ip, holders);
    }
  }
  return shared;
}
