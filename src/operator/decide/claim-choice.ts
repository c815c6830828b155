/** Which block a claim asks for: the one that it had, exactly the one that it names, or any of its size. Pure. */

import {
  type BlockRequest,
  exactFault,
  type Fault,
  lengthFault,
  type PoolSettings,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  servedClaimOf,
} from "../../api/index.ts";
import {
  type CheckFailure,
  formatPrefix,
  type PoolSpace,
  type Prefix,
  parsePrefix,
} from "../../ipam/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import { askedBlock, rememberedBlock } from "../model/block-record.ts";
import { fits, isOfEarlierLife, isUnclaimed, satisfies } from "../model/claim-subnet.ts";
import { holderName, isSubnetName } from "../model/holder.ts";
import type { UsablePool } from "../model/pool-state.ts";
import { REFUSALS } from "../model/reasons.ts";
import { writeRecord } from "./block-record.ts";
import { noneFree } from "./blocked-claim.ts";
import {
  block,
  describeObstacle,
  duplicate,
  faulty,
  keptOtherwise,
  poolNotFound,
  poolNotReady,
  poolPaused,
} from "./claim-blocked.ts";
import { type ClaimSnapshot, isOwnHolder } from "./claim-snapshot.ts";
import { giveBack, newSubnetFor } from "./claim-subnet.ts";
import { takeOver } from "./claim-take-over.ts";
import { asked, settled } from "./decision.ts";

/** For a claim that has no Subnet and was promised nothing in this life. */
export function allocate(snapshot: ClaimSnapshot, wanted: BlockRequest): Decision {
  const { pool, subnet, holder, claim } = snapshot;
  if (pool.state === "missing") return poolNotFound(snapshot);
  if (pool.state === "not-ready") return poolNotReady(snapshot, pool.message);
  const fault = requestFault(wanted, pool.settings);
  if (fault !== undefined) return faulty(snapshot, [fault]);
  const remembered = rememberedBlock(claim);
  const isMeant = remembered !== undefined && fits(remembered, wanted);
  if (subnet !== undefined && subnet.status?.phase !== "Failed") {
    const isKept = subnet.status?.phase === "Released" || isUnclaimed(subnet, claim);
    if (!isKept) return duplicate(snapshot);
    const isAnother = isMeant && subnet.spec.cidr !== formatPrefix(remembered);
    return satisfies(subnet, wanted) && mayPass(snapshot, subnet) && !isAnother
      ? takeOver(snapshot, subnet, "which was retained for its identity")
      : keptOtherwise(snapshot, subnet);
  }
  if (subnet !== undefined && isOfEarlierLife(subnet, claim)) return makeRoom(snapshot, subnet);
  if (subnet !== undefined || holder !== undefined) return duplicate(snapshot);
  if (isMeant) return takeRemembered(snapshot, pool, remembered);
  if (pool.settings.isPaused) return poolPaused(snapshot);
  return wanted.want === "exactly"
    ? takeExactly(snapshot, pool, wanted.prefix)
    : takeAny(snapshot, pool, wanted);
}

/** A restored Subnet without a life that failed still shows which block the claim had. */
function makeRoom({ claim }: ClaimSnapshot, subnet: Subnet): Decision {
  const block = parsePrefix(subnet.spec.cidr);
  const isRestored = block.ok && servedClaimOf(subnet) === undefined;
  return settled(`Subnet ${subnet.metadata.name} holds no block and is deleted`, [
    ...(isRestored ? writeRecord(SUBNET_CLAIMS, claim, block.value, "restored") : []),
    ...giveBack(subnet),
  ]);
}

/** A Subnet that is being deleted is handed over only to a later life of its claim. */
function mayPass({ claim }: ClaimSnapshot, { metadata, spec }: Subnet): boolean {
  return metadata.deletionTimestamp === undefined || spec.claimRef?.name === claim.metadata.name;
}

function requestFault(wanted: BlockRequest, settings: PoolSettings): Fault | undefined {
  switch (wanted.want) {
    case "exactly":
      return exactFault(wanted.prefix, settings, "spec.requestedCIDR");
    case "length":
      return lengthFault(wanted.length, settings, "spec.blockSize");
    case "default":
      return undefined;
  }
}

