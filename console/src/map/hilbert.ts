/**
 * The curve that fills a square so that what is near on the line is near in the square, and each aligned block of even
 * length is a square (D. Hilbert, 1891). `side` is a power of two.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the cell with this number is. */
export function pointOf(side: number, cell: number): Point {
  let [x, y, rest] = [0, 0, cell];
  for (let size = 1; size < side; size *= 2) {
    const right = 1 & (rest >> 1);
    const down = 1 & (rest ^ right);
    if (down === 0) {
      if (right === 1) [x, y] = [size - 1 - x, size - 1 - y];
      [x, y] = [y, x];
    }
    x += size * right;
    y += size * down;
    rest >>= 2;
  }
  return { x, y };
}

/** The number of the cell that is there. */
export function cellOf(side: number, point: Point): number {
  let { x, y } = point;
  let cell = 0;
  for (let size = side / 2; size >= 1; size /= 2) {
    const right = (x & size) > 0 ? 1 : 0;
    const down = (y & size) > 0 ? 1 : 0;
    cell += size * size * ((3 * right) ^ down);
    if (down === 0) {
      if (right === 1) [x, y] = [side - 1 - x, side - 1 - y];
      [x, y] = [y, x];
    }
  }
  return cell;
}
