/** Draws the band: the ruler, the pool, and its lanes. Called for each frame, so it draws what is on the screen alone. */
import { type Family, largestWithin } from "../address/address.ts";
import type { MapLane } from "../api/answers.ts";
import type { Theme } from "../shell/theme.ts";
import { formatCount, formatPercent } from "../text/quantity.ts";
import { type BandLayout, boxOfLane } from "./band-layout.ts";
import { drawLabel, drawRuler } from "./draw-text.ts";
import { hiddenStates, type LookOptions, lookOf, markOf } from "./looks.ts";
import { factsOf, keyOfSegment, lastAtOrBefore, type MapPicture, type SegmentRef } from "./map-picture.ts";
import { type ColourMode, FRAME, type Look, STATE_LOOKS } from "./palette.ts";
import type { PatternBook } from "./patterns.ts";
import { fromScreen, STEPS, toScreen, type ViewWindow } from "./view-window.ts";

export interface BandScene {
  readonly family: Family;
  readonly view: ViewWindow;
  readonly layout: BandLayout;
  readonly theme: Theme;
  readonly mode: ColourMode;
  /** The clusters of a picture have numbers of their own. */
  readonly looks: (picture: MapPicture) => LookOptions;
  /** The coarsest first: a finer one covers what it knows better. */
  readonly pictures: readonly MapPicture[];
  readonly poolLabel: readonly [name: string, cidr: string];
  readonly patterns: PatternBook;
  /** Rings around what is chosen, pointed at, or under the cursor of the keyboard. */
  readonly rings: readonly Ring[];
}

export interface Ring {
  readonly first: bigint;
  readonly last: bigint;
  /** −1: the pool. */
  readonly depth: number;
  readonly kind: "hover" | "cursor" | "chosen";
}

export function drawBand(context: CanvasRenderingContext2D, scene: BandScene): void {
  const { layout, theme, view, family } = scene;
  context.fillStyle = FRAME[theme].ground;
  context.fillRect(0, 0, layout.width, layout.height);
  drawPool(context, scene);
  const [coarse, ...finer] = scene.pictures;
  if (coarse !== undefined) drawPicture(context, scene, coarse, finer.at(-1));
  for (const picture of finer) drawPicture(context, scene, picture);
  drawRuler(context, { family, view, layout, theme });
  for (const ring of scene.rings) drawRing(context, scene, ring);
}

function drawPool(context: CanvasRenderingContext2D, { layout, theme, poolLabel }: BandScene): void {
  const look = STATE_LOOKS[theme].child;
  const { top, height } = layout.pool;
  context.fillStyle = look.fill;
  context.fillRect(0, top, layout.width, height);
  drawLabel(context, { x: 0, y: top, width: layout.width, height }, poolLabel, look.ink);
}

/** A rectangle of a segment, as far as it is on the screen. */
interface Box {
  readonly x: number;
  readonly width: number;
  readonly segment: number;
}

/** Draws a picture, without the part that a better one covers. */
function drawPicture(
  context: CanvasRenderingContext2D,
  scene: BandScene,
  picture: MapPicture,
  better?: MapPicture,
): void {
  const { view, layout } = scene;
  const left = better === undefined ? undefined : toScreen(view, better.first * STEPS, layout.width);
  const right = better === undefined ? undefined : toScreen(view, (better.last + 1n) * STEPS, layout.width);
  if (left !== undefined && right !== undefined && left <= 0 && right >= layout.width) return;
  const { top } = boxOfLane(layout, 0);
  context.save();
  context.beginPath();
  if (left === undefined || right === undefined) {
    context.rect(0, top, layout.width, layout.height - top);
  } else {
    context.rect(0, top, Math.max(0, left), layout.height - top);
    context.rect(right, top, Math.max(0, layout.width - right), layout.height - top);
  }
  context.clip();
  for (const [index, lane] of picture.answer.lanes.entries()) drawLane(context, scene, picture, lane, index);
  context.restore();
}

function drawLane(
  context: CanvasRenderingContext2D,
  scene: BandScene,
  picture: MapPicture,
  lane: MapLane,
  laneNumber: number,
): void {
  const { top, height } = boxOfLane(scene.layout, lane.depth);
  if (top > scene.layout.height) return;
  const boxes = boxesOf(scene, picture, lane);
  const looks = scene.looks(picture);
  const groups = new Map<Look, Box[]>();
  for (const box of boxes) {
    const look = lookOf(lane, box.segment, looks);
    const group = groups.get(look);
    if (group === undefined) groups.set(look, [box]);
    else group.push(box);
  }
  for (const [look, group] of groups) fillBoxes(context, scene, lane, look, group, top, height);
  for (const box of boxes) drawHidden(context, scene, lane, box, top);
  for (const box of boxes) {
    if (box.width < NARROWEST_LABEL) continue;
    const look = lookOf(lane, box.segment, looks);
    const words = wordsOn(picture, lane, { lane: laneNumber, segment: box.segment });
    if (words.length > 0)
      drawLabel(
        context,
        { x: box.x, y: top, width: box.width, height },
        words,
        look.ink,
        lane.state[box.segment] === FREE,
      );
  }
}

const NARROWEST_LABEL = 15;
const FREE = 0;

