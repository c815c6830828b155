/** Looks at the caches for the life of a pool. */
import { parentNameOf, SUBNET_POOL_CLAIMS, type SubnetPool } from "../../api/index.ts";
import { keyOf, type Reconcile } from "../../runtime/index.ts";
import { settled } from "../decisions.ts";
import { controllerOf } from "../indexes.ts";
import { backingSubnetName, type OperatorWorld } from "../operator-world.ts";
import { inhabitantsOf } from "../pool-status/reconciler.ts";
import { decidePool, type PoolSnapshot } from "./decide.ts";

export function poolReconciler(world: OperatorWorld): Reconcile {
  return (target) => {
    const { namespace, name } = target;
    const pool = world.pools.get(namespace, name);
    if (pool === undefined) return settled("the pool is gone");
    const settings = world.spaces.view(keyOf(target))?.settings;
    return decidePool({
      pool,
      settings: settings?.ok ? settings.value : undefined,
      ...inhabitantsOf(world, namespace, name),
      backing: backingOf(world, pool),
    });
  };
}

function backingOf(world: OperatorWorld, pool: SubnetPool): PoolSnapshot["backing"] {
  const parentName = parentNameOf(pool);
  if (parentName === undefined || controllerOf(pool)?.kind === SUBNET_POOL_CLAIMS.kind) return undefined;
  const namespace = pool.metadata.namespace ?? "";
  return {
    parentName,
    parentUsable: world.poolState(namespace, parentName).state === "usable",
    subnet: world.subnets.get(namespace, backingSubnetName(parentName, pool.metadata.name)),
  };
}
