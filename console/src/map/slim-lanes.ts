/** In which lanes a single pool fills the window. Pure. */
import { cellAt, type MapPicture, segmentAt } from "./map-picture.ts";
import type { ViewWindow } from "./view-window.ts";

/** By depth. The deepest lane that has something in the window is never slim: there would be nothing to look at. */
export function slimLanes(picture: MapPicture, view: ViewWindow, laneCount: number): readonly boolean[] {
  const [left, right] = [cellAt(picture, view.start), cellAt(picture, view.start + view.span - 1n)];
  const slim = new Array<boolean>(laneCount).fill(false);
  for (let depth = 0; depth + 1 < laneCount; depth++) {
    const lane = picture.answer.lanes.find((each) => each.depth === depth);
    const segment = lane === undefined ? undefined : segmentAt(lane, left);
    if (lane === undefined || segment === undefined || segmentAt(lane, right) !== segment) break;
    if (lane.state[segment] !== CHILD || lane.count[segment] !== 1) break;
    slim[depth] = true;
  }
  return slim;
}

const CHILD = 6;
