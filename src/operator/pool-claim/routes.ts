/** What concerns a SubnetPoolClaim: itself, the Subnet of its block, and the pool that it made. */
import { SUBNET_POOL_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import { always, type Route, route, specChanged, toOwner, toSelf } from "../../runtime/index.ts";

export const poolClaimRoutes: readonly Route[] = [
  route(SUBNET_POOL_CLAIMS, specChanged, toSelf),
  route(SUBNETS, always, toOwner(SUBNET_POOL_CLAIMS)),
  route(SUBNET_POOLS, specChanged, toOwner(SUBNET_POOL_CLAIMS)),
];
