/** The controller of a pool's status: its triggers (RQ-10.1 to RQ-10.4, in one table), and the status that it writes. */
import {
  BLOCK_LABEL,
  BLOCK_OWNER_LABEL,
  parentNameOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { formatPrefix, overlaps, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { formatTime } from "../../kernel/index.ts";
import {
  always,
  type CacheDelta,
  type CacheReader,
  type ControllerDefinition,
  keyOf,
  type Mapper,
  type Predicate,
  type Reconcile,
  type Request,
  type Route,
  request,
  requestFor,
  route,
  specChanged,
  toSelf,
  type WriteObserver,
} from "../../runtime/index.ts";
import { again, settled } from "../decide/decision.ts";
import { whatLivesIn } from "../decide/pool.ts";
import {
  decidePoolStatus,
  type Inconsistency,
  MOST_LISTED_BLOCKS,
  type PoolStatusSnapshot,
} from "../decide/pool-status.ts";
import { isSubnetName } from "../model/holder.ts";
import { obstacleOf } from "../model/pool-obstacle.ts";
import { reservedInUse } from "../model/reserved-in-use.ts";
import { inhabitantsOf } from "../view/inhabitants.ts";
import type { PoolView } from "../view/pool-spaces.ts";
import type { OperatorWorld } from "../view/world.ts";
import type { Bookkeeping } from "./bookkeeping.ts";
import { Gathering } from "./gathering.ts";
import { OwnStatuses } from "./own-statuses.ts";
import { type BehindLookup, parentChanged, recalculationAsked, toPoolsBehind } from "./triggers.ts";

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
    const { namespace, name } = (delta.new ?? delta.old).metadata;
    return descendantsOf(namespace, name).map(requestFor);
  };
}

/** Pools without a parent that the range of this one touched before, or touches now: all of them are reconciled. */
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

/** @param foreignStatus Selects statuses that another client wrote, so that they are corrected. */
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

/** While blocks are being written, the figures are read again after this time. */
const HELD_LOOK_MS = 1_000;

/** Most objects that a sentence of the Consistent condition names. */
const MOST_NAMED = 5;

export type PoolStatusController = Pick<
  ControllerDefinition,
  "routes" | "reconcile" | "observer" | "gatherMs" | "onStart" | "onResult"
>;

export function poolStatusController(world: OperatorWorld, { metrics }: Bookkeeping): PoolStatusController {
  const { pools, spaces, clock } = world;
  const own = new OwnStatuses();
  const gathering = new Gathering();
  /** Keys of pools whose status is being put back. */
  const contested = new Set<string>();

  const reconcile: Reconcile = (target) => {
    const key = keyOf(target);
    const pool = pools.get(target.namespace, target.name);
    const view = spaces.view(key);
    if (pool === undefined || view === undefined) {
      gathering.forget(key);
      contested.delete(key);
      own.forget(key);
      return settled("the pool is gone");
    }
    const restMs = gathering.restMs(key, clock.monotonicMs());
    if (restMs > 0) return again("gathers further changes", restMs);
    gathering.begin(key, clock.monotonicMs());
    const decision = decidePoolStatus({ ...snapshotOf(world, pool, view), nowText: formatTime(clock.now()) });
    if (decision.actions.length === 0) own.accept(pool);
    // A watch does not show the end of a failed creation. Reading the view is enough to detect and publish it.
    return spaces.isBeingWritten(key) ? again(decision.message, HELD_LOOK_MS, decision.actions) : decision;
  };

  const observer: WriteObserver = {
    beforeWrite(action) {
      if (action.do !== "patch-status") return;
      const pool = action.of as SubnetPool;
      if (own.isContested(pool)) contested.add(keyOf(pool.metadata));
      own.writing(pool, action.status);
    },
    afterWrite(action, outcome) {
      const target = action.do === "patch-status" ? requestFor(action.of) : undefined;
      if (target === undefined) return;
      const key = keyOf(target);
      if (outcome.result !== "done") return own.forget(key);
      gathering.written(key, clock.monotonicMs(), contested.delete(key));
      metrics.poolStatusWritten(target);
    },
  };
  return {
    routes: poolStatusRoutes(world, own.foreign),
    reconcile,
    observer,
    gatherMs: (target) => gathering.restMs(keyOf(target), clock.monotonicMs()),
    onStart: (target) => metrics.poolStatusStarted(target),
    onResult: (report) => metrics.poolStatusEnded(report),
  };
}

