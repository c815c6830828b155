/**
 * Whether a Subnet may have its block: the allocation protocol (`docs/allocation-protocol.md`), rule by rule. Pure.
 *
 * The snapshot is taken from a cache that has seen the Subnet's ticket, since that is where the Subnet was found;
 * the write carries the resourceVersion that was decided on (rule 3).
 */

import {
  describeFaults,
  exactFault,
  type Fault,
  GIVEN_BACK_ANNOTATION,
  isDecided,
  isOfThisLife,
  lifeOf,
  type PoolSettings,
  readSubnetBlock,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetStatus,
  wasDecided,
} from "../../api/index.ts";
import { formatPrefix, overlaps, type Prefix } from "../../ipam/index.ts";
import { compareRevisions } from "../../kube/index.ts";
import type { Action, Decision, WaitKey } from "../../runtime/index.ts";
import { isGivenBack } from "../model/held-range.ts";
import { isMadeByOperator } from "../model/made-by-operator.ts";
import type { PoolState } from "../model/pool-state.ts";
import { type ConditionReason, REFUSALS } from "../model/reasons.ts";
import { objectKey, poolWakeKeys, spaceFreedKey } from "../model/wait-keys.ts";
import { ALLOCATION_CONFLICT, again, blocked, emit, settled } from "./decision.ts";
import { protect } from "./pool.ts";
import { prepare, type ReleaseSnapshot, release, tellPool } from "./release.ts";
import { describeStanding, fateOf, type Standing, standingKeys } from "./standing.ts";
import { notReady, ready, statusActions } from "./status.ts";

/** Another live Subnet of the pool whose block overlaps, or an owner to whom the block is promised. */
export interface ConflictingSubnet {
  readonly name: string;
  /** Continues "10.0.0.0/24 is …", if it is not a Subnet of the pool. */
  readonly taken?: string;
  readonly allocated: boolean;
  /** Undefined: its place in the order is unknown. */
  readonly ticket: string | undefined;
  /** It is not decided yet, and will lose to this one, which another operator allocated, as soon as it is. */
  readonly defers?: boolean;
}

export interface SubnetSnapshot extends ReleaseSnapshot {
  readonly ticket: string | undefined;
  readonly pool: PoolState;
  /** The same as it is kept. */
  readonly poolObject?: SubnetPool | undefined;
  readonly conflicts: readonly ConflictingSubnet[];
  /** Its claim, if another process created the Subnet, and it was not decided yet. */
  readonly unprovenClaim?: SubnetClaim | undefined;
  /** Whether a claim made it and will replace it should it fail; a Subnet that was created by hand is not replaced. */
  readonly managed: boolean;
  /** Spreads the revivals of Subnets that lost to each other (rule 5). */
  readonly jitterMs: number;
}

export function decideSubnet(snapshot: SubnetSnapshot): Decision {
  const { subnet, standing } = snapshot;
  const { deletionTimestamp, namespace } = subnet.metadata;
  const isDeleted = deletionTimestamp !== undefined;
  const { phase = "Pending" } = subnet.status ?? {};
  const fate = fateOf(standing, wasDecided(subnet) || isMadeByOperator(subnet), isDeleted);
  // It holds nothing that anything could stand on.
  if (fate === "goes" || (isDeleted && phase === "Failed")) return release(snapshot);
  if (fate === "awaits") return prepare(snapshot) ?? awaitStanding(snapshot);
  if (standing.kind === "claim" && standing.claim === "heir")
    return blocked(
      `waits for ${describeStanding(standing)} to take it over`,
      standingKeysOf(standing, namespace),
      prepare(snapshot)?.actions,
    );
  // Something came to live in it after all.
  if (standing.kind === "pool" && (isDeleted || standing.isBase) && isGivenBack(subnet))
    return settled(`${describeStanding(standing)} is in use again`, [unmark(subnet)]);
  const decision = proven(judge(snapshot, phase), snapshot);
  const keys = isDeleted ? standingKeys(standing, namespace) : [];
  const [first, ...others] = keys;
  if (first === undefined || decision.verdict === "again") return decision;
  const until = decision.verdict === "blocked" ? decision.until : [];
  const message = `${decision.message}, and is deleted when ${describeStanding(standing)} is gone`;
  return { ...decision, verdict: "blocked", message, until: [first, ...others, ...until] };
}

function unmark(of: Subnet): Action {
  const patch = { metadata: { annotations: { [GIVEN_BACK_ANNOTATION]: null } } };
  return { do: "patch", resource: SUBNETS, of, patch };
}

/**
 * A restored Subnet names a claim of an earlier life, which an old picture of the claims may still show: a decision about
 * it would count as one of this life.
 */
function proven(decision: Decision, { unprovenClaim: of }: SubnetSnapshot): Decision {
  if (of === undefined || !decision.actions.some((action) => action.do === "patch-status")) return decision;
  const first: Action = { do: "confirm-there", resource: SUBNET_CLAIMS, of };
  return { ...decision, actions: [first, ...decision.actions] };
}

