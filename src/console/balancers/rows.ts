/** Rows of the page of load balancers. Pure. */
import type { LedgerPool } from "../../balancers/ledger/index.ts";
import {
  type ClusterPool,
  canonicalRanges,
  type PlanStep,
  type Sides,
  type SyncPlan,
} from "../../balancers/sync/index.ts";
import { parseRange, rangeAddressCount } from "../../ipam/index.ts";
import { compareText, defined } from "../../kernel/index.ts";
import type { BalancerDifference, BalancerPoolRow, BalancerStep, BalancerUsageRow } from "../answers.ts";

/** @param isCompared there is a ledger to compare with. */
export function poolRowsOf({ ledger, cluster }: Sides, isCompared: boolean): BalancerPoolRow[] {
  const names = new Set([...ledger.pools, ...cluster.pools].map(({ name }) => name));
  return [...names].sort(compareText).map((name) => {
    const recorded = ledger.pools.find((pool) => pool.name === name);
    const there = cluster.pools.find((pool) => pool.name === name);
    const ranges = there?.ranges ?? recorded?.ranges ?? [];
    return {
      name,
      ...(recorded !== undefined && { ledger: recorded.ranges }),
      ...(there !== undefined && { cluster: there.ranges }),
      differsIn: isCompared ? differencesBetween(recorded, there) : [],
      addresses: addressesIn(ranges).toString(),
      used: new Set(cluster.balancers.filter(({ ip }) => isWithin(ranges, ip)).map(({ ip }) => ip)).size,
    };
  });
}

function differencesBetween(ledger: LedgerPool | undefined, cluster: ClusterPool | undefined): string[] {
  if (ledger === undefined || cluster === undefined) return ["existence"];
  const ranges = canonicalRanges(ledger.ranges) === canonicalRanges(cluster.ranges) ? [] : ["ranges"];
  const flags = (["autoAssign", "avoidBuggyIPs"] as const).filter(
    (field) => ledger[field] !== undefined && ledger[field] !== cluster[field],
  );
  return [...ranges, ...flags];
}

function addressesIn(ranges: readonly string[]): bigint {
  return ranges.reduce((sum, text) => {
    const range = parseRange(text);
    return range.ok ? sum + rangeAddressCount(range.value) : sum;
  }, 0n);
}

function isWithin(ranges: readonly string[], ip: string): boolean {
  const own = parseRange(`${ip}-${ip}`);
  if (!own.ok) return false;
  const { first: address } = own.value;
  return ranges.some((text) => {
    const range = parseRange(text);
    if (!range.ok || range.value.first.family !== address.family) return false;
    return range.value.first.address <= address.address && address.address <= range.value.last.address;
  });
}

export function usageRowsOf({ ledger, cluster }: Sides): BalancerUsageRow[] {
  const rows = new Map<string, BalancerUsageRow>();
  for (const { ip, namespace, service, poolName, serviceUid } of cluster.balancers) {
    rows.set(`${ip} ${serviceUid}`, {
      ip,
      namespace,
      service,
      ...defined({ pool: poolName }),
      isInCluster: true,
    });
  }
  for (const { ip, namespace, service, poolName, serviceUid, state } of ledger.usages) {
    const key = `${ip} ${serviceUid}`;
    const there = rows.get(key);
    rows.set(key, {
      ip,
      namespace,
      service,
      ...(poolName !== "" && { pool: poolName }),
      ...there,
      recorded: state,
      isInCluster: there !== undefined,
    });
  }
  return [...rows.values()].sort(
    (a, b) =>
      compareText(a.ip, b.ip) || compareText(`${a.namespace}/${a.service}`, `${b.namespace}/${b.service}`),
  );
}

export function differencesOf({ drift }: SyncPlan): BalancerDifference[] {
  return drift.map(({ kind, subject, field, ledger, cluster, message }) => ({
    kind,
    subject,
    field,
    ...defined({ ledger, cluster }),
    sentence: message,
  }));
}

export function stepsOf({ steps, heldBack, refused }: SyncPlan): BalancerStep[] {
  const shown = ({ id, side, does, subject, message }: PlanStep) => ({ id, side, does, subject, message });
  return [
    ...steps.map((step) => ({ ...shown(step), fate: "do" as const })),
    ...heldBack.map((step) => ({ ...shown(step), fate: "held back" as const })),
    ...refused.map(({ step, guard, message }) => ({
      ...shown(step),
      message,
      fate: "stopped" as const,
      guard,
    })),
  ];
}
