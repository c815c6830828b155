/** Where the rows of the band are: a ruler, the pool, and a lane for each depth below it. */

export interface BandLayout {
  readonly width: number;
  readonly height: number;
  readonly rulerHeight: number;
  /** The pool itself. */
  readonly pool: { readonly top: number; readonly height: number };
  readonly laneTop: number;
  readonly laneHeight: number;
  readonly gap: number;
  readonly laneCount: number;
}

const RULER = 26;
const POOL = 30;
const GAP = 4;
const LOWEST_LANE = 30;
const HIGHEST_LANE = 132;

export function bandLayout(width: number, height: number, laneCount: number): BandLayout {
  const laneTop = RULER + POOL + GAP;
  const lanes = Math.max(1, laneCount);
  const room = (height - laneTop) / lanes - GAP;
  return {
    width,
    height,
    rulerHeight: RULER,
    pool: { top: RULER, height: POOL },
    laneTop,
    laneHeight: Math.max(LOWEST_LANE, Math.min(HIGHEST_LANE, room)),
    gap: GAP,
    laneCount: lanes,
  };
}

export const topOfLane = ({ laneTop, laneHeight, gap }: BandLayout, depth: number): number =>
  laneTop + depth * (laneHeight + gap);

/** Height that all lanes take. */
export const wholeHeight = (layout: BandLayout): number => topOfLane(layout, layout.laneCount);

/** Depth of the lane at `y`; −1: the pool; undefined: neither. */
export function depthAt(layout: BandLayout, y: number): number | undefined {
  if (y < layout.rulerHeight) return undefined;
  if (y < layout.laneTop) return -1;
  const depth = Math.floor((y - layout.laneTop) / (layout.laneHeight + layout.gap));
  return depth < layout.laneCount ? depth : undefined;
}
