import { expect, test } from "vitest";
import { parseBlock } from "../address/address.ts";
import { bandLayout, depthAt, topOfLane, wholeHeight } from "./band-layout.ts";
import { rulerFor } from "./ruler.ts";
import { windowOf } from "./view-window.ts";

test("lanes fill the height within limits, and each is found where it is drawn", () => {
  const layout = bandLayout(1000, 500, 4);
  expect(wholeHeight(layout)).toBeCloseTo(500);
  for (let depth = 0; depth < 4; depth++) {
    expect(depthAt(layout, topOfLane(layout, depth) + 1)).toBe(depth);
    expect(depthAt(layout, topOfLane(layout, depth) + layout.laneHeight - 1)).toBe(depth);
  }
  expect(depthAt(layout, 5)).toBeUndefined();
  expect(depthAt(layout, layout.pool.top + 2)).toBe(-1);
  expect(depthAt(layout, 2000)).toBeUndefined();
  expect(bandLayout(1000, 50, 8).laneHeight).toBe(30);
  expect(bandLayout(1000, 5000, 1).laneHeight).toBe(132);
});

test("the ruler names boundaries of blocks, and no more than fit", () => {
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
