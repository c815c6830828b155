import { expect, test } from "vitest";
import { formatBlock, parseBlock } from "../address/address.ts";
import { pointOf } from "./hilbert.ts";
import { cellAtPoint, cellBeside, closer, farther, squareBlock, squareLayout } from "./square-layout.ts";
import { windowOf } from "./view-window.ts";

test("CN-01 each cell of the square is found where it is drawn", () => {
  const layout = squareLayout(900, 600, 4096);
  expect(layout.side).toBe(64);
  for (let cell = 0; cell < 4096; cell += 37) {
    const { x, y } = pointOf(64, cell);
    const middle = { x: layout.left + (x + 0.5) * layout.cell, y: layout.top + (y + 0.5) * layout.cell };
    expect(cellAtPoint(layout, middle)).toBe(cell);
  }
  expect(cellAtPoint(layout, { x: 1, y: 300 })).toBeUndefined();
});

test("CN-01 a square goes a quarter closer, and back to the whole", () => {
  const pool = parseBlock("10.32.0.0/11")!;
  const whole = squareBlock(4, windowOf(pool));
  expect(formatBlock(whole)).toBe("10.0.0.0/10");
  let block = whole;
  for (let step = 0; step < 12; step++) block = closer(block, parseBlock("10.40.7.9/32")!.first);
  expect(formatBlock(block)).toBe("10.40.7.0/28");
  expect(formatBlock(closer(block, block.first))).toBe("10.40.7.0/28");
  for (let step = 0; step < 12; step++) block = farther(block, whole);
  expect(block).toEqual(whole);
});

test("CN-01 arrows go to the cell beside, and stop at the edge", () => {
  const at = (cell: number) => pointOf(8, cell);
  const start = 20;
  expect(at(cellBeside(8, start, { x: 1, y: 0 })).x).toBe(at(start).x + 1);
  expect(at(cellBeside(8, start, { x: 0, y: 9 })).y).toBe(7);
});
