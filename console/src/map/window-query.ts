/**
 * What to ask the server for, so that a window can be drawn: a little more than is visible, snapped to a grid, so that
 * small movements need no further request and the same place always has the same key.
 */
import { type Family, formatAddress } from "../address/address.ts";
import { addressesIn, type Bounds, type ViewWindow } from "./view-window.ts";

/** As many cells as an answer may have. */
const MOST_CELLS = 2048;
/** Pixels of a cell: finer is not seen. */
const CELL_PIXELS = 0.6;

export interface WindowQuery {
  readonly from: string;
  readonly to: string;
  readonly cells: number;
}

export function queryFor(family: Family, view: ViewWindow, bounds: Bounds, pixels: number): WindowQuery {
  const { first, last } = addressesIn(view);
  const within = addressesIn(bounds);
  const span = last - first + 1n;
  const grid = powerBelow(span) / 4n || 1n;
  const from = first - (first % grid) - grid;
  const to = last - (last % grid) + 2n * grid - 1n;
  const start = from < within.first ? within.first : from;
  const end = to > within.last ? within.last : to;
  const share = Number(end - start + 1n) / Number(span);
  const cells = Math.max(1, Math.min(MOST_CELLS, Math.ceil((roundedUp(pixels) * share) / CELL_PIXELS)));
  return { from: formatAddress(family, start), to: formatAddress(family, end), cells };
}

/** The largest power of two that is not greater. */
function powerBelow(value: bigint): bigint {
  return 1n << BigInt(value.toString(2).length - 1);
}

/** To a multiple of 128, so that a window that is a few pixels wider has the same key. */
const roundedUp = (pixels: number): number => Math.max(128, Math.ceil(pixels / 128) * 128);
