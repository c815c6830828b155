/** Answers `GET /api/map`. */

import { type Address, formatAddress, formatPrefix, lastAddress, type Prefix } from "../../ipam/index.ts";
import { defined, err, ok, type Result } from "../../kernel/index.ts";
import { isBackingClusterID, isSubnetName } from "../../operator/index.ts";
import type { MapAnswer, MapBlock } from "../answers.ts";
import type { ConsoleFleet } from "../fleet/fleet.ts";
import { drawLanes, type LanesDrawn } from "../map/lanes.ts";
import { clipped, squareWindow, type Window, windowAt, windowOf } from "../map/window.ts";
import { type Fault, invalid, notFound } from "./fault.ts";
import { childOf } from "./subnet-facts.ts";

export interface MapQuery {
  readonly namespace: string;
  readonly pool: string;
  /** Default: the whole pool. */
  readonly range?: { readonly first: Address; readonly last: Address } | undefined;
  readonly cells: number;
  readonly shape: "band" | "square";
}

/** More would be narrower than the pixels of most screens. */
const MOST_CELLS = { band: 2_048, square: 4_096 } as const;
/** Blocks that are named, in characters of the answer: names may have 253. */
const MOST_BLOCK_TEXT = { band: 30_000, square: 15_000 } as const;
/** Narrower ones have no room for a letter. */
const NAMED_PART = 1 / 200;

export function mapAnswer(fleet: ConsoleFleet, query: MapQuery): Result<MapAnswer, Fault> {
  const { namespace, pool: name, shape } = query;
  const root = fleet.lanePool(namespace, name);
  if (root === undefined) return err(noPool(fleet, namespace, name));
  const { cidr } = root;
  const whole = { first: { ...cidr } as Address, last: lastAddress(cidr) };
  const range = query.range === undefined ? whole : clipped(cidr, query.range.first, query.range.last);
  if (range === undefined) {
    return err(
      invalid(`the window is outside of pool ${name} (${formatPrefix(cidr)}): choose one inside it`),
    );
  }
  const cells = Math.min(query.cells, MOST_CELLS[shape]);
  let window = (shape === "band" ? windowOf : squareWindow)(cidr, range.first, range.last, cells);
  let drawn = drawLanes(root, window, shape);
  while (drawn === undefined) {
    window = coarser(window, shape);
    drawn = drawLanes(root, window, shape);
  }
  return ok(answerOf(fleet, query, cidr, window, drawn));
}

function coarser({ first, last, cellLength }: Window, shape: MapQuery["shape"]): Window {
  return windowAt(first, last, Math.max(0, cellLength - (shape === "band" ? 1 : 2)));
}

function answerOf(
  fleet: ConsoleFleet,
  { namespace, pool, shape }: MapQuery,
  cidr: Prefix,
  window: Window,
  drawn: LanesDrawn,
): MapAnswer {
  return {
    namespace,
    pool,
    cidr: formatPrefix(cidr),
    family: cidr.family,
    trail: trailOf(fleet, namespace, pool),
    from: formatAddress(window.first),
    to: formatAddress(window.last),
    cellLength: window.cellLength,
    cellCount: window.count,
    lanes: drawn.lanes,
    clusters: drawn.clusters,
    blocks: blocksOf(fleet, namespace, window, drawn, MOST_BLOCK_TEXT[shape]),
    counts: drawn.counts,
    revision: String(fleet.revision),
  };
}

export function trailOf(fleet: ConsoleFleet, namespace: string, pool: string): MapAnswer["trail"] {
  return fleet.trail(namespace, pool).map(({ metadata, spec }) => ({ pool: metadata.name, cidr: spec.cidr }));
}

/** The widest first, so that those that are left out are the ones that have no room for a name. */
function blocksOf(
  fleet: ConsoleFleet,
  namespace: string,
  window: Window,
  drawn: LanesDrawn,
  mostText: number,
): MapBlock[] {
  const least = Math.max(1, window.count * NAMED_PART);
  const found: { readonly lane: number; readonly segment: number; readonly span: number }[] = [];
  for (const [lane, tops] of drawn.tops.entries()) {
    for (const [segment, top] of tops.entries()) {
      const span = drawn.lanes[lane]?.span[segment] ?? 0;
      if (top.what === "block" && span >= least) found.push({ lane, segment, span });
    }
  }
  found.sort((a, b) => b.span - a.span || a.lane - b.lane || a.segment - b.segment);
  const blocks: MapBlock[] = [];
  let characters = 0;
  for (const { lane, segment } of found) {
    const top = drawn.tops[lane]?.[segment];
    if (top?.what !== "block") continue;
    const block = { lane, segment, ...blockOf(fleet, namespace, top.pool, top.entry) };
    characters += JSON.stringify(block).length + 1;
    if (characters > mostText) break;
    blocks.push(block);
  }
  return blocks;
}

function blockOf(
  fleet: ConsoleFleet,
  namespace: string,
  pool: string,
  { key, prefix }: { readonly key: string; readonly prefix: Prefix },
): Omit<MapBlock, "lane" | "segment"> {
  const cidr = formatPrefix(prefix);
  const subnet = isSubnetName(key) ? fleet.world.subnets.get(namespace, key) : undefined;
  if (subnet === undefined) return { cidr, pool };
  const { clusterID, claimRef } = subnet.spec;
  const child = childOf(fleet, subnet);
  return {
    cidr,
    pool,
    subnet: key,
    ...defined({ child }),
    ...(!isBackingClusterID(clusterID) && { cluster: clusterID }),
    ...(claimRef?.name !== undefined && claimRef.name !== "" && { claim: claimRef.name }),
  };
}

export function noPool(fleet: ConsoleFleet, namespace: string, name: string): Fault {
  const pool = fleet.pool(namespace, name);
  if (pool === undefined) {
    return notFound(
      `there is no SubnetPool ${name} in namespace ${namespace}: it was deleted or renamed; choose one from the list of pools`,
    );
  }
  return notFound(`SubnetPool ${name} has no range that can be read (${pool.spec.cidr}): correct its spec`);
}
