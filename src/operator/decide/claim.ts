/**
 * What to do about a SubnetClaim. Pure: a snapshot goes in, a decision comes out.
 *
 * The road of a claim: no Subnet → record and create one with a free block → the Subnet controller decides it → bind.
 * Whatever stands in the way is a reason, with what would clear it (PX-03).
 */
import { isDecided, readClaimWish, SUBNET_CLAIMS, type Subnet, type Wish } from "../../api/index.ts";
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
    asDecided(claim),
    ...giveBack(stray),
  ]);
}

/** A block must not be given back by an old picture of its claim, which may be bound to it by now. */
function asDecided(of: ClaimSnapshot["claim"]): Action {
  return { do: "confirm-there", resource: SUBNET_CLAIMS, of, unchanged: true };
}

// ── a Subnet of the claim's own exists ─────────────────────────────────────────────────────────────────────

/** @param wish what a claim that was promised nothing yet asks for. */
function followSubnet(snapshot: ClaimSnapshot, subnet: Subnet, wish?: Wish): Decision {
  const { claim } = snapshot;
  const promised = claim.status?.allocatedCIDR;
  const { name } = subnet.metadata;
  if (promised !== undefined && promised !== subnet.spec.cidr && !isForged(claim, subnet))
    return lostOrWaiting(snapshot, `Subnet ${name} now names ${subnet.spec.cidr}`);
  const isGivenBack = wish !== undefined && !satisfies(subnet, wish);
  if (isGivenBack || subnet.status?.phase === "Failed") {
    // The name is needed for the next attempt. That it is gone wakes this claim again.
    const why = isGivenBack
      ? `gives ${subnet.spec.cidr} back, since it asks for something else now`
      : `Subnet ${name} lost its block: ${subnet.status?.message ?? "overlap"}`;
    return settled(why, [...(isGivenBack ? [asDecided(claim)] : []), ...giveBack(subnet)]);
  }
  if (subnet.status?.phase !== "Allocated") return awaitDecision(snapshot, subnet);
  // Another operator's word is no decision yet; what a claim has through it stays as it is until there is one.
  if (isDecided(subnet)) return bind(snapshot, subnet);
  return promised === undefined
    ? awaitDecision(snapshot, subnet)
    : settled(`Subnet ${name} awaits its decision`);
}

/** Its own Subnet and its own record say one block, and the status alone says another: somebody wrote that. */
function isForged(claim: ClaimSnapshot["claim"], subnet: Subnet): boolean {
  const block = parsePrefix(subnet.spec.cidr);
  return block.ok && records(claim, block.value);
}

/** Soon decided, unless the pool must change first. */
function awaitDecision(snapshot: ClaimSnapshot, subnet: Subnet): Decision {
  const { pool, claim } = snapshot;
  if (pool.state === "usable") return settled(`Subnet ${subnet.metadata.name} awaits its decision`);
  if (claim.status?.allocatedCIDR !== undefined)
    return lostOrWaiting(snapshot, `Subnet ${subnet.metadata.name} awaits its decision`);
  return pool.state === "missing" ? poolNotFound(snapshot) : poolNotReady(snapshot, pool.why);
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
 * Two claims must never be bound to one address, whatever became of their Subnets: a claim is bound only by somebody who
 * has seen its own record of the block, and no other claim's (`docs/design/0009`, "Two writes of one kind").
 */
function bindingObstacle(snapshot: ClaimSnapshot, subnet: Subnet): Decision | undefined {
  const { claim, rivalsFor } = snapshot;
  const { cidr } = subnet.spec;
  const parsed = parsePrefix(cidr);
  if (!parsed.ok) return undefined;
  if (!records(claim, parsed.value))
    return settled(`records ${cidr}`, writeRecord(SUBNET_CLAIMS, claim, parsed.value));
  if (claim.status?.allocatedCIDR === cidr) return undefined;
  const [rival] = rivalsFor(parsed.value);
  if (rival === undefined) return undefined;
  const { name, namespace } = rival.metadata;
  const isEarlier = rival.status?.allocatedCIDR !== undefined || rememberedBlock(rival) !== undefined;
  // One that only asks for it withdraws that, since it has no Allocated Subnet.
  if (!isEarlier)
    return blocked(`claim ${name} is about to withdraw its request for ${cidr}`, [claimKey(namespace, name)]);
  if (rememberedBlock(claim) !== undefined) return contested(snapshot, cidr, rival);
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
    if (isUnclaimed(subnet, claim)) return takeOver(snapshot, subnet, "which it was given before");
    // Two claims were bound to one block by an operator that shares them.
    if (claim.status?.subnetRef === undefined) return duplicate(snapshot);
  }
  const parsed = parsePrefix(promised);
  if (!parsed.ok || pool.state !== "usable")
    return lostOrWaiting(snapshot, `${promised} has no Subnet any more`);
  if (subnet !== undefined) {
    if (isUnclaimed(subnet, claim) && subnet.status?.phase === "Failed")
      return settled(`makes room for a Subnet of ${promised}`, giveBack(subnet));
    return lostOrWaiting(
      snapshot,
      `the name of its Subnet is taken by another claim's, ${subnet.metadata.name}`,
    );
  }
  const free = pool.space.check(parsed.value, isOwnHolder(snapshot));
  if (!free.ok)
    return lostOrWaiting(snapshot, `${promised} is ${describeObstacle(snapshot, free.error)}`, free.error);
  const message = `${promised} has no Subnet any more; it is being made again`;
  const lost = block(snapshot, "AllocationLost", message);
  return ask(snapshot, lost.because, parsed.value, lost.actions);
}
