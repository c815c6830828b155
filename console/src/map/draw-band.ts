/** Draws the band: the ruler, the pool, and its lanes. Called for each frame, so it draws what is on the screen alone. */
import { type Family, lastOf } from "../address/address.ts";
import type { Theme } from "../shell/theme.ts";
import { type BandLayout, boxOfLane } from "./band-layout.ts";
import { drawLane } from "./draw-lane.ts";
import { drawLabel, drawRuler } from "./draw-text.ts";
import type { LookOptions } from "./looks.ts";
import type { MapPicture } from "./map-picture.ts";
import { FRAME, STATE_LOOKS } from "./palette.ts";
import type { PatternBook } from "./patterns.ts";
import { depthOfBlock, type Pulse, strengthAt } from "./pulses.ts";
import { STEPS, toScreen, type ViewWindow } from "./view-window.ts";

export interface BandScene {
  readonly family: Family;
  readonly view: ViewWindow;
  readonly layout: BandLayout;
  readonly theme: Theme;
  /** The clusters of a picture have numbers of their own. */
  readonly looks: (picture: MapPicture) => LookOptions;
  /** The coarsest first: a finer one covers what it knows better. */
  readonly pictures: readonly MapPicture[];
  readonly poolLabel: readonly [name: string, cidr: string];
  readonly patterns: PatternBook;
  /** Rings around what is chosen, pointed at, or under the cursor of the keyboard. */
  readonly rings: readonly Ring[];
  /** Blocks about which something was decided a moment ago. */
  readonly pulses: readonly Pulse[];
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
  drawPulses(context, scene);
  for (const ring of scene.rings) drawRing(context, scene, ring);
}

/** A frame that fades. It does not move, so it may be there for those who want no motion, too. */
function drawPulses(context: CanvasRenderingContext2D, scene: BandScene): void {
  const { pulses, pictures, view, layout, theme } = scene;
  const now = performance.now();
  for (const pulse of pulses) {
    const depth = pictures
      .map((picture) => depthOfBlock(picture, pulse.block))
      .findLast((each) => each !== undefined);
    if (depth === undefined) continue;
    const { top, height } = boxOfLane(layout, depth);
    const x = toScreen(view, pulse.block.first * STEPS, layout.width);
    const right = toScreen(view, (lastOf(pulse.block) + 1n) * STEPS, layout.width);
    if (right < 0 || x > layout.width) continue;
    const left = Math.max(-6, x);
    context.globalAlpha = strengthAt(pulse, now);
    context.strokeStyle = FRAME[theme].pulse;
    context.lineWidth = 4;
    context.strokeRect(
      left - 1,
      top - 1,
      Math.max(4, Math.min(layout.width + 6, right) - left + 2),
      height + 2,
    );
  }
  context.globalAlpha = 1;
}

function drawPool(context: CanvasRenderingContext2D, { layout, theme, poolLabel }: BandScene): void {
  const look = STATE_LOOKS[theme].child;
  const { top, height } = layout.pool;
  context.fillStyle = look.fill;
  context.fillRect(0, top, layout.width, height);
  drawLabel(context, { x: 0, y: top, width: layout.width, height }, poolLabel, look.ink);
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
  for (const lane of picture.answer.lanes.keys()) drawLane(context, scene, picture, lane);
  context.restore();
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
