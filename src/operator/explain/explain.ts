/** From objects to an explanation of one of them. Pure; every statement is recomputed, not copied from the status. */
import {
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { allObjects, type FleetObject, type FleetObjects } from "../check/fleet-objects.ts";
import { recomputeWorld } from "../check/recomputed-world.ts";
import type { OperatorWorld } from "../view/world.ts";
import { explainClaim } from "./explain-claim.ts";
import { explainPool } from "./explain-pool.ts";
import { explainSubnet } from "./explain-subnet.ts";
import type { Explanation } from "./explanation.ts";

/** @param objects all those of the object's namespace, of one moment; `object` is among them. */
export function explain(object: FleetObject, objects: FleetObjects): Explanation {
  return explainIn(recomputeWorld(allObjects(objects)), object);
}

/** In a world that is kept up to date. It must be one that no controller decides on. */
export function explainIn(world: OperatorWorld, object: FleetObject): Explanation {
  switch (object.kind) {
    case SUBNET_POOLS.kind:
      return explainPool(world, object as SubnetPool);
    case SUBNETS.kind:
      return explainSubnet(world, object as Subnet);
    default:
      return explainClaim(world, object as SubnetClaim | SubnetPoolClaim);
  }
}
