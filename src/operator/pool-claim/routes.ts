/** What concerns a SubnetPoolClaim: itself, the Subnet of its block, and the pool that it made. */
import {
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
} from "../../api/index.ts";
import {
  always,
  type Predicate,
  type Route,
  route,
  specChanged,
  toOwner,
  toSelf,
} from "../../runtime/index.ts";
import { boundChanged, finalizerTaken } from "../predicates.ts";

const gone: Predicate<SubnetClaim> = (delta) => delta.type === "deleted";

export const poolClaimRoutes: readonly Route[] = [
  route(SUBNET_POOL_CLAIMS, specChanged, toSelf),
  route(SUBNET_POOL_CLAIMS, boundChanged, toSelf),
  route(SUBNET_POOL_CLAIMS, finalizerTaken, toSelf),
  route(SUBNETS, always, toOwner(SUBNET_POOL_CLAIMS)),
  // Through which another operator held the block.
  route(SUBNET_CLAIMS, gone, toOwner(SUBNET_POOL_CLAIMS)),
  route(SUBNET_POOLS, specChanged, toOwner(SUBNET_POOL_CLAIMS)),
];
