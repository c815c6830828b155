/** The Hilbert square: where its cells are on the screen, and which block a closer look goes to. Pure. */
import { type Block, blockAround, blockAt, contains, type Family, widthOf } from "../address/address.ts";
import { cellOf, type Point, pointOf } from "./hilbert.ts";
import { addressesIn, type ViewWindow } from "./view-window.ts";

export interface SquareLayout {
  readonly left: number;
  readonly top: number;
  /** Pixels of a cell. */
  readonly cell: number;
  /** Cells of a side: a power of two. */
  readonly side: number;
}

const MARGIN = 8;

export function squareLayout(width: number, height: number, cellCount: number): SquareLayout {
  const side = 2 ** Math.ceil(Math.log2(Math.max(1, cellCount)) / 2);
  const room = Math.max(side, Math.min(width, height) - 2 * MARGIN);
  const cell = room / side;
  return { side, cell, left: (width - room) / 2, top: (height - room) / 2 };
}

/** The cell at a point of the canvas. */
export function cellAtPoint({ left, top, cell, side }: SquareLayout, { x, y }: Point): number | undefined {
  const [column, row] = [Math.floor((x - left) / cell), Math.floor((y - top) / cell)];
  if (column < 0 || row < 0 || column >= side || row >= side) return undefined;
  return cellOf(side, { x: column, y: row });
}

/** The cell beside one; the same at the edge. */
export function cellBeside(side: number, cell: number, by: Point): number {
  const { x, y } = pointOf(side, cell);
  const to = { x: Math.max(0, Math.min(side - 1, x + by.x)), y: Math.max(0, Math.min(side - 1, y + by.y)) };
  return cellOf(side, to);
}

/** The smallest block of even size (a square) around a window. */
export function squareBlock(family: Family, view: ViewWindow): Block {
  const { first, last } = addressesIn(view);
  const around = blockAround(family, first, last);
  const isEven = (widthOf(family) - around.length) % 2 === 0;
  return isEven || around.length === 0 ? around : blockAt(family, around.first, around.length - 1);
}

/** A quarter of it, around an address; at most down to sixteen addresses. */
export function closer(block: Block, address: bigint): Block {
  const length = Math.min(widthOf(block.family) - 4, block.length + 2);
  return length <= block.length ? block : blockAt(block.family, address, length);
}

/** Four times as large, but not beyond what is around the pool. */
export function farther(block: Block, outermost: Block): Block {
  if (contains(block, outermost)) return outermost;
  const next = blockAt(block.family, block.first, Math.max(0, block.length - 2));
  return contains(next, outermost) ? outermost : next;
}
