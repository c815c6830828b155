/** The controller of Subnets: its triggers (the Subnet, the deletion of its claim, a change of its pool's policy), and its snapshot. */
import {
  claimNameOf,
  isDecided,
  isLive,
  isOfThisLife,
  readSubnetBlock,
  SUBNET_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  servedClaimOf,
} from "../../api/index.ts";
import { formatPrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import {
  type CacheDelta,
  type CacheReader,
  keyOf,
  type Mapper,
  type Predicate,
  type Reconcile,
  type Route,
  request,
  requestFor,
  route,
  toSelf,
} from "../../runtime/index.ts";
import { settled } from "../decide/decision.ts";
import { type ConflictingSubnet, decideSubnet } from "../decide/subnet.ts";
import { rememberedBlock } from "../model/block-record.ts";
import { isMine } from "../model/claim-subnet.ts";
import { holderOf, isSubnetName, takenBy } from "../model/holder.ts";
import { BACKING_INDEX, CLAIM_INDEX, POOL_REF_INDEX } from "../model/indexes.ts";
import { isMadeByOperator } from "../model/made-by-operator.ts";
import { policyOf } from "../model/release-policy.ts";
import { backingClusterID } from "../model/subnet-name.ts";
import { livesIn } from "../view/lives-in.ts";
import type { OperatorWorld } from "../view/world.ts";
import { Revivals } from "./revivals.ts";
import { standingOf } from "./subnet-standing.ts";

/**
 * A new Subnet, a changed spec, and a write of another client to what this controller maintains (the status, or what the
 * Subnet needs to be released as its pool requires): it acts on everything that is not settled yet.
 */
const undecided: Predicate<Subnet> = (delta: CacheDelta<Subnet>) => {
  if (delta.new === undefined) return false;
  const { status, metadata } = delta.new;
  if (metadata.deletionTimestamp !== undefined) return true;
  const isSettled = status?.phase === "Allocated" && isDecided(delta.new);
  return !isSettled || delta.type === "added" || !isLive(delta.new) || releaseChanged(delta.old, delta.new);
};

/** No part of the generation. Of an object that the cache replaced, parts that say the same are the same. */
function releaseChanged(old: Subnet | undefined, { metadata }: Subnet): boolean {
  return (
    old?.metadata.finalizers !== metadata.finalizers ||
    old?.metadata.labels !== metadata.labels ||
    old?.metadata.ownerReferences !== metadata.ownerReferences
  );
}

/** It went, or another life of it came. */
const claimGoes: Predicate<SubnetClaim> = (delta) => delta.type !== "updated";

function toItsSubnets(subnets: CacheReader<Subnet>): Mapper<SubnetClaim> {
  return ({ old, new: current }) => {
    const { namespace, name } = (current ?? (old as SubnetClaim)).metadata;
    return subnets.byIndex(CLAIM_INDEX, `${namespace}/${name}`).map(requestFor);
  };
}

/** A child pool came or went: what is behind it stands, or may go. */
const poolComesOrGoes: Predicate<SubnetPool> = (delta) => delta.type !== "updated";

function toSubnetsBehind(subnets: CacheReader<Subnet>): Mapper<SubnetPool> {
  return ({ old, new: current }) => {
    const { namespace, name } = (current ?? (old as SubnetPool)).metadata;
    return subnets.byIndex(BACKING_INDEX, `${namespace}/${backingClusterID(name)}`).map(requestFor);
  };
}

/** What a Subnet must have to be released as its pool requires; a pool may be re-created with other settings. Released ones wait for their pool automatically. */
const policyChanged: Predicate<SubnetPool> = (delta) => {
  if (delta.type !== "updated") return delta.type === "added";
  const [before, now] = [policyOf(delta.old), policyOf(delta.new)];
  return before.retains !== now.retains || before.delayMs !== now.delayMs;
};

function toSubnets(subnets: CacheReader<Subnet>): Mapper<SubnetPool> {
  return ({ old }) =>
    subnets.byIndex(POOL_REF_INDEX, `${old?.metadata.namespace}/${old?.metadata.name}`).map(requestFor);
}

export function subnetRoutes(subnets: CacheReader<Subnet>): readonly Route[] {
  return [
    route(SUBNETS, undecided, toSelf),
    route(SUBNET_CLAIMS, claimGoes, toItsSubnets(subnets)),
    route(SUBNET_POOLS, poolComesOrGoes, toSubnetsBehind(subnets)),
    route(SUBNET_POOLS, policyChanged, toSubnets(subnets)),
  ];
}

export function subnetReconciler(world: OperatorWorld): Reconcile {
  const { subnets, clock, random, tickets } = world;
  const revivals = new Revivals(random);
  return (target) => {
    const { namespace, name } = target;
    const subnet = subnets.get(namespace, name);
    const key = keyOf(target);
    if (subnet === undefined) {
      revivals.forget(key);
      return settled("the Subnet is gone");
    }
    const nowMs = clock.now();
    const pool = world.pools.get(namespace, subnet.spec.poolRef);
    return decideSubnet({
      subnet,
      ticket: tickets.ticketOf(subnet),
      pool: world.poolState(namespace, subnet.spec.poolRef),
      poolObject: pool,
      conflicts: conflictsOf(world, subnet),
      managed: isMadeByClaim(world, subnet),
      policy: pool && policyOf(pool),
      isUnused: isUnused(world, subnet),
      standing: standingOf(world, subnet),
      unprovenClaim: unprovenClaimOf(world, subnet),
      poolRequest: request(namespace, subnet.spec.poolRef),
      nowMs,
      nowText: formatTime(nowMs),
      jitterMs: revivals.waitMs(key, subnet.status?.phase === "Failed", nowMs),
    });
  };
}

function unprovenClaimOf(world: OperatorWorld, subnet: Subnet): SubnetClaim | undefined {
  const name = claimNameOf(subnet);
  if (name === undefined || isOfThisLife(subnet) || isMadeByOperator(subnet)) return undefined;
  return world.claims.get(subnet.metadata.namespace, name);
}

/** A claim of either kind replaces a Subnet that failed; the block of a pool that exists is always the same one. */
function isMadeByClaim(world: OperatorWorld, subnet: Subnet): boolean {
  if (claimNameOf(subnet) !== undefined) return true;
  const { namespace } = subnet.metadata;
  return world
    .poolNamesBehind(namespace, subnet.spec)
    .some((name) => !world.pools.get(namespace, name) && world.poolClaims.get(namespace, name) !== undefined);
}

function conflictsOf(world: OperatorWorld, subnet: Subnet): ConflictingSubnet[] {
  const { spaces, subnets, tickets } = world;
  const namespace = subnet.metadata.namespace;
  const space = spaces.view(keyOf({ namespace, name: subnet.spec.poolRef }))?.space;
  const block = readSubnetBlock(subnet);
  if (space === undefined || !block.ok) return [];
  const conflicts: ConflictingSubnet[] = [];
  for (const { owner } of space.overlappingOwners(block.value)) {
    if (!isSubnetName(owner)) {
      if (isPromisedToAnother(world, subnet, owner))
        conflicts.push({ name: owner, allocated: true, ticket: undefined, taken: takenBy(owner) });
      continue;
    }
    // One that is still being created is not in the cache: its ticket can only be later than what is there.
    const other = owner === subnet.metadata.name ? undefined : subnets.get(namespace, owner);
    if (other === undefined) continue;
    const allocated = other.status?.phase === "Allocated" || other.status?.phase === "Released";
    const defers =
      defersTo(subnet, other) || (!allocated && isRemembered(world, subnet) && !isRemembered(world, other));
    conflicts.push({ name: owner, allocated, ticket: tickets.ticketOf(other), defers });
  }
  return conflicts;
}

/** The block is what its claim had before it was restored: it loses only to an allocated Subnet. */
function isRemembered(world: OperatorWorld, subnet: Subnet): boolean {
  const name = claimNameOf(subnet);
  const claim = name === undefined ? undefined : world.claims.get(subnet.metadata.namespace, name);
  const block = claim !== undefined && isMine(subnet, claim) ? rememberedBlock(claim) : undefined;
  return block !== undefined && formatPrefix(block) === subnet.spec.cidr;
}

/** What a claim only asks for is decided by the order of Subnets; what is promised or remembered is not. */
function isPromisedToAnother(world: OperatorWorld, subnet: Subnet, owner: string): boolean {
  // An allocated block must not be revoked for a promise: its holder was first, or both report the conflict.
  if (subnet.status?.phase === "Allocated" || subnet.status?.phase === "Released") return false;
  const { namespace } = subnet.metadata;
  // It is behind the very pool that contains the owner of the block.
  if (world.poolNamesBehind(namespace, subnet.spec).some((pool) => livesIn(world, namespace, owner, pool)))
    return false;
  const { kind, name } = holderOf(owner);
  switch (kind) {
    case "SubnetClaim": {
      const claim = world.claims.get(namespace, name);
      const isDue =
        claim !== undefined && (claim.status?.allocatedCIDR ?? rememberedBlock(claim)) !== undefined;
      return isDue && claimNameOf(subnet) !== name;
    }
    case "SubnetPoolClaim": {
      const claim = world.poolClaims.get(namespace, name);
      return claim !== undefined && rememberedBlock(claim) !== undefined;
    }
    case "SubnetPool":
      return true;
    default:
      return world.subnets.get(namespace, name) !== undefined;
  }
}

/**
 * Whether the other one, not decided yet, will lose to one that was allocated before and only waits to be decided again.
 * Of two that were allocated before, the younger loses.
 */
function defersTo(subnet: Subnet, other: Subnet): boolean {
  if (subnet.status?.phase !== "Allocated" && subnet.status?.phase !== "Released") return false;
  const { phase = "Pending" } = other.status ?? {};
  if (phase === "Pending") return true;
  const isOpen = phase === "Allocated" && !isDecided(other);
  return isOpen && ageKey(other) > ageKey(subnet);
}

/** Sorts older ones first; of two alike, by UID. */
function ageKey({ metadata }: Subnet): string {
  return `${metadata.creationTimestamp} ${metadata.uid}`;
}

/** The claim that requested the block exists, and was never bound to it. */
function isUnused(world: OperatorWorld, subnet: Subnet): boolean {
  const { claims, poolClaims, pools } = world;
  const { namespace } = subnet.metadata;
  const served = servedClaimOf(subnet);
  if (served !== undefined) {
    const claim = claims.get(namespace, served.name);
    return claim?.metadata.uid === served.uid && claim.status?.allocatedCIDR === undefined;
  }
  return world
    .poolNamesBehind(namespace, subnet.spec)
    .some(
      (name) =>
        pools.get(namespace, name) === undefined &&
        poolClaims.get(namespace, name)?.status?.boundPoolName === undefined &&
        poolClaims.get(namespace, name) !== undefined,
    );
}
