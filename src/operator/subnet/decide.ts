/**
 * Whether a Subnet may have its block: the allocation protocol (allocation.md), rule by rule. Pure.
 *
 * The snapshot is taken from a cache that has seen the Subnet's ticket, since that is where the Subnet was found;
 * the write carries the resourceVersion that was decided on (rule 3).
 */
import {
  describeFaults,
  exactFault,
  type Fault,
  type PoolSettings,
  readSubnetBlock,
  SUBNETS,
  type SubnetPool,
  servedClaimOf,
} from "../../api/index.ts";
import { compareRevisions } from "../../client/index.ts";
import { formatPrefix, overlaps, type Prefix } from "../../ipam/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import {
  again,
  blocked,
  emit,
  notReady,
  objectKey,
  poolWakeKeys,
  ready,
  settled,
  statusActions,
} from "../decisions.ts";
import { protect } from "../pool/decide.ts";
import type { PoolState } from "../pool-state.ts";
import { spaceFreedKey } from "../space-signals.ts";
import {
  type ClaimName,
  decideGoing,
  drop,
  keepReleased,
  outlive,
  prepareRelease,
  type ReleaseSnapshot,
  tellPool,
} from "./release.ts";

/** Another live Subnet of the pool whose block overlaps. */
export interface Rival {
  readonly name: string;
  readonly allocated: boolean;
  /** Undefined: its place in the order is unknown. */
  readonly ticket: string | undefined;
  /** It is not decided yet, and will lose to this one, which another operator gave out, as soon as it is. */
  readonly yields?: boolean;
}

export interface SubnetSnapshot extends ReleaseSnapshot {
  readonly ticket: string | undefined;
  readonly pool: PoolState;
  /** The same as it is kept. */
  readonly poolObject?: SubnetPool | undefined;
  readonly rivals: readonly Rival[];
  /** Whether a claim made it and will replace it should it fail; nobody does that for a hand-made one. */
  readonly managed: boolean;
  /** The claim that it serves, when the cache has none of that name and UID and no owner will collect it. */
  readonly missingClaim: ClaimName | undefined;
  /** Spreads the revivals of Subnets that lost to each other (rule 5). */
  readonly jitterMs: number;
}

export function decideSubnet(snapshot: SubnetSnapshot): Decision {
  const { subnet, missingClaim } = snapshot;
  if (subnet.metadata.deletionTimestamp !== undefined) return decideGoing(snapshot);
  const phase = subnet.status?.phase ?? "Pending";
  const isCurrent = subnet.status?.observedGeneration === subnet.metadata.generation;
  if (phase === "Released") {
    if (missingClaim !== undefined) return keepReleased(snapshot, missingClaim);
    if (isCurrent && servedClaimOf(subnet) === undefined) return settled("no claim ever had it");
  }
  if (phase === "Allocated" && isCurrent) {
    if (missingClaim !== undefined) return outlive(snapshot, missingClaim);
    return prepareRelease(snapshot) ?? settled("allocated");
  }
  // It was never given out.
  if (missingClaim !== undefined) return drop(subnet, missingClaim);
  const obstacle = findObstacle(snapshot);
  if (phase === "Failed" && isCurrent)
    return obstacle === undefined ? revive(snapshot) : stayFailed(snapshot, obstacle);
  // Giving out nothing is always safe, and what was given out before must not be taken back for want of an answer.
  if (obstacle?.reason === "undecided" || (phase === "Allocated" && isForTime(obstacle)))
    return blocked(`given out before: ${obstacle?.message}`, wakers(snapshot));
  if (obstacle === undefined) return accept(snapshot);
  return isForTime(obstacle) ? postpone(snapshot, obstacle) : reject(snapshot, obstacle);
}

/** Nothing to judge by yet. */
function isForTime(obstacle: Obstacle | undefined): boolean {
  return obstacle?.reason === "PoolNotFound" || obstacle?.reason === "PoolNotReady";
}

type Obstacle = { readonly reason: string; readonly message: string };

