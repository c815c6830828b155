/** What makes a pool's status worth a look: the triggers RQ-10.1 to RQ-10.4, in one table. */
import {
  BLOCK_LABEL,
  BLOCK_OWNER_LABEL,
  parentNameOf,
  RECALCULATE_ANNOTATION,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { overlaps, type Prefix, parsePrefix } from "../../ipam/index.ts";
import {
  always,
  type CacheDelta,
  type CacheReader,
  type Mapper,
  type Predicate,
  type Request,
  type Route,
  request,
  requestFor,
  route,
  specChanged,
  toSelf,
} from "../../runtime/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import { type BehindLookup, toPoolsBehind } from "./pool-routes.ts";
import { parentChanged } from "./triggers.ts";

/**
 * Which changes of a child concern its parent (PS-08): it goes; it comes and names a parent; its parent, range or
 * deletion changes.
 */
export const childConcernsParent: Predicate<SubnetPool> = (delta: CacheDelta<SubnetPool>) => {
  if (delta.type === "deleted") return true;
  if (delta.type === "added") return parentNameOf(delta.new) !== undefined;
  return (
    parentNameOf(delta.old) !== parentNameOf(delta.new) ||
    delta.old.spec.cidr !== delta.new.spec.cidr ||
    delta.old.metadata.deletionTimestamp !== delta.new.metadata.deletionTimestamp
  );
};

/** The old and the new parent (PS-02). */
export const toParents: Mapper<SubnetPool> = (delta: CacheDelta<SubnetPool>) =>
  [delta.old, delta.new].map((pool) => pool && request(pool.metadata.namespace, parentNameOf(pool)));

export const recalculationAsked: Predicate<SubnetPool> = (delta: CacheDelta<SubnetPool>) =>
  delta.type === "updated" &&
  delta.new.metadata.annotations?.[RECALCULATE_ANNOTATION] !== undefined &&
  delta.new.metadata.annotations[RECALCULATE_ANNOTATION] !==
    delta.old.metadata.annotations?.[RECALCULATE_ANNOTATION];

/**
 * The pools that a Subnet is and was in (RQ-01, RQ-16), and their parents, whose `status.childPools` sums over them.
 */
export function toPools(pools: CacheReader<SubnetPool>): Mapper<Subnet> {
  const poolAndParent = (subnet: Subnet | undefined): (Request | undefined)[] => {
    const own = request(subnet?.metadata.namespace, subnet?.spec.poolRef);
    if (own === undefined) return [];
    const pool = pools.get(own.namespace, own.name);
    return [own, pool && request(own.namespace, parentNameOf(pool))];
  };
  return (delta: CacheDelta<Subnet>) => {
    const moved = delta.type === "updated" && delta.old.spec.poolRef !== delta.new.spec.poolRef;
    return [...(moved ? poolAndParent(delta.old) : []), ...poolAndParent(delta.new ?? delta.old)];
  };
}

type Claim = SubnetClaim | SubnetPoolClaim;

/** What a claim was promised or has on record is held of the pool, whether or not a Subnet shows it. */
export const promiseChanged: Predicate<Claim> = (delta: CacheDelta<Claim>) => {
  if (delta.type !== "updated") return delta.type === "deleted" || promiseOf(delta.new) !== "";
  return promiseOf(delta.old) !== promiseOf(delta.new);
};

function promiseOf({ metadata, status = {} }: Claim): string {
  const promised = "allocatedCIDR" in status ? status.allocatedCIDR : undefined;
  return [promised, metadata.labels?.[BLOCK_LABEL], metadata.labels?.[BLOCK_OWNER_LABEL]].join("");
}

const toPoolOfClaim: Mapper<SubnetClaim> = (delta) => [
  request((delta.new ?? delta.old).metadata.namespace, (delta.new ?? delta.old).spec.poolRef),
];

const toPoolOfPoolClaim: Mapper<SubnetPoolClaim> = (delta) => [
  request((delta.new ?? delta.old).metadata.namespace, (delta.new ?? delta.old).spec.parentPoolRef),
];

/** A pool that comes, goes or changes decides whether those below it are ready: a circle may close, or open. */
export function toDescendants(
  descendantsOf: (namespace: string, name: string) => readonly SubnetPool[],
): Mapper<SubnetPool> {
  return (delta: CacheDelta<SubnetPool>) => {
    const { namespace = "", name } = (delta.new ?? delta.old).metadata;
    return descendantsOf(namespace, name).map(requestFor);
  };
}

/** Pools without a parent that the range of this one touched before, or touches now: all of them are told. */
export function toOverlapping(pools: CacheReader<SubnetPool>): Mapper<SubnetPool> {
  return (delta: CacheDelta<SubnetPool>) => {
    const ranges = [delta.old, delta.new]
      .map((pool) => pool && rangeOf(pool))
      .filter((range) => range !== undefined);
    const touched: (Request | undefined)[] = [];
    for (const other of pools.values()) {
      const range = parentNameOf(other) === undefined ? rangeOf(other) : undefined;
      if (range !== undefined && ranges.some((mine) => overlaps(mine, range)))
        touched.push(requestFor(other));
    }
    return touched;
  };
}

type StatusLookup = Pick<OperatorWorld, "pools" | "descendantsOf"> & BehindLookup;

function rangeOf(pool: SubnetPool): Prefix | undefined {
  const parsed = parsePrefix(pool.spec.cidr);
  return parsed.ok ? parsed.value : undefined;
}

/** @param foreignStatus Passes statuses that somebody else wrote, so that they are put back. */
export function poolStatusRoutes(
  world: StatusLookup,
  foreignStatus: Predicate<SubnetPool>,
): readonly Route[] {
  const { pools } = world;
  const below = toDescendants((namespace, name) => world.descendantsOf(namespace, name));
  return [
    route(SUBNETS, always, toPoolsBehind(world)),
    route(SUBNET_POOLS, specChanged, below),
    route(SUBNET_POOLS, parentChanged, below),
    route(SUBNETS, always, toPools(pools)),
    route(SUBNET_CLAIMS, promiseChanged, toPoolOfClaim),
    route(SUBNET_POOL_CLAIMS, promiseChanged, toPoolOfPoolClaim),
    route(SUBNET_POOLS, childConcernsParent, toParents),
    route(SUBNET_POOLS, specChanged, toOverlapping(pools)),
    route(SUBNET_POOLS, specChanged, toSelf),
    route(SUBNET_POOLS, parentChanged, toSelf),
    route(SUBNET_POOLS, recalculationAsked, toSelf),
    route(SUBNET_POOLS, foreignStatus, toSelf),
  ];
}