function standingKeysOf(standing: Standing, namespace: string): [WaitKey, ...WaitKey[]] {
  return [...standingKeys(standing, namespace)] as [WaitKey, ...WaitKey[]];
}

/** Whether it may have its block, as long as it is there. */
function judge(snapshot: SubnetSnapshot, phase: NonNullable<SubnetStatus["phase"]>): Decision {
  const { subnet, standing } = snapshot;
  const isCurrent = isDecided(subnet);
  if (phase === "Released" && isCurrent && standing.kind === "nothing")
    return settled("no claim was ever bound to it");
  if (phase === "Allocated" && isCurrent) return prepare(snapshot) ?? confirmLife(snapshot);
  const obstacle = findObstacle(snapshot);
  if (phase === "Failed" && isCurrent)
    return obstacle === undefined ? revive(snapshot) : stayFailed(snapshot, obstacle);
  // Allocating nothing is always safe, and an allocation must not be revoked because a pool is unavailable.
  if (obstacle?.reason === "undecided" || (phase === "Allocated" && isForTime(obstacle)))
    return blocked(
      `was allocated before: ${obstacle?.message}`,
      wakers(snapshot),
      prepare(snapshot)?.actions,
    );
  if (obstacle === undefined) return accept(snapshot);
  return isForTime(obstacle) ? postpone(snapshot, obstacle) : reject(snapshot, obstacle);
}

/** A decision of an earlier version does not say of which life it is. It is ours when we would decide so now. */
function confirmLife(snapshot: SubnetSnapshot): Decision {
  const { subnet, nowText } = snapshot;
  const actions =
    isOfThisLife(subnet) || findObstacle(snapshot) !== undefined
      ? []
      : statusActions(SUBNETS, subnet, { ...subnet.status, ...allocation(subnet, nowText) }, nowText);
  return settled("allocated", actions);
}

/** It was never allocated in this life, and its owner may not be restored yet: it keeps its block. */
function awaitStanding(snapshot: SubnetSnapshot): Decision {
  const { subnet, standing, nowText } = snapshot;
  const { namespace } = subnet.metadata;
  const whom = describeStanding(standing);
  const message = `keeps ${subnet.spec.cidr} for ${whom}, which does not exist: create it, or delete this Subnet`;
  const isNews = subnet.status?.conditions?.find(({ type }) => type === "Ready")?.reason !== "AwaitingClaim";
  const status = { phase: "Pending", message, conditions: [notReady("AwaitingClaim", message)] };
  return blocked(message, standingKeysOf(standing, namespace), [
    ...statusActions(SUBNETS, subnet, status, nowText),
    ...(isNews ? [emit(subnet, "Warning", "AwaitingClaim", message)] : []),
  ]);
}

/** Nothing to judge by yet. */
function isForTime(obstacle: Obstacle | undefined): boolean {
  return obstacle?.reason === "PoolNotFound" || obstacle?.reason === "PoolNotReady";
}

type Obstacle = { readonly reason: ConditionReason; readonly message: string };
/** Another Subnet is decided first. No condition reports this, because a user can do nothing about it. */
type Undecided = { readonly reason: "undecided"; readonly message: string };

function findObstacle(snapshot: SubnetSnapshot): Obstacle | Undecided | undefined {
  const { subnet, pool } = snapshot;
  const block = readSubnetBlock(subnet);
  if (!block.ok) return faultOf(block.error);
  const poolName = subnet.spec.poolRef;
  if (pool.state === "missing") {
    const message = `spec.poolRef: there is no SubnetPool ${poolName} in this namespace: create it, or delete this Subnet`;
    return { reason: "PoolNotFound", message };
  }
  if (pool.state === "not-ready")
    return { reason: "PoolNotReady", message: `pool ${poolName} ${pool.message}` };
  const misfit = misfitOf(block.value, pool.settings);
  if (misfit !== undefined) return misfit;
  // Once failed it is live no more; what lives now was first, whatever the tickets say.
  const isOut = subnet.status?.phase === "Failed";
  const earlier = snapshot.conflicts.filter((conflict) => isOut || comesEarlier(conflict, snapshot.ticket));
  const winner = earlier.find((conflict) => conflict.defers !== true);
  const [open] = earlier;
  if (winner === undefined && open !== undefined)
    return { reason: "undecided", message: `Subnet ${open.name} of the same addresses is decided first` };
  if (winner === undefined) return undefined;
  if (winner.taken !== undefined)
    return { reason: "Overlap", message: `${subnet.spec.cidr} is ${winner.taken}: choose another block` };
  return {
    reason: "Overlap",
    message: `${subnet.spec.cidr} overlaps the block of Subnet ${winner.name}, which was first: delete that one, or choose another block`,
  };
}

function faultOf(faults: readonly Fault[]): Obstacle {
  return { reason: faults[0]?.reason ?? "InvalidSpec", message: describeFaults(faults) };
}

