/** What lives in a pool, as figures. */

import { parentNameOf } from "../../api/index.ts";
import { POOL_REF_INDEX } from "../model/indexes.ts";
import type { OperatorWorld } from "./world.ts";

/** A child that is an ancestor too does not count: pools in a circle would wait for each other, and none ever go. */
export function inhabitantsOf(world: OperatorWorld, namespace: string, name: string) {
  const pool = world.pools.get(namespace, name);
  const parentName = pool && parentNameOf(pool);
  const children = world
    .childrenOf(namespace, name)
    .filter((child) => parentName === undefined || !world.wouldBeInCycle(child, parentName));
  return {
    subnetCount: world.subnets.countByIndex(POOL_REF_INDEX, `${namespace}/${name}`),
    childCount: children.length,
    promisedCount: world.promisedIn(namespace, name),
  };
}
