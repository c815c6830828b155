/** Answers `GET /api/pools`. */
import { parentNameOf, type SubnetPool } from "../../api/index.ts";
import {
  type Accounting,
  freeCount,
  overlaps,
  type PoolSpace,
  type Prefix,
  parseAddress,
  parsePrefix,
} from "../../ipam/index.ts";
import { compareText, defined } from "../../kernel/index.ts";
import { keyOf } from "../../runtime/index.ts";
import type { Complaint, PoolRow, PoolSort, PoolsAnswer } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import { growthOf } from "./growth.ts";

export interface PoolsQuery {
  readonly sees: (namespace: string) => boolean;
  readonly namespace?: string | undefined;
  readonly filter?: string | undefined;
  /** Empty: pools without a parent. */
  readonly parent?: string | undefined;
  readonly isTree: boolean;
  readonly sort: PoolSort;
  readonly isDescending: boolean;
  readonly offset: number;
  readonly limit: number;
  readonly nowMs: number;
}

export function poolsAnswer(fleet: ConsoleFleet, query: PoolsQuery): PoolsAnswer {
  const { offset, limit, nowMs } = query;
  const found = query.isTree ? inTreeOrder(fleet, query) : chosen(fleet, query);
  const inOrder = query.isTree ? found : sorted(fleet, found, query);
  const rows = inOrder.slice(offset, offset + limit).map((pool) => rowOf(fleet, pool, nowMs));
  return { rows, offset, total: inOrder.length };
}

function chosen(fleet: ConsoleFleet, query: PoolsQuery): SubnetPool[] {
  const matches = filterOf(fleet, query);
  return [...fleet.world.pools.values()].filter(matches);
}

function filterOf(fleet: ConsoleFleet, query: PoolsQuery): (pool: SubnetPool) => boolean {
  const { sees, namespace, parent, filter = "" } = query;
  const text = filter.trim().toLowerCase();
  const block = blockIn(text);
  return (pool) => {
    const { namespace: own, name } = pool.metadata;
    if (!sees(own) || (namespace !== undefined && own !== namespace)) return false;
    if (parent !== undefined && !isUnder(fleet, pool, parent)) return false;
    if (text === "") return true;
    if (block === undefined) return name.toLowerCase().includes(text);
    const range = fleet.rangeOf(own, name);
    return range !== undefined && range.family === block.family && overlaps(range, block);
  };
}

function isUnder(fleet: ConsoleFleet, pool: SubnetPool, parent: string): boolean {
  const own = parentNameOf(pool);
  if (parent !== "") return own === parent;
  return own === undefined || fleet.pool(pool.metadata.namespace, own) === undefined;
}

/** A CIDR or an address; undefined: it is a part of a name. */
export function blockIn(text: string): Prefix | undefined {
  const prefix = parsePrefix(text);
  if (prefix.ok) return prefix.value;
  const address = parseAddress(text);
  if (!address.ok) return undefined;
  return { ...address.value, length: address.value.family === 4 ? 32 : 128 } as Prefix;
}

/** Children after their parent. With a filter, only what matches, and what it lies in. */
function inTreeOrder(fleet: ConsoleFleet, query: PoolsQuery): SubnetPool[] {
  const wanted = new Set(chosen(fleet, query));
  if (query.filter !== undefined && query.filter !== "") {
    for (const { metadata } of [...wanted]) {
      for (const above of fleet.trail(metadata.namespace, metadata.name)) wanted.add(above);
    }
  }
  const order: SubnetPool[] = [];
  const done = new Set<SubnetPool>();
  const walk = (pools: readonly SubnetPool[]) => {
    for (const pool of pools) {
      if (done.has(pool)) continue;
      done.add(pool);
      if (wanted.has(pool)) order.push(pool);
      walk(fleet.children(pool.metadata.namespace, pool.metadata.name));
    }
  };
  const byNamespace = Map.groupBy(wanted, ({ metadata }) => metadata.namespace);
  for (const namespace of [...byNamespace.keys()].sort(compareText)) {
    const pools = byNamespace.get(namespace) ?? [];
    walk(fleet.inAddressOrder(pools.filter((pool) => isUnder(fleet, pool, ""))));
    // What is its own ancestor is under no root.
    walk(fleet.inAddressOrder(pools.filter((pool) => !done.has(pool))));
  }
  return order;
}

