/** Draws a lane: what is narrow from its bitmaps, and what is wide with its pattern, its edges and its name. */
import { largestWithin } from "../address/address.ts";
import type { MapLane } from "../api/answers.ts";
import { formatCount, formatPercent } from "../text/quantity.ts";
import { boxOfLane, type LaneBox } from "./band-layout.ts";
import type { BandScene } from "./draw-band.ts";
import { drawLabel } from "./draw-text.ts";
import { laneBitmap } from "./lane-bitmap.ts";
import { FILLED, type LaneLooks, looksOf } from "./looks.ts";
import { factsOf, keyOfSegment, lastAtOrBefore, type MapPicture, type SegmentRef } from "./map-picture.ts";
import { FRAME, type Look } from "./palette.ts";
import { fromScreen, STEPS, toScreen } from "./view-window.ts";

/** Where the cells of a picture are on the screen. */
interface Cells {
  /** Left edge of the first one. */
  readonly origin: number;
  readonly width: number;
}

/** A segment that is wide enough to be drawn on its own, as far as it is on the screen. */
interface WideBox {
  readonly x: number;
  readonly width: number;
  readonly segment: number;
}

/** From here on boxes are set apart by a pixel, and patterns can be seen. */
const WIDE = 5;
const NARROWEST_LABEL = 15;
const FREE = 0;
const MARK = { height: 3, step: 4 } as const;

export function drawLane(
  context: CanvasRenderingContext2D,
  scene: BandScene,
  picture: MapPicture,
  laneNumber: number,
): void {
  const lane = picture.answer.lanes[laneNumber];
  if (lane === undefined) return;
  const box = boxOfLane(scene.layout, lane.depth);
  if (box.top > scene.layout.height) return;
  const cells = cellsOn(scene, picture);
  const laneLooks = looksOf(lane, scene.looks(picture));
  const bitmap = laneBitmap(lane, laneLooks, picture.answer.cellCount);
  stretch(context, scene, cells, bitmap.segments, 0, bitmap.segments.height, box);
  const wide = wideBoxes(scene, picture, lane, cells);
  drawWide(context, scene, laneLooks, wide, box);
  if (bitmap.marks !== undefined) {
    for (let row = 0; row < bitmap.marks.height; row++) {
      stretch(context, scene, cells, bitmap.marks, row, 1, {
        top: box.top + row * MARK.step,
        height: MARK.height,
      });
    }
  }
  for (const each of wide) drawName(context, picture, laneNumber, laneLooks, each, box);
}

function cellsOn({ view, layout }: BandScene, picture: MapPicture): Cells {
  return {
    origin: toScreen(view, picture.first * STEPS, layout.width),
    width: (Number(picture.cellSize * STEPS) / Number(view.span)) * layout.width,
  };
}

/** Draws rows of a bitmap of cells where these are, as far as they are on the screen. */
function stretch(
  context: CanvasRenderingContext2D,
  { layout }: BandScene,
  { origin, width }: Cells,
  bitmap: OffscreenCanvas,
  row: number,
  rows: number,
  { top, height }: LaneBox,
): void {
  const left = Math.max(0, origin);
  const right = Math.min(layout.width, origin + bitmap.width * width);
  if (right <= left) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    bitmap,
    (left - origin) / width,
    row,
    (right - left) / width,
    rows,
    left,
    top,
    right - left,
    height,
  );
}

function wideBoxes({ view, layout }: BandScene, picture: MapPicture, lane: MapLane, cells: Cells): WideBox[] {
  const offset = fromScreen(view, 0, layout.width) / STEPS - picture.first;
  const boxes: WideBox[] = [];
  const first = Math.max(0, lastAtOrBefore(lane.start, Number(offset / picture.cellSize)));
  for (let segment = first; segment < lane.start.length; segment++) {
    const start = cells.origin + (lane.start[segment] ?? 0) * cells.width;
    if (start >= layout.width) break;
    const width = (lane.span[segment] ?? 1) * cells.width;
    if (width < WIDE) continue;
    const x = Math.max(-2, Math.round(start));
    const right = Math.min(layout.width + 2, Math.round(start + width));
    if (right > 0) boxes.push({ x, width: right - x, segment });
  }
  return boxes;
}

function drawWide(
  context: CanvasRenderingContext2D,
  { theme, patterns }: BandScene,
  { looks, filled, emptyFill }: LaneLooks,
  boxes: readonly WideBox[],
  { top, height }: LaneBox,
): void {
  for (const { x, width, segment } of boxes) {
    const look = looks[segment];
    if (look === undefined) continue;
    const empty = Math.round(height * (1 - (filled[segment] ?? FILLED)));
    fill(context, look.fill, x, top + empty, width, height - empty);
    const pattern = patterns.patternOf(context, look.pattern, look.stroke);
    if (pattern !== undefined) fill(context, pattern, x, top + empty, width, height - empty);
    if (empty > 0) fill(context, emptyFill, x, top, width, empty);
    fill(context, FRAME[theme].ground, x + width - 1, top, 1, height);
  }
}

function fill(
  context: CanvasRenderingContext2D,
  style: string | CanvasPattern,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.fillStyle = style;
  context.fillRect(x, y, width, height);
}

function drawName(
  context: CanvasRenderingContext2D,
  picture: MapPicture,
  lane: number,
  { looks }: LaneLooks,
  { x, width, segment }: WideBox,
  { top, height }: LaneBox,
): void {
  const look: Look | undefined = looks[segment];
  if (width < NARROWEST_LABEL || look === undefined) return;
  const words = wordsOn(picture, { lane, segment });
  if (words.length === 0) return;
  const isFree = picture.answer.lanes[lane]?.state[segment] === FREE;
  drawLabel(context, { x, y: top, width, height }, words, look.ink, isFree);
}

/** The most important first: a name, and then the CIDR. */
function wordsOn(picture: MapPicture, ref: SegmentRef): string[] {
  const block = picture.blocks.get(keyOfSegment(ref));
  if (block !== undefined) {
    const name = block.child ?? block.cluster ?? block.claim;
    return name === undefined ? [block.cidr] : [name, block.cidr];
  }
  const lane = picture.answer.lanes[ref.lane];
  const count = lane?.count[ref.segment] ?? 0;
  if (count > 1) return [`${formatCount(count)} blocks`, formatPercent(lane?.use[ref.segment] ?? 0)];
  return lane?.state[ref.segment] === FREE ? freeWords(picture, ref) : [];
}

/** What matters of free space is how large a block it has room for. */
function freeWords(picture: MapPicture, ref: SegmentRef): string[] {
  const facts = factsOf(picture, ref);
  if (facts === undefined) return [];
  return ["free", `/${largestWithin(picture.family, facts.first, facts.last).length}`];
}
