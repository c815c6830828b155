/** How a segment looks in the chosen colours. Pure, apart from what it remembers. */
import type { MapLane } from "../api/answers.ts";
import type { Theme } from "../shell/theme.ts";
import { stateOf } from "./map-state.ts";
import {
  ageLook,
  type ColourMode,
  childLook,
  clusterLook,
  type Look,
  STATE_LOOKS,
  utilizationLook,
} from "./palette.ts";
import { percentWithin } from "./pool-use.ts";

const FREE = 0;
const CHILD = 6;
/** Allocated and child: what has a cluster, an age and a use. States beside them are always seen as such. */
const HELD = (1 << 1) | (1 << CHILD);

export interface LookOptions {
  /** Contents of the child pools of a lane, by its depth + 1. */
  readonly lanes: readonly MapLane[];
  readonly theme: Theme;
  readonly mode: ColourMode;
  readonly clusters: readonly string[];
  /** Seconds since 1970. */
  readonly now: number;
}

function lookOf(lane: MapLane, segment: number, options: LookOptions): Look {
  const { theme, mode, clusters, now } = options;
  const state = lane.state[segment] ?? FREE;
  const ofState = STATE_LOOKS[theme][stateOf(state)];
  if (mode === "state" && state === CHILD) return childLook(theme, lane.depth);
  if (mode === "state" || (HELD & (1 << state)) === 0) return ofState;
  if (mode === "use") return utilizationLook(theme, percentOf(lane, segment, options));
  if (mode === "age") {
    const since = lane.since[segment] ?? 0;
    return since === 0 ? ofState : ageLook(theme, now - since);
  }
  const cluster = clusters[lane.cluster[segment] ?? -1];
  if (cluster === undefined) return childLook(theme, lane.depth);
  return clusterLook(theme, cluster);
}

/** A block is used as far as it is held, a pool as far as it holds blocks. */
function percentOf(lane: MapLane, segment: number, { lanes }: LookOptions): number {
  const use = lane.use[segment] ?? 0;
  if (lane.state[segment] !== CHILD) return use;
  const below = lanes.find(({ depth }) => depth === lane.depth + 1);
  const within = below && percentWithin(below, lane.start[segment] ?? 0, lane.span[segment] ?? 0);
  return within ?? 0;
}

/** Filled to its whole height. */
export const FILLED = 1;
/** So much of a run of small blocks is filled at least: that there is something is seen. */
const LEAST_FILLED = 0.12;

/** How the segments of a lane look, in their order. */
export interface LaneLooks {
  readonly theme: Theme;
  readonly looks: readonly Look[];
  /** Share of the height that is filled: of a run of small blocks, by how much of it is used. */
  readonly filled: readonly number[];
  /** Of what is not filled. */
  readonly emptyFill: string;
}

/** Found once for an answer: age, too, is as of then. */
export function looksOf(lane: MapLane, options: LookOptions): LaneLooks {
  const { theme, mode } = options;
  const key = `${theme} ${mode}`;
  const known = found.get(lane);
  if (known?.key === key) return known.laneLooks;
  const laneLooks: LaneLooks = {
    theme,
    looks: lane.start.map((_, segment) => lookOf(lane, segment, options)),
    filled: lane.start.map((_, segment) =>
      mode === "state" && (lane.count[segment] ?? 0) > 1
        ? Math.max(LEAST_FILLED, Math.min(FILLED, (lane.use[segment] ?? 0) / 100))
        : FILLED,
    ),
    emptyFill: STATE_LOOKS[theme].free.fill,
  };
  found.set(lane, { key, laneLooks });
  return laneLooks;
}

const found = new WeakMap<MapLane, { readonly key: string; readonly laneLooks: LaneLooks }>();

/** Codes of states that must not be hidden in a run of many. */
export const HIDEABLE: readonly number[] = [2, 3, 4, 5, 7];

/** Bits of the states in a run that are not those by which it is drawn. */
export function hiddenMask(lane: MapLane, segment: number): number {
  return (lane.also[segment] ?? 0) & ~(1 << (lane.state[segment] ?? 0)) & ~HELD & ~1;
}

const OVERLAPPING = 5;

/** Of a mark for a hidden state: the stronger colour of the two that its look has. */
export function markOf(theme: Theme, code: number): string {
  const { fill, stroke } = STATE_LOOKS[theme][stateOf(code)];
  return code === OVERLAPPING ? fill : stroke;
}
