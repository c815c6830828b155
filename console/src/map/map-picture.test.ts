import { expect, test } from "vitest";
import { formatAddress, formatBlock } from "../address/address.ts";
import type { MapAnswer, MapLane } from "../api/answers.ts";
import { cellAt, choiceAt, factsOf, lastAtOrBefore, pictureOf, segmentAt } from "./map-picture.ts";
import { STEPS } from "./view-window.ts";

const lane: MapLane = {
  depth: 0,
  start: [0, 2, 6],
  span: [2, 3, 2],
  state: [1, 0, 6],
  count: [1, 0, 40],
  use: [100, 0, 30],
  also: [2, 0, 70],
  cluster: [0, -1, -1],
  since: [1000, 0, 2000],
};

const answer: MapAnswer = {
  namespace: "fleet",
  pool: "v6",
  cidr: "2001:db8::/32",
  family: 6,
  trail: [{ pool: "v6", cidr: "2001:db8::/32" }],
  from: "2001:db8::",
  to: "2001:db8:7:ffff:ffff:ffff:ffff:ffff",
  cellLength: 48,
  cellCount: 8,
  lanes: [lane],
  clusters: ["edge"],
  blocks: [{ lane: 0, segment: 0, cidr: "2001:db8::/47", pool: "v6", cluster: "edge" }],
  counts: {
    free: 1,
    allocated: 1,
    deciding: 0,
    resting: 0,
    reserved: 0,
    overlapping: 0,
    child: 1,
    failed: 0,
  },
  revision: "1",
};
const picture = pictureOf(answer);

test("CN-01 a position finds its cell and its segment, at both edges and in gaps", () => {
  const at = (cell: bigint) => cellAt(picture, (picture.first + cell * picture.cellSize) * STEPS);
  expect([at(0n), at(1n), at(7n)]).toEqual([0, 1, 7]);
  expect(cellAt(picture, 0n)).toBe(-1);
  expect([0, 1, 2, 4, 5, 6, 7, 8, -1].map((cell) => segmentAt(lane, cell))).toEqual([
    0,
    0,
    1,
    1,
    undefined,
    2,
    2,
    undefined,
    undefined,
  ]);
});

test("CN-01 the search for a segment agrees with a look at all of them", () => {
  const values = [0, 3, 4, 9, 12, 30];
  for (let value = -2; value < 35; value++) {
    expect(lastAtOrBefore(values, value)).toBe(values.findLastIndex((each) => each <= value));
  }
  expect(lastAtOrBefore([], 3)).toBe(-1);
});

test("CN-01 the facts of a segment are exact", () => {
  const facts = factsOf(picture, { lane: 0, segment: 0 })!;
  expect(formatAddress(6, facts.first)).toBe("2001:db8::");
  expect(formatAddress(6, facts.last)).toBe("2001:db8:1:ffff:ffff:ffff:ffff:ffff");
  expect(facts).toMatchObject({ state: 1, cluster: "edge", block: { cidr: "2001:db8::/47" } });
  expect(factsOf(picture, { lane: 0, segment: 9 })).toBeUndefined();
  expect(factsOf(picture, { lane: 3, segment: 0 })).toBeUndefined();
});

test("CN-01 choosing a block selects it, and choosing among several selects the address", () => {
  const address = picture.first + 5n;
  const choose = (segment: number) =>
    formatBlock(choiceAt(picture, factsOf(picture, { lane: 0, segment })!, address));
  expect(choose(0)).toBe("2001:db8::/47");
  expect(choose(2)).toBe("2001:db8::5/128");
});
