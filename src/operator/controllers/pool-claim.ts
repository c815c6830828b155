/** The controller of SubnetPoolClaims: its triggers (the claim, the Subnet of its block, its child pool), and its snapshot. */
import {
  parentNameOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
  type SubnetPool,
} from "../../api/index.ts";
import { parsePrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import {
  always,
  type CacheDelta,
  keyOf,
  type Mapper,
  type Predicate,
  type Reconcile,
  type Route,
  request,
  route,
  specChanged,
  toOwner,
  toSelf,
} from "../../runtime/index.ts";
import { settled } from "../decide/decision.ts";
import { whatLivesIn } from "../decide/pool.ts";
import { decidePoolClaim } from "../decide/pool-claim.ts";
import { uncoveredOf } from "../model/held-range.ts";
import { makerNameOf, OWNER_INDEX } from "../model/indexes.ts";
import { inhabitantsOf } from "../view/inhabitants.ts";
import { livesIn } from "../view/lives-in.ts";
import { backingSubnetName, type OperatorWorld } from "../view/world.ts";
import { type BehindLookup, boundChanged, finalizerTaken, ownersChanged, toPoolsBehind } from "./triggers.ts";

const gone: Predicate<SubnetClaim> = (delta) => delta.type === "deleted";

/** The claim for which it was made, or that may adopt it: both have its name, as a rule. */
const toMakers: Mapper<SubnetPool> = (delta: CacheDelta<SubnetPool>) => {
  const pool = delta.new ?? delta.old;
  const { namespace, name } = pool.metadata;
  const names = new Set([name, delta.old && makerNameOf(delta.old), makerNameOf(pool)]);
  return [...names].map((each) => request(namespace, each));
};

export const poolClaimRoutes = (world: BehindLookup): readonly Route[] => [
  route(SUBNET_POOL_CLAIMS, specChanged, toSelf),
  route(SUBNET_POOL_CLAIMS, boundChanged, toSelf),
  route(SUBNET_POOL_CLAIMS, finalizerTaken, toSelf),
  // A pool has the name of its claim.
  route(SUBNETS, always, toPoolsBehind(world)),
  // Through which another operator held the block.
  route(SUBNET_CLAIMS, gone, toOwner(SUBNET_POOL_CLAIMS)),
  route(SUBNET_POOLS, specChanged, toMakers),
  route(SUBNET_POOLS, ownersChanged, toMakers),
];

export function poolClaimReconciler(world: OperatorWorld): Reconcile {
  const { poolClaims, pools, subnets, clock } = world;
  return (target) => {
    const { namespace, name } = target;
    const claim = poolClaims.get(namespace, name);
    if (claim === undefined) return settled("the claim is gone");
    const { parentPoolRef } = claim.spec;
    const { uid = "" } = claim.metadata;
    // One that another operator made has a name that that one chose.
    const child =
      pools.get(namespace, name) ??
      world.madeFor(namespace, name)[0] ??
      pools.byIndex(OWNER_INDEX, uid).find(({ metadata }) => metadata.namespace === namespace);
    const subnetName = backingSubnetName(parentPoolRef, child?.metadata.name ?? name);
    return decidePoolClaim({
      request: target,
      claim,
      parent: world.poolState(namespace, parentPoolRef),
      subnet: subnets.get(namespace, subnetName),
      child,
      inner: world.innerClaimsOf(namespace, parentPoolRef, uid),
      isInside: (owner) => livesIn(world, namespace, owner, name),
      orphans: world.behind(namespace, name).filter(({ metadata }) => metadata.name !== subnetName),
      subnetName,
      released: world.released.ofPoolClaim(namespace, parentPoolRef, name),
      restsUntil: world.restsUntil(namespace, subnetName),
      ...childFacts(world, child),
      keptBy: child && whatLivesIn(inhabitantsOf(world, namespace, child.metadata.name)),
      freedLengths: () => world.freedLengths(keyOf({ namespace, name: parentPoolRef })),
      nowText: formatTime(clock.now()),
    });
  };
}

/** Whether the pool has all of its range, and its message if it has not. */
function childFacts(world: OperatorWorld, child: SubnetPool | undefined) {
  if (child === undefined) return {};
  const { namespace, name } = child.metadata;
  const parentName = parentNameOf(child);
  const range = parsePrefix(child.spec.cidr);
  const isHeld =
    parentName !== undefined &&
    range.ok &&
    uncoveredOf(range.value, world.heldBy(child, parentName)).length === 0;
  const state = world.poolState(namespace, name);
  return {
    heldRange: isHeld ? range.value : undefined,
    childObstacle: state.state === "not-ready" ? state : undefined,
  };
}
