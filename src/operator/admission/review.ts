/**
 * Whether an object may enter the API: the controllers' own validation, asked before instead of after (PX-07). What
 * only time decides (a free block, a pool that is still to come) is let in with a warning; what no time can cure is
 * refused with the words that its condition would say.
 */

import {
  describeFaults,
  exactFault,
  type Fault,
  lengthFault,
  type PoolSettings,
  parentNameOf,
  readClaimRequest,
  readPoolClaimRequest,
  readPoolSettings,
  readSubnetBlock,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { contains, formatPrefix, type Prefix } from "../../ipam/index.ts";
import type { Result } from "../../kernel/index.ts";
import { keyOf } from "../../runtime/index.ts";
import { heldObstacleOf } from "../model/held-obstacle.ts";
import { missingRanges } from "../model/held-range.ts";
import { holderOf, isSubnetName, takenBy } from "../model/holder.ts";
import { IDENTITY_INDEX, identityKey } from "../model/indexes.ts";
import { reservedInUse } from "../model/reserved-in-use.ts";
import { backingClusterID } from "../model/subnet-name.ts";
import type { OperatorWorld } from "../view/world.ts";

export interface AdmissionPolicy {
  /** Refuses a pool that overlaps an unrelated one of its namespace. Default: both are reported instead. */
  readonly denyOverlappingPools: boolean;
  /** Objects elsewhere are let in, since nothing is known about their pools. Absent: all are served. */
  readonly namespaces?: readonly string[];
}

/** What is answered: refused with a sentence, or allowed, perhaps with things worth knowing. */
export type Review =
  | { readonly allowed: true; readonly warnings: readonly string[] }
  | { readonly allowed: false; readonly message: string };

/** Most Subnets that a refusal names. */
const MOST_NAMED = 5;

function allow(...warnings: readonly (string | undefined)[]): Review {
  return { allowed: true, warnings: warnings.filter((warning) => warning !== undefined) };
}

function deny(message: string): Review {
  return { allowed: false, message };
}

function denyFaults(faults: readonly Fault[]): Review {
  return deny(describeFaults(faults));
}

/** @param old The pool before, on update. */
export function reviewPool(
  world: OperatorWorld,
  policy: AdmissionPolicy,
  pool: SubnetPool,
  old: SubnetPool | undefined,
): Review {
  const settings = readPoolSettings(pool);
  if (!settings.ok) return denyFaults(settings.error);
  const { parentName, cidr } = settings.value;
  const stranded = old === undefined ? undefined : strandedBy(world, pool, cidr);
  if (stranded !== undefined) return deny(stranded);
  const review =
    parentName === undefined
      ? reviewOverlap(world, policy, pool, cidr)
      : reviewParent(world, { pool, old }, parentName, settings.value);
  return review.allowed ? allow(...review.warnings, coveredBy(world, pool, settings.value.reserved)) : review;
}

/** Live Subnets that a reservation covers. They stay, so it is no reason to refuse. */
function coveredBy(
  world: OperatorWorld,
  pool: SubnetPool,
  reserved: PoolSettings["reserved"],
): string | undefined {
  const { namespace, name } = pool.metadata;
  const space = world.spaces.view(keyOf({ namespace, name }))?.space;
  const isSubnet = (owner: string) => world.subnets.get(namespace, owner) !== undefined;
  const covered = space && reservedInUse(space, reserved, isSubnet);
  return covered && `spec.reserved: ${covered}`;
}

function reviewOverlap(
  world: OperatorWorld,
  policy: AdmissionPolicy,
  pool: SubnetPool,
  cidr: Prefix,
): Review {
  const others = world
    .poolsOverlapping(pool, cidr)
    .map((other) => `${other.metadata.name} (${other.spec.cidr})`);
  if (others.length === 0) return allow();
  const message = `spec.cidr: ${formatPrefix(cidr)} overlaps the pool ${others.slice(0, MOST_NAMED).join(", ")} of this namespace`;
  return policy.denyOverlappingPools ? deny(`${message}: choose another range`) : allow(message);
}

function reviewParent(
  world: OperatorWorld,
  { pool, old }: { readonly pool: SubnetPool; readonly old: SubnetPool | undefined },
  parentName: string,
  settings: PoolSettings,
): Review {
  if (world.wouldBeInCycle(pool, parentName)) {
    return deny(
      `spec.parentRef.name: the pool would be its own ancestor through ${parentName}: name another parent`,
    );
  }
  const { namespace } = pool.metadata;
  const parent = world.spaces.view(keyOf({ namespace, name: parentName }))?.settings;
  if (parent === undefined) return allow(`the parent ${parentName} does not exist yet`);
  if (parent.ok && !contains(parent.value.cidr, settings.cidr)) {
    const range = formatPrefix(parent.value.cidr);
    return deny(
      `spec.cidr: ${formatPrefix(settings.cidr)} is outside the parent ${parentName}, which is ${range}`,
    );
  }
  const isSame = old !== undefined && old.spec.cidr === pool.spec.cidr && parentNameOf(old) === parentName;
  return isSame ? allow() : reviewRange(world, pool, parentName, settings.cidr);
}

/** What the pool's Ready condition will say of a range that it is to have in its parent. */
function reviewRange(world: OperatorWorld, pool: SubnetPool, parentName: string, range: Prefix): Review {
  const { namespace, name } = pool.metadata;
  const held = world.heldBy(pool, parentName);
  const nesting = { poolName: name, parentName, parent: () => world.poolState(namespace, parentName) };
  const obstacle = heldObstacleOf(range, held, nesting);
  const message = `spec.cidr: the pool ${obstacle?.message}`;
  if (obstacle?.reason === "BlockDiffers") return deny(message);
  if (obstacle?.reason !== "BlockTaken") return allow();
  const isReserved = missingRanges(range, held, nesting).some(
    (missing) => missing.obstacle?.reason === "reserved",
  );
  return isReserved ? deny(message) : allow(message);
}

/** Live Subnets that a new range would leave outside (PS-15: a shrink is guarded). */
function strandedBy(world: OperatorWorld, pool: SubnetPool, cidr: Prefix): string | undefined {
  const { namespace, name } = pool.metadata;
  const space = world.spaces.view(keyOf({ namespace, name }))?.space;
  if (space === undefined || contains(cidr, space.cidr)) return undefined;
  const left: string[] = [];
  for (const { owner, prefix } of space.occupants()) {
    if (contains(cidr, prefix)) continue;
    left.push(`${owner} (${formatPrefix(prefix)})`);
    if (left.length > MOST_NAMED) break;
  }
  if (left.length === 0) return undefined;
  const names = left.slice(0, MOST_NAMED).join(", ") + (left.length > MOST_NAMED ? " and more" : "");
  return `spec.cidr: ${formatPrefix(cidr)} would leave Subnets outside: ${names}: release them first, or keep the range`;
}

export function reviewClaim(world: OperatorWorld, claim: SubnetClaim): Review {
  const wanted = readClaimRequest(claim);
  if (!wanted.ok) return denyFaults(wanted.error);
  const { namespace, name } = claim.metadata;
  const { poolRef, clusterID } = claim.spec;
  const settings = settingsOf(world, namespace, poolRef);
  if (settings === undefined) return allow(`the pool ${poolRef} does not exist yet; the claim waits for it`);
  if (!settings.ok) return allow(`the pool ${poolRef} is not ready; the claim waits for it`);
  const fault =
    wanted.value.want === "exactly"
      ? exactFault(wanted.value.prefix, settings.value, "spec.requestedCIDR")
      : wanted.value.want === "length"
        ? lengthFault(wanted.value.length, settings.value, "spec.blockSize")
        : undefined;
  if (fault !== undefined) return denyFaults([fault]);
  const twin = world.claims
    .byIndex(IDENTITY_INDEX, identityKey(namespace, claim.spec))
    .find((other) => other.metadata.name !== name);
  return allow(
    twin &&
      `${clusterID} already has a claim on pool ${poolRef}, ${twin.metadata.name}: this claim waits until that one is deleted`,
  );
}

/** A Subnet that cannot be allocated now would only be created to fail. */
export function reviewSubnet(world: OperatorWorld, subnet: Subnet): Review {
  const block = readSubnetBlock(subnet);
  if (!block.ok) return denyFaults(block.error);
  const { namespace } = subnet.metadata;
  const settings = settingsOf(world, namespace, subnet.spec.poolRef);
  if (settings === undefined || !settings.ok) return allow(`the pool ${subnet.spec.poolRef} is not ready`);
  const fault = exactFault(block.value, settings.value, "spec.cidr");
  if (fault?.reason === "OutsidePool") return denyFaults([fault]);
  const space = world.spaces.view(keyOf({ namespace, name: subnet.spec.poolRef }))?.space;
  const conflicts = space?.overlappingOwners(block.value).filter(({ owner }) => !isSame(owner, subnet)) ?? [];
  const conflict = conflicts.find(({ owner }) => isSubnetName(owner)) ?? conflicts[0];
  if (conflict !== undefined && isSubnetName(conflict.owner)) {
    const taken = `${conflict.owner} (${formatPrefix(conflict.prefix)})`;
    return deny(`spec.cidr: ${subnet.spec.cidr} overlaps the block of Subnet ${taken}: choose another`);
  }
  // Who gets a promised block is decided later: this may be the Subnet that is missing, restored.
  if (conflict !== undefined)
    return allow(`spec.cidr: ${formatPrefix(conflict.prefix)} is ${takenBy(conflict.owner)}`);
  return allow();
}

function isSame(owner: string, { metadata, spec }: Subnet): boolean {
  const { kind, name } = holderOf(owner);
  if (kind === "Subnet") return name === metadata.name;
  if (kind === "SubnetClaim") return name === spec.claimRef?.name;
  return kind !== "orphan" && spec.clusterID === backingClusterID(name);
}

export function reviewPoolClaim(world: OperatorWorld, claim: SubnetPoolClaim): Review {
  const wanted = readPoolClaimRequest(claim);
  if (!wanted.ok) return denyFaults(wanted.error);
  const { namespace } = claim.metadata;
  const { parentPoolRef } = claim.spec;
  const settings = settingsOf(world, namespace, parentPoolRef);
  if (settings === undefined)
    return allow(`the pool ${parentPoolRef} does not exist yet; the claim waits for it`);
  if (!settings.ok) return allow(`the pool ${parentPoolRef} is not ready; the claim waits for it`);
  const fault =
    wanted.value.want === "exactly"
      ? exactFault(wanted.value.prefix, settings.value, "spec.requestedCIDR")
      : wanted.value.want === "length"
        ? lengthFault(wanted.value.length, settings.value, "spec.desiredBlockSize")
        : undefined;
  return fault === undefined ? allow() : denyFaults([fault]);
}

/** Undefined: there is no such pool. */
function settingsOf(
  world: OperatorWorld,
  namespace: string,
  poolName: string,
): Result<PoolSettings, readonly Fault[]> | undefined {
  return world.spaces.view(keyOf({ namespace, name: poolName }))?.settings;
}
