/** Draws the Hilbert square: a segment is an area, with a line where another begins. */
import type { MapLane } from "../api/answers.ts";
import type { Theme } from "../shell/theme.ts";
import { drawLabel } from "./draw-text.ts";
import { pointOf } from "./hilbert.ts";
import { HIDEABLE, hiddenMask, type LookOptions, looksOf, markOf } from "./looks.ts";
import { keyOfSegment, type MapPicture } from "./map-picture.ts";
import { FRAME, type Look } from "./palette.ts";
import type { PatternBook } from "./patterns.ts";
import type { SquareLayout } from "./square-layout.ts";

export interface SquareScene {
  readonly width: number;
  readonly height: number;
  readonly layout: SquareLayout;
  readonly picture: MapPicture;
  readonly theme: Theme;
  readonly looks: LookOptions;
  readonly patterns: PatternBook;
  /** Ranges of cells with a ring around them: first and last. */
  readonly rings: readonly {
    readonly first: number;
    readonly last: number;
    readonly kind: "hover" | "cursor" | "chosen";
  }[];
}

export function drawSquare(context: CanvasRenderingContext2D, scene: SquareScene): void {
  const frame = FRAME[scene.theme];
  context.fillStyle = frame.ground;
  context.fillRect(0, 0, scene.width, scene.height);
  const lane = scene.picture.answer.lanes[0];
  if (lane === undefined) return;
  const groups = new Map<Look, number[]>();
  for (const [segment, look] of looksOf(lane, scene.looks).looks.entries()) {
    const group = groups.get(look);
    if (group === undefined) groups.set(look, [segment]);
    else group.push(segment);
  }
  for (const [look, segments] of groups) fillSegments(context, scene, lane, look, segments);
  drawHidden(context, scene, lane);
  drawBorders(context, scene, lane);
  drawLabels(context, scene, lane);
  const colours = { hover: frame.ink, cursor: frame.cursor, chosen: frame.chosen };
  for (const { first, last, kind } of scene.rings) {
    outline(context, scene.layout, first, last, colours[kind], kind === "hover" ? 2 : 3);
  }
}

/** Each cell of a segment, with its place. */
function* cellsOf(lane: MapLane, segment: number, side: number) {
  const start = lane.start[segment] ?? 0;
  const end = start + (lane.span[segment] ?? 0);
  for (let cell = start; cell < end; cell++) yield { cell, ...pointOf(side, cell) };
}

function fillSegments(
  context: CanvasRenderingContext2D,
  { layout, patterns }: SquareScene,
  lane: MapLane,
  look: Look,
  segments: readonly number[],
): void {
  const { left, top, cell: size, side } = layout;
  const pattern = patterns.patternOf(context, look.pattern, look.stroke);
  for (const style of pattern === undefined ? [look.fill] : [look.fill, pattern]) {
    context.fillStyle = style;
    for (const segment of segments) {
      for (const { x, y } of cellsOf(lane, segment, side)) {
        context.fillRect(left + x * size - 0.25, top + y * size - 0.25, size + 0.5, size + 0.5);
      }
    }
  }
}

/** A dot in each cell for what its colour hides. */
function drawHidden(context: CanvasRenderingContext2D, { layout, theme }: SquareScene, lane: MapLane): void {
  const { left, top, cell: size, side } = layout;
  for (const segment of lane.start.keys()) {
    const hidden = hiddenMask(lane, segment);
    const code = HIDEABLE.find((each) => (hidden & (1 << each)) !== 0);
    if (code === undefined) continue;
    context.fillStyle = markOf(theme, code);
    for (const { x, y } of cellsOf(lane, segment, side)) {
      context.fillRect(left + x * size + size * 0.3, top + y * size + size * 0.3, size * 0.4, size * 0.4);
    }
  }
}

/** Lines between cells of different segments, and around the whole. */
function drawBorders(context: CanvasRenderingContext2D, { layout, theme }: SquareScene, lane: MapLane): void {
  const { side, left, top, cell: size } = layout;
  const owner = new Int32Array(side * side).fill(-1);
  for (const segment of lane.start.keys()) {
    for (const { x, y } of cellsOf(lane, segment, side)) owner[y * side + x] = segment;
  }
  context.fillStyle = FRAME[theme].ground;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const own = owner[y * side + x];
      if (x + 1 < side && own !== owner[y * side + x + 1]) {
        context.fillRect(left + (x + 1) * size - 0.5, top + y * size, 1, size);
      }
      if (y + 1 < side && own !== owner[(y + 1) * side + x]) {
        context.fillRect(left + x * size, top + (y + 1) * size - 0.5, size, 1);
      }
    }
  }
  context.strokeStyle = FRAME[theme].line;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, side * size + 1, side * size + 1);
}

function drawLabels(
  context: CanvasRenderingContext2D,
  { layout, picture, looks }: SquareScene,
  lane: MapLane,
): void {
  for (const segment of lane.start.keys()) {
    const span = lane.span[segment] ?? 0;
    const block = picture.blocks.get(keyOfSegment({ lane: 0, segment }));
    if (block === undefined || span * layout.cell * layout.cell < 1600) continue;
    const box = boxOf(layout, lane, segment);
    const name = block.child ?? block.cluster ?? block.claim;
    const words = name === undefined ? [block.cidr] : [name, block.cidr];
    drawLabel(context, box, words, looksOf(lane, looks).looks[segment]?.ink ?? "");
  }
}

/** Around an aligned block: a square, or two of them side by side. */
function boxOf({ left, top, cell: size, side }: SquareLayout, lane: MapLane, segment: number) {
  let [x1, y1, x2, y2] = [side, side, 0, 0];
  for (const { x, y } of cellsOf(lane, segment, side)) {
    [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x), Math.max(y2, y)];
  }
  return {
    x: left + x1 * size,
    y: top + y1 * size,
    width: (x2 - x1 + 1) * size,
    height: (y2 - y1 + 1) * size,
  };
}

/** A line around an area of cells. */
function outline(
  context: CanvasRenderingContext2D,
  { left, top, cell: size, side }: SquareLayout,
  first: number,
  last: number,
  colour: string,
  width: number,
): void {
  const inside = (x: number, y: number, cells: ReadonlySet<number>) => cells.has(y * side + x);
  const cells = new Set<number>();
  for (let cell = Math.max(0, first); cell <= Math.min(last, side * side - 1); cell++) {
    const { x, y } = pointOf(side, cell);
    cells.add(y * side + x);
  }
  context.beginPath();
  for (const at of cells) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const [px, py] = [left + x * size, top + y * size];
    if (x === 0 || !inside(x - 1, y, cells)) line(context, px, py, px, py + size);
    if (x === side - 1 || !inside(x + 1, y, cells)) line(context, px + size, py, px + size, py + size);
    if (y === 0 || !inside(x, y - 1, cells)) line(context, px, py, px + size, py);
    if (y === side - 1 || !inside(x, y + 1, cells)) line(context, px, py + size, px + size, py + size);
  }
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = "square";
  context.stroke();
}

function line(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
}
