import { expect, test } from "vitest";
import { areasOf, type PoolInTree } from "./areas.ts";

const pool = (name: string, cidr: string, parent?: string): PoolInTree => ({
  namespace: "fleet",
  pool: name,
  cidr,
  ...(parent === undefined ? {} : { parent }),
});

test("CN-01 child pools lie within their parent, and nothing overlaps beside it", () => {
  const rows = [
    pool("corp", "10.0.0.0/8"),
    pool("eu", "10.32.0.0/11", "corp"),
    pool("eu-prod", "10.32.0.0/12", "eu"),
    pool("us", "10.64.0.0/11", "corp"),
    pool("v6", "2001:db8::/32"),
  ];
  const areas = new Map(areasOf(rows, { width: 800, height: 600 }).map((area) => [area.row.pool, area]));
  expect(areas.size).toBe(5);
  for (const { row, x, y, width, height } of areas.values()) {
    const outer = areas.get(row.parent ?? "") ?? { x: 0, y: 0, width: 800, height: 600 };
    expect(x >= outer.x && y >= outer.y, row.pool).toBe(true);
    expect(x + width <= outer.x + outer.width && y + height <= outer.y + outer.height, row.pool).toBe(true);
  }
  const [eu, us] = [areas.get("eu")!, areas.get("us")!];
  expect(
    eu.x + eu.width <= us.x ||
      us.x + us.width <= eu.x ||
      eu.y + eu.height <= us.y ||
      us.y + us.height <= eu.y,
  ).toBe(true);
});

test("CN-01 pools without a parent in the list, and circles, are shown", () => {
  const names = (rows: readonly PoolInTree[]) =>
    areasOf(rows, { width: 400, height: 300 }).map(({ row }) => row.pool);
  expect(names([pool("a", "10.0.0.0/8", "gone")])).toEqual(["a"]);
  expect(names([pool("a", "10.0.0.0/8", "b"), pool("b", "10.0.0.0/8", "a")]).sort()).toEqual(["a", "b"]);
  expect(names([])).toEqual([]);
});
