import { expect, test } from "vitest";
import { parseBlock } from "../address/address.ts";
import { bandLayout, depthAt, layoutBetween } from "./band-layout.ts";
import { rulerFor } from "./ruler.ts";
import { windowOf } from "./view-window.ts";

const WIDE = [false, false, false, false];

test("CN-01 lanes fill the height within limits, and each is found where it is drawn", () => {
  for (const slim of [WIDE, [true, true, false, false]]) {
    const layout = bandLayout(1000, 500, slim);
    const last = layout.lanes.at(-1)!;
    expect(last.top + last.height + 4).toBeCloseTo(500);
    for (const [depth, { top, height }] of layout.lanes.entries()) {
      expect(depthAt(layout, top + 1)).toBe(depth);
      expect(depthAt(layout, top + height - 1)).toBe(depth);
      expect(height === 30).toBe(slim[depth]);
    }
    expect(depthAt(layout, 5)).toBeUndefined();
    expect(depthAt(layout, layout.pool.top + 2)).toBe(-1);
    expect(depthAt(layout, 2000)).toBeUndefined();
  }
  expect(bandLayout(1000, 50, new Array<boolean>(8).fill(false)).lanes[0]?.height).toBe(30);
  expect(bandLayout(1000, 5000, [false]).lanes[0]?.height).toBe(360);
});

test("CN-01 lanes move from one layout to the other without a jump", () => {
  const [from, to] = [bandLayout(1000, 500, WIDE), bandLayout(1000, 500, [true, true, false, false])];
  expect(layoutBetween(from, to, 0).lanes).toEqual(from.lanes);
  expect(layoutBetween(from, to, 1)).toEqual(to);
  const middle = layoutBetween(from, to, 0.5);
  for (const [depth, { height }] of middle.lanes.entries()) {
    const ends = [from.lanes[depth]!.height, to.lanes[depth]!.height];
    expect(height).toBeGreaterThanOrEqual(Math.min(...ends));
    expect(height).toBeLessThanOrEqual(Math.max(...ends));
  }
});

test("CN-01 the ruler names boundaries of blocks, and no more than fit", () => {
  const ruler = rulerFor(4, windowOf(parseBlock("10.0.0.0/8")!), 1000);
  expect(ruler.length).toBe(11);
  expect(ruler.ticks.map(({ label }) => label)).toEqual([
    "10.0.0.0",
    "10.32.0.0",
    "10.64.0.0",
    "10.96.0.0",
    "10.128.0.0",
    "10.160.0.0",
    "10.192.0.0",
    "10.224.0.0",
  ]);
  expect(ruler.ticks[2]?.x).toBe(250);
  const narrow = rulerFor(6, windowOf(parseBlock("2001:db8::/126")!), 360);
  expect(narrow.ticks.map(({ label }) => label)).toEqual(["2001:db8::", "2001:db8::2"]);
});
