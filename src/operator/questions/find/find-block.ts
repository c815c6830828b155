/**
 * Where addresses are in a fleet: the smallest block that holds them, the pools around it, and what is there
 * besides. Pure.
 */
import { parentNameOf, type SubnetPool } from "../../../api/index.ts";
import {
  comparePrefixes,
  contains,
  formatPrefix,
  overlaps,
  type PoolSpace,
  type Prefix,
  parsePrefix,
} from "../../../ipam/index.ts";
import { compareText } from "../../../kernel/index.ts";
import { keyOf } from "../../../runtime/index.ts";
import { allObjects, type FleetObjects } from "../../check/fleet-objects.ts";
import { recomputeWorld } from "../../check/recomputed-world.ts";
import { freeAround, type Neighbour, reservationAround } from "../../model/beside.ts";
import type { OperatorWorld } from "../../view/world.ts";
import { neighboursOf } from "../explain/surroundings.ts";
import { poolUse } from "../what-if/pool-use.ts";
import { chainOf, type FoundBlock, foundOccupant, foundPool, foundSubnet } from "./found-block.ts";

/** A pool around a block. */
export interface PoolAround {
  readonly name: string;
  readonly cidr: string;
  readonly utilizationPercent?: number;
}

export interface Place {
  /** The smallest block that holds what was asked for. */
  readonly block: FoundBlock;
  /** The outermost first. */
  readonly around: readonly PoolAround[];
  /**
   * Other blocks that share addresses with what was asked for, by address; inner blocks of a child pool too.
   */
  readonly overlaps: readonly FoundBlock[];
  /** What lies directly before and after the block in its pool. */
  readonly beside: readonly Neighbour[];
}

/**
 * Of each of the ranges, one place for each pool that contains the addresses and has no child that does: several when pools overlap.
 * None: the namespace has nothing there.
 *
 * @param objects all those of one namespace, of one moment
 */
export function findBlock(objects: FleetObjects, wanted: readonly Prefix[]): Place[] {
  const world = recomputeWorld(allObjects(objects));
  const pools = [...world.pools.values()].flatMap((pool) => {
    const parsed = parsePrefix(pool.spec.cidr);
    return parsed.ok ? [{ pool, cidr: parsed.value }] : [];
  });
  return wanted.flatMap((prefix) => placesOf(world, pools, prefix));
}

type PoolRange = { readonly pool: SubnetPool; readonly cidr: Prefix };

function placesOf(world: OperatorWorld, pools: readonly PoolRange[], wanted: Prefix): Place[] {
  const holding = pools.filter(({ cidr }) => cidr.family === wanted.family && contains(cidr, wanted));
  const parents = new Set(holding.map(({ pool }) => parentNameOf(pool)));
  const innermost = holding.filter(({ pool }) => !parents.has(pool.metadata.name));
  const shared = sharing(world, pools, wanted);
  if (innermost.length === 0) return shared.length === 0 ? [] : [placeOutside(wanted, shared)];
  return innermost
    .toSorted((a, b) => compareText(a.pool.metadata.name, b.pool.metadata.name))
    .map(({ pool }) => placeIn(world, pool, wanted, shared));
}

function placeIn(
  world: OperatorWorld,
  pool: SubnetPool,
  wanted: Prefix,
  shared: readonly FoundBlock[],
): Place {
  const { namespace, name } = pool.metadata;
  const space = world.spaces.view(keyOf(pool.metadata as { namespace: string; name: string }))?.space;
  const block = space === undefined ? foundPool(world, pool) : smallestIn(world, pool, space, wanted);
  const own = parsePrefix(block.cidr);
  return {
    block,
    around: chainOf(world, namespace, name).flatMap((each) => around(world, namespace, each)),
    overlaps: shared.filter((other) => !isSame(other, block)),
    beside:
      space === undefined || !own.ok || block.state === "pool"
        ? []
        : neighboursOf(world, namespace, space, own.value),
  };
}

/** The block of an owner, a reserved range, a free block, or else the pool itself. */
function smallestIn(world: OperatorWorld, pool: SubnetPool, space: PoolSpace, wanted: Prefix): FoundBlock {
  const { namespace, name } = pool.metadata;
  const holder = space.overlappingOwners(wanted).findLast(({ prefix }) => contains(prefix, wanted));
  if (holder !== undefined) return foundOccupant(world, namespace, name, holder);
  const base = { namespace, pools: chainOf(world, namespace, name) };
  const reserved = reservationAround(space, wanted);
  if (reserved !== undefined)
    return { ...base, cidr: formatPrefix(reserved.prefix), state: "reserved", message: reserved.reason };
  if (space.check(wanted).ok)
    return { ...base, cidr: formatPrefix(freeAround(space, wanted)), state: "free" };
  return foundPool(world, pool);
}

function around(world: OperatorWorld, namespace: string, name: string): PoolAround[] {
  const pool = world.pools.get(namespace, name);
  if (pool === undefined) return [];
  const use = poolUse(world, namespace, name);
  const percent = use === undefined ? {} : { utilizationPercent: use.utilizationPercent };
  return [{ name, cidr: pool.spec.cidr, ...percent }];
}

/** Subnets, and pools that no Subnet is behind, that share an address with it. */
function sharing(world: OperatorWorld, pools: readonly PoolRange[], wanted: Prefix): FoundBlock[] {
  const found: { readonly prefix: Prefix; readonly block: FoundBlock }[] = [];
  const isShared = (prefix: Prefix) => prefix.family === wanted.family && overlaps(prefix, wanted);
  for (const { pool, cidr } of pools)
    if (parentNameOf(pool) === undefined && isShared(cidr) && !contains(cidr, wanted))
      found.push({ prefix: cidr, block: foundPool(world, pool) });
  for (const subnet of world.subnets.values()) {
    const parsed = parsePrefix(subnet.spec.cidr);
    if (!parsed.ok || !isShared(parsed.value)) continue;
    const block = foundSubnet(world, subnet);
    // The blocks of the pools around it are reported as those.
    if (block.state !== "pool" || !contains(parsed.value, wanted))
      found.push({ prefix: parsed.value, block });
  }
  return found
    .toSorted(
      (a, b) =>
        comparePrefixes(a.prefix, b.prefix) || compareText(a.block.subnet ?? "", b.block.subnet ?? ""),
    )
    .map(({ block }) => block);
}

function isSame(a: FoundBlock, b: FoundBlock): boolean {
  return a.subnet === b.subnet && a.cidr === b.cidr && a.state === b.state;
}

function placeOutside(wanted: Prefix, shared: readonly FoundBlock[]): Place {
  const namespace = shared[0]?.namespace ?? "";
  return {
    block: { namespace, cidr: formatPrefix(wanted), state: "outside", pools: [] },
    around: [],
    overlaps: shared,
    beside: [],
  };
}
