/** Looks at the caches for the life of a pool. */
import { parentNameOf, SUBNET_POOL_CLAIMS, type Subnet, type SubnetPool } from "../../api/index.ts";
import { keyOf, type Reconcile } from "../../runtime/index.ts";
import { settled } from "../decisions.ts";
import { controllerOf, OWNER_INDEX } from "../indexes.ts";
import { backingSubnetName, type OperatorWorld } from "../operator-world.ts";
import { inhabitantsOf } from "../pool-status/reconciler.ts";
import { backingClusterID } from "../subnet-name.ts";
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
      strays: straysOf(world, pool),
      backing: backingOf(world, pool),
    });
  };
}

function straysOf({ subnets }: OperatorWorld, pool: SubnetPool): readonly Subnet[] {
  const parentName = parentNameOf(pool);
  const wanted = parentName === undefined ? undefined : backingSubnetName(parentName, pool.metadata.name);
  return subnets
    .byIndex(OWNER_INDEX, pool.metadata.uid ?? "")
    .filter(({ metadata }) => metadata.name !== wanted && metadata.namespace === pool.metadata.namespace)
    .filter(({ spec }) => spec.clusterID === backingClusterID(pool.metadata.name));
}

function backingOf(world: OperatorWorld, pool: SubnetPool): PoolSnapshot["backing"] {
  const parentName = parentNameOf(pool);
  if (parentName === undefined || controllerOf(pool)?.kind === SUBNET_POOL_CLAIMS.kind) return undefined;
  const namespace = pool.metadata.namespace ?? "";
  return {
    parentName,
    parent: world.poolState(namespace, parentName),
    subnet: world.backingOf(pool, parentName),
  };
}
