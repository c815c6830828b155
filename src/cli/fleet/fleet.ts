/**
 * The summary of a fleet: its pools, its claims, and the state of each claim.
 */
import type { SubnetClaim, SubnetPool, SubnetPoolClaim } from "../../api/index.ts";

/** All objects of our kinds at one moment, except for the Subnets, which claims and pools summarise. */
export interface Fleet {
  readonly pools: readonly SubnetPool[];
  readonly poolClaims: readonly SubnetPoolClaim[];
  readonly claims: readonly SubnetClaim[];
}

export type AnyClaim = SubnetClaim | SubnetPoolClaim;

/**
 * - `bound`: fulfilled.
 * - `refused`: cannot be fulfilled in the current state, with the reason. A change may cure that; waiting alone
 *   does not.
 * - `unsettled`: not decided yet.
 */
export type ClaimState =
  | { readonly state: "bound" }
  | { readonly state: "refused"; readonly reason: string; readonly message: string }
  | { readonly state: "unsettled" };

const UNSETTLED: ClaimState = { state: "unsettled" };

/** The pool that a claim requests its block from. */
export function poolNameOf(claim: AnyClaim): string {
  return "poolRef" in claim.spec ? claim.spec.poolRef : claim.spec.parentPoolRef;
}

/** Where a claim stands, as far as its status speaks of its present spec. */
export function claimState(claim: AnyClaim, fleet: Fleet): ClaimState {
  return stateWithin(claim, fleet, new Set());
}

/** `asked` are the claims whose own state depends on this one's; meeting one again ends the circle. */
function stateWithin(claim: AnyClaim, fleet: Fleet, asked: ReadonlySet<AnyClaim>): ClaimState {
  const status = claim.status;
  if (status === undefined || !isCurrent(claim) || claim.metadata.deletionTimestamp !== undefined) {
    return UNSETTLED;
  }
  if (status.phase === "Bound") return { state: "bound" };
  const ready = status.conditions?.find((condition) => condition.type === "Ready");
  if (ready?.status !== "False" || ready.reason === "PoolNotReady") return UNSETTLED;
  if (ready.reason === "PoolNotFound" && isPoolComing(claim, fleet, asked)) return UNSETTLED;
  return { state: "refused", reason: ready.reason, message: status.message ?? ready.message };
}

/** Whether the pool that the claim misses is there by now, or will be. */
function isPoolComing(claim: AnyClaim, fleet: Fleet, asked: ReadonlySet<AnyClaim>): boolean {
  const isWanted = (other: SubnetPool | SubnetPoolClaim) =>
    other.metadata.namespace === claim.metadata.namespace && other.metadata.name === poolNameOf(claim);
  if (fleet.pools.some(isWanted)) return true;
  const maker = fleet.poolClaims.find(isWanted);
  if (maker === undefined || maker === claim || asked.has(maker)) return false;
  return stateWithin(maker, fleet, new Set([...asked, claim])).state !== "refused";
}

/** Whether the controllers have seen the newest spec of the object. */
function isCurrent(object: SubnetPool | AnyClaim): boolean {
  return object.status?.observedGeneration === object.metadata.generation;
}

/** What is still to come, as `kind namespace/name`. Empty: everything has its answer. */
export function unsettled(fleet: Fleet): string[] {
  const named = (object: SubnetPool | AnyClaim, kind: string) =>
    `${kind} ${object.metadata.namespace}/${object.metadata.name}`;
  const isOpen = (claim: AnyClaim) => claimState(claim, fleet).state === "unsettled";
  const blocks = boundByPool(fleet);
  // The figures of a pool follow its claims, at some distance where many come at once.
  const isBehind = (pool: SubnetPool) => (pool.status?.allocatedCount ?? 0) < (blocks.get(keyOf(pool)) ?? 0);
  return [
    ...fleet.pools
      .filter((pool) => !isCurrent(pool) || isBehind(pool))
      .map((pool) => named(pool, "SubnetPool")),
    ...fleet.poolClaims.filter(isOpen).map((claim) => named(claim, "SubnetPoolClaim")),
    ...fleet.claims.filter(isOpen).map((claim) => named(claim, "SubnetClaim")),
  ];
}

function keyOf({ metadata }: SubnetPool | AnyClaim, name = metadata.name): string {
  return `${metadata.namespace}/${name}`;
}

/** How many claims of either kind are Bound to a block of each pool. */
function boundByPool({ claims, poolClaims }: Fleet): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const claim of [...poolClaims, ...claims]) {
    if (claim.status?.phase !== "Bound" || claim.metadata.deletionTimestamp !== undefined) continue;
    const key = keyOf(claim, poolNameOf(claim));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

export interface ClaimCounts {
  readonly bound: number;
  readonly refused: number;
  readonly unsettled: number;
}

export function countClaims(fleet: Fleet): ClaimCounts {
  const counts = { bound: 0, refused: 0, unsettled: 0 };
  for (const claim of [...fleet.poolClaims, ...fleet.claims]) counts[claimState(claim, fleet).state]++;
  return counts;
}
