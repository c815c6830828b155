/** Which pages of a long list are on the screen: pure. */

/** Rows of a page. */
export const PAGE_SIZE = 100;

/** Offsets of the pages that hold the rows from `first` to `last`, both included. */
export function offsetsOf(first: number, last: number, total: number): number[] {
  const end = Math.min(last, total - 1);
  const offsets: number[] = [];
  for (let at = Math.floor(Math.max(0, first) / PAGE_SIZE) * PAGE_SIZE; at <= end; at += PAGE_SIZE) {
    offsets.push(at);
  }
  return offsets.length > 0 ? offsets : [0];
}

export interface Page<Row> {
  readonly offset: number;
  readonly total: number;
  readonly rows: readonly Row[];
}

/** The rows that are there, by their number in the list. */
export function rowsByNumber<Row>(pages: readonly (Page<Row> | undefined)[]): ReadonlyMap<number, Row> {
  const found = new Map<number, Row>();
  for (const page of pages) {
    for (const [index, row] of page?.rows.entries() ?? []) found.set((page?.offset ?? 0) + index, row);
  }
  return found;
}
