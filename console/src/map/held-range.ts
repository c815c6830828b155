/** The part of a window in which there are blocks. Pure. */

import { factsOf, type MapPicture } from "./map-picture.ts";
import { addressesIn, type Bounds, fitted, type ViewWindow, windowBetween } from "./view-window.ts";

const FREE = 0;
const RESERVED = 4;
/** Of what is between the first and the last block, on both sides. */
const MARGIN = 20n;

/** With a margin; undefined: there is no block in the window. */
export function heldRange(picture: MapPicture, view: ViewWindow, bounds: Bounds): ViewWindow | undefined {
  const seen = addressesIn(view);
  const lane = picture.answer.lanes.findIndex(({ depth }) => depth === 0);
  let [first, last]: [bigint | undefined, bigint | undefined] = [undefined, undefined];
  for (const segment of picture.answer.lanes[lane]?.start.keys() ?? []) {
    const facts = factsOf(picture, { lane, segment });
    if (facts === undefined || facts.state === FREE || facts.state === RESERVED) continue;
    if (facts.last < seen.first || facts.first > seen.last) continue;
    first ??= facts.first;
    last = facts.last;
  }
  if (first === undefined || last === undefined) return undefined;
  const held = windowBetween(first, last);
  const margin = held.span / MARGIN;
  return fitted({ start: held.start - margin, span: held.span + 2n * margin }, bounds);
}
