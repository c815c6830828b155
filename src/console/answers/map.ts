/** The map, and what is at a point of it. */
import type { PoolName } from "./pools.ts";

// ── GET /api/map?namespace&pool&from&to&cells&shape ────────────────────────────────────────────────────────

/**
 * - `namespace`, `pool`: the pool whose lanes are shown.
 * - `from`, `to`: first and last address of the window; default: the whole pool. It is clipped to the pool. Or `cidr` for both.
 * - `cells`: how many cells the window is at most divided into, for instance its width in pixels; 1 to 4096, default 1024. The
 *   server may take fewer, so that the answer stays small.
 * - `shape`: `band` (default) or `square`. A square has one lane, in which each cell shows the deepest pool that it belongs to;
 *   the window is then widened to one aligned block, and the number of its cells is a power of 4.
 *
 * A cell is an aligned block of `cellLength`. It is the same in all windows of this level, so nothing flickers while panning.
 */
export interface MapAnswer extends PoolName {
  readonly cidr: string;
  readonly family: 4 | 6;
  /** Ancestors, the outermost first, and the pool itself. */
  readonly trail: readonly { readonly pool: string; readonly cidr: string }[];
  /** First and last address of the window: that of the first and the last cell. */
  readonly from: string;
  readonly to: string;
  /** Prefix length of a cell. */
  readonly cellLength: number;
  /** Cells in the window. */
  readonly cellCount: number;
  /** The contents of the pool, of its child pools, of theirs, … At most 8. Only those that are not empty. */
  readonly lanes: readonly MapLane[];
  /** Values of `cluster` of the lanes. */
  readonly clusters: readonly string[];
  /** The widest of the segments that are one block, with what can be written onto them. */
  readonly blocks: readonly MapBlock[];
  /** Counts of blocks by state in the whole window, all lanes together: the table twin. */
  readonly counts: Readonly<Record<MapState, number>>;
  /** Changes with the pool and its descendants; the same revision means the same picture. */
  readonly revision: string;
}

/** The states in the order of their codes, by which server and page read each other: `state: 3` of a lane is the fourth. */
export type MapStates = readonly [
  "free",
  "allocated",
  "deciding",
  "resting",
  "reserved",
  "overlapping",
  "child",
  "failed",
];

export type MapState = MapStates[number];

/**
 * Segments in address order, as columns of equal length. What no segment covers lies outside of all pools of this lane. A
 * segment covers whole cells: one block of a cell or more, free space, or a run of cells in which there are smaller blocks.
 */
export interface MapLane {
  /** 0: the contents of the pool. 1: those of its child pools … */
  readonly depth: number;
  /** Number of its first cell in the window. */
  readonly start: readonly number[];
  /** Cells that it covers. */
  readonly span: readonly number[];
  /** Code of the state of most addresses in it that are not free, but see `also`. */
  readonly state: readonly number[];
  /** Blocks in it: 0 for free and reserved space, 1 for a block of its own. */
  readonly count: readonly number[];
  /** Percent of its addresses that are not free. */
  readonly use: readonly number[];
  /** Sum of `1 << code` of all states of blocks in it, so that none is hidden. */
  readonly also: readonly number[];
  /** Number of its cluster in `clusters`; −1: none, or several. */
  readonly cluster: readonly number[];
  /** Newest allocation in it, in seconds since 1970; 0: none. */
  readonly since: readonly number[];
}

export interface MapBlock {
  /** Number of the lane in `lanes`, and of the segment in it. */
  readonly lane: number;
  readonly segment: number;
  readonly cidr: string;
  /** The pool that it is a block of. */
  readonly pool: string;
  /** Name of the Subnet; absent where there is none. */
  readonly subnet?: string;
  /** The child pool that it is the range of. */
  readonly child?: string;
  readonly cluster?: string;
  readonly claim?: string;
}

// ── GET /api/at?namespace&pool&address | &cidr ─────────────────────────────────────────────────────────────

/**
 * What is at an address or block: in `pool` and those below it, or without `pool` in all pools that the viewer sees. Of several
 * things the deepest pool and then the smallest block that contains all of it.
 */
export interface AtAnswer {
  /** As asked for. */
  readonly at: string;
  readonly place?: Place;
  /** Further places, where pools overlap or several namespaces have the address. At most 20. */
  readonly others: readonly Place[];
}

export interface Place extends PoolName {
  readonly poolCidr: string;
  /** Ancestors, the outermost first, and the pool itself. */
  readonly trail: readonly { readonly pool: string; readonly cidr: string }[];
  readonly state: MapState;
  /** The block, the reserved range, or the largest aligned free block around it. */
  readonly cidr: string;
  readonly first: string;
  readonly last: string;
  /** Number of addresses, as decimal text. */
  readonly addresses: string;
  /** Name of the Subnet; absent for free, reserved and promised space. */
  readonly subnet?: string;
  readonly child?: string;
  readonly cluster?: string;
  readonly purpose?: string;
  readonly claim?: string;
  /** When it was allocated. */
  readonly since?: string;
  /** Until when a released block rests. */
  readonly restsUntil?: string;
  /** Reason of a reserved range, or why the block is not as it should be. */
  readonly note?: string;
  /** One sentence for a hover card. */
  readonly sentence: string;
  /** What is directly before and after it. */
  readonly neighbours: readonly Neighbour[];
  /** Of all who overlap it: names of Subnets. */
  readonly overlaps: readonly string[];
}

export interface Neighbour {
  readonly side: "below" | "above";
  readonly what: "taken" | "free" | "reserved" | "resting" | "edge of the pool";
  readonly cidr?: string;
  /** Who has it: `SubnetClaim web`. */
  readonly by?: string;
}
