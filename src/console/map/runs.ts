/** From painted cells to segments: runs of cells that look the same. */
import type { MapLane } from "../answers.ts";
import { MIXED } from "./block-sum.ts";
import { type Cells, mainStateOf, type Top } from "./cells.ts";
import { FREE, RESERVED } from "./states.ts";

/** What can be seen of a segment besides where it is. */
interface Look {
  readonly top: Top;
  readonly state: number;
  /** Percent. */
  readonly use: number;
  readonly also: number;
  readonly cluster: string | undefined;
  readonly since: number;
}

/** How much two neighbouring cells may differ and still be one segment. */
export interface Grain {
  /** Percent of use. */
  readonly use: number;
  /** Whether clusters and days of allocation keep them apart. */
  readonly isFine: boolean;
}

export const FINE: Grain = { use: 5, isFine: true };
export const COARSE: Grain = { use: 25, isFine: false };

/** The columns of a lane, with what is on top of each segment. */
export interface Runs {
  readonly columns: { [column in Exclude<keyof MapLane, "depth">]: number[] };
  readonly tops: Top[];
}

const DAY_SECONDS = 86_400;

/** Finds the number of a cluster; the same for the same name. */
export type ClusterNumber = (cluster: string) => number;

export function runsOf(cells: Cells, grain: Grain, clusterNumber: ClusterNumber): Runs {
  const columns: Runs["columns"] = {
    start: [],
    span: [],
    state: [],
    count: [],
    use: [],
    also: [],
    cluster: [],
    since: [],
  };
  const tops: Top[] = [];
  let before: Look | undefined;
  for (let at = 0; at < cells.window.count; at++) {
    const look = lookOf(cells, at);
    if (look === undefined) {
      before = undefined;
      continue;
    }
    const last = columns.start.length - 1;
    if (before !== undefined && isSame(before, look, grain)) {
      const span = columns.span[last] as number;
      columns.use[last] =
        Math.round((((columns.use[last] as number) * span + look.use) / (span + 1)) * 10) / 10;
      columns.span[last] = span + 1;
      columns.count[last] = (columns.count[last] as number) + (cells.count[at] as number);
      columns.also[last] = (columns.also[last] as number) | look.also;
      columns.since[last] = Math.max(columns.since[last] as number, look.since);
      if (before.cluster !== look.cluster) columns.cluster[last] = -1;
      continue;
    }
    columns.start.push(at);
    columns.span.push(1);
    columns.state.push(look.state);
    columns.count.push(cells.count[at] as number);
    columns.use.push(look.use);
    columns.also.push(look.also);
    columns.cluster.push(isOne(look.cluster) ? clusterNumber(look.cluster) : -1);
    columns.since.push(look.since);
    tops.push(look.top);
    before = look;
  }
  return { columns, tops };
}

function isOne(cluster: string | undefined): cluster is string {
  return cluster !== undefined && cluster !== MIXED;
}

function lookOf(cells: Cells, at: number): Look | undefined {
  const top = cells.topAt(at);
  const also = cells.also[at] as number;
  if (top === undefined) return undefined;
  switch (top.what) {
    case "free":
      return { top, state: FREE, use: 0, also, cluster: undefined, since: 0 };
    case "reserved":
      return { top, state: RESERVED, use: 100, also, cluster: undefined, since: 0 };
    case "block": {
      const { state, isHeld, cluster, since } = top.entry;
      return { top, state, use: isHeld ? 100 : 0, also, cluster, since };
    }
    case "many": {
      const sum = cells.sums[at];
      if (sum === undefined) return undefined;
      const use = Math.min(100, Math.round(sum.held * 2 ** cells.window.cellLength * 1000) / 10);
      return { top, state: mainStateOf(sum), use, also, cluster: sum.cluster, since: sum.since };
    }
  }
}

/** Blocks and pools are apart from each other; the states that are in a segment are in all of its cells. */
function isSame(a: Look, b: Look, { use, isFine }: Grain): boolean {
  if (a.top !== b.top || a.also !== b.also || a.state !== b.state) return false;
  if (a.top.what !== "many") return true;
  if (Math.floor(a.use / use) !== Math.floor(b.use / use)) return false;
  if (!isFine) return true;
  return a.cluster === b.cluster && Math.floor(a.since / DAY_SECONDS) === Math.floor(b.since / DAY_SECONDS);
}
