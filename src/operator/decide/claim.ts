/**
 * What to do about a SubnetClaim. Pure: a snapshot goes in, a decision comes out.
 *
 * The road of a claim: no Subnet → record and create one with a free block → the Subnet controller decides it → bind.
 * Whatever blocks the claim is a reason, with what would resolve it (PX-03).
 */
import {
  type BlockRequest,
  isDecided,
  readClaimRequest,
  SUBNET_CLAIMS,
  type Subnet,
} from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import { records, rememberedBlock } from "../model/block-record.ts";
import { isMine, isUnclaimed, satisfies } from "../model/claim-subnet.ts";
import { claimKey } from "../model/wait-keys.ts";
import { writeRecord } from "./block-record.ts";
import { passingOn } from "./blocked-claim.ts";
import {
  block,
  describeObstacle,
  duplicate,
  faulty,
  lostOrWaiting,
  poolNotFound,
  poolNotReady,
} from "./claim-blocked.ts";
import { allocate, ask, contested } from "./claim-choice.ts";
import { type ClaimSnapshot, isOwnHolder } from "./claim-snapshot.ts";
import { giveBack } from "./claim-subnet.ts";
import { takeOver } from "./claim-take-over.ts";
import { blocked, emit, settled } from "./decision.ts";
import { ready, statusActions } from "./status.ts";

export type { ClaimSnapshot } from "./claim-snapshot.ts";

export function decideClaim(snapshot: ClaimSnapshot): Decision {
  return passingOn(decide(snapshot), snapshot.claim, snapshot.freedLengths);
}

function decide(snapshot: ClaimSnapshot): Decision {
  const { claim, subnet } = snapshot;
  if (claim.metadata.deletionTimestamp !== undefined) return settled("the claim is being deleted");
  const orphan = snapshot.orphans.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (orphan !== undefined) return dropOrphan(snapshot, orphan);
  const own = subnet !== undefined && isMine(subnet, claim) ? subnet : undefined;
  const promised = claim.status?.allocatedCIDR;
  // What it holds it keeps, even where another operator took a request that is none here.
  if (promised !== undefined)
    return own === undefined ? recover(snapshot, promised) : followSubnet(snapshot, own);
  const wanted = readClaimRequest(claim);
  if (!wanted.ok) return faulty(snapshot, wanted.error);
  return own === undefined ? allocate(snapshot, wanted.value) : followSubnet(snapshot, own, wanted.value);
}

/** The claim asked for something else before it was Bound. What it has of that goes back first. */
function dropOrphan({ claim }: ClaimSnapshot, orphan: Subnet): Decision {
  const { name } = orphan.metadata;
  const { allocatedCIDR, subnetRef } = claim.status ?? {};
  const isPromised = subnetRef?.uid === orphan.metadata.uid || allocatedCIDR === orphan.spec.cidr;
  if (allocatedCIDR !== undefined && isPromised)
    return settled(`keeps Subnet ${name}, which it was promised`);
  return settled(`releases Subnet ${name}, which it no longer requests`, [
    asDecided(claim),
    ...giveBack(orphan),
  ]);
}

/** A block must not be given back by an old picture of its claim, which may be bound to it by now. */
function asDecided(of: ClaimSnapshot["claim"]): Action {
  return { do: "confirm-there", resource: SUBNET_CLAIMS, of, unchanged: true };
}

// ── a Subnet of the claim's own exists ─────────────────────────────────────────────────────────────────────

/** @param wanted the request of a claim that was not promised a block yet. */
function followSubnet(snapshot: ClaimSnapshot, subnet: Subnet, wanted?: BlockRequest): Decision {
  const { claim } = snapshot;
  const promised = claim.status?.allocatedCIDR;
  const { name } = subnet.metadata;
  if (promised !== undefined && promised !== subnet.spec.cidr && !isForged(claim, subnet))
    return lostOrWaiting(snapshot, `Subnet ${name} now names ${subnet.spec.cidr}`);
  const isGivenBack = wanted !== undefined && !satisfies(subnet, wanted);
  if (isGivenBack || subnet.status?.phase === "Failed") {
    // The name is needed for the next attempt. That it is gone wakes this claim again.
    const why = isGivenBack
      ? `releases ${subnet.spec.cidr}, because it requests another block now`
      : `Subnet ${name} lost its block: ${subnet.status?.message ?? "overlap"}`;
    return settled(why, [...(isGivenBack ? [asDecided(claim)] : []), ...giveBack(subnet)]);
  }
  if (subnet.status?.phase !== "Allocated") return awaitDecision(snapshot, subnet);
  // The status of another operator is not a decision; what a claim has through it stays as it is until there is one.
  if (isDecided(subnet)) return bind(snapshot, subnet);
  return promised === undefined
    ? awaitDecision(snapshot, subnet)
    : settled(`Subnet ${name} is not decided yet`);
}

