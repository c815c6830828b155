/**
 * What part of the address space is on the screen: exact, whatever the family. Positions are fixed-point numbers in
 * steps of 1/65536 of an address, so that panning is smooth even when four addresses fill the screen, and nothing is
 * rounded when 2^96 of them do.
 */
import { type Block, type Family, formatAddress, parseAddress, sizeOf } from "../address/address.ts";

/** Steps of an address. */
export const STEPS = 65_536n;

export interface ViewWindow {
  /** Left edge, in steps. */
  readonly start: bigint;
  /** Width, in steps; positive. */
  readonly span: bigint;
}

/** The window that may not be left: that of a pool, say. */
export type Bounds = ViewWindow;

/** Four addresses are as close as one looks. */
const SMALLEST_SPAN = 4n * STEPS;

const FRACTION_BITS = 40n;
const FRACTION = 2 ** 40;

/** `value × factor`, exact to 2^-40 of the value. Factors from 2^-40 to 2^13. */
function times(value: bigint, factor: number): bigint {
  return (value * BigInt(Math.round(factor * FRACTION))) >> FRACTION_BITS;
}

export function windowOf(block: Block): ViewWindow {
  return { start: block.first * STEPS, span: sizeOf(block.family, block.length) * STEPS };
}

export function windowBetween(first: bigint, last: bigint): ViewWindow {
  return { start: first * STEPS, span: (last - first + 1n) * STEPS };
}

/** First and last address that can be seen, in part at least. */
export function addressesIn({ start, span }: ViewWindow): { readonly first: bigint; readonly last: bigint } {
  return { first: start / STEPS, last: (start + span - 1n) / STEPS };
}

/** Inside of the bounds, not larger than they are and not smaller than one looks. */
export function fitted({ start, span }: ViewWindow, bounds: Bounds): ViewWindow {
  const smallest = bounds.span < SMALLEST_SPAN ? bounds.span : SMALLEST_SPAN;
  const width = span < smallest ? smallest : span > bounds.span ? bounds.span : span;
  const most = bounds.start + bounds.span - width;
  return { start: start < bounds.start ? bounds.start : start > most ? most : start, span: width };
}

/** Moves by `share` of what is visible; to higher addresses if it is positive. */
export function panned(view: ViewWindow, share: number, bounds: Bounds): ViewWindow {
  const by = times(view.span, Math.abs(share));
  return fitted({ start: view.start + (share < 0 ? -by : by), span: view.span }, bounds);
}

/**
 * What is visible becomes `factor` times as wide; the position at `anchor` (0 left, 1 right) stays where it is.
 * A factor of 1/2 zooms in.
 */
export function zoomed(view: ViewWindow, factor: number, anchor: number, bounds: Bounds): ViewWindow {
  const span = fitted({ start: view.start, span: times(view.span, factor) }, bounds).span;
  const at = view.start + times(view.span, anchor);
  return fitted({ start: at - times(span, anchor), span }, bounds);
}

/** Where a position (in steps) is on a screen that is `width` wide. Exact near the screen, and finite far from it. */
export function toScreen(view: ViewWindow, position: bigint, width: number): number {
  return (Number(position - view.start) / Number(view.span)) * width;
}

/** The position (in steps) at `x`. */
export function fromScreen(view: ViewWindow, x: number, width: number): bigint {
  const share = x / width;
  return view.start + (share < 0 ? -times(view.span, -share) : times(view.span, share));
}

/** On the way from one window to another: the one that is reached at `t` in 0…1, scaling evenly around a fixed point. */
export function between(from: ViewWindow, to: ViewWindow, t: number): ViewWindow {
  if (t <= 0) return from;
  if (t >= 1) return to;
  const ratio = Math.exp(Math.log(Number(to.span) / Number(from.span)) * t);
  const grows = Number(to.span) / Number(from.span) - 1;
  const way = Math.abs(grows) < 1e-9 ? t : (ratio - 1) / grows;
  const move = to.start - from.start;
  const by = times(move < 0n ? -move : move, way);
  const span = times(from.span, ratio);
  return { start: from.start + (move < 0n ? -by : by), span: span > 0n ? span : 1n };
}

/** `10.32.0.0-10.47.255.255`, as it stands in a URL. */
export function formatRange(family: Family, view: ViewWindow): string {
  const { first, last } = addressesIn(view);
  return `${formatAddress(family, first)}-${formatAddress(family, last)}`;
}

/** Undefined: it is not a range of this family. */
export function parseRange(family: Family, text: string): ViewWindow | undefined {
  const [from, to, ...more] = text.split("-").map(parseAddress);
  if (from === undefined || to === undefined || more.length > 0) return undefined;
  if (from.family !== family || to.family !== family || from.value > to.value) return undefined;
  return windowBetween(from.value, to.value);
}

/** After a gesture: the left edge moves by `share` of the width, and then the window is `factor` times as wide. */
export function changed(
  view: ViewWindow,
  { share, factor }: { readonly share: number; readonly factor: number },
  bounds: Bounds,
): ViewWindow {
  const by = times(view.span, Math.abs(share));
  const start = view.start + (share < 0 ? -by : by);
  const span = times(view.span, factor);
  // At the closest zoom a window does not become narrower, and must not slide then either.
  const width = fitted({ start, span }, bounds).span;
  if (width === view.span && factor !== 1) return view;
  return fitted({ start, span: width }, bounds);
}
