/** The controller of the life cycle of a SubnetPool: its triggers and its snapshot. Its decision contains what a deletion waits for. */
import { parentNameOf, SUBNET_POOLS, SUBNETS, type Subnet, type SubnetPool } from "../../api/index.ts";
import { overlaps } from "../../ipam/index.ts";
import {
  always,
  keyOf,
  type Mapper,
  type Predicate,
  type Reconcile,
  type Route,
  request,
  route,
  specChanged,
  toSelf,
} from "../../runtime/index.ts";
import { settled } from "../decide/decision.ts";
import type { HoldingSnapshot } from "../decide/hold-range.ts";
import { decidePool, spreadObstacle } from "../decide/pool.ts";
import { blockOf, type HeldRange } from "../model/held-range.ts";
import { inhabitantsOf } from "../view/inhabitants.ts";
import type { OperatorWorld } from "../view/world.ts";
import { LastObstacles } from "./last-obstacles.ts";
import {
  type BehindLookup,
  finalizerTaken,
  ownersChanged,
  parentChanged,
  toPoolsBehind,
} from "./triggers.ts";

/** What lived in a pool and has gone. */
const deleted: Predicate<Subnet> = (delta) => delta.type === "deleted";
const toPool: Mapper<Subnet> = ({ old }) => [request(old?.metadata.namespace, old?.spec.poolRef)];
const toParent: Mapper<SubnetPool> = ({ old }) => [old && request(old.metadata.namespace, parentNameOf(old))];
const poolDeleted: Predicate<SubnetPool> = (delta) => delta.type === "deleted";

export const poolRoutes = (world: BehindLookup): readonly Route[] => [
  route(SUBNET_POOLS, specChanged, toSelf),
  route(SUBNET_POOLS, parentChanged, toSelf),
  route(SUBNET_POOLS, finalizerTaken, toSelf),
  route(SUBNET_POOLS, ownersChanged, toSelf),
  route(SUBNETS, always, toPoolsBehind(world)),
  route(SUBNETS, deleted, toPool),
  route(SUBNET_POOLS, poolDeleted, toParent),
];

export function poolReconciler(world: OperatorWorld): Reconcile {
  const obstacles = new LastObstacles();
  return (target) => {
    const { namespace, name } = target;
    const isObstacleNew = obstacles.isNew(keyOf(target), world.poolState(namespace, name));
    const pool = world.pools.get(namespace, name);
    if (pool === undefined)
      return settled("the pool is gone", isObstacleNew ? [spreadObstacle(namespace, name)] : []);
    const settings = world.spaces.view(keyOf(target))?.settings;
    return decidePool({
      pool,
      isObstacleNew,
      settings: settings?.ok ? settings.value : undefined,
      ...inhabitantsOf(world, namespace, name),
      orphans: orphansOf(world, pool),
      holding: holdingOf(world, pool),
    });
  };
}

function orphansOf(world: OperatorWorld, pool: SubnetPool): readonly Subnet[] {
  const parentName = parentNameOf(pool);
  return world
    .behind(pool.metadata.namespace, pool.metadata.name)
    .filter(({ spec }) => spec.poolRef !== parentName);
}

function holdingOf(world: OperatorWorld, pool: SubnetPool): HoldingSnapshot | undefined {
  const parentName = parentNameOf(pool);
  if (parentName === undefined) return undefined;
  const { namespace, name } = pool.metadata;
  const held = world.heldBy(pool, parentName);
  return {
    parentName,
    parent: world.poolState(namespace, parentName),
    held,
    ownsBase: world.innerClaimOf(pool, parentName) === undefined,
    inhabited: inhabitedOf(world, keyOf({ namespace, name }), held),
    poolRequest: request(namespace, name),
  };
}

function inhabitedOf(world: OperatorWorld, poolKey: string, { extensions }: HeldRange): ReadonlySet<string> {
  if (extensions.length === 0) return new Set();
  const outside = world.spaces.view(poolKey)?.space?.outside() ?? [];
  const inhabited = extensions.filter((extension) => {
    const block = blockOf(extension);
    return block !== undefined && outside.some(({ prefix }) => overlaps(prefix, block));
  });
  return new Set(inhabited.map(({ metadata }) => metadata.name));
}
