/** Looks at the caches for a Subnet. */
import { readSubnetBlock, SUBNET_POOLS, type Subnet, servedClaimOf } from "../../api/index.ts";
import { formatTime, randomBelow } from "../../kernel/index.ts";
import { keyOf, type Reconcile, request } from "../../runtime/index.ts";
import { settled } from "../decisions.ts";
import { controllerOf } from "../indexes.ts";
import type { OperatorWorld } from "../operator-world.ts";
import { policyOf } from "../release-policy.ts";
import { decideSubnet, type Rival } from "./decide.ts";

/** Subnets that lost to each other come back spread over this time (allocation.md, rule 5). */
const REVIVAL_SPREAD_MS = 2_000;

export function subnetReconciler(world: OperatorWorld): Reconcile {
  const { subnets, clock, random, tickets } = world;
  const revivalDueMs = new Map<string, number>();
  return (target) => {
    const { namespace, name } = target;
    const subnet = subnets.get(namespace, name);
    const key = keyOf(target);
    if (subnet === undefined) {
      revivalDueMs.delete(key);
      return settled("the Subnet is gone");
    }
    const nowMs = clock.now();
    const isFailed = subnet.status?.phase === "Failed";
    if (!isFailed) revivalDueMs.delete(key);
    else if (!revivalDueMs.has(key)) revivalDueMs.set(key, nowMs + randomBelow(random, REVIVAL_SPREAD_MS));
    const pool = world.pools.get(namespace, subnet.spec.poolRef);
    return decideSubnet({
      subnet,
      ticket: tickets.ticketOf(subnet),
      pool: world.poolState(namespace, subnet.spec.poolRef),
      poolObject: pool,
      rivals: rivalsOf(world, subnet),
      managed: isMadeByClaim(subnet),
      policy: pool && policyOf(pool),
      isUnused: isUnused(world, subnet),
      missingClaim: missingClaimOf(world, subnet),
      poolRequest: request(namespace, subnet.spec.poolRef),
      nowMs,
      nowText: formatTime(nowMs),
      jitterMs: Math.max((revivalDueMs.get(key) ?? nowMs) - nowMs, 0),
    });
  };
}

/** A claim of either kind replaces a Subnet that failed; the block of a hand-made child pool is always the same one. */
function isMadeByClaim(subnet: Subnet): boolean {
  const owner = controllerOf(subnet);
  return servedClaimOf(subnet) !== undefined || (owner !== undefined && owner.kind !== SUBNET_POOLS.kind);
}

function rivalsOf({ spaces, subnets, tickets }: OperatorWorld, subnet: Subnet): Rival[] {
  const namespace = subnet.metadata.namespace ?? "";
  const space = spaces.view(keyOf({ namespace, name: subnet.spec.poolRef }))?.space;
  const block = readSubnetBlock(subnet);
  if (space === undefined || !block.ok) return [];
  const rivals: Rival[] = [];
  for (const { owner } of space.overlappingOwners(block.value)) {
    // One that is still being created is not in the cache: its ticket can only be later than what is there.
    const other = owner === subnet.metadata.name ? undefined : subnets.get(namespace, owner);
    if (other === undefined) continue;
    const allocated = other.status?.phase === "Allocated" || other.status?.phase === "Released";
    rivals.push({ name: owner, allocated, ticket: tickets.ticketOf(other), yields: yieldsTo(subnet, other) });
  }
  return rivals;
}

/**
 * Whether the other one, not decided yet, will lose to one that was given out before and only awaits to be decided anew.
 * Of two that were given out before, the younger loses.
 */
function yieldsTo(subnet: Subnet, other: Subnet): boolean {
  if (subnet.status?.phase !== "Allocated" && subnet.status?.phase !== "Released") return false;
  const { phase = "Pending", observedGeneration } = other.status ?? {};
  if (phase === "Pending") return true;
  const isOpen = phase === "Allocated" && observedGeneration !== other.metadata.generation;
  return isOpen && ageKey(other) > ageKey(subnet);
}

/** Sorts older ones first; of two alike, by UID. */
function ageKey({ metadata }: Subnet): string {
  return `${metadata.creationTimestamp} ${metadata.uid}`;
}

/** Whoever asked for the block is there, and was never told to have it. */
function isUnused({ claims, poolClaims }: OperatorWorld, subnet: Subnet): boolean {
  const { namespace = "" } = subnet.metadata;
  const asker = controllerOf(subnet) ?? servedClaimOf(subnet);
  if (asker === undefined) return false;
  const { name, uid } = asker;
  const claim = claims.get(namespace, name);
  if (claim?.metadata.uid === uid) return claim.status?.allocatedCIDR === undefined;
  const poolClaim = poolClaims.get(namespace, name);
  return poolClaim?.metadata.uid === uid && poolClaim.status?.boundPoolName === undefined;
}

/** A claim that an owner reference names is the garbage collector's business. */
function missingClaimOf(
  { claims }: OperatorWorld,
  subnet: Subnet,
): { name: string; uid: string } | undefined {
  const served = servedClaimOf(subnet);
  if (served === undefined || controllerOf(subnet) !== undefined) return undefined;
  const claim = claims.get(subnet.metadata.namespace ?? "", served.name);
  return claim?.metadata.uid === served.uid ? undefined : served;
}
