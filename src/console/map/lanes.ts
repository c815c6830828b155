/**
 * The lanes of a pool in a window: its contents, those of its child pools, and so on. Pure: the pools are given as they are at
 * one moment.
 */

import { comparePrefixes, type Prefix } from "../../ipam/index.ts";
import type { MapAnswer, MapLane, MapState } from "../answers.ts";
import type { BlockOrder } from "./block-order.ts";
import type { MapEntry } from "./block-sum.ts";
import { Cells } from "./cells.ts";
import { type ClusterNumber, COARSE, FINE, type Runs, runsOf } from "./runs.ts";
import { MAP_STATES } from "./states.ts";
import { cellOf, isIn, type Window } from "./window.ts";

/** A pool as the map sees it. */
export interface LanePool {
  readonly namespace: string;
  readonly name: string;
  readonly cidr: Prefix;
  readonly order: BlockOrder;
  readonly reserved: readonly Prefix[];
  /** Held without a Subnet. */
  readonly promised: readonly MapEntry[];
  /** Those whose range is wanted. */
  children(isWanted: (cidr: Prefix) => boolean): readonly LanePool[];
}

/** Deeper pools are seen by zooming in. */
const MOST_LANES = 8;
/** Segments of all lanes: less than 40 bytes each in an answer. */
const MOST_SEGMENTS = { band: 3_600, square: 4_096 } as const;
/** Characters of names of clusters in an answer. Those of clusters beyond that are not known to it. */
const MOST_NAMES = 20_000;

export interface LanesDrawn {
  readonly lanes: readonly MapLane[];
  /** What is on top of each segment, lane by lane. */
  readonly tops: readonly Runs["tops"][];
  readonly clusters: readonly string[];
  readonly counts: MapAnswer["counts"];
}

/** Undefined: these cells are too small for an answer that is to stay small. */
export function drawLanes(root: LanePool, window: Window, shape: "band" | "square"): LanesDrawn | undefined {
  const levels = levelsOf(root, window);
  const painted =
    shape === "band"
      ? levels.map((pools) => painting(new Cells(window), [pools]))
      : [painting(new Cells(window), levels)];
  for (const grain of [FINE, COARSE]) {
    const clusters: string[] = [];
    const runs = painted.map((cells) => runsOf(cells, grain, numbering(clusters)));
    if (segmentsIn(runs) > MOST_SEGMENTS[shape]) continue;
    return drawn(runs, clusters, countsIn(levels, window));
  }
  return undefined;
}

function drawn(runs: readonly Runs[], clusters: readonly string[], counts: MapAnswer["counts"]): LanesDrawn {
  const kept = runs.map((run, depth) => ({ run, depth })).filter(({ run }) => run.tops.length > 0);
  return {
    lanes: kept.map(({ run, depth }) => ({ depth, ...run.columns })),
    tops: kept.map(({ run }) => run.tops),
    clusters,
    counts,
  };
}

function segmentsIn(runs: readonly Runs[]): number {
  return runs.reduce((sum, { tops }) => sum + tops.length, 0);
}

/** Quotes and a comma around a text in JSON. */
const QUOTED = 3;

function numbering(clusters: string[]): ClusterNumber {
  const numbers = new Map<string, number>();
  let characters = 0;
  return (cluster) => {
    const known = numbers.get(cluster);
    if (known !== undefined) return known;
    characters += cluster.length + QUOTED;
    if (characters > MOST_NAMES) return -1;
    numbers.set(cluster, clusters.length);
    return clusters.push(cluster) - 1;
  };
}

/** The pools of each depth that are in the window, by address. A pool that is its own ancestor is taken once. */
function levelsOf(root: LanePool, window: Window): LanePool[][] {
  const levels: LanePool[][] = [];
  const seen = new Set<string>();
  let level: LanePool[] = [root];
  while (level.length > 0 && levels.length < MOST_LANES) {
    for (const { name } of level) seen.add(name);
    levels.push(level);
    level = level
      .flatMap((pool) => pool.children((cidr) => isIn(window, cidr)))
      .filter(({ name }) => !seen.has(name))
      .sort((a, b) => comparePrefixes(a.cidr, b.cidr));
  }
  return levels;
}

/** Level by level, and of each first what the others lie on. */
function painting(cells: Cells, levels: readonly (readonly LanePool[])[]): Cells {
  for (const pools of levels) {
    const large = pools.filter(({ cidr }) => cidr.length <= cells.window.cellLength);
    for (const { name, cidr } of large) cells.free(name, cidr);
    for (const { name, reserved } of large) {
      for (const prefix of reserved) if (isIn(cells.window, prefix)) cells.reserved(name, prefix);
    }
    for (const pool of large) paintBlocks(cells, pool);
    for (const { cidr, order, promised, reserved, name } of pools) {
      if (cidr.length <= cells.window.cellLength) continue;
      cells.smallPool(cellOf(cells.window, cidr), order.total());
      for (const entry of promised) cells.block(name, entry);
      for (const prefix of reserved) cells.reserved(name, prefix);
    }
  }
  return cells;
}

function paintBlocks(cells: Cells, { name, order, promised }: LanePool): void {
  const { first, last, cellLength } = cells.window;
  order.visit(first, last, cellLength, {
    block: (entry) => cells.block(name, entry),
    within: (cell, sum) => cells.many(cellOf(cells.window, cell), sum),
  });
  for (const entry of promised) if (isIn(cells.window, entry.prefix)) cells.block(name, entry);
}

/** Blocks by state, of all lanes. Reserved ranges count as well, free space does not. */
function countsIn(levels: readonly (readonly LanePool[])[], window: Window): MapAnswer["counts"] {
  const counts = Object.fromEntries(MAP_STATES.map((state) => [state, 0])) as Record<MapState, number>;
  const count = (code: number, by = 1) => {
    const state = MAP_STATES[code];
    if (state !== undefined) counts[state] += by;
  };
  for (const pool of levels.flat()) {
    if (pool.cidr.length > window.cellLength)
      for (const [code, by] of pool.order.total().counts.entries()) count(code, by);
    else pool.order.countStates(window.first, window.last, count);
    for (const { prefix, state } of pool.promised) if (isIn(window, prefix)) count(state);
    for (const prefix of pool.reserved) if (isIn(window, prefix)) counts.reserved++;
  }
  return counts;
}
