/** What concerns a SubnetClaim. What would unblock a blocked one is said by its decision, not here. */
import { SUBNET_CLAIMS, SUBNETS, type Subnet } from "../../api/index.ts";
import {
  always,
  type CacheDelta,
  type Mapper,
  type Route,
  request,
  route,
  specChanged,
  toSelf,
} from "../../runtime/index.ts";

function claimOf(subnet: Subnet | undefined) {
  return request(subnet?.metadata.namespace, subnet?.spec.claimRef?.name);
}

/** The claims that the Subnet served before and serves now. */
export const toClaims: Mapper<Subnet> = (delta: CacheDelta<Subnet>) => [
  claimOf(delta.old),
  claimOf(delta.new),
];

export const claimRoutes: readonly Route[] = [
  route(SUBNET_CLAIMS, specChanged, toSelf),
  route(SUBNETS, always, toClaims),
];
