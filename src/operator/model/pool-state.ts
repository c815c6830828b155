/**
 * Whether blocks may be taken from a pool, and if not, why: one answer for claims, Subnets, pool claims and the
 * pool's own Ready condition.
 */

import type { PoolSettings } from "../../api/index.ts";
import type { PoolSpace } from "../../ipam/index.ts";
import type { ObstacleReason } from "./reasons.ts";

export interface UsablePool {
  readonly state: "usable";
  readonly settings: PoolSettings;
  readonly space: PoolSpace;
}

export type PoolState =
  | { readonly state: "missing" }
  /** `why` continues the sentence "pool NAME …". */
  | { readonly state: "not-ready"; readonly reason: ObstacleReason; readonly message: string }
  | UsablePool;

export type Obstacle = { readonly reason: ObstacleReason; readonly message: string };