type Looked = Omit<PoolStatusSnapshot, "nowText">;

/** Everything in a pool's status except for the time. */
export function snapshotOf(world: OperatorWorld, pool: SubnetPool, view: PoolView): Looked {
  const { namespace, name } = pool.metadata;
  const isGoing = pool.metadata.deletionTimestamp !== undefined;
  const obstacle = isGoing ? undefined : obstacleOf(world.circumstancesOf(pool, view.settings));
  return {
    pool,
    settings: view.settings,
    allocatedCount: view.allocatedCount,
    accounting: view.space?.accounting(),
    listed: listedBlocks(world, namespace, view),
    children: summaryOfChildren(world, namespace, name),
    obstacle: obstacle && { reason: obstacle.reason, message: `the pool ${obstacle.message}` },
    keptBy: isGoing ? whatLivesIn(inhabitantsOf(world, namespace, name)) : undefined,
    inconsistencies: [
      ...outsidersOf(view),
      ...reservedInUseOf(world, namespace, view),
      ...overlapsOf(world, pool),
    ],
  };
}

function listedBlocks({ subnets }: OperatorWorld, namespace: string, view: PoolView): Looked["listed"] {
  const listed: { cidr: string; clusterID: string }[] = [];
  for (const { owner } of view.space?.occupants() ?? []) {
    if (listed.length === MOST_LISTED_BLOCKS) break;
    const subnet = subnets.get(namespace, owner);
    if (subnet?.status?.phase !== "Allocated") continue;
    listed.push({ cidr: subnet.spec.cidr, clusterID: subnet.spec.clusterID });
  }
  return listed;
}

function summaryOfChildren(world: OperatorWorld, namespace: string, name: string): Looked["children"] {
  let allocatedCount = 0;
  let allocatedAddresses = 0n;
  let capacityAddresses = 0n;
  const children = world.childrenOf(namespace, name);
  for (const child of children) {
    const view = world.spaces.view(keyOf({ namespace, name: child.metadata.name }));
    const accounting = view?.space?.accounting();
    allocatedCount += view?.allocatedCount ?? 0;
    allocatedAddresses += accounting?.allocated ?? 0n;
    capacityAddresses += accounting?.capacity ?? 0n;
  }
  return { count: children.length, allocatedCount, allocatedAddresses, capacityAddresses };
}

function outsidersOf(view: PoolView): Inconsistency[] {
  const outside = view.space?.outside() ?? [];
  const names = outside
    .filter(({ owner }) => isSubnetName(owner))
    .map(({ owner, prefix }) => `Subnet ${owner} (${formatPrefix(prefix)})`);
  return names.length === 0
    ? []
    : [{ reason: "SubnetsOutside", message: `Subnets are outside the pool: ${listing(names)}` }];
}

function reservedInUseOf({ subnets }: OperatorWorld, namespace: string, view: PoolView): Inconsistency[] {
  if (!view.settings.ok || view.space === undefined) return [];
  const isSubnet = (name: string) => subnets.get(namespace, name) !== undefined;
  const message = reservedInUse(view.space, view.settings.value.reserved, isSubnet);
  return message === undefined ? [] : [{ reason: "ReservedInUse", message }];
}

function overlapsOf(world: OperatorWorld, pool: SubnetPool): Inconsistency[] {
  const others = world.overlappingPools(pool);
  const names = others.map((other) => `SubnetPool ${other.metadata.name} (${other.spec.cidr})`);
  return names.length === 0
    ? []
    : [{ reason: "PoolOverlap", message: `overlaps other pools: ${listing(names)}` }];
}

/** In the order of their names: the caches of two replicas have orders of their own, and the status is one. */
function listing(things: readonly string[]): string {
  const rest = things.length - MOST_NAMED;
  return `${[...things].sort().slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
