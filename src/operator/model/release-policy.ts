/**
 * What becomes of a block that is given back: `reclaimPolicy` and `reuseDelaySeconds` of its pool, in one answer for all
 * who ask.
 */
import type { PoolSettings, Subnet, SubnetPool } from "../../api/index.ts";

export interface ReleasePolicy {
  /** A Subnet outlives its claim for good. */
  readonly retains: boolean;
  /** How long a block rests after its release before another identity gets it. 0: not at all. */
  readonly delayMs: number;
}

export const AT_ONCE: ReleasePolicy = { retains: false, delayMs: 0 };

export function policyIn({ reclaimPolicy, reuseDelayMs }: PoolSettings): ReleasePolicy {
  return { retains: reclaimPolicy === "Retain", delayMs: reuseDelayMs };
}

/**
 * From the pool's spec, valid or not: a block is not lost because its pool is invalid for a while. What is in a
 * pool that is going must go as well, or the pool never would.
 */
export function policyOf({ metadata, spec }: SubnetPool): ReleasePolicy {
  if (metadata.deletionTimestamp !== undefined) return AT_ONCE;
  return { retains: spec.reclaimPolicy === "Retain", delayMs: (spec.reuseDelaySeconds ?? 0) * 1000 };
}

/**
 * When the block of a released Subnet will have rested, in milliseconds since the epoch. Undefined: time does not free
 * it, or the start of the rest cannot be read.
 */
export function restEndMs({ metadata, status }: Subnet, policy: ReleasePolicy): number | undefined {
  if (status?.phase !== "Released") return undefined;
  if (policy.retains && metadata.deletionTimestamp === undefined) return undefined;
  const sinceMs = Date.parse(status.releasedAt ?? "");
  return Number.isNaN(sinceMs) ? undefined : sinceMs + policy.delayMs;
}
