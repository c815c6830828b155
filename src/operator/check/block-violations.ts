/**
 * Invariants 1 and 2 of allocation.md: no two blocks that are given out share an address, and every block lies in its
 * pool. Written without the engine that gives blocks out, so that a fault of that cannot hide itself here.
 */
import { parentNameOf, type Subnet, type SubnetPool } from "../../api/index.ts";
import { comparePrefixes, contains, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { controllerOf } from "../indexes.ts";
import { backingClusterID } from "../subnet-name.ts";
import { type Violation, violation } from "./violation.ts";

export interface HeldBlock {
  readonly subnet: Subnet;
  readonly prefix: Prefix;
}

/**
 * The blocks that are given out: decided Allocated, and those retained after. A Subnet whose spec changed since it was
 * decided is a candidate again and holds nothing by right.
 */
export function heldBlocks(subnets: readonly Subnet[]): HeldBlock[] {
  return subnets.flatMap((subnet) => {
    const { phase, observedGeneration } = subnet.status ?? {};
    if (phase !== "Allocated" && phase !== "Released") return [];
    if (observedGeneration !== undefined && observedGeneration !== subnet.metadata.generation) return [];
    const prefix = parsePrefix(subnet.spec.cidr);
    return prefix.ok ? [{ subnet, prefix: prefix.value }] : [];
  });
}

/** Of the objects of one namespace. */
export function findBlockViolations(pools: readonly SubnetPool[], subnets: readonly Subnet[]): Violation[] {
  const byName = new Map(pools.map((pool) => [pool.metadata.name, pool]));
  const held = heldBlocks(subnets);
  const trees = Map.groupBy(held, ({ subnet }) => ancestry(subnet.spec.poolRef, byName).at(-1) ?? "");
  return [
    ...[...trees.values()].flatMap((blocks) => findOverlaps(blocks, byName)),
    ...held.flatMap((block) => findOutsider(block, byName)),
  ];
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
  // Whoever belongs to the same circle must come to the same root.
  return name === undefined ? names : [...names, [...names.slice(names.indexOf(name))].sort()[0] as string];
}

/**
 * Blocks either nest or are apart, so after sorting each needs to be compared with the innermost block around it
 * only: an overlap further out is an overlap of that one, and was reported there.
 */
function findOverlaps(blocks: readonly HeldBlock[], byName: ReadonlyMap<string, SubnetPool>): Violation[] {
  const sorted = [...blocks].sort((a, b) => comparePrefixes(a.prefix, b.prefix) || outerFirst(a, b, byName));
  const around: HeldBlock[] = [];
  const found: Violation[] = [];
  for (const block of sorted) {
    let outer = around.at(-1);
    while (outer !== undefined && !contains(outer.prefix, block.prefix)) {
      around.pop();
      outer = around.at(-1);
    }
    // One large block of a child pool that grew lies around several that the pool was made of, and stands for them.
    if (outer !== undefined && isBehindPoolOf(block, outer, byName)) continue;
    if (outer !== undefined && !isBehindPoolOf(outer, block, byName)) {
      const message = `${block.subnet.spec.cidr} of pool ${block.subnet.spec.poolRef} overlaps ${outer.subnet.spec.cidr} of pool ${outer.subnet.spec.poolRef}, and both are given out`;
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
function isBehindPoolOf(
  outer: HeldBlock,
  inner: HeldBlock,
  byName: ReadonlyMap<string, SubnetPool>,
): boolean {
  const way = ancestry(inner.subnet.spec.poolRef, byName);
  const parentAt = way.indexOf(outer.subnet.spec.poolRef);
  const child = way[parentAt - 1];
  if (child === undefined) return false;
  const pool = byName.get(child);
  const maker = pool && controllerOf(pool)?.uid;
  const { clusterID } = outer.subnet.spec;
  return clusterID === backingClusterID(child) || clusterID === maker;
}

function findOutsider({ subnet, prefix }: HeldBlock, byName: ReadonlyMap<string, SubnetPool>): Violation[] {
  const pool = byName.get(subnet.spec.poolRef);
  if (pool === undefined) {
    const message = `${subnet.spec.cidr} is given out of the pool ${subnet.spec.poolRef}, which does not exist`;
    return [violation("outside-pool", [subnet], message)];
  }
  const range = parsePrefix(pool.spec.cidr);
  if (!range.ok || contains(range.value, prefix)) return [];
  const message = `${subnet.spec.cidr} lies outside its pool, which ranges over ${pool.spec.cidr}`;
  return [violation("outside-pool", [subnet, pool], message)];
}
