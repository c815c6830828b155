/**
 * Invariants 1 and 2 (`docs/allocation-protocol.md#invariants`): no two allocated blocks share an address, and every block is in its
 * pool. Written without the engine that gives blocks out, so that a fault of that cannot hide itself here.
 */
import { isDecided, parentNameOf, type Subnet, type SubnetPool } from "../../api/index.ts";
import { comparePrefixes, contains, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { makerNameOf } from "../model/indexes.ts";
import { backingClusterID } from "../model/subnet-name.ts";
import type { FleetObjects } from "./fleet-objects.ts";
import { type Violation, violation } from "./violation.ts";

export interface HeldBlock {
  readonly subnet: Subnet;
  readonly prefix: Prefix;
}

/**
 * The allocated blocks: decided Allocated, and those retained after. A Subnet whose spec changed since it was
 * decided is a candidate again and holds nothing by right.
 */
export function heldBlocks(subnets: readonly Subnet[]): HeldBlock[] {
  return subnets.flatMap((subnet) => {
    const { phase, observedGeneration } = subnet.status ?? {};
    if (phase !== "Allocated" && phase !== "Released") return [];
    if (observedGeneration !== undefined && !isDecided(subnet)) return [];
    const prefix = parsePrefix(subnet.spec.cidr);
    return prefix.ok ? [{ subnet, prefix: prefix.value }] : [];
  });
}

/** What is needed to find the block behind each pool. */
interface Tree {
  readonly pools: ReadonlyMap<string, SubnetPool>;
  /** Name → UID: another operator holds the block of a pool for a cluster of that name. */
  readonly makers: ReadonlyMap<string, string | undefined>;
}

/** Of the objects of one namespace. */
export function findBlockViolations({ pools, poolClaims, subnets }: FleetObjects): Violation[] {
  const byName = new Map(pools.map((pool) => [pool.metadata.name, pool]));
  const makers = new Map(poolClaims.map(({ metadata }) => [metadata.name, metadata.uid]));
  const tree: Tree = { pools: byName, makers };
  const held = heldBlocks(subnets);
  const trees = Map.groupBy(held, ({ subnet }) => ancestry(subnet.spec.poolRef, byName).at(-1) ?? "");
  // The tree of a pool whose object is gone is unknown: it may be any.
  const orphans = held.filter(({ subnet }) => !byName.has(subnet.spec.poolRef));
  const withOrphans = [...trees].map(([root, blocks]) =>
    byName.has(root) ? [...blocks, ...orphans] : blocks,
  );
  const overlaps = withOrphans.flatMap((blocks) => findOverlaps(blocks, tree));
  return [...distinct(overlaps), ...held.flatMap((block) => findOutsider(block, byName))];
}

/** Orphans are compared with each other once for each tree. */
function distinct(found: readonly Violation[]): Violation[] {
  return [...new Map(found.map((each) => [JSON.stringify(each.objects), each])).values()];
}

/** The pool, its parent, and so on to the root. A circle ends before it closes. */
function ancestry(poolName: string, byName: ReadonlyMap<string, SubnetPool>): string[] {
  const names: string[] = [];
  let name: string | undefined = poolName;
  while (name !== undefined && !names.includes(name)) {
    names.push(name);
    const pool = byName.get(name);
    name = pool && parentNameOf(pool);
  }
  // All pools of one cycle must have the same root.
  return name === undefined ? names : [...names, [...names.slice(names.indexOf(name))].sort()[0] as string];
}

/**
 * Blocks either nest or are apart, so after sorting each needs to be compared with the innermost block around it
 * only: an overlap further out is an overlap of that one, and was reported there.
 */
function findOverlaps(blocks: readonly HeldBlock[], tree: Tree): Violation[] {
  const sorted = [...blocks].sort(
    (a, b) => comparePrefixes(a.prefix, b.prefix) || outerFirst(a, b, tree.pools),
  );
  const around: HeldBlock[] = [];
  const found: Violation[] = [];
  for (const block of sorted) {
    let outer = around.at(-1);
    while (outer !== undefined && !contains(outer.prefix, block.prefix)) {
      around.pop();
      outer = around.at(-1);
    }
    // One large block of a child pool that grew lies around several that the pool was made of, and stands for them.
    if (outer !== undefined && isBehindPoolOf(block, outer, tree)) continue;
    if (outer !== undefined && !isBehindPoolOf(outer, block, tree)) {
      const message = `${block.subnet.spec.cidr} of pool ${block.subnet.spec.poolRef} overlaps ${outer.subnet.spec.cidr} of pool ${outer.subnet.spec.poolRef}, and both are allocated`;
      found.push(violation("overlap", [block.subnet, outer.subnet], message));
    }
    around.push(block);
  }
  return found;
}

/** Equal blocks: the one behind a child pool comes before what fills that pool. */
function outerFirst(a: HeldBlock, b: HeldBlock, byName: ReadonlyMap<string, SubnetPool>): number {
  return depthOf(a, byName) - depthOf(b, byName);
}

function depthOf({ subnet }: HeldBlock, byName: ReadonlyMap<string, SubnetPool>): number {
  return ancestry(subnet.spec.poolRef, byName).length;
}

/** Whether `outer` is the block that a child pool was made of, and `inner` lies in that pool or below it. */
function isBehindPoolOf(outer: HeldBlock, inner: HeldBlock, { pools, makers }: Tree): boolean {
  const { clusterID, poolRef } = outer.subnet.spec;
  const way = ancestry(inner.subnet.spec.poolRef, pools);
  const last = way.at(-1);
  // If the object of a pool is gone, only the name shows what was behind it.
  if (last !== undefined && !pools.has(last) && clusterID === backingClusterID(last)) return true;
  const child = way[way.indexOf(poolRef) - 1];
  if (child === undefined) return false;
  const pool = pools.get(child);
  const maker = pool && makerNameOf(pool);
  return clusterID === backingClusterID(child) || (maker !== undefined && clusterID === makers.get(maker));
}

function findOutsider({ subnet, prefix }: HeldBlock, byName: ReadonlyMap<string, SubnetPool>): Violation[] {
  const pool = byName.get(subnet.spec.poolRef);
  if (pool === undefined) {
    const message = `${subnet.spec.cidr} is allocated from the pool ${subnet.spec.poolRef}, which does not exist`;
    return [violation("outside-pool", [subnet], message)];
  }
  const range = parsePrefix(pool.spec.cidr);
  if (!range.ok || contains(range.value, prefix)) return [];
  const message = `${subnet.spec.cidr} is outside its pool, whose range is ${pool.spec.cidr}`;
  return [violation("outside-pool", [subnet, pool], message)];
}
