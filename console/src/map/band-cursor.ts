/** Where the keyboard is on the map, and where a key takes it. Pure. */
import { cellAt, factsOf, type MapPicture, type SegmentRef, segmentAt } from "./map-picture.ts";
import { STEPS } from "./view-window.ts";

/** Survives new answers: an address and a depth, not numbers of segments. */
export interface Cursor {
  readonly depth: number;
  readonly address: bigint;
}

export type Move = "left" | "right" | "up" | "down";

/** The segment under the cursor. */
export function segmentUnder(picture: MapPicture, { depth, address }: Cursor): SegmentRef | undefined {
  const lane = picture.answer.lanes.findIndex((each) => each.depth === depth);
  const columns = picture.answer.lanes[lane];
  if (columns === undefined) return undefined;
  const segment = segmentAt(columns, cellAt(picture, address * STEPS));
  return segment === undefined ? undefined : { lane, segment };
}

/** The middle of a segment, at its first address: where a cursor on it stands. */
function cursorOn(picture: MapPicture, ref: SegmentRef): Cursor | undefined {
  const facts = factsOf(picture, ref);
  return facts === undefined ? undefined : { depth: facts.depth, address: facts.first };
}

/** The cursor after a key; the same if there is nothing in that direction. */
export function moved(picture: MapPicture, cursor: Cursor, move: Move): Cursor {
  if (move === "up" || move === "down") return movedAcross(picture, cursor, move === "up" ? -1 : 1);
  const lane = picture.answer.lanes.findIndex(({ depth }) => depth === cursor.depth);
  const columns = picture.answer.lanes[lane];
  if (columns === undefined) return cursor;
  const cell = cellAt(picture, cursor.address * STEPS);
  const here = columns.start.findLastIndex((start) => start <= cell);
  const isOn = here >= 0 && cell < (columns.start[here] ?? 0) + (columns.span[here] ?? 0);
  const next = move === "right" ? here + 1 : isOn ? here - 1 : here;
  if (next < 0 || next >= columns.start.length) return cursor;
  return cursorOn(picture, { lane, segment: next }) ?? cursor;
}

function movedAcross(picture: MapPicture, cursor: Cursor, step: -1 | 1): Cursor {
  const depths = picture.answer.lanes.map(({ depth }) => depth);
  const next = depths.filter((depth) => (step < 0 ? depth < cursor.depth : depth > cursor.depth));
  const depth = step < 0 ? Math.max(...next) : Math.min(...next);
  if (!Number.isFinite(depth)) return cursor;
  const under = segmentUnder(picture, { depth, address: cursor.address });
  if (under !== undefined) return cursorOn(picture, under) ?? cursor;
  // Nothing directly there: the next one of that lane, in address order.
  const lane = depths.indexOf(depth);
  const cell = cellAt(picture, cursor.address * STEPS);
  const columns = picture.answer.lanes[lane];
  const after = columns?.start.findIndex((start) => start > cell) ?? -1;
  const segment = after >= 0 ? after : (columns?.start.length ?? 0) - 1;
  return cursorOn(picture, { lane, segment }) ?? cursor;
}
