/**
 * What to do about a SubnetClaim. Pure: a snapshot goes in, a decision comes out.
 *
 * The road of a claim: no Subnet → create one with a free block → the Subnet controller decides it → bind. Whatever
 * stands in the way is a reason, with what would clear it (PX-03).
 */
import {
  type ClaimReason,
  describeFaults,
  exactFault,
  type Fault,
  lengthFault,
  type PoolSettings,
  readClaimWish,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type Wish,
} from "../../api/index.ts";
import { type CheckFailure, equals, formatPrefix, type Prefix, parsePrefix } from "../../ipam/index.ts";
import type { Action, Decision, WaitKey } from "../../runtime/index.ts";
import {
  asked,
  blockedClaim,
  emit,
  noneFree,
  objectKey,
  poolWakeKeys,
  ready,
  settled,
  statusActions,
} from "../decisions.ts";
import { IDENTITY_INDEX } from "../indexes.ts";
import type { PoolState, UsablePool } from "../pool-state.ts";
import { AT_ONCE, policyIn } from "../release-policy.ts";
import { lengthFreedKey, spaceFreedKey } from "../space-signals.ts";
import { handOver, isLabelled, isMine, isUnclaimed, newSubnetFor } from "./claim-subnet.ts";

/** Everything that a claim's fate depends on, at one moment. */
export interface ClaimSnapshot {
  readonly claim: SubnetClaim;
  /** The pool that the claim names, as far as it is there and in order. */
  readonly pool: PoolState;
  /** The name that the claim's Subnet has or would have. */
  readonly subnetName: string;
  /** The one that it has, or else the one of that name, or of the block that it was promised, whoever has that. */
  readonly subnet: Subnet | undefined;
  /** Its other Subnets: it asked for another pool or clusterID before. */
  readonly strays: readonly Subnet[];
  /** Another claim with the same pool and clusterID that has held a block before this one. */
  readonly holder: SubnetClaim | undefined;
  /** Until when a released Subnet of this name keeps its block from others; undefined: not for a time. */
  readonly restsUntil: (subnetName: string) => string | undefined;
  readonly nowText: string;
}

export function decideClaim(snapshot: ClaimSnapshot): Decision {
  const { claim, subnet } = snapshot;
  if (claim.metadata.deletionTimestamp !== undefined) return settled("the claim is being deleted");
  const stray = snapshot.strays.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (stray !== undefined) return dropStray(snapshot, stray);
  const own = subnet !== undefined && isMine(subnet, claim) ? subnet : undefined;
  const promised = claim.status?.allocatedCIDR;
  // What it holds it keeps, even where another operator took a wish that is none here.
  if (promised !== undefined)
    return own === undefined ? recover(snapshot, promised) : followSubnet(snapshot, own);
  const wish = readClaimWish(claim);
  if (!wish.ok) return faulty(snapshot, wish.error);
  return own === undefined ? allocate(snapshot, wish.value) : followSubnet(snapshot, own, wish.value);
}

/** The claim asked for something else before it was Bound. What it has of that goes back first. */
function dropStray({ claim }: ClaimSnapshot, stray: Subnet): Decision {
  const { name } = stray.metadata;
  const { allocatedCIDR, subnetRef } = claim.status ?? {};
  const isPromised = subnetRef?.uid === stray.metadata.uid || allocatedCIDR === stray.spec.cidr;
  if (allocatedCIDR !== undefined && isPromised)
    return settled(`keeps Subnet ${name}, which it was promised`);
  return settled(`gives back Subnet ${name}, which it asks for no more`, [
    { do: "delete", resource: SUBNETS, of: stray },
  ]);
}

// ── a Subnet of the claim's own exists ─────────────────────────────────────────────────────────────────────

