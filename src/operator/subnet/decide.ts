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
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
} from "../../api/index.ts";
import { compareRevisions } from "../../client/index.ts";
import { formatPrefix, overlaps, type Prefix } from "../../ipam/index.ts";
import type { Action, Decision, Request } from "../../runtime/index.ts";
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
import type { PoolState } from "../pool-state.ts";
import { spaceFreedKey } from "../space-signals.ts";

/** Another live Subnet of the pool whose block overlaps. */
export interface Rival {
  readonly name: string;
  readonly allocated: boolean;
  /** Undefined: its place in the order is unknown. */
  readonly ticket: string | undefined;
  /** It is not decided yet, and will lose to this one, which another operator gave out, as soon as it is. */
  readonly yields?: boolean;
}

export interface SubnetSnapshot {
  readonly subnet: Subnet;
  readonly ticket: string | undefined;
  readonly pool: PoolState;
  readonly rivals: readonly Rival[];
  /** Whether a claim made it and will replace it should it fail; nobody does that for a hand-made one. */
  readonly managed: boolean;
  /** The claim that it serves, when the cache has none of that name and UID and no owner will collect it. */
  /** What the pool's spec says, usable or not: a block is not lost because its pool has a fault for a while. */
  readonly retains: boolean;
  /** It would go with its claim, though the pool retains by now. */
  readonly ownedByClaim: boolean;
  readonly missingClaim: { readonly name: string; readonly uid: string } | undefined;
  readonly poolRequest: Request | undefined;
  readonly nowText: string;
  /** Spreads the revivals of Subnets that lost to each other (rule 5). */
  readonly jitterMs: number;
}

export function decideSubnet(snapshot: SubnetSnapshot): Decision {
  const { subnet } = snapshot;
  if (subnet.metadata.deletionTimestamp !== undefined) return settled("the Subnet is being deleted");
  const phase = subnet.status?.phase ?? "Pending";
  const isCurrent = subnet.status?.observedGeneration === subnet.metadata.generation;
  if (phase === "Released" && isCurrent) return settled("retained for the next claim of its identity");
  if (phase === "Allocated" && isCurrent) {
    if (snapshot.missingClaim !== undefined) return outlive(snapshot, snapshot.missingClaim);
    return snapshot.retains && snapshot.ownedByClaim ? disown(subnet) : settled("allocated");
  }
  if (snapshot.missingClaim !== undefined) {
    // One that was retained and taken over holds its block by right; others were never given out.
    return phase === "Released"
      ? outlive(snapshot, snapshot.missingClaim)
      : drop(subnet, snapshot.missingClaim);
  }
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

function tellPool({ poolRequest }: SubnetSnapshot): Action[] {
  return poolRequest === undefined ? [] : [{ do: "enqueue", controller: "PoolStatus", request: poolRequest }];
}

function accept(snapshot: SubnetSnapshot): Decision {
  const { subnet, nowText } = snapshot;
  const status = {
    phase: "Allocated",
    allocatedAt: subnet.status?.allocatedAt ?? nowText,
    message: undefined,
    // The same for all of them: which block is in the spec, and a cache keeps equal statuses once.
    conditions: [ready("holds its block", "Allocated")],
  };
  const actions = statusActions(SUBNETS, subnet, status, nowText);
  return settled(`${subnet.spec.cidr} is allocated`, [...actions, ...tellPool(snapshot)]);
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

/** The pool retains since after the Subnet was made: it must not go with its claim. */
function disown(subnet: Subnet): Decision {
  const ownerReferences = (subnet.metadata.ownerReferences ?? []).filter(
    ({ uid }) => uid !== subnet.spec.claimRef?.uid,
  );
  return settled("outlives its claim from now on", [
    { do: "patch", resource: SUBNETS, of: subnet, patch: { metadata: { ownerReferences } } },
  ]);
}

/** The API is asked first, since the cache of claims may lag behind. */
function drop(subnet: Subnet, claim: { readonly name: string; readonly uid: string }): Decision {
  const namespace = subnet.metadata.namespace ?? "";
  return settled(`claim ${claim.name} is gone`, [
    { do: "confirm-gone", resource: SUBNET_CLAIMS, namespace, ...claim },
    { do: "delete", resource: SUBNETS, of: subnet },
  ]);
}

/**
 * The claim of an Allocated Subnet is gone and nothing else will collect it: the pool's reclaim policy says what
 * becomes of it. The API is asked first, since the cache of claims may lag behind.
 */
function outlive(snapshot: SubnetSnapshot, claim: { readonly name: string; readonly uid: string }): Decision {
  const { subnet, nowText } = snapshot;
  if (!snapshot.retains) return drop(subnet, claim);
  const namespace = subnet.metadata.namespace ?? "";
  const confirm: Action = { do: "confirm-gone", resource: SUBNET_CLAIMS, namespace, ...claim };
  const message = `retained: claim ${claim.name} is gone, the next one for ${subnet.spec.clusterID} gets this block`;
  const status = {
    phase: "Released",
    allocatedAt: subnet.status?.allocatedAt,
    releasedAt: nowText,
    message,
    conditions: [notReady("Released", message)],
  };
  return settled(message, [
    confirm,
    ...statusActions(SUBNETS, subnet, status, nowText),
    emit(subnet, "Normal", "SubnetReleased", message),
    ...tellPool(snapshot),
  ]);
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
