/** A claim of either kind without a block: its status and its Event. */

import type { ClaimReason, PoolSettings, SubnetClaim, SubnetPoolClaim } from "../../api/index.ts";
import type { Resource } from "../../kube/index.ts";
import type { Action, Decision, SignalWaitKey, WaitKey } from "../../runtime/index.ts";
import { LENGTH_FREED_SIGNAL } from "../model/indexes.ts";
import type { EventReason } from "../model/reasons.ts";
import { blocked, emit } from "./decision.ts";
import { notReady, statusActions } from "./status.ts";

/** Why a claim of either kind has nothing yet. */
export type BlockedReason = ClaimReason | "PoolNameTaken";

/** Reasons that time or a release cures; all others need a change of a spec. */
const PENDING_REASONS: ReadonlySet<BlockedReason> = new Set([
  "PoolNotFound",
  "PoolExhausted",
  "BlockTaken",
  "DuplicateClusterID",
  "PoolNotReady",
  "PoolNameTaken",
  "PoolPaused",
]);

/** A claim that waits is not invalid; only the remaining reasons are `ValidationFailed`. */
const WARNING_EVENTS: Partial<Record<BlockedReason, EventReason>> = {
  PoolNotFound: "PoolNotFound",
  PoolNotReady: "PoolNotReady",
  PoolExhausted: "SubnetPoolExhausted",
  BlockTaken: "AllocationConflict",
  DuplicateClusterID: "AllocationConflict",
  PoolNameTaken: "AllocationConflict",
  AllocationLost: "AllocationLost",
  PoolPaused: "PoolPaused",
};

export interface BlockingReason {
  readonly reason: BlockedReason;
  readonly message: string;
  /** Fields of the status that say what it holds or was promised: they stay. */
  readonly kept: object;
  readonly until: readonly [WaitKey, ...WaitKey[]];
  readonly nowText: string;
  /** What is to be written before that. Default: nothing. */
  readonly first?: readonly Action[];
}

/** The claim's status contains the reason, as does an Event when it is new; the decision contains what wakes it. */
export function blockedClaim<T extends SubnetClaim | SubnetPoolClaim>(
  resource: Resource<T>,
  claim: T,
  { reason, message, kept, until, nowText, first = [] }: BlockingReason,
): Decision & { readonly verdict: "blocked" } {
  const phase = PENDING_REASONS.has(reason) ? "Pending" : "Error";
  const wanted = { ...kept, phase, message, conditions: [notReady(reason, message)] };
  const actions = [...first, ...statusActions(resource, claim, wanted, nowText)];
  const isNews = claim.status?.conditions?.find(({ type }) => type === "Ready")?.reason !== reason;
  const event = emit(claim, "Warning", WARNING_EVENTS[reason] ?? "ValidationFailed", message);
  return blocked(`${reason}: ${message}`, until, isNews ? [...actions, event] : actions);
}

/** The same words as long as the pool is the same: what rests until when changes by the minute. */
export function noneFree(poolName: string, length: number, { reuseDelayMs }: PoolSettings): string {
  const rest = reuseDelayMs === 0 ? "" : `; a released block rests for ${reuseDelayMs / 1000} s`;
  return `pool ${poolName} has no free /${length}: release a block, or grow the pool${rest}`;
}

/** Whether this one waits in line for a length again: then there is none, and nothing to pass on. */
function waitsInLine(decision: Decision): boolean {
  return (
    decision.verdict === "blocked" &&
    decision.until.some((key) => "signal" in key && key.signal === LENGTH_FREED_SIGNAL)
  );
}

/**
 * One that was woken for space and does not wait for it any more, for whatever reason, wakes the next one for each length
 * that there is still a block of.
 */
export function passingOn(
  decision: Decision,
  claim: SubnetClaim | SubnetPoolClaim,
  freedLengths: () => readonly SignalWaitKey[],
): Decision {
  if (claim.status?.phase === "Bound" || waitsInLine(decision)) return decision;
  const keys = freedLengths();
  if (keys.length === 0) return decision;
  return { ...decision, actions: [{ do: "raise", keys, atMost: 1 }, ...decision.actions] };
}
