/** What blocks allocations from a pool. */
import { describeFaults, type Fault, type PoolSettings, type SubnetPool } from "../../api/index.ts";
import type { Prefix } from "../../ipam/index.ts";
import type { Result } from "../../kernel/index.ts";
import { heldObstacleOf } from "./held-obstacle.ts";
import type { HeldRange } from "./held-range.ts";
import type { Obstacle, PoolState } from "./pool-state.ts";

/** What the state of a pool depends on besides its own spec. */
export interface PoolCircumstances {
  readonly pool: SubnetPool;
  readonly settings: Result<PoolSettings, readonly Fault[]>;
  /** The parent that it names. */
  readonly parent: SubnetPool | undefined;
  /** By following parents one comes back to the pool itself. */
  readonly isInCycle: boolean;
  /** The Subnets by which it holds, or would hold, its range in the parent. */
  readonly held: HeldRange;
  /** The parent as somewhere to take more from. */
  readonly parentState: () => PoolState;
}

/** Undefined: nothing blocks allocations. */
export function obstacleOf(circumstances: PoolCircumstances): Obstacle | undefined {
  const { pool, settings } = circumstances;
  if (pool.metadata.deletionTimestamp !== undefined)
    return { reason: "Deleting", message: "is being deleted" };
  if (!settings.ok) {
    return {
      reason: settings.error[0]?.reason ?? "InvalidSpec",
      message: `has faults: ${describeFaults(settings.error)}`,
    };
  }
  return settings.value.parentName === undefined
    ? undefined
    : parentObstacleOf(circumstances, settings.value.cidr, settings.value.parentName);
}

/** A child pool is usable once all of its range is its own in the parent. */
function parentObstacleOf(
  { pool, parent, held, isInCycle, parentState }: PoolCircumstances,
  range: Prefix,
  parentName: string,
): Obstacle | undefined {
  if (isInCycle) {
    return {
      reason: "ParentCycle",
      message: `is its own ancestor through ${parentName}: name another parent`,
    };
  }
  if (parent === undefined && held.base === undefined && held.extensions.length === 0) {
    return {
      reason: "ParentNotFound",
      message: `names the parent ${parentName}, which does not exist: create it, or name another`,
    };
  }
  return heldObstacleOf(range, held, { poolName: pool.metadata.name, parentName, parent: parentState });
}
