/**
 * Whether blocks may be taken from a pool, and if not, why: one answer for claims, Subnets, pool claims and the
 * pool's own Ready condition.
 */
import { describeFaults, type Fault, type PoolSettings, type Subnet, type SubnetPool } from "../api/index.ts";
import type { PoolSpace } from "../ipam/index.ts";
import type { Result } from "../kernel/index.ts";

export interface UsablePool {
  readonly state: "usable";
  readonly settings: PoolSettings;
  readonly space: PoolSpace;
}

export type PoolState =
  | { readonly state: "missing" }
  /** `why` continues the sentence "pool NAME …". */
  | { readonly state: "not-ready"; readonly reason: string; readonly why: string }
  | UsablePool;

/** What the state of a pool depends on besides its own spec. */
export interface PoolCircumstances {
  readonly pool: SubnetPool;
  readonly settings: Result<PoolSettings, readonly Fault[]>;
  /** The parent that it names. */
  readonly parent: SubnetPool | undefined;
  /** By following parents one comes back to the pool itself. */
  readonly isInCycle: boolean;
  /** The Subnet by which it holds, or would hold, its block in the parent. */
  readonly backing: Subnet | undefined;
}

export type Obstacle = { readonly reason: string; readonly why: string };

/** Undefined: nothing stands in the way. */
export function obstacleOf(circumstances: PoolCircumstances): Obstacle | undefined {
  const { pool, settings } = circumstances;
  if (pool.metadata.deletionTimestamp !== undefined) return { reason: "Deleting", why: "is being deleted" };
  if (!settings.ok) {
    return {
      reason: settings.error[0]?.reason ?? "InvalidSpec",
      why: `has faults: ${describeFaults(settings.error)}`,
    };
  }
  return settings.value.parentName === undefined
    ? undefined
    : parentObstacleOf(circumstances, settings.value.parentName);
}

/** A child pool is usable once its block in the parent is its own. */
function parentObstacleOf(circumstances: PoolCircumstances, parentName: string): Obstacle | undefined {
  const { pool, parent, backing, isInCycle } = circumstances;
  if (isInCycle) {
    return { reason: "ParentCycle", why: `is its own ancestor by way of ${parentName}: name another parent` };
  }
  if (backing === undefined) {
    return parent === undefined
      ? {
          reason: "ParentNotFound",
          why: `names the parent ${parentName}, which does not exist: create it or name another`,
        }
      : { reason: "BlockPending", why: `waits for its block in the parent ${parentName}` };
  }
  if (backing.spec.cidr !== pool.spec.cidr) {
    const why = `ranges over ${pool.spec.cidr}, but holds ${backing.spec.cidr} of its parent ${parentName}: make them the same`;
    return { reason: "BlockDiffers", why };
  }
  switch (backing.status?.phase) {
    case "Allocated":
      return undefined;
    case "Failed":
      return {
        reason: "BlockTaken",
        why: `cannot have its block of the parent ${parentName}: ${backing.status.message}`,
      };
    default:
      return { reason: "BlockPending", why: `waits for its block in the parent ${parentName}` };
  }
}
