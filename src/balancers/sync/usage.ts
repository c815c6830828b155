/**
 * What a comparison saw of load balancers, as changes of their records: new ones are discovered, those that are not seen
 * are counted, and after long enough are missing. Pure. It never touches a pool, and is lossless: so it is done in every
 * mode (RC-02, RC-06).
 */
import { PoolIndex, type Usage, type UsageChange, type UsageDraft } from "../ledger/index.ts";
import { ByUsage } from "./by-usage.ts";
import type { LoadBalancer } from "./metallb.ts";
import type { SyncSettings } from "./settings.ts";
import type { Sides } from "./sides.ts";

export interface UsageObservation {
  readonly discovered: readonly UsageDraft[];
  readonly changed: readonly { readonly usage: Usage; readonly change: UsageChange }[];
}

export function observeUsage(sides: Sides, settings: SyncSettings, nowMs: number): UsageObservation {
  const { ledger, cluster } = sides;
  const records = new ByUsage<Usage>(ledger.usages);
  const clusterIndex = new PoolIndex(cluster.pools);
  const ledgerIndex = new PoolIndex(ledger.pools);
  const discovered: UsageDraft[] = [];
  const changed: { usage: Usage; change: UsageChange }[] = [];
  const seen = new ByUsage<LoadBalancer>();
  for (const balancer of cluster.balancers) {
    // An IP in no pool of MetalLB may be set by anything; it is reported and not recorded.
    if (!clusterIndex.holds(balancer.ip)) continue;
    if (seen.has(balancer)) continue;
    seen.add(balancer);
    const known = records.get(balancer);
    if (known !== undefined) {
      if (known.missedRounds > 0 || known.state === "missing")
        changed.push({ usage: known, change: seenAgain(known) });
      continue;
    }
    const inCluster = clusterIndex.poolsAt(balancer.ip);
    const inLedger = ledgerIndex.poolsAt(balancer.ip);
    const { ip, family, serviceUid, namespace, service } = balancer;
    discovered.push({
      cluster: settings.cluster,
      ip,
      family,
      serviceUid,
      namespace,
      service,
      poolId: inLedger.length === 1 ? inLedger[0]?.id : undefined,
      poolName: balancer.poolName ?? (inCluster.length === 1 ? (inCluster[0]?.name ?? "") : ""),
      state: "discovered",
    });
  }
  for (const usage of ledger.usages) {
    if (seen.has(usage) || usage.state === "missing") continue;
    const change = missed(usage, settings, nowMs);
    if (change !== undefined) changed.push({ usage, change });
  }
  return { discovered, changed };
}

function seenAgain(usage: Usage): UsageChange {
  return { missedRounds: 0, missedSince: undefined, ...(usage.state === "missing" && { state: "active" }) };
}

/** Undefined: counted often enough already, and the grace time is not over. */
function missed(usage: Usage, { usage: patience }: SyncSettings, nowMs: number): UsageChange | undefined {
  const missedRounds = usage.missedRounds + 1;
  const now = new Date(nowMs).toISOString();
  // A time in the future is of another machine's clock, and not waited for.
  const missedSince = usage.missedSince === undefined || usage.missedSince > now ? now : usage.missedSince;
  const waitedSeconds = (nowMs - Date.parse(missedSince)) / 1000;
  const isOver = missedRounds >= patience.missingAfterRounds && waitedSeconds >= patience.missingAfterSeconds;
  if (!isOver)
    return usage.missedRounds >= patience.missingAfterRounds ? undefined : { missedRounds, missedSince };
  // A record that was never accepted does not become missing: it ends.
  return { missedRounds, missedSince, state: usage.state === "discovered" ? "released" : "missing" };
}