/** The one that it had before it was restored, and no other. */
function takeRemembered(snapshot: ClaimSnapshot, { space, settings }: UsablePool, prefix: Prefix): Decision {
  const text = formatPrefix(prefix);
  const fault = exactFault(prefix, settings, "metadata.labels");
  const cure = `remove the label plexaubnet.io/block to get another one`;
  if (fault !== undefined)
    return block(snapshot, REFUSALS.outside, `the claim had ${text} before: ${fault.message}, or ${cure}`);
  const [conflicting] = snapshot.conflictingClaims(prefix);
  // One that only asks for it withdraws that.
  if (
    conflicting !== undefined &&
    (askedBlock(conflicting) === undefined || conflicting.status?.allocatedCIDR !== undefined)
  )
    return contested(snapshot, text, conflicting);
  const obstacle = obstacleTo(snapshot, space, prefix);
  if (obstacle !== undefined) {
    const message = `the claim had ${text} before, which is ${describeObstacle(snapshot, obstacle)}: it is allocated again once that ends; ${cure}`;
    const reason = obstacle.reason === "reserved" ? REFUSALS.reserved : REFUSALS.taken;
    return block(snapshot, reason, message, { obstacle });
  }
  return ask(snapshot, `requests ${text}, which it had before`, prefix);
}

/** Two that remember one block: neither is served, and both say so. */
export function contested(snapshot: ClaimSnapshot, text: string, conflicting: SubnetClaim): Decision {
  const { name } = conflicting.metadata;
  const who = conflicting.status?.phase === "Bound" ? `which claim ${name} has` : `and so had claim ${name}`;
  const message = `the claim had ${text} before, ${who}: delete one of them, or remove its label plexaubnet.io/block to get another one`;
  const { claim } = snapshot;
  const by = holderName.claim(name);
  const prefix = rememberedBlock(claim) ?? askedBlock(claim);
  const obstacle = prefix === undefined ? undefined : ({ reason: "taken", by, prefix } as const);
  return block(snapshot, "BlockTaken", message, { obstacle, keepsRecord: true });
}

function takeExactly(snapshot: ClaimSnapshot, { space }: UsablePool, prefix: Prefix): Decision {
  const obstacle = obstacleTo(snapshot, space, prefix);
  if (obstacle === undefined) return ask(snapshot, `asks for ${formatPrefix(prefix)}`, prefix);
  const message = `spec.requestedCIDR: ${formatPrefix(prefix)} is ${describeObstacle(snapshot, obstacle)}`;
  if (obstacle.reason === "reserved")
    return block(snapshot, REFUSALS.reserved, `${message}: request another block`);
  const cure = "it is allocated once that ends; request another block to get one now";
  return block(snapshot, REFUSALS.taken, `${message}: ${cure}`, { obstacle });
}

/**
 * What blocks a block. The owner of a held block is named before the Subnet that is just being created for it:
 * that one may be refused, again and again.
 */
function obstacleTo(snapshot: ClaimSnapshot, space: PoolSpace, prefix: Prefix): CheckFailure | undefined {
  const isOwn = isOwnHolder(snapshot);
  const free = space.check(prefix, isOwn);
  if (free.ok) return undefined;
  const { error } = free;
  if (error.reason !== "taken" || !isSubnetName(error.by)) return error;
  for (const { owner, prefix: held } of space.occupants(error.prefix)) {
    if (held.length > error.prefix.length) break;
    if (!isSubnetName(owner) && !isOwn(owner)) return { reason: "taken", by: owner, prefix: held };
  }
  return error;
}

function takeAny(snapshot: ClaimSnapshot, { space, settings }: UsablePool, wanted: BlockRequest): Decision {
  const length = wanted.want === "length" ? wanted.length : settings.defaultLength;
  // What it asked for before an attempt ended, or had until it was deleted.
  for (const known of [askedBlock(snapshot.claim), snapshot.released]) {
    if (known?.length === length && space.check(known, isOwnHolder(snapshot)).ok)
      return ask(snapshot, `takes ${formatPrefix(known)} again`, known);
  }
  const found = space.find(length, settings.strategy);
  if (found.ok) return ask(snapshot, `takes ${formatPrefix(found.value)}`, found.value);
  return block(snapshot, "PoolExhausted", noneFree(snapshot.claim.spec.poolRef, length, settings), {
    length,
  });
}

/** First the record, then the Subnet: every held block must be on record in its claim. */
export function ask(
  snapshot: ClaimSnapshot,
  message: string,
  prefix: Prefix,
  first: readonly Action[] = [],
): Decision {
  const { claim, subnetName } = snapshot;
  const object = newSubnetFor(claim, subnetName, prefix);
  const create: Action = { do: "create", resource: SUBNETS, object };
  const record = writeRecord(SUBNET_CLAIMS, claim, prefix);
  return asked(message, `${claim.metadata.namespace}/${subnetName}`, [...record, ...first, create]);
}