function boxesOf({ view, layout }: BandScene, picture: MapPicture, lane: MapLane): Box[] {
  const { width } = layout;
  const origin = toScreen(view, picture.first * STEPS, width);
  const cell = (Number(picture.cellSize * STEPS) / Number(view.span)) * width;
  const firstCell = cellNumber(picture, fromScreen(view, 0, width));
  const boxes: Box[] = [];
  let drawn = Number.NEGATIVE_INFINITY;
  for (let at = Math.max(0, lastAtOrBefore(lane.start, firstCell)); at < lane.start.length; at++) {
    const start = origin + (lane.start[at] ?? 0) * cell;
    if (start >= width) break;
    const end = start + (lane.span[at] ?? 1) * cell;
    const x = Math.max(-2, Math.round(start));
    const right = Math.min(width + 2, Math.max(x + 1, Math.round(end)));
    // Of what is smaller than a pixel, one is enough.
    if (right <= 0 || right <= drawn) continue;
    drawn = right;
    boxes.push({ x, width: right - x, segment: at });
  }
  return boxes;
}

function cellNumber(picture: MapPicture, position: bigint): number {
  return Number((position / STEPS - picture.first) / picture.cellSize);
}

/** Where there is room, boxes are set apart by a pixel. */
const SEPARATE_FROM = 5;

function fillBoxes(
  context: CanvasRenderingContext2D,
  scene: BandScene,
  lane: MapLane,
  look: Look,
  boxes: readonly Box[],
  top: number,
  height: number,
): void {
  const pattern = scene.patterns.patternOf(context, look.pattern, look.stroke);
  const free = STATE_LOOKS[scene.theme].free;
  const isState = scene.mode === "state";
  context.beginPath();
  const partly: Box[] = [];
  for (const box of boxes) {
    const isMixed = isState && (lane.count[box.segment] ?? 0) > 1;
    if (isMixed) partly.push(box);
    const use = isMixed ? Math.max(12, lane.use[box.segment] ?? 0) / 100 : 1;
    const gap = box.width > SEPARATE_FROM ? 1 : 0;
    context.rect(box.x, top + height * (1 - use), box.width - gap, height * use);
  }
  context.fillStyle = look.fill;
  context.fill();
  if (pattern !== undefined) {
    context.fillStyle = pattern;
    context.fill();
  }
  if (partly.length === 0) return;
  // What is free of a run of small blocks: above the level that they fill.
  context.beginPath();
  for (const box of partly) {
    const use = Math.max(12, lane.use[box.segment] ?? 0) / 100;
    context.rect(box.x, top, box.width - (box.width > SEPARATE_FROM ? 1 : 0), height * (1 - use));
  }
  context.fillStyle = free.fill;
  context.fill();
}

/** A mark above a run of blocks for each state in it that its colour does not show. */
function drawHidden(
  context: CanvasRenderingContext2D,
  scene: BandScene,
  lane: MapLane,
  box: Box,
  top: number,
): void {
  const codes = hiddenStates(lane, box.segment);
  for (const [index, code] of codes.entries()) {
    context.fillStyle = markOf(scene.theme, code);
    context.fillRect(box.x, top + index * 4, Math.max(2, box.width - 1), 3);
  }
}

/** The most important first: a name, and then the CIDR. */
function wordsOn(picture: MapPicture, lane: MapLane, ref: SegmentRef): string[] {
  const block = picture.blocks.get(keyOfSegment(ref));
  const count = lane.count[ref.segment] ?? 0;
  if (block === undefined) {
    if (count > 1) return [`${formatCount(count)} blocks`, formatPercent(lane.use[ref.segment] ?? 0)];
    return lane.state[ref.segment] === FREE ? freeWords(picture, ref) : [];
  }
  const name = block.child ?? block.cluster ?? block.claim;
  return name === undefined ? [block.cidr] : [name, block.cidr];
}

/** What matters of free space is how large a block it has room for. */
function freeWords(picture: MapPicture, ref: SegmentRef): string[] {
  const facts = factsOf(picture, ref);
  if (facts === undefined) return [];
  return ["free", `/${largestWithin(picture.family, facts.first, facts.last).length}`];
}

const RING_WIDTH = { hover: 1.5, cursor: 3, chosen: 2.5 } as const;

function drawRing(context: CanvasRenderingContext2D, { view, layout, theme }: BandScene, ring: Ring): void {
  const x = Math.max(-4, toScreen(view, ring.first * STEPS, layout.width));
  const right = Math.min(layout.width + 4, toScreen(view, (ring.last + 1n) * STEPS, layout.width));
  if (right < 0 || x > layout.width) return;
  const { top, height } = ring.depth < 0 ? layout.pool : boxOfLane(layout, ring.depth);
  const width = RING_WIDTH[ring.kind];
  const frame = FRAME[theme];
  const [outer, inner] =
    ring.kind === "cursor"
      ? [frame.cursor, frame.ground]
      : ring.kind === "chosen"
        ? [frame.chosen, frame.ground]
        : [frame.ink, undefined];
  const strokeAt = (inset: number, colour: string, line: number) => {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x + inset, top + inset, Math.max(3, right - x - 2 * inset), height - 2 * inset);
  };
  strokeAt(width / 2 - 0.5, outer, width);
  if (inner !== undefined) strokeAt(width, inner, 1);
}
