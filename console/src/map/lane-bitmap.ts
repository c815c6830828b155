/**
 * A lane as bitmaps of a pixel for each cell: while the window moves, all that is too narrow for a pattern or a name is drawn
 * by stretching them, which takes the same time however many segments there are. A segment covers whole cells, so nothing is
 * lost by it.
 */
import type { MapLane } from "../api/answers.ts";
import { FILLED, HIDEABLE, hiddenMask, type LaneLooks, markOf } from "./looks.ts";

export interface LaneBitmap {
  /** As wide as there are cells. */
  readonly segments: OffscreenCanvas;
  /** Marks of hidden states: in each row one for every segment that has so many. Undefined: there are none. */
  readonly marks: OffscreenCanvas | undefined;
}

/** Enough for the level to which a run is filled. */
const HEIGHT = 64;

const made = new WeakMap<LaneLooks, LaneBitmap>();

/** Made once for the looks of a lane. */
export function laneBitmap(lane: MapLane, laneLooks: LaneLooks, cellCount: number): LaneBitmap {
  const known = made.get(laneLooks);
  if (known !== undefined) return known;
  const bitmap = {
    segments: drawSegments(lane, laneLooks, cellCount),
    marks: drawMarks(lane, laneLooks, cellCount),
  };
  made.set(laneLooks, bitmap);
  return bitmap;
}

function drawSegments(
  lane: MapLane,
  { looks, emptyFill, filled }: LaneLooks,
  cellCount: number,
): OffscreenCanvas {
  const canvas = new OffscreenCanvas(Math.max(1, cellCount), HEIGHT);
  const context = canvas.getContext("2d");
  if (context === null) return canvas;
  for (const [segment, start] of lane.start.entries()) {
    const span = lane.span[segment] ?? 1;
    const empty = Math.round(HEIGHT * (1 - (filled[segment] ?? FILLED)));
    context.fillStyle = looks[segment]?.fill ?? "";
    context.fillRect(start, empty, span, HEIGHT - empty);
    if (empty === 0) continue;
    context.fillStyle = emptyFill;
    context.fillRect(start, 0, span, empty);
  }
  return canvas;
}

function drawMarks(lane: MapLane, { theme }: LaneLooks, cellCount: number): OffscreenCanvas | undefined {
  let canvas: OffscreenCanvas | undefined;
  let context: OffscreenCanvasRenderingContext2D | null = null;
  for (const [segment, start] of lane.start.entries()) {
    const hidden = hiddenMask(lane, segment);
    if (hidden === 0) continue;
    if (canvas === undefined) {
      canvas = new OffscreenCanvas(Math.max(1, cellCount), HIDEABLE.length);
      context = canvas.getContext("2d");
    }
    const codes = HIDEABLE.filter((code) => (hidden & (1 << code)) !== 0);
    for (const [row, code] of codes.entries()) {
      if (context === null) continue;
      context.fillStyle = markOf(theme, code);
      context.fillRect(start, row, lane.span[segment] ?? 1, 1);
    }
  }
  return canvas;
}
