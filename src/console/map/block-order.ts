/**
 * The blocks of one pool in the order of their addresses, in pieces whose sum is known: what lies in a cell is found without
 * a look at each block. Blocks may nest, overlap and be identical.
 */
import {
  type Address,
  compareAddresses,
  comparePrefixes,
  hostPrefix,
  lastAddress,
  type Prefix,
  truncate,
} from "../../ipam/index.ts";
import { compareText } from "../../kernel/index.ts";
import { addEntry, addSum, type BlockSum, emptySum, type MapEntry } from "./block-sum.ts";

/** Twice as many, and a piece is divided. Small, since a piece on the border of two cells is read block by block. */
const PIECE = 32;

interface Piece {
  /** In order, never empty. */
  readonly entries: MapEntry[];
  /** Undefined: to be added up again. */
  sum: BlockSum | undefined;
  /** The shortest length in it. Valid while the sum is. */
  shortest: number;
}

export interface BlockVisitor {
  /** A block of a cell or more. */
  block(entry: MapEntry): void;
  /** What is smaller than a cell and lies in the cell of this address. */
  within(cell: Address, sum: BlockSum): void;
}

export class BlockOrder {
  /** Increases with every change. */
  version = 0;
  #pieces: Piece[] = [];
  readonly #entries = new Map<string, MapEntry>();
  #total: BlockSum | undefined;
  /** Blocks by prefix length. */
  readonly #byLength = new Map<number, number>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): MapEntry | undefined {
    return this.#entries.get(key);
  }

  /** Replaces everything. O(n log n). */
  load(entries: readonly MapEntry[]): void {
    this.#entries.clear();
    this.#byLength.clear();
    for (const entry of entries) this.#entries.set(entry.key, entry);
    for (const { prefix } of this.#entries.values()) this.#countLength(prefix, 1);
    const sorted = [...this.#entries.values()].sort(compareEntries);
    this.#pieces = [];
    for (let at = 0; at < sorted.length; at += PIECE) {
      this.#pieces.push(pieceOf(sorted.slice(at, at + PIECE)));
    }
    this.#total = undefined;
    this.version++;
  }

  set(entry: MapEntry): void {
    this.delete(entry.key);
    this.#entries.set(entry.key, entry);
    this.#countLength(entry.prefix, 1);
    this.#total = undefined;
    this.version++;
    const at = this.#pieceFor(entry);
    const piece = this.#pieces[at];
    if (piece === undefined) {
      this.#pieces.push(pieceOf([entry]));
      return;
    }
    piece.entries.splice(positionIn(piece.entries, entry), 0, entry);
    piece.sum = undefined;
    if (piece.entries.length > 2 * PIECE) {
      this.#pieces.splice(at + 1, 0, pieceOf(piece.entries.splice(PIECE)));
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#countLength(entry.prefix, -1);
    this.#total = undefined;
    this.version++;
    const at = this.#pieceFor(entry);
    const piece = this.#pieces[at];
    if (piece === undefined) return;
    piece.entries.splice(positionIn(piece.entries, entry), 1);
    piece.sum = undefined;
    if (piece.entries.length === 0) this.#pieces.splice(at, 1);
  }

  total(): BlockSum {
    if (this.#total !== undefined) return this.#total;
    const total = emptySum();
    for (const piece of this.#pieces) addSum(total, sumOf(piece));
    this.#total = total;
    return total;
  }

  values(): IterableIterator<MapEntry> {
    return this.#entries.values();
  }

  /** Those that contain all of it, the outermost first. */
  around(prefix: Prefix): MapEntry[] {
    return this.#containing(prefix, prefix.length);
  }

  /**
   * Visits what shares an address with the window, by address, outer blocks first; each block once, as one of its own or in
   * a sum.
   *
   * @param first where the window begins: the first address of a cell
   * @param last its last address: the last of a cell
   */
  visit(first: Address, last: Address, cellLength: number, visitor: BlockVisitor): void {
    for (const entry of this.#containing(truncate(first, cellLength), cellLength)) {
      if (compareAddresses(entry.prefix, first) < 0) visitor.block(entry);
    }
    const start = { ...first, length: 0 } as Prefix;
    for (let at = this.#pieceAt(start); at < this.#pieces.length; at++) {
      const piece = this.#pieces[at] as Piece;
      const [head] = piece.entries;
      const tail = piece.entries.at(-1);
      if (head === undefined || tail === undefined || compareAddresses(head.prefix, last) > 0) return;
      if (compareAddresses(tail.prefix, first) < 0) continue;
      if (compareAddresses(head.prefix, first) >= 0 && isInOneCell(piece, head, tail, cellLength)) {
        visitor.within(head.prefix, sumOf(piece));
      } else visitEach(piece.entries, first, last, cellLength, visitor);
    }
  }

  /** Adds up, by state, the blocks that share an address with the window. */
  countStates(first: Address, last: Address, count: (state: number, by: number) => void): void {
    const start = hostPrefix(first);
    for (const { prefix, state } of this.#containing(start, start.length)) {
      if (compareAddresses(prefix, first) < 0) count(state, 1);
    }
    for (let at = this.#pieceAt({ ...first, length: 0 } as Prefix); at < this.#pieces.length; at++) {
      const piece = this.#pieces[at] as Piece;
      const [head] = piece.entries;
      const tail = piece.entries.at(-1);
      if (head === undefined || tail === undefined || compareAddresses(head.prefix, last) > 0) return;
      if (compareAddresses(head.prefix, first) >= 0 && compareAddresses(tail.prefix, last) <= 0) {
        for (const [state, by] of sumOf(piece).counts.entries()) if (by > 0) count(state, by);
        continue;
      }
      for (const { prefix, state } of piece.entries) {
        if (compareAddresses(prefix, first) >= 0 && compareAddresses(prefix, last) <= 0) count(state, 1);
      }
    }
  }

  /** Blocks of at most this length that contain the prefix, the outermost first. */
  #containing(prefix: Prefix, longest: number): MapEntry[] {
    const found: MapEntry[] = [];
    for (const length of [...this.#byLength.keys()].sort((a, b) => a - b)) {
      if (length > longest) break;
      const block = truncate(prefix, length);
      for (let at = this.#pieceAt(block); at < this.#pieces.length; at++) {
        const { entries } = this.#pieces[at] as Piece;
        const from = lowerBound(entries, (entry) => comparePrefixes(entry.prefix, block) >= 0);
        let index = from;
        for (; index < entries.length; index++) {
          const entry = entries[index] as MapEntry;
          if (comparePrefixes(entry.prefix, block) !== 0) break;
          found.push(entry);
        }
        if (index < entries.length) break;
      }
    }
    return found;
  }

  #countLength({ length }: Prefix, by: 1 | -1): void {
    const count = (this.#byLength.get(length) ?? 0) + by;
    if (count === 0) this.#byLength.delete(length);
    else this.#byLength.set(length, count);
  }

  /** Number of the piece in which the first entry not before the prefix may be. */
  #pieceAt(prefix: Prefix): number {
    const after = lowerBound(this.#pieces, ({ entries: [head] }) =>
      head === undefined ? false : comparePrefixes(head.prefix, prefix) >= 0,
    );
    return Math.max(after - 1, 0);
  }

  /** Number of the piece that has, or would have, the entry. */
  #pieceFor(entry: MapEntry): number {
    const after = lowerBound(this.#pieces, ({ entries: [head] }) =>
      head === undefined ? false : compareEntries(head, entry) > 0,
    );
    return Math.max(after - 1, 0);
  }
}

function visitEach(
  entries: readonly MapEntry[],
  first: Address,
  last: Address,
  cellLength: number,
  visitor: BlockVisitor,
): void {
  let cell: Prefix | undefined;
  let end: Address = first;
  let sum = emptySum();
  for (const entry of entries) {
    const { prefix } = entry;
    if (prefix.address < first.address) continue;
    if (prefix.address > last.address) break;
    if (prefix.length <= cellLength) {
      visitor.block(entry);
      continue;
    }
    if (cell === undefined || prefix.address > end.address) {
      if (cell !== undefined) {
        visitor.within(cell, sum);
        sum = emptySum();
      }
      cell = truncate(prefix, cellLength);
      end = lastAddress(cell);
    }
    addEntry(sum, entry);
  }
  if (cell !== undefined) visitor.within(cell, sum);
}

function isInOneCell(piece: Piece, head: MapEntry, tail: MapEntry, cellLength: number): boolean {
  sumOf(piece);
  if (piece.shortest <= cellLength) return false;
  return truncate(head.prefix, cellLength).address === truncate(tail.prefix, cellLength).address;
}

function pieceOf(entries: MapEntry[]): Piece {
  return { entries, sum: undefined, shortest: 0 };
}

function sumOf(piece: Piece): BlockSum {
  if (piece.sum !== undefined) return piece.sum;
  const sum = emptySum();
  piece.shortest = Number.POSITIVE_INFINITY;
  for (const entry of piece.entries) {
    addEntry(sum, entry);
    piece.shortest = Math.min(piece.shortest, entry.prefix.length);
  }
  piece.sum = sum;
  return sum;
}

function compareEntries(a: MapEntry, b: MapEntry): number {
  return comparePrefixes(a.prefix, b.prefix) || compareText(a.key, b.key);
}

function positionIn(entries: readonly MapEntry[], entry: MapEntry): number {
  return lowerBound(entries, (each) => compareEntries(each, entry) >= 0);
}

/** The number of the first for which it holds, in a list in which it holds from some number on; else the length. */
function lowerBound<T>(list: readonly T[], holds: (value: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(list[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