/** @param wish what a claim that was promised nothing yet asks for. */
function followSubnet(snapshot: ClaimSnapshot, subnet: Subnet, wish?: Wish): Decision {
  const { claim } = snapshot;
  if (subnet.metadata.deletionTimestamp !== undefined) {
    const until = snapshot.restsUntil(subnet.metadata.name);
    const rest = until === undefined ? "" : ` and rests until ${until}`;
    return lostOrWaiting(snapshot, `Subnet ${subnet.metadata.name} is being deleted${rest}`);
  }
  const promised = claim.status?.allocatedCIDR;
  if (promised !== undefined && promised !== subnet.spec.cidr) {
    return lostOrWaiting(snapshot, `Subnet ${subnet.metadata.name} now names ${subnet.spec.cidr}`);
  }
  if (wish !== undefined && !satisfies(subnet, wish)) {
    return settled(`gives ${subnet.spec.cidr} back, since it asks for something else now`, [
      { do: "delete", resource: SUBNETS, of: subnet },
    ]);
  }
  switch (subnet.status?.phase ?? "Pending") {
    case "Allocated":
      // Another operator's word is no decision yet; what a claim has through it stays as it is until there is one.
      return subnet.status?.observedGeneration === subnet.metadata.generation
        ? bind(snapshot, subnet)
        : settled(`Subnet ${subnet.metadata.name} awaits its decision`);
    case "Failed":
      // The name is needed for the next attempt. Deleting it wakes this claim again.
      return settled(
        `Subnet ${subnet.metadata.name} lost its block: ${subnet.status?.message ?? "overlap"}`,
        [{ do: "delete", resource: SUBNETS, of: subnet }],
      );
    default:
      return awaitDecision(snapshot, subnet);
  }
}

/** Soon decided, unless the pool must change first. */
function awaitDecision(snapshot: ClaimSnapshot, subnet: Subnet): Decision {
  const { pool, claim } = snapshot;
  if (pool.state === "usable") return settled(`Subnet ${subnet.metadata.name} awaits its decision`);
  if (claim.status?.allocatedCIDR !== undefined)
    return lostOrWaiting(snapshot, `Subnet ${subnet.metadata.name} awaits its decision`);
  return pool.state === "missing" ? poolNotFound(snapshot) : poolNotReady(snapshot, pool.why);
}

function satisfies(subnet: Subnet, wish: Wish): boolean {
  if (wish.want === "default") return true;
  const block = parsePrefix(subnet.spec.cidr);
  if (!block.ok) return true;
  return wish.want === "exactly" ? equals(block.value, wish.prefix) : block.value.length === wish.length;
}

function bind(snapshot: ClaimSnapshot, subnet: Subnet): Decision {
  const { claim, nowText } = snapshot;
  if (claim.status?.subnetRef === undefined && !isLabelled(subnet))
    return takeOver(snapshot, subnet, "which another operator made");
  const actions = statusActions(
    SUBNET_CLAIMS,
    claim,
    {
      phase: "Bound",
      allocatedCIDR: subnet.spec.cidr,
      subnetRef: { name: subnet.metadata.name, uid: subnet.metadata.uid },
      message: undefined,
      conditions: [ready(`holds ${subnet.spec.cidr}`, "Bound")],
    },
    nowText,
  );
  if (actions.length === 0) return settled("bound");
  const isNew = claim.status?.phase !== "Bound";
  const note = `${subnet.spec.cidr} of pool ${claim.spec.poolRef} is allocated to ${claim.spec.clusterID}`;
  return settled(`bound to ${subnet.spec.cidr}`, [
    ...actions,
    ...(isNew ? [emit(claim, "Normal", "SubnetAllocated", note)] : []),
  ]);
}

// ── the block is gone ──────────────────────────────────────────────────────────────────────────────────────

/** A claim that held a block gets that one back, and never silently another (allocation.md, "Identity"). */
function recover(snapshot: ClaimSnapshot, promised: string): Decision {
  const { pool, subnet, claim } = snapshot;
  if (subnet?.spec.cidr === promised && subnet.metadata.deletionTimestamp === undefined) {
    if (isUnclaimed(subnet, claim)) return takeOver(snapshot, subnet, "which it was given before");
    // Two claims were bound to one block by an operator that shares them.
    if (claim.status?.subnetRef === undefined) return duplicate(snapshot);
  }
  const parsed = parsePrefix(promised);
  if (!parsed.ok || pool.state !== "usable")
    return lostOrWaiting(snapshot, `${promised} has no Subnet any more`);
  if (subnet !== undefined) {
    return lostOrWaiting(
      snapshot,
      `the name of its Subnet is taken by another claim's, ${subnet.metadata.name}`,
    );
  }
  const free = pool.space.check(parsed.value);
  if (!free.ok)
    return lostOrWaiting(snapshot, `${promised} is ${describeObstacle(snapshot, free.error)}`, free.error);
  const lost = block(
    snapshot,
    "AllocationLost",
    `the Subnet of ${promised} was deleted; it is being made again`,
  );
  return ask(snapshot, lost.because, parsed.value, lost.actions);
}