/** Its own Subnet and its own record say one block, and only the status contains another: it was edited. */
function isForged(claim: ClaimSnapshot["claim"], subnet: Subnet): boolean {
  const block = parsePrefix(subnet.spec.cidr);
  return block.ok && records(claim, block.value);
}

/** Soon decided, unless the pool must change first. */
function awaitDecision(snapshot: ClaimSnapshot, subnet: Subnet): Decision {
  const { pool, claim } = snapshot;
  if (pool.state === "usable") return settled(`Subnet ${subnet.metadata.name} is not decided yet`);
  if (claim.status?.allocatedCIDR !== undefined)
    return lostOrWaiting(snapshot, `Subnet ${subnet.metadata.name} is not decided yet`);
  return pool.state === "missing" ? poolNotFound(snapshot) : poolNotReady(snapshot, pool.message);
}

function bind(snapshot: ClaimSnapshot, subnet: Subnet): Decision {
  const { claim, nowText } = snapshot;
  const unsafe = bindingObstacle(snapshot, subnet);
  if (unsafe !== undefined) return unsafe;
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

/**
 * Two claims must never be bound to one address, whatever became of their Subnets: a claim is bound only by a process that
 * has seen its own record of the block, and no other claim's (`docs/design/0009`, "Two writes of one kind").
 */
function bindingObstacle(snapshot: ClaimSnapshot, subnet: Subnet): Decision | undefined {
  const { claim, conflictingClaims } = snapshot;
  const { cidr } = subnet.spec;
  const parsed = parsePrefix(cidr);
  if (!parsed.ok) return undefined;
  if (!records(claim, parsed.value))
    return settled(`records ${cidr}`, writeRecord(SUBNET_CLAIMS, claim, parsed.value));
  if (claim.status?.allocatedCIDR === cidr) return undefined;
  const [conflicting] = conflictingClaims(parsed.value);
  if (conflicting === undefined) return undefined;
  const { name, namespace } = conflicting.metadata;
  const isEarlier =
    conflicting.status?.allocatedCIDR !== undefined || rememberedBlock(conflicting) !== undefined;
  // One that only asks for it withdraws that, since it has no Allocated Subnet.
  if (!isEarlier)
    return blocked(`claim ${name} is about to withdraw its request for ${cidr}`, [claimKey(namespace, name)]);
  if (rememberedBlock(claim) !== undefined) return contested(snapshot, cidr, conflicting);
  return settled(`gives ${cidr} back, which claim ${name} had before`, [
    asDecided(claim),
    ...giveBack(subnet),
  ]);
}

// ── the block is gone ──────────────────────────────────────────────────────────────────────────────────────

/** A claim that held a block gets that one back, and never silently another (`docs/allocation-protocol.md#identity`). */
function recover(snapshot: ClaimSnapshot, promised: string): Decision {
  const { pool, subnet, claim } = snapshot;
  if (subnet?.spec.cidr === promised && subnet.status?.phase !== "Failed") {
    if (isUnclaimed(subnet, claim)) return takeOver(snapshot, subnet, "which it had before");
    // Two claims were bound to one block by an operator that shares them.
    if (claim.status?.subnetRef === undefined) return duplicate(snapshot);
  }
  const parsed = parsePrefix(promised);
  if (!parsed.ok || pool.state !== "usable")
    return lostOrWaiting(snapshot, `the Subnet of ${promised} is missing`);
  if (subnet !== undefined) {
    if (isUnclaimed(subnet, claim) && subnet.status?.phase === "Failed")
      return settled(`releases its Subnet to re-create one for ${promised}`, giveBack(subnet));
    return lostOrWaiting(
      snapshot,
      `the name of its Subnet is used by the Subnet ${subnet.metadata.name} of another claim`,
    );
  }
  const free = pool.space.check(parsed.value, isOwnHolder(snapshot));
  if (!free.ok)
    return lostOrWaiting(snapshot, `${promised} is ${describeObstacle(snapshot, free.error)}`, free.error);
  const message = `the Subnet of ${promised} is missing; it is being re-created`;
  const lost = block(snapshot, "AllocationLost", message);
  return ask(snapshot, lost.message, parsed.value, lost.actions);
}
