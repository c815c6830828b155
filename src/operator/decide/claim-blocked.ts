/** Why a claim has no block now, in words, and what would change that (PX-03). Pure. */

import {
  type ClaimReason,
  describeFaults,
  type Fault,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
} from "../../api/index.ts";
import { type CheckFailure, formatPrefix } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import type { Decision, WaitKey } from "../../runtime/index.ts";
import { holderOf, takenBy } from "../model/holder.ts";
import { IDENTITY_INDEX, identityKey } from "../model/indexes.ts";
import {
  claimKey,
  lengthFreedKey,
  objectKey,
  poolWakeKeys,
  spaceFreedKey,
  subnetKeys,
} from "../model/wait-keys.ts";
import { withdrawRecord } from "./block-record.ts";
import { blockedClaim } from "./blocked-claim.ts";
import type { ClaimSnapshot } from "./claim-snapshot.ts";
import { settled } from "./decision.ts";

export interface BlockHint {
  /** Any block of this length would do. */
  readonly length?: number;
  /** What blocks the requested block. */
  readonly obstacle?: CheckFailure | undefined;
  /** It still asks for the block on record. */
  readonly keepsRecord?: boolean;
}

/** The claim's status contains the reason, and the decision what wakes it. */
export function block(
  snapshot: ClaimSnapshot,
  reason: ClaimReason,
  message: string,
  hint: BlockHint = {},
): Decision & { readonly verdict: "blocked" } {
  const { claim, nowText, subnet } = snapshot;
  const { allocatedCIDR, subnetRef } = claim.status ?? {};
  const kept = { allocatedCIDR, subnetRef };
  const until = wakers(snapshot, hint);
  // A block that a claim requested and did not get must not block other claims.
  const isIdle = allocatedCIDR === undefined && subnet === undefined && hint.keepsRecord !== true;
  const first = isIdle ? withdrawRecord(SUBNET_CLAIMS, claim) : [];
  return blockedClaim(SUBNET_CLAIMS, claim, { reason, message, kept, until, nowText, first });
}

export function poolNotFound(snapshot: ClaimSnapshot): Decision {
  const { poolRef } = snapshot.claim.spec;
  const message = `spec.poolRef: there is no SubnetPool ${poolRef} in this namespace: create it, or name another pool`;
  return block(snapshot, "PoolNotFound", message);
}

export function poolNotReady(snapshot: ClaimSnapshot, why: string): Decision {
  return block(snapshot, "PoolNotReady", `pool ${snapshot.claim.spec.poolRef} ${why}`);
}

export function poolPaused(snapshot: ClaimSnapshot): Decision {
  const { poolRef } = snapshot.claim.spec;
  const message = `pool ${poolRef} is paused, and this claim has no recorded block: set spec.paused of the pool to false`;
  return block(snapshot, "PoolPaused", message);
}

export function faulty(snapshot: ClaimSnapshot, faults: readonly Fault[]): Decision {
  const reason = (faults[0]?.reason ?? "InvalidSpec") as ClaimReason;
  return block(snapshot, reason, describeFaults(faults));
}

/** A claim that has, or had, a block waits for that one. */
export function lostOrWaiting(snapshot: ClaimSnapshot, why: string, obstacle?: CheckFailure): Decision {
  const promised = snapshot.claim.status?.allocatedCIDR;
  if (promised === undefined) return settled(why);
  const message = `${why}; the claim gets ${promised} back as soon as it is free`;
  return block(snapshot, "AllocationLost", message, { obstacle });
}

export function describeObstacle({ restsUntil }: ClaimSnapshot, obstacle: CheckFailure): string {
  switch (obstacle.reason) {
    case "taken": {
      const until = restsUntil(obstacle.by);
      return until === undefined
        ? takenBy(obstacle.by)
        : `resting until ${until} after its release (Subnet ${obstacle.by})`;
    }
    case "reserved":
      return `reserved by the pool (${obstacle.by})`;
    case "outside":
      return `outside the pool ${formatPrefix(obstacle.pool)}`;
  }
}

/** One that asks for another block than the kept one must not be bound to that, nor one to a block that is going. */
export function keptOtherwise(snapshot: ClaimSnapshot, { metadata, spec }: Subnet): Decision {
  const { name, deletionTimestamp } = metadata;
  const until = snapshot.restsUntil(name);
  const keeps = `Subnet ${name} keeps ${spec.cidr} for ${spec.clusterID}`;
  const message =
    until === undefined
      ? `${keeps}: delete it, request that block, or use another clusterID`
      : `${keeps} until ${until}: wait${deletionTimestamp === undefined ? ", request that block," : ""} or use another clusterID`;
  return block(snapshot, "DuplicateClusterID", message);
}

export function duplicate(snapshot: ClaimSnapshot): Decision {
  const { claim, subnet, holder } = snapshot;
  const { clusterID, poolRef } = claim.spec;
  const by = subnet?.spec.claimRef?.name ?? holder?.metadata.name;
  const who = by === undefined ? `Subnet ${subnet?.metadata.name}` : `claim ${by}`;
  const message = `${clusterID} already holds a block of pool ${poolRef} through ${who}: delete that one, use another clusterID, or set a spec.purpose`;
  return block(snapshot, "DuplicateClusterID", message);
}

/**
 * What can clear any reason: the pool (appears, grows, changes what it allows), space of it that becomes free, and
 * the Subnet or the claim that holds the identity.
 */
function wakers(
  { claim, pool, subnetName }: ClaimSnapshot,
  { length, obstacle }: BlockHint,
): readonly [WaitKey, ...WaitKey[]] {
  const namespace = claim.metadata.namespace;
  const { poolRef } = claim.spec;
  return [
    ...poolWakeKeys(namespace, poolRef, pool),
    ...spaceKeys(namespace, poolRef, { ...defined({ length }), obstacle }),
    objectKey(SUBNETS, namespace, subnetName),
    {
      resource: SUBNET_CLAIMS,
      index: IDENTITY_INDEX,
      value: identityKey(namespace, claim.spec),
      // A new one of the same identity only waits as well.
      on: ["deleted", "updated"],
      ignoreStatus: true,
    },
  ];
}

/** A claim for an exact block waits for what blocks it, and not for every release: many may wait at once. */
function spaceKeys(namespace: string, poolRef: string, { length, obstacle }: BlockHint): readonly WaitKey[] {
  if (length !== undefined) return [lengthFreedKey(namespace, poolRef, length)];
  if (obstacle?.reason !== "taken") return [spaceFreedKey(namespace, poolRef)];
  const { kind, name } = holderOf(obstacle.by);
  switch (kind) {
    case "Subnet":
      return subnetKeys(namespace, name);
    case "SubnetClaim":
      return [claimKey(namespace, name), spaceFreedKey(namespace, poolRef)];
    default:
      return [spaceFreedKey(namespace, poolRef)];
  }
}