/** A hand-made Subnet may have any size; it must lie in the pool and keep off what is reserved. */
function misfitOf(block: Prefix, settings: PoolSettings): Obstacle | undefined {
  const fault = exactFault(block, settings, "spec.cidr");
  if (fault !== undefined && fault.reason === REFUSALS.outside)
    return { reason: fault.reason, message: describeFaults([fault]) };
  const reserved = settings.reserved.find((range) => overlaps(range.prefix, block));
  if (reserved === undefined) return undefined;
  const message = `spec.cidr: ${formatPrefix(block)} overlaps ${formatPrefix(reserved.prefix)}, which the pool reserves (${reserved.reason}): choose another block`;
  return { reason: REFUSALS.reserved, message };
}

/** Rules 2 and 5: an earlier ticket wins, and an unknown order counts as earlier. Losing is safe. */
function comesEarlier(conflict: ConflictingSubnet, ticket: string | undefined): boolean {
  if (conflict.allocated || conflict.ticket === undefined || ticket === undefined) return true;
  return compareRevisions(conflict.ticket, ticket) < 0;
}

function accept(snapshot: SubnetSnapshot): Decision {
  const { subnet, nowText } = snapshot;
  const unprepared = prepare(snapshot);
  if (unprepared !== undefined) return unprepared;
  const actions = statusActions(SUBNETS, subnet, allocation(subnet, nowText), nowText);
  // A pool that was made just now may have no finalizer yet, and would go with what lives in it.
  const protection = snapshot.poolObject === undefined ? [] : protect(snapshot.poolObject);
  return settled(`${subnet.spec.cidr} is allocated`, [...protection, ...actions, ...tellPool(snapshot)]);
}

function allocation(subnet: Subnet, nowText: string) {
  return {
    phase: "Allocated",
    life: lifeOf(subnet),
    allocatedAt: subnet.status?.allocatedAt ?? nowText,
    message: undefined,
    // The same for all of them: which block is in the spec, and a cache keeps equal parts once.
    conditions: [ready("holds its block", "Allocated")],
  };
}

function rejection(snapshot: SubnetSnapshot, { reason, message }: Obstacle): Action[] {
  const status = {
    phase: "Failed",
    life: lifeOf(snapshot.subnet),
    message,
    conditions: [notReady(reason, message)],
  };
  return statusActions(SUBNETS, snapshot.subnet, status, snapshot.nowText);
}

function reject(snapshot: SubnetSnapshot, obstacle: Obstacle): Decision {
  const { subnet } = snapshot;
  const isConflict = obstacle.reason === "Overlap";
  const event = emit(
    subnet,
    "Warning",
    isConflict ? "AllocationConflict" : "ValidationFailed",
    obstacle.message,
  );
  const actions = [...rejection(snapshot, obstacle), event, ...tellPool(snapshot)];
  const decision = blocked(`${obstacle.reason}: ${obstacle.message}`, wakers(snapshot), actions);
  return isConflict ? { ...decision, counts: ALLOCATION_CONFLICT } : decision;
}

function stayFailed(snapshot: SubnetSnapshot, obstacle: Obstacle | Undecided): Decision {
  const message = `${obstacle.reason}: ${obstacle.message}`;
  const actions = obstacle.reason === "undecided" ? [] : rejection(snapshot, obstacle);
  return blocked(message, wakers(snapshot), actions);
}

/** Nothing to judge by yet: the Subnet stays a candidate. */
function postpone(snapshot: SubnetSnapshot, { reason, message }: Obstacle): Decision {
  const { subnet, nowText } = snapshot;
  const status = { phase: "Pending", message, conditions: [notReady(reason, message)] };
  return blocked(`${reason}: ${message}`, wakers(snapshot), statusActions(SUBNETS, subnet, status, nowText));
}

/**
 * What blocked a Subnet that was created by hand is gone: it becomes a candidate again, with this write as its new
 * ticket (rule 6). Those that a claim made are replaced by the claim instead.
 */
function revive(snapshot: SubnetSnapshot): Decision {
  const { subnet, nowText, managed, jitterMs } = snapshot;
  if (managed) return settled("failed; its claim replaces it");
  if (jitterMs > 0) return again("may be tried again", jitterMs);
  const status = {
    phase: "Pending",
    message: undefined,
    conditions: [notReady("Revived", "is tried again")],
  };
  return settled("is tried again", statusActions(SUBNETS, subnet, status, nowText));
}

function wakers({ subnet, pool, conflicts }: SubnetSnapshot) {
  const { namespace } = subnet.metadata;
  const { poolRef } = subnet.spec;
  const open = conflicts.filter(({ defers }) => defers === true);
  return [
    ...poolWakeKeys(namespace, poolRef, pool),
    spaceFreedKey(namespace, poolRef),
    ...open.map(({ name }) => objectKey(SUBNETS, namespace, name)),
  ] as const;
}