function lostOrWaiting(snapshot: ClaimSnapshot, why: string, obstacle?: CheckFailure): Decision {
  const promised = snapshot.claim.status?.allocatedCIDR;
  if (promised === undefined) return settled(why);
  const message = `${why}; the claim gets ${promised} back as soon as it is free`;
  return block(snapshot, "AllocationLost", message, { obstacle });
}

function allocate(snapshot: ClaimSnapshot, wish: Wish): Decision {
  const { pool, subnet, holder } = snapshot;
  if (pool.state === "missing") return poolNotFound(snapshot);
  if (pool.state === "not-ready") return poolNotReady(snapshot, pool.why);
  const fault = wishFault(wish, pool.settings);
  if (fault !== undefined) return faulty(snapshot, [fault]);
  if (subnet?.status?.phase === "Released")
    return satisfies(subnet, wish) && subnet.metadata.deletionTimestamp === undefined
      ? takeOver(snapshot, subnet, "which was kept for its identity")
      : keptOtherwise(snapshot, subnet);
  if (subnet !== undefined || holder !== undefined) return duplicate(snapshot);
  return wish.want === "exactly" ? takeExactly(snapshot, pool, wish.prefix) : takeAny(snapshot, pool, wish);
}

function poolNotFound(snapshot: ClaimSnapshot): Decision {
  const { poolRef } = snapshot.claim.spec;
  const message = `spec.poolRef: there is no SubnetPool ${poolRef} in this namespace: create it or name another`;
  return block(snapshot, "PoolNotFound", message);
}

function poolNotReady(snapshot: ClaimSnapshot, why: string): Decision {
  return block(snapshot, "PoolNotReady", `pool ${snapshot.claim.spec.poolRef} ${why}`);
}

function wishFault(wish: Wish, settings: PoolSettings): Fault | undefined {
  switch (wish.want) {
    case "exactly":
      return exactFault(wish.prefix, settings, "spec.requestedCIDR");
    case "length":
      return lengthFault(wish.length, settings, "spec.blockSize");
    case "default":
      return undefined;
  }
}

function takeExactly(snapshot: ClaimSnapshot, { space }: UsablePool, prefix: Prefix): Decision {
  const free = space.check(prefix);
  if (free.ok) return ask(snapshot, `asks for ${formatPrefix(prefix)}`, prefix);
  const obstacle = free.error;
  const message = `spec.requestedCIDR: ${formatPrefix(prefix)} is ${describeObstacle(snapshot, obstacle)}`;
  if (obstacle.reason === "reserved") return block(snapshot, "Reserved", `${message}: ask for another block`);
  const cure = "it is given when that is over; ask for another block to have one now";
  return block(snapshot, "BlockTaken", `${message}: ${cure}`, { obstacle });
}

function takeAny(snapshot: ClaimSnapshot, { space, settings }: UsablePool, wish: Wish): Decision {
  const length = wish.want === "length" ? wish.length : settings.defaultLength;
  const found = space.find(length, settings.strategy);
  if (found.ok) return ask(snapshot, `takes ${formatPrefix(found.value)}`, found.value);
  return block(snapshot, "PoolExhausted", noneFree(snapshot.claim.spec.poolRef, length, settings), {
    length,
  });
}

function describeObstacle({ restsUntil }: ClaimSnapshot, obstacle: CheckFailure): string {
  switch (obstacle.reason) {
    case "taken": {
      const until = restsUntil(obstacle.by);
      return until === undefined
        ? `taken by Subnet ${obstacle.by}`
        : `resting until ${until} after its release (Subnet ${obstacle.by})`;
    }
    case "reserved":
      return `reserved by the pool (${obstacle.by})`;
    case "outside":
      return `outside the pool ${formatPrefix(obstacle.pool)}`;
  }
}

