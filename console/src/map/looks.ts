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

const FREE = 0;
const CHILD = 6;
/** Allocated and child: what has a cluster, an age and a use. States beside them are always seen as such. */
const HELD = (1 << 1) | (1 << CHILD);

export interface LookOptions {
  readonly theme: Theme;
  readonly mode: ColourMode;
  readonly clusters: readonly string[];
  /** Seconds since 1970. */
  readonly now: number;
}

export function lookOf(lane: MapLane, segment: number, options: LookOptions): Look {
  const { theme, mode, clusters, now } = options;
  const state = lane.state[segment] ?? FREE;
  const ofState = STATE_LOOKS[theme][stateOf(state)];
  if (mode === "state" && state === CHILD) return childLook(theme, lane.depth);
  if (mode === "state" || (HELD & (1 << state)) === 0) return ofState;
  if (mode === "use") return utilizationLook(theme, lane.use[segment] ?? 0);
  if (mode === "age") {
    const since = lane.since[segment] ?? 0;
    return since === 0 ? ofState : ageLook(theme, now - since);
  }
  const cluster = clusters[lane.cluster[segment] ?? -1];
  if (cluster === undefined) return childLook(theme, lane.depth);
  return clusterLook(theme, cluster);
}

/** States that must not be hidden in a run of many: code, if it is not the one that is drawn anyway. */
export function hiddenStates(lane: MapLane, segment: number): number[] {
  const also = (lane.also[segment] ?? 0) & ~(1 << (lane.state[segment] ?? 0)) & ~HELD & ~1;
  if (also === 0) return [];
  return [2, 3, 4, 5, 7].filter((code) => (also & (1 << code)) !== 0);
}

const OVERLAPPING = 5;

/** Of a mark for a hidden state: the stronger colour of the two that its look has. */
export function markOf(theme: Theme, code: number): string {
  const { fill, stroke } = STATE_LOOKS[theme][stateOf(code)];
  return code === OVERLAPPING ? fill : stroke;
}