function sorted(fleet: ConsoleFleet, pools: readonly SubnetPool[], query: PoolsQuery): SubnetPool[] {
  const { sort, isDescending, nowMs } = query;
  if (sort === "address") {
    const byAddress = fleet.inAddressOrder(pools);
    return isDescending ? byAddress.reverse() : byAddress;
  }
  const sign = isDescending ? -1 : 1;
  if (sort === "name") {
    return pools.toSorted((a, b) => sign * compareText(a.metadata.name, b.metadata.name));
  }
  const valued = pools.map((pool) => ({ pool, value: sortValue(fleet, pool, sort, nowMs) }));
  valued.sort(
    (a, b) => sign * (a.value - b.value) || compareText(keyOf(a.pool.metadata), keyOf(b.pool.metadata)),
  );
  return valued.map(({ pool }) => pool);
}

function sortValue(
  fleet: ConsoleFleet,
  pool: SubnetPool,
  sort: Exclude<PoolSort, "address" | "name">,
  nowMs: number,
): number {
  const { namespace, name } = pool.metadata;
  const view = fleet.world.spaces.view(keyOf(pool.metadata));
  const { space } = view ?? {};
  if (sort === "waiting") return fleet.waiting.countIn(namespace, name);
  if (space === undefined) return 0;
  switch (sort) {
    case "use":
      return space.accounting().utilizationPercent;
    case "fragmentation":
      return space.accounting().fragmentationPercent;
    case "blocks":
      return space.occupantCount;
    case "free":
      return view?.settings.ok ? freeCount(space.accounting(), view.settings.value.defaultLength) : 0;
    case "full":
      return daysToFull(fleet, pool, space, nowMs);
  }
}

/** What does not fill up comes last. */
function daysToFull(fleet: ConsoleFleet, pool: SubnetPool, space: PoolSpace, nowMs: number): number {
  const { namespace, name, creationTimestamp } = pool.metadata;
  const growth = growthOf(fleet.blocks(namespace, name).order(), space, creationTimestamp, nowMs);
  return growth.daysToFull ?? Number.MAX_SAFE_INTEGER;
}

export function rowOf(fleet: ConsoleFleet, pool: SubnetPool, nowMs: number): PoolRow {
  const { namespace, name } = pool.metadata;
  const view = fleet.world.spaces.view(keyOf(pool.metadata));
  const settings = view?.settings.ok ? view.settings.value : undefined;
  const accounting = view?.space?.accounting();
  const parent = parentNameOf(pool);
  const growth =
    view?.space === undefined
      ? { growthPercent: 0 }
      : growthOf(fleet.blocks(namespace, name).order(), view.space, pool.metadata.creationTimestamp, nowMs);
  return {
    namespace,
    pool: name,
    cidr: pool.spec.cidr,
    strategy: pool.spec.strategy ?? "Linear",
    ...defined({ parent }),
    depth: fleet.trail(namespace, name).length - 1,
    childCount: fleet.children(namespace, name).length,
    blockCount: accounting?.occupantCount ?? 0,
    usePercent: accounting?.utilizationPercent ?? 0,
    fragmentationPercent: accounting?.fragmentationPercent ?? 0,
    free: accounting === undefined ? [] : freeBySize(accounting),
    ...(accounting?.largestFreeLength !== undefined && { largestFreeLength: accounting.largestFreeLength }),
    ...(settings !== undefined && { defaultLength: settings.defaultLength }),
    ...(settings !== undefined &&
      accounting !== undefined && { freeOfDefault: freeCount(accounting, settings.defaultLength) }),
    waitingCount: fleet.waiting.countIn(namespace, name),
    ...growth,
    isPaused: pool.spec.paused === true,
    complaints: complaintsOf(pool),
  };
}

/** Maximal free blocks, the largest first. */
export function freeBySize({ maximalFreeBySize }: Accounting): PoolRow["free"] {
  return maximalFreeBySize.flatMap((count, length) => (count > 0 ? [[length, count] as const] : []));
}

const WATCHED = new Set(["Ready", "Consistent"]);

function complaintsOf({ status }: SubnetPool): Complaint[] {
  return (status?.conditions ?? [])
    .filter(({ type, status: holds }) => WATCHED.has(type) && holds === "False")
    .map(({ type, reason, message }) => ({ type, reason, message }));
}
