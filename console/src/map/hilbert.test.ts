import { expect, test } from "vitest";
import { cellOf, pointOf } from "./hilbert.ts";

for (const side of [1, 2, 4, 8, 64]) {
  test(`CN-01 every cell of a square of ${side} is found once, and neighbours on the line touch`, () => {
    const seen = new Set<string>();
    let last = pointOf(side, 0);
    for (let cell = 0; cell < side * side; cell++) {
      const point = pointOf(side, cell);
      expect(cellOf(side, point)).toBe(cell);
      seen.add(`${point.x},${point.y}`);
      if (cell > 0) expect(Math.abs(point.x - last.x) + Math.abs(point.y - last.y)).toBe(1);
      last = point;
    }
    expect(seen.size).toBe(side * side);
  });
}

test("CN-01 a quarter of the line is a quarter of the square", () => {
  for (let quarter = 0; quarter < 4; quarter++) {
    const points = Array.from({ length: 16 }, (_, index) => pointOf(8, quarter * 16 + index));
    const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
    expect(Math.max(...xs) - Math.min(...xs)).toBe(3);
    expect(Math.max(...ys) - Math.min(...ys)).toBe(3);
  }
});
