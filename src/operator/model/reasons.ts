/**
 * The reasons that users meet in conditions and Events. All that there are, so that the compiler knows a misspelled one and
 * the guide can be compared with them.
 */
import { CLAIM_REASONS, type Fault } from "../../api/index.ts";
import type { CheckFailure } from "../../ipam/index.ts";

/** Why no block can be allocated from a pool: the reason of its Ready condition while it is False. */
export const OBSTACLE_REASONS = [
  "Deleting",
  "ParentCycle",
  "ParentNotFound",
  "BlockDiffers",
  "BlockTaken",
  "BlockPending",
] as const;
export type ObstacleReason = (typeof OBSTACLE_REASONS)[number] | Fault["reason"];

/** What is not where it should be in a pool. */
export const INCONSISTENCY_REASONS = ["SubnetsOutside", "ReservedInUse", "PoolOverlap"] as const;
export type InconsistencyReason = (typeof INCONSISTENCY_REASONS)[number];

/** Reasons of conditions that need no action. */
export const GOOD_REASONS = [
  "Allocated",
  "Bound",
  "Consistent",
  "FreeBlocks",
  "Ready",
  /** A failed Subnet is a candidate again. */
  "Revived",
] as const;

/** All other reasons of conditions. */
export const TROUBLE_REASONS = [
  ...CLAIM_REASONS,
  ...OBSTACLE_REASONS,
  ...INCONSISTENCY_REASONS,
  "AwaitingClaim",
  "DeletionBlocked",
  "NoFreeBlock",
  "Overlap",
  "ParentMismatch",
  "PoolNameTaken",
  "Released",
] as const;
export type ConditionReason = (typeof GOOD_REASONS)[number] | (typeof TROUBLE_REASONS)[number];

/** The reason of a condition for each obstacle to an exact block. */
export const REFUSALS = {
  outside: "OutsidePool",
  reserved: "Reserved",
  taken: "BlockTaken",
} as const satisfies Readonly<Record<CheckFailure["reason"], ConditionReason>>;

/** The obstacle, by the reason that was reported. A Subnet reports Overlap for what is taken. */
export function refusedBy(reason: string | undefined): CheckFailure["reason"] {
  switch (reason) {
    case REFUSALS.outside:
      return "outside";
    case REFUSALS.reserved:
      return "reserved";
    default:
      return "taken";
  }
}

export const EVENT_REASONS = [
  "AccountingRepaired",
  "AllocationConflict",
  "AllocationLost",
  "AwaitingClaim",
  "DeletionBlocked",
  "PoolBound",
  "PoolNotFound",
  "PoolNotReady",
  "PoolOverlap",
  "PoolPaused",
  "PoolResized",
  "SubnetAllocated",
  "SubnetPoolExhausted",
  "SubnetReleased",
  "ValidationFailed",
] as const;
export type EventReason = (typeof EVENT_REASONS)[number];
