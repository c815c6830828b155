/** What concerns a SubnetClaim. What would unblock a blocked one is said by its decision, not here. */
import { SUBNET_CLAIMS, SUBNETS, type Subnet } from "../../api/index.ts";
import {
  type CacheDelta,
  type Mapper,
  type Predicate,
  type Route,
  request,
  route,
  specChanged,
  toSelf,
} from "../../runtime/index.ts";
import { boundChanged } from "../predicates.ts";

function claimOf(subnet: Subnet | undefined) {
  return request(subnet?.metadata.namespace, subnet?.spec.claimRef?.name);
}

/** The claims that the Subnet served before and serves now. */
export const toClaims: Mapper<Subnet> = (delta: CacheDelta<Subnet>) => [
  claimOf(delta.old),
  claimOf(delta.new),
];

/** A new Subnet without a phase awaits its decision, and that will be told. */
const tellsSomething: Predicate<Subnet> = (delta) =>
  delta.type !== "added" || delta.new.status?.phase !== undefined;

export const claimRoutes: readonly Route[] = [
  route(SUBNET_CLAIMS, specChanged, toSelf),
  route(SUBNET_CLAIMS, boundChanged, toSelf),
  route(SUBNETS, tellsSomething, toClaims),
];
