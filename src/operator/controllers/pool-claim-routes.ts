/** What concerns a SubnetPoolClaim: itself, the Subnet of its block, and the pool that it made. */
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
  type SubnetPool,
} from "../../api/index.ts";
import {
  always,
  type CacheDelta,
  type Mapper,
  type Predicate,
  type Route,
  request,
  route,
  specChanged,
  toOwner,
  toSelf,
} from "../../runtime/index.ts";
import { makerNameOf } from "../model/indexes.ts";
import { type BehindLookup, toPoolsBehind } from "./pool-routes.ts";
import { boundChanged, finalizerTaken, ownersChanged } from "./triggers.ts";

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
