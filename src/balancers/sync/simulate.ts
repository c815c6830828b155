/** Both sides as they will be after steps. Pure: what a plan promises is what a comparison of this finds. */
import { fingerprintOf, type LedgerPool, type PoolId, type Usage } from "../ledger/index.ts";
import { usageKey } from "./compare.ts";
import type { ClusterPool, LoadBalancer } from "./metallb.ts";
import { type Draft, isPoolStep, isUsageStep } from "./plan-step.ts";
import type { LedgerSide, Sides } from "./sides.ts";

export function sidesAfter({ ledger, cluster }: Sides, steps: readonly Draft[], clusterName = ""): Sides {
  const pools = ledgerPoolsAfter(ledger.pools, steps, clusterName);
  return {
    ledger: { ...ledger, pools, usages: usagesAfter(ledger, pools, steps, clusterName) },
    cluster: { ...cluster, pools: clusterPoolsAfter(cluster.pools, steps) },
  };
}

export function ledgerPoolsAfter(
  pools: readonly LedgerPool[],
  steps: readonly Draft[],
  cluster = "",
): LedgerPool[] {
  const after = new Map<string, LedgerPool>(pools.map((pool) => [pool.name, pool]));
  for (const step of steps) {
    if (step.side !== "ledger" || !isPoolStep(step)) continue;
    const { before, after: content } = step;
    const row = before === undefined ? undefined : after.get(before.name);
    if (before !== undefined) after.delete(before.name);
    if (content === undefined) continue;
    const made = { id: `new ${content.name}` as PoolId, cluster };
    after.set(content.name, { ...(row ?? made), ...content });
  }
  return [...after.values()];
}

function clusterPoolsAfter(pools: readonly ClusterPool[], steps: readonly Draft[]): ClusterPool[] {
  const after = new Map(pools.map((pool) => [pool.name, pool]));
  for (const step of steps) {
    if (step.side !== "cluster") continue;
    if (step.does === "pool-delete") after.delete(step.before.name);
    else {
      const content = step.after;
      const { name, ranges, autoAssign = true, avoidBuggyIPs = false } = content;
      const state = { uid: `new ${name}`, resourceVersion: "" };
      const known = after.get(name) ?? { namespace: "", version: fingerprintOf(content), state };
      after.set(name, { ...known, name, ranges, autoAssign, avoidBuggyIPs, ours: true });
    }
  }
  return [...after.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function usagesAfter(
  { usages }: LedgerSide,
  pools: readonly LedgerPool[],
  steps: readonly Draft[],
  cluster: string,
): Usage[] {
  const byName = new Map(pools.map((pool) => [pool.name, pool]));
  const after = new Map(usages.map((usage) => [usageKey(usage), usage]));
  for (const step of steps) {
    if (!isUsageStep(step)) continue;
    if (step.does === "usage-release") {
      after.delete(usageKey(step.before));
      continue;
    }
    const key = usageKey(step.does === "usage-move" ? step.before : step.after);
    const pool = byName.get(step.pool ?? "");
    const at = { poolId: pool?.id, poolName: pool?.name ?? "" };
    const known = after.get(key);
    if (known !== undefined) {
      after.set(key, { ...known, ...at, ...(step.does === "usage-record" && { state: "active" as const }) });
    } else if (step.does === "usage-record") after.set(key, { ...recorded(step.after, cluster), ...at });
  }
  return [...after.values()];
}

function recorded({ ip, family, serviceUid, namespace, service }: LoadBalancer, cluster: string): Usage {
  return {
    id: `new ${ip} ${serviceUid}`,
    cluster,
    ip,
    family,
    serviceUid,
    namespace,
    service,
    poolId: undefined,
    poolName: "",
    state: "active",
    firstSeenAt: "",
    changedAt: "",
    missedRounds: 0,
    missedSince: undefined,
  };
}
