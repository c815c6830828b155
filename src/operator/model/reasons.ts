/**
 * The reasons that users meet in conditions and Events. All that there are, so that the compiler knows a misspelled one and
 * the guide can be compared with them.
 */
import { CLAIM_REASONS, type Fault } from "../../api/index.ts";

/** Why no blocks are allocated from a pool, which is also why its Ready condition is False. */
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

/** Of conditions that report no problem. */
export const GOOD_REASONS = [
  "Allocated",
  "Bound",
  "Consistent",
  "FreeBlocks",
  "Ready",
  /** A Subnet that failed is tried again. */
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
