/**
 * What the status of a SubnetPool should say (PS-01: this is its only writer). Pure; what it counts is kept by the
 * view, so it costs the same at any number of Subnets (RQ-03).
 */

import {
  describeFaults,
  type Fault,
  type PoolSettings,
  parentNameOf,
  reportedLengths,
  SUBNET_POOLS,
  type SubnetPool,
} from "../../api/index.ts";
import { type Accounting, freeCount, percent } from "../../ipam/index.ts";
import type { Result } from "../../kernel/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import type { ConditionReason, EventReason, InconsistencyReason, ObstacleReason } from "../model/reasons.ts";
import { emit, settled } from "./decision.ts";
import { statusActions } from "./status.ts";
import type { DesiredCondition } from "./status-patch.ts";

/** Most entries of `status.allocatedCIDRs`; it keeps the object small at any number of Subnets (PX-06). */
export const MOST_LISTED_BLOCKS = 256;

export interface Inconsistency {
  readonly reason: InconsistencyReason;
  readonly message: string;
}

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
  readonly obstacle: { readonly reason: ObstacleReason; readonly message: string } | undefined;
  /** What keeps a pool that is being deleted. */
  readonly keptBy: string | undefined;
  /** What is not where it should be, the worst first. Empty: consistent. */
  readonly inconsistencies: readonly Inconsistency[];
  readonly nowText: string;
}

export function decidePoolStatus(snapshot: PoolStatusSnapshot): Decision {
  const { pool, nowText } = snapshot;
  const desired = { ...figures(snapshot), conditions: conditionsOf(snapshot) };
  const actions = statusActions(SUBNET_POOLS, pool, desired, nowText);
  if (actions.length === 0) return settled("the status is up to date");
  const events = desired.conditions.flatMap((condition) => warning(pool, condition));
  return settled(`${snapshot.allocatedCount} allocated`, [...actions, ...events]);
}

/**
 * Events by the reason of the condition. Other reasons for which a pool is not ready are reported by the controller that detects them,
 * or are resolved automatically.
 */
const WARNING_EVENTS: Readonly<Partial<Record<ConditionReason, EventReason>>> = {
  InvalidSpec: "ValidationFailed",
  ParentMismatch: "ValidationFailed",
  ParentCycle: "ValidationFailed",
  BlockDiffers: "ValidationFailed",
  SubnetsOutside: "ValidationFailed",
  ReservedInUse: "ValidationFailed",
  PoolOverlap: "PoolOverlap",
};

/** Once, when the reason is news. */
function warning(pool: SubnetPool, { type, status, reason, message }: DesiredCondition): Action[] {
  const event = WARNING_EVENTS[reason];
  const before = pool.status?.conditions?.find((condition) => condition.type === type);
  if (event === undefined || status !== "False" || before?.reason === reason) return [];
  return [emit(pool, "Warning", event, message)];
}

function figures(snapshot: PoolStatusSnapshot): Record<string, unknown> {
  const { pool, settings, accounting, allocatedCount, listed, children } = snapshot;
  const common = {
    parent: parentNameOf(pool),
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

function conditionsOf(snapshot: PoolStatusSnapshot): DesiredCondition[] {
  const conditions = [readyCondition(snapshot)];
  const exhausted = exhaustedCondition(snapshot);
  if (exhausted !== undefined) conditions.push(exhausted);
  conditions.push(consistentCondition(snapshot));
  return conditions;
}

function readyCondition({ settings, obstacle, keptBy }: PoolStatusSnapshot): DesiredCondition {
  const no = (reason: ConditionReason, message: string): DesiredCondition => ({
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

function exhaustedCondition({ settings, accounting }: PoolStatusSnapshot): DesiredCondition | undefined {
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

function consistentCondition({ inconsistencies }: PoolStatusSnapshot): DesiredCondition {
  const [worst] = inconsistencies;
  if (worst === undefined) {
    const message = "all Subnets match the spec of the pool";
    return { type: "Consistent", status: "True", reason: "Consistent", message };
  }
  const message = inconsistencies.map((found) => found.message).join("; ");
  return { type: "Consistent", status: "False", reason: worst.reason, message };
}
