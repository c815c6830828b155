import { expect, test } from "vitest";
import { parseBlock } from "../address/address.ts";
import type { MapAnswer } from "../api/answers.ts";
import { heldRange } from "./held-range.ts";
import { pictureOf } from "./map-picture.ts";
import { addressesIn, windowOf } from "./view-window.ts";

const answer: MapAnswer = {
  namespace: "fleet",
  pool: "corp",
  cidr: "10.0.0.0/24",
  family: 4,
  trail: [],
  from: "10.0.0.0",
  to: "10.0.0.255",
  cellLength: 28,
  cellCount: 16,
  lanes: [
    {
      depth: 0,
      start: [0, 1, 4, 6, 7],
      span: [1, 3, 2, 1, 9],
      state: [4, 0, 1, 6, 0],
      count: [0, 0, 1, 1, 0],
      use: [100, 0, 100, 100, 0],
      also: [16, 1, 2, 64, 1],
      cluster: [-1, -1, -1, -1, -1],
      since: [0, 0, 0, 0, 0],
    },
  ],
  clusters: [],
  blocks: [],
  counts: {
    free: 2,
    allocated: 1,
    deciding: 0,
    resting: 0,
    reserved: 1,
    overlapping: 0,
    child: 1,
    failed: 0,
  },
  revision: "1",
};
const picture = pictureOf(answer);
const bounds = windowOf(parseBlock("10.0.0.0/24")!);

test("CN-01 the window around all blocks leaves out free and reserved space, except for a margin", () => {
  const { first, last } = addressesIn(heldRange(picture, bounds, bounds)!);
  const start = picture.first + 64n;
  expect([first - start, last - start]).toEqual([-3n, 50n]);
});

test("CN-01 where there is no block, there is nothing to go to", () => {
  expect(heldRange(picture, windowOf(parseBlock("10.0.0.128/25")!), bounds)).toBeUndefined();
});