/** A block passes to the next claim of the same identity. */
function takeOver({ claim }: ClaimSnapshot, subnet: Subnet, which: string): Decision {
  return settled(`takes over Subnet ${subnet.metadata.name}, ${which}`, [handOver(claim, subnet)]);
}

/** One that asks for another block than the kept one must not be bound to that, nor one to a block that is going. */
function keptOtherwise(snapshot: ClaimSnapshot, { metadata, spec }: Subnet): Decision {
  const { name, deletionTimestamp } = metadata;
  const until = snapshot.restsUntil(name);
  const keeps = `Subnet ${name} keeps ${spec.cidr} for ${spec.clusterID}`;
  const message =
    until === undefined
      ? `${keeps}: delete it, ask for that block, or use another clusterID`
      : `${keeps} until ${until}: wait${deletionTimestamp === undefined ? ", ask for that block," : ""} or use another clusterID`;
  return block(snapshot, "DuplicateClusterID", message);
}

function duplicate(snapshot: ClaimSnapshot): Decision {
  const { claim, subnet, holder } = snapshot;
  const { clusterID, poolRef } = claim.spec;
  const by = subnet?.spec.claimRef?.name ?? holder?.metadata.name;
  const who = by === undefined ? `Subnet ${subnet?.metadata.name}` : `claim ${by}`;
  const message = `${clusterID} already holds a block of pool ${poolRef} through ${who}: delete that one, or use another clusterID`;
  return block(snapshot, "DuplicateClusterID", message);
}

function ask(
  snapshot: ClaimSnapshot,
  because: string,
  prefix: Prefix,
  first: readonly Action[] = [],
): Decision {
  const key = `${snapshot.claim.metadata.namespace}/${snapshot.subnetName}`;
  return asked(because, key, [...first, createSubnet(snapshot, prefix)]);
}

function createSubnet({ claim, pool, subnetName }: ClaimSnapshot, prefix: Prefix): Action {
  const policy = pool.state === "usable" ? policyIn(pool.settings) : AT_ONCE;
  return { do: "create", resource: SUBNETS, object: newSubnetFor(claim, subnetName, prefix, policy) };
}

function faulty(snapshot: ClaimSnapshot, faults: readonly Fault[]): Decision {
  const reason = (faults[0]?.reason ?? "InvalidSpec") as ClaimReason;
  return block(snapshot, reason, describeFaults(faults));
}

interface BlockHint {
  /** Any block of this length would do. */
  readonly length?: number;
  /** What is in the way of the block that it wants. */
  readonly obstacle?: CheckFailure | undefined;
}

function block(snapshot: ClaimSnapshot, reason: ClaimReason, message: string, hint: BlockHint = {}) {
  const { claim, nowText } = snapshot;
  const { allocatedCIDR, subnetRef } = claim.status ?? {};
  const kept = { allocatedCIDR, subnetRef };
  const until = wakers(snapshot, hint);
  return blockedClaim(SUBNET_CLAIMS, claim, { reason, message, kept, until, nowText });
}

/**
 * What can clear any reason: the pool (appears, grows, changes what it allows), space of it that becomes free, and
 * the Subnet or the claim that holds the identity.
 */
function wakers(
  { claim, pool, subnetName }: ClaimSnapshot,
  { length, obstacle }: BlockHint,
): readonly [WaitKey, ...WaitKey[]] {
  const namespace = claim.metadata.namespace ?? "";
  const { poolRef, clusterID } = claim.spec;
  return [
    ...poolWakeKeys(namespace, poolRef, pool),
    length === undefined ? spaceFreedKey(namespace, poolRef) : lengthFreedKey(namespace, poolRef, length),
    objectKey(SUBNETS, namespace, subnetName),
    // It may begin to rest, and the claim says until when.
    ...(obstacle?.reason === "taken" ? [objectKey(SUBNETS, namespace, obstacle.by)] : []),
    {
      resource: SUBNET_CLAIMS,
      index: IDENTITY_INDEX,
      value: `${namespace}/${poolRef}/${clusterID}`,
      // A new one of the same identity only waits as well.
      on: ["deleted", "updated"],
      ignoreStatus: true,
    },
  ];
}
