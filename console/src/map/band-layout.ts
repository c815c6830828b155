/**
 * Where the rows of the band are: a ruler, the pool, and a lane for each depth below it. A lane in which one pool fills the
 * window is no more than its name: the closer one looks, the more room there is for what is in it.
 */

export interface BandLayout {
  readonly width: number;
  readonly height: number;
  readonly rulerHeight: number;
  /** The pool itself. */
  readonly pool: { readonly top: number; readonly height: number };
  /** By depth. */
  readonly lanes: readonly LaneBox[];
}

export interface LaneBox {
  readonly top: number;
  readonly height: number;
}

const RULER = 26;
const POOL = 30;
const GAP = 4;
const SLIM_LANE = 30;
const LOWEST_LANE = 30;
const HIGHEST_LANE = 360;

/** `isSlim`: by depth, whether a lane is only a name. */
export function bandLayout(width: number, height: number, isSlim: readonly boolean[]): BandLayout {
  const slim = isSlim.length === 0 ? [false] : isSlim;
  const top = RULER + POOL + GAP;
  const wide = slim.filter((each) => !each).length;
  const room = height - top - (slim.length - wide) * (SLIM_LANE + GAP);
  const laneHeight = Math.max(LOWEST_LANE, Math.min(HIGHEST_LANE, room / Math.max(1, wide) - GAP));
  return {
    width,
    height,
    rulerHeight: RULER,
    pool: { top: RULER, height: POOL },
    lanes: boxesOf(
      top,
      slim.map((each) => (each ? SLIM_LANE : laneHeight)),
    ),
  };
}

function boxesOf(top: number, heights: readonly number[]): LaneBox[] {
  let next = top;
  return heights.map((height) => {
    const box = { top: next, height };
    next += height + GAP;
    return box;
  });
}

/** Below the last lane that there is, as high as that. */
export function boxOfLane({ lanes }: BandLayout, depth: number): LaneBox {
  const last = lanes.at(-1) ?? { top: 0, height: 0 };
  return (
    lanes[depth] ?? { top: last.top + (depth - lanes.length + 1) * (last.height + GAP), height: last.height }
  );
}

/** Depth of the lane at `y`; −1: the pool; undefined: neither. */
export function depthAt({ rulerHeight, lanes }: BandLayout, y: number): number | undefined {
  if (y < rulerHeight) return undefined;
  if (y < (lanes[0]?.top ?? 0)) return -1;
  const depth = lanes.findIndex(({ top, height }) => y < top + height + GAP);
  return depth < 0 ? undefined : depth;
}

/** On the way from one layout to another, of the same size. */
export function layoutBetween(from: BandLayout, to: BandLayout, t: number): BandLayout {
  if (t >= 1 || from.lanes.length !== to.lanes.length) return to;
  const mix = (a: number, b: number) => a + (b - a) * t;
  return {
    ...to,
    lanes: to.lanes.map((box, depth) => {
      const before = from.lanes[depth] ?? box;
      return { top: mix(before.top, box.top), height: mix(before.height, box.height) };
    }),
  };
}
