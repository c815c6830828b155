/**
 * What the status of a SubnetPool should say (PS-01: this is its only writer). Pure; what it counts is kept by the
 * view, so it costs the same at any number of Subnets (RQ-03).
 */
import {
  describeFaults,
  type Fault,
  type PoolSettings,
  reportedLengths,
  SUBNET_POOLS,
  type SubnetPool,
} from "../../api/index.ts";
import { type Accounting, freeCount, percent } from "../../ipam/index.ts";
import type { Result } from "../../kernel/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import { emit, settled, statusActions } from "../decisions.ts";
import type { ConditionWish } from "../status-patch.ts";

/** Most entries of `status.allocatedCIDRs`; it keeps the object small at any number of Subnets (PX-06). */
export const MOST_LISTED_BLOCKS = 256;

export interface PoolStatusSnapshot {
  readonly pool: SubnetPool;
  readonly settings: Result<PoolSettings, readonly Fault[]>;
  readonly allocatedCount: number;
  /** Absent while the spec has faults. */
  readonly accounting: Accounting | undefined;
  /** Allocated blocks by address, at most {@link MOST_LISTED_BLOCKS}. */
  readonly listed: readonly { readonly cidr: string; readonly clusterID: string }[];
  readonly children: {
    readonly count: number;
    readonly allocatedCount: number;
    readonly allocatedAddresses: bigint;
    readonly capacityAddresses: bigint;
  };
  /** What is wrong beyond the pool's own spec: parent missing, its block in the parent not held … */
  readonly obstacle: { readonly reason: string; readonly message: string } | undefined;
  /** What keeps a pool that is being deleted. */
  readonly keptBy: string | undefined;
  /** Sentences about Subnets that should not be where they are. Empty: consistent. */
  readonly inconsistencies: readonly string[];
  readonly nowText: string;
}

export function decidePoolStatus(snapshot: PoolStatusSnapshot): Decision {
  const { pool, nowText } = snapshot;
  const wish = { ...figures(snapshot), conditions: conditionsOf(snapshot) };
  const actions = statusActions(SUBNET_POOLS, pool, wish, nowText);
  if (actions.length === 0) return settled("status is exact");
  return settled(`${snapshot.allocatedCount} allocated`, [...actions, ...warning(snapshot)]);
}

/** Once, when the pool stops being consistent. */
function warning({ pool, inconsistencies }: PoolStatusSnapshot): Action[] {
  const isNews = pool.status?.conditions?.find(({ type }) => type === "Consistent")?.status !== "False";
  if (inconsistencies.length === 0 || !isNews) return [];
  return [emit(pool, "Warning", "PoolOverlap", inconsistencies.join("; "))];
}

function figures(snapshot: PoolStatusSnapshot): Record<string, unknown> {
  const { settings, accounting, allocatedCount, listed, children } = snapshot;
  const common = {
    allocatedCount,
    allocatedCIDRs: Object.fromEntries(listed.map(({ cidr, clusterID }) => [cidr, clusterID])),
    allocatedCIDRsTruncated: allocatedCount > listed.length,
    childPools: {
      count: children.count,
      allocatedCount: children.allocatedCount,
      utilizationPercent: percent(children.allocatedAddresses, children.capacityAddresses),
    },
  };
  if (!settings.ok || accounting === undefined) return common;
  const { from, to } = reportedLengths(settings.value);
  const freeCountBySize: Record<string, number> = {};
  for (let length = from; length <= to; length++) freeCountBySize[length] = freeCount(accounting, length);
  return {
    ...common,
    freeCount: freeCount(accounting, settings.value.defaultLength),
    freeCountBySize,
    utilizationPercent: accounting.utilizationPercent,
    largestFreeBlock:
      accounting.largestFreeLength === undefined ? undefined : `/${accounting.largestFreeLength}`,
    fragmentationPercent: accounting.fragmentationPercent,
  };
}

function conditionsOf(snapshot: PoolStatusSnapshot): ConditionWish[] {
  const conditions = [readyCondition(snapshot)];
  const exhausted = exhaustedCondition(snapshot);
  if (exhausted !== undefined) conditions.push(exhausted);
  conditions.push(consistentCondition(snapshot));
  return conditions;
}

function readyCondition({ settings, obstacle, keptBy }: PoolStatusSnapshot): ConditionWish {
  const no = (reason: string, message: string): ConditionWish => ({
    type: "Ready",
    status: "False",
    reason,
    message,
  });
  if (keptBy !== undefined) return no("DeletionBlocked", keptBy);
  if (!settings.ok) return no(settings.error[0]?.reason ?? "InvalidSpec", describeFaults(settings.error));
  if (obstacle !== undefined) return no(obstacle.reason, obstacle.message);
  return { type: "Ready", status: "True", reason: "Ready", message: "blocks can be claimed" };
}

function exhaustedCondition({ settings, accounting }: PoolStatusSnapshot): ConditionWish | undefined {
  if (!settings.ok || accounting === undefined) return undefined;
  const size = `/${settings.value.defaultLength}`;
  return freeCount(accounting, settings.value.defaultLength) === 0
    ? { type: "Exhausted", status: "True", reason: "NoFreeBlock", message: `no free ${size} is left` }
    : {
        type: "Exhausted",
        status: "False",
        reason: "FreeBlocks",
        message: `blocks of the default size ${size} are free`,
      };
}

function consistentCondition({ inconsistencies }: PoolStatusSnapshot): ConditionWish {
  return inconsistencies.length === 0
    ? {
        type: "Consistent",
        status: "True",
        reason: "Consistent",
        message: "every Subnet lies where it should",
      }
    : { type: "Consistent", status: "False", reason: "Inconsistent", message: inconsistencies.join("; ") };
}
