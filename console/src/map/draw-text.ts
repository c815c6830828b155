/** Text on the canvas: labels that fit into boxes, and the ruler. */
import type { Family } from "../address/address.ts";
import type { Theme } from "../shell/theme.ts";
import { displayText } from "../text/display-text.ts";
import type { BandLayout } from "./band-layout.ts";
import { FRAME } from "./palette.ts";
import { rulerFor } from "./ruler.ts";
import type { ViewWindow } from "./view-window.ts";

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
const MONO = 'ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", "Liberation Mono", monospace';

export interface TextBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const NAME_FONT = `600 12.5px ${FONT}`;
const QUIET_FONT = `12.5px ${FONT}`;
const PADDING = 7;
const LINE = 16;
const NARROWEST = 26;

/** Widths by font and text: measuring is what takes time. */
const widths = new Map<string, number>();
const MOST_WIDTHS = 4000;

function widthOf(context: CanvasRenderingContext2D, text: string): number {
  const key = `${context.font}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size > MOST_WIDTHS) widths.clear();
  const { width } = context.measureText(text);
  widths.set(key, width);
  return width;
}

/** The text, or as much of it as fits with an ellipsis; empty where nothing useful is left. */
function cut(context: CanvasRenderingContext2D, text: string, room: number): string {
  const width = widthOf(context, text);
  if (width <= room) return text;
  const letters = Math.floor((room / width) * text.length) - 1;
  return letters < 3 ? "" : `${text.slice(0, letters)}…`;
}

/**
 * Writes a name, and below it or beside it a CIDR, into a box. What scrolls out on the left stays readable: the text starts
 * at the visible part.
 */
export function drawLabel(
  context: CanvasRenderingContext2D,
  box: TextBox,
  words: readonly string[],
  ink: string,
  isQuiet = false,
): void {
  const left = Math.max(0, box.x) + PADDING;
  const room = box.x + box.width - left - PADDING + 2;
  const [first = "", second = ""] = words.map(displayText);
  if (room < NARROWEST || isBetterUpright(context, box, first, room)) {
    drawUpright(context, box, first, ink);
    return;
  }
  context.fillStyle = ink;
  context.textBaseline = "middle";
  context.font = isQuiet ? QUIET_FONT : NAME_FONT;
  const name = cut(context, first, room);
  const hasTwoLines = box.height >= 2 * LINE + 8 && second !== "";
  const middle = box.y + (hasTwoLines ? 8 + LINE / 2 : Math.min(box.height / 2, 8 + LINE / 2 + 4));
  if (name !== "") context.fillText(name, left, middle);
  if (second === "") return;
  const used = name === "" ? 0 : widthOf(context, name);
  context.font = `11.5px ${MONO}`;
  if (hasTwoLines) {
    const text = cut(context, second, room);
    if (text === second) context.fillText(text, left, middle + LINE);
  } else if (name === first && widthOf(context, second) + used + 10 <= room) {
    context.fillText(second, left + used + 10, middle + 0.5);
  }
}

const LOWEST_UPRIGHT = 64;
const NARROWEST_UPRIGHT = 15;

/** Turned by a quarter a name fits, which otherwise would be cut. */
function isBetterUpright(
  context: CanvasRenderingContext2D,
  box: TextBox,
  text: string,
  room: number,
): boolean {
  context.font = NAME_FONT;
  const width = widthOf(context, text);
  return box.height > width + 2 * PADDING && width > 1.25 * room;
}

/** From bottom to top, at the upper end. */
function drawUpright(context: CanvasRenderingContext2D, box: TextBox, text: string, ink: string): void {
  const left = Math.max(0, box.x);
  const visible = box.x + box.width - left;
  if (visible < NARROWEST_UPRIGHT || box.height < LOWEST_UPRIGHT || text === "") return;
  context.save();
  context.font = NAME_FONT;
  context.fillStyle = ink;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.translate(left + visible / 2, box.y + PADDING);
  context.rotate(-Math.PI / 2);
  context.fillText(cut(context, text, box.height - 2 * PADDING), 0, 0.5);
  context.restore();
}

export interface RulerScene {
  readonly family: Family;
  readonly view: ViewWindow;
  readonly layout: BandLayout;
  readonly theme: Theme;
}

export function drawRuler(
  context: CanvasRenderingContext2D,
  { family, view, layout, theme }: RulerScene,
): void {
  const { width, rulerHeight } = layout;
  const frame = FRAME[theme];
  context.fillStyle = frame.ground;
  context.fillRect(0, 0, width, rulerHeight);
  context.textBaseline = "middle";
  for (const { x, label, isMajor } of rulerFor(family, view, width).ticks) {
    context.fillStyle = isMajor ? frame.soft : frame.line;
    context.fillRect(Math.round(x), isMajor ? rulerHeight - 12 : rulerHeight - 7, 1, isMajor ? 12 : 7);
    context.fillStyle = isMajor ? frame.ink : frame.soft;
    context.font = `${isMajor ? "600 " : ""}11px ${MONO}`;
    if (x + 6 < width) context.fillText(label, x + 4, rulerHeight / 2 - 3);
  }
}