function findObstacle(snapshot: SubnetSnapshot): Obstacle | undefined {
  const { subnet, pool } = snapshot;
  const block = readSubnetBlock(subnet);
  if (!block.ok) return faultOf(block.error);
  const poolName = subnet.spec.poolRef;
  if (pool.state === "missing") {
    const message = `spec.poolRef: there is no SubnetPool ${poolName} in this namespace: create it, or delete this Subnet`;
    return { reason: "PoolNotFound", message };
  }
  if (pool.state === "not-ready") return { reason: "PoolNotReady", message: `pool ${poolName} ${pool.why}` };
  const misfit = misfitOf(block.value, pool.settings);
  if (misfit !== undefined) return misfit;
  // Once failed it is live no more; what lives now was first, whatever the tickets say.
  const isOut = subnet.status?.phase === "Failed";
  const earlier = snapshot.rivals.filter((rival) => isOut || comesEarlier(rival, snapshot.ticket));
  const winner = earlier.find((rival) => rival.yields !== true);
  const [open] = earlier;
  if (winner === undefined && open !== undefined)
    return { reason: "undecided", message: `Subnet ${open.name} of the same addresses is decided first` };
  if (winner === undefined) return undefined;
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
  if (fault !== undefined && fault.reason === "OutsidePool")
    return { reason: fault.reason, message: describeFaults([fault]) };
  const reserved = settings.reserved.find((range) => overlaps(range.prefix, block));
  if (reserved === undefined) return undefined;
  const message = `spec.cidr: ${formatPrefix(block)} overlaps ${formatPrefix(reserved.prefix)}, which the pool reserves (${reserved.reason}): choose another block`;
  return { reason: "Reserved", message };
}

/** Rules 2 and 5: an earlier ticket wins, and an unknown order counts as earlier. Losing is safe. */
function comesEarlier(rival: Rival, ticket: string | undefined): boolean {
  if (rival.allocated || rival.ticket === undefined || ticket === undefined) return true;
  return compareRevisions(rival.ticket, ticket) < 0;
}

function accept(snapshot: SubnetSnapshot): Decision {
  const { subnet, nowText } = snapshot;
  const unprepared = prepareRelease(snapshot);
  if (unprepared !== undefined) return unprepared;
  const status = {
    phase: "Allocated",
    allocatedAt: subnet.status?.allocatedAt ?? nowText,
    message: undefined,
    // The same for all of them: which block is in the spec, and a cache keeps equal statuses once.
    conditions: [ready("holds its block", "Allocated")],
  };
  const actions = statusActions(SUBNETS, subnet, status, nowText);
  // A pool that was made just now may have no finalizer yet, and would go with what lives in it.
  const protection = snapshot.poolObject === undefined ? [] : protect(snapshot.poolObject);
  return settled(`${subnet.spec.cidr} is allocated`, [...protection, ...actions, ...tellPool(snapshot)]);
}

function rejection(snapshot: SubnetSnapshot, { reason, message }: Obstacle): Action[] {
  const status = { phase: "Failed", message, conditions: [notReady(reason, message)] };
  return statusActions(SUBNETS, snapshot.subnet, status, snapshot.nowText);
}

function reject(snapshot: SubnetSnapshot, obstacle: Obstacle): Decision {
  const { subnet } = snapshot;
  const reason = obstacle.reason === "Overlap" ? "AllocationConflict" : "ValidationFailed";
  const event = emit(subnet, "Warning", reason, obstacle.message);
  const actions = [...rejection(snapshot, obstacle), event, ...tellPool(snapshot)];
  return blocked(`${obstacle.reason}: ${obstacle.message}`, wakers(snapshot), actions);
}

function stayFailed(snapshot: SubnetSnapshot, obstacle: Obstacle): Decision {
  const because = `${obstacle.reason}: ${obstacle.message}`;
  return blocked(because, wakers(snapshot), rejection(snapshot, obstacle));
}

/** Nothing to judge by yet: the Subnet stays a candidate. */
function postpone(snapshot: SubnetSnapshot, { reason, message }: Obstacle): Decision {
  const { subnet, nowText } = snapshot;
  const status = { phase: "Pending", message, conditions: [notReady(reason, message)] };
  return blocked(`${reason}: ${message}`, wakers(snapshot), statusActions(SUBNETS, subnet, status, nowText));
}

/**
 * What stood in the way of a hand-made Subnet is gone: it becomes a candidate again, with this write as its new
 * ticket (rule 6). Those that a claim made are replaced by the claim instead.
 */
function revive(snapshot: SubnetSnapshot): Decision {
  const { subnet, nowText, managed, jitterMs } = snapshot;
  if (managed) return settled("failed; its claim replaces it");
  if (jitterMs > 0) return again("may be tried once more", jitterMs);
  const status = {
    phase: "Pending",
    message: undefined,
    conditions: [notReady("Revived", "is tried once more")],
  };
  return settled("is tried once more", statusActions(SUBNETS, subnet, status, nowText));
}

function wakers({ subnet, pool, rivals }: SubnetSnapshot) {
  const { namespace = "" } = subnet.metadata;
  const { poolRef } = subnet.spec;
  const open = rivals.filter(({ yields }) => yields === true);
  return [
    ...poolWakeKeys(namespace, poolRef, pool),
    spaceFreedKey(namespace, poolRef),
    ...open.map(({ name }) => objectKey(SUBNETS, namespace, name)),
  ] as const;
}
