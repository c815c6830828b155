/** All objects of our kinds at one moment, of one namespace or of all: what can be checked and explained. */
import type { Subnet, SubnetClaim, SubnetPool, SubnetPoolClaim } from "../../api/index.ts";

export interface FleetObjects {
  readonly pools: readonly SubnetPool[];
  readonly poolClaims: readonly SubnetPoolClaim[];
  readonly claims: readonly SubnetClaim[];
  readonly subnets: readonly Subnet[];
}

export type FleetObject = Subnet | SubnetClaim | SubnetPool | SubnetPoolClaim;

export function allObjects(objects: FleetObjects): FleetObject[] {
  return [...objects.pools, ...objects.poolClaims, ...objects.claims, ...objects.subnets];
}
