/** How full child pools are, by the lane below that shows what is in them. Pure. */
import type { MapLane } from "../api/answers.ts";
import { lastAtOrBefore } from "./map-picture.ts";

/**
 * Percent of the cells from `start` on, `span` of them, that the segments of a lane fill. Cells that no segment covers are not
 * of a pool of this lane and do not count; undefined if there are only such.
 */
export function percentWithin(lane: MapLane, start: number, span: number): number | undefined {
  const end = start + span;
  let [cells, used] = [0, 0];
  for (let at = Math.max(0, lastAtOrBefore(lane.start, start)); at < lane.start.length; at++) {
    const first = lane.start[at] ?? 0;
    if (first >= end) break;
    const from = Math.max(first, start);
    const to = Math.min(first + (lane.span[at] ?? 0), end);
    if (to <= from) continue;
    cells += to - from;
    used += (to - from) * (lane.use[at] ?? 0);
  }
  return cells === 0 ? undefined : used / cells;
}
