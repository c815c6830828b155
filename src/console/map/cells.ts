/**
 * A lane as it is painted, cell by cell: first the pool, then what is reserved, what is smaller than a cell, and blocks. What is
 * painted over stays in the count and in the states of its cells.
 */
import type { Prefix } from "../../ipam/index.ts";
import { addEntry, addSum, type BlockSum, emptySum, type MapEntry } from "./block-sum.ts";
import { FAILED, FREE, RESERVED } from "./states.ts";
import { cellOf, cellsOf, type Window } from "./window.ts";

/** What is on top of a cell. */
export type Top =
  | { readonly what: "free"; readonly pool: string }
  | { readonly what: "reserved"; readonly pool: string; readonly prefix: Prefix }
  | { readonly what: "block"; readonly pool: string; readonly entry: MapEntry }
  /** Things that are smaller than a cell. */
  | { readonly what: "many" };

export const MANY: Top = { what: "many" };

export class Cells {
  readonly window: Window;
  /** Undefined: outside of all pools of the lane. */
  readonly top: (Top | undefined)[];
  /** Of the blocks that begin in the cell, or before the window in its first cell. */
  readonly count: Float64Array;
  readonly also: Uint8Array;
  /** Of what is smaller than the cell. */
  readonly sums: (BlockSum | undefined)[];

  constructor(window: Window) {
    this.window = window;
    this.top = new Array(window.count).fill(undefined);
    this.count = new Float64Array(window.count);
    this.also = new Uint8Array(window.count);
    this.sums = new Array(window.count).fill(undefined);
  }

  /** A pool of a cell or more. What it is painted over stays in counts and states. */
  free(pool: string, prefix: Prefix): void {
    const { from, to } = cellsOf(this.window, prefix);
    this.top.fill({ what: "free", pool }, from, to);
  }

  reserved(pool: string, prefix: Prefix): void {
    if (prefix.length > this.window.cellLength) {
      const at = cellOf(this.window, prefix);
      if (!this.#isInside(at)) return;
      this.also[at] = (this.also[at] as number) | (1 << RESERVED);
      const sum = this.#sumAt(at);
      const weight = 2 ** -prefix.length;
      sum.weight[RESERVED] = (sum.weight[RESERVED] as number) + weight;
      sum.held += weight;
      return;
    }
    const { from, to } = cellsOf(this.window, prefix);
    this.top.fill({ what: "reserved", pool, prefix }, from, to);
    this.#mark(from, to, RESERVED);
  }

  /** Blocks that are smaller than a cell, all in this one. */
  many(at: number, sum: BlockSum): void {
    if (!this.#isInside(at)) return;
    addSum(this.#sumAt(at), sum);
    this.count[at] = (this.count[at] as number) + sum.count;
    this.also[at] = (this.also[at] as number) | sum.also;
  }

  /** A pool that is smaller than a cell, with its blocks. */
  smallPool(at: number, sum: BlockSum): void {
    if (!this.#isInside(at)) return;
    this.#sumAt(at);
    this.many(at, sum);
  }

  /** A block of a cell or more. One that failed is behind what has the place. */
  block(pool: string, entry: MapEntry): void {
    if (entry.prefix.length > this.window.cellLength) {
      const sum = emptySum();
      addEntry(sum, entry);
      this.many(cellOf(this.window, entry.prefix), sum);
      return;
    }
    const { from, to } = cellsOf(this.window, entry.prefix);
    if (to <= from) return;
    const top: Top = { what: "block", pool, entry };
    for (let at = from; at < to; at++) {
      const isFree = this.top[at]?.what === "free" && this.sums[at] === undefined;
      if (entry.isHeld || isFree) this.top[at] = top;
    }
    this.#mark(from, to, entry.state);
    this.count[from] = (this.count[from] as number) + 1;
  }

  /** Cells whose smaller things are not under a block. Call it once all is painted. */
  topAt(at: number): Top | undefined {
    const top = this.top[at];
    if (this.sums[at] === undefined) return top;
    return top?.what === "block" && top.entry.isHeld ? top : MANY;
  }

  #mark(from: number, to: number, state: number): void {
    for (let at = from; at < to; at++) this.also[at] = (this.also[at] as number) | (1 << state);
  }

  #sumAt(at: number): BlockSum {
    const known = this.sums[at];
    if (known !== undefined) return known;
    const sum = emptySum();
    this.sums[at] = sum;
    return sum;
  }

  #isInside(at: number): boolean {
    return at >= 0 && at < this.window.count;
  }
}

/** The state of most addresses of a sum that are not free; of those that hold none only where there is nothing else. */
export function mainStateOf({ weight }: BlockSum): number {
  let best = FREE;
  let most = 0;
  for (let code = 1; code < weight.length; code++) {
    if (code === FAILED) continue;
    const own = weight[code] as number;
    if (own > most) {
      best = code as typeof best;
      most = own;
    }
  }
  return most === 0 && (weight[FAILED] as number) > 0 ? FAILED : best;
}
