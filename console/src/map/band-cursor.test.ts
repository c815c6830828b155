import { expect, test } from "vitest";
import { formatAddress } from "../address/address.ts";
import type { MapAnswer, MapLane } from "../api/answers.ts";
import { type Cursor, type Move, moved, segmentUnder } from "./band-cursor.ts";
import { pictureOf } from "./map-picture.ts";

const lane = (depth: number, segments: readonly (readonly [start: number, span: number])[]): MapLane => {
  const column = (value: number) => segments.map(() => value);
  return {
    depth,
    start: segments.map(([start]) => start),
    span: segments.map(([, span]) => span),
    state: column(1),
    count: column(1),
    use: column(100),
    also: column(2),
    cluster: column(-1),
    since: column(0),
  };
};

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
  // Depth 1 is empty, and depth 2 has a gap.
  lanes: [
    lane(0, [
      [0, 4],
      [4, 8],
      [12, 4],
    ]),
    lane(2, [
      [4, 2],
      [8, 2],
    ]),
  ],
  clusters: [],
  blocks: [],
  counts: {
    free: 0,
    allocated: 5,
    deciding: 0,
    resting: 0,
    reserved: 0,
    overlapping: 0,
    child: 0,
    failed: 0,
  },
  revision: "1",
};
const picture = pictureOf(answer);

function walk(...moves: readonly Move[]): string {
  let cursor: Cursor = { depth: 0, address: picture.first };
  for (const move of moves) cursor = moved(picture, cursor, move);
  return `${cursor.depth} ${formatAddress(4, cursor.address)}`;
}

test("CN-01 arrows go from block to block and from depth to depth, and stop at the ends", () => {
  expect(walk("left")).toBe("0 10.0.0.0");
  expect(walk("right")).toBe("0 10.0.0.64");
  expect(walk("right", "right", "right")).toBe("0 10.0.0.192");
  expect(walk("right", "right", "left")).toBe("0 10.0.0.64");
  expect(walk("up")).toBe("0 10.0.0.0");
  expect(walk("right", "down")).toBe("2 10.0.0.64");
  expect(walk("right", "down", "right")).toBe("2 10.0.0.128");
  expect(walk("right", "down", "right", "up")).toBe("0 10.0.0.64");
  expect(walk("down", "down")).toBe("2 10.0.0.64");
  expect(walk("right", "right", "down")).toBe("2 10.0.0.128");
});

test("CN-01 a cursor finds its segment again in another answer, or none", () => {
  expect(segmentUnder(picture, { depth: 2, address: picture.first + 130n })).toEqual({ lane: 1, segment: 1 });
  expect(segmentUnder(picture, { depth: 1, address: picture.first })).toBeUndefined();
  expect(segmentUnder(picture, { depth: 0, address: 0n })).toBeUndefined();
});
