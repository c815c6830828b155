import { expect, test } from "vitest";
import type { MapLane } from "../api/answers.ts";
import { percentWithin } from "./pool-use.ts";

const lane: MapLane = {
  depth: 1,
  start: [4, 6, 8, 20],
  span: [2, 2, 4, 4],
  state: [1, 0, 1, 1],
  count: [1, 0, 9, 1],
  use: [100, 0, 25, 100],
  also: [0, 0, 0, 0],
  cluster: [-1, -1, -1, -1],
  since: [0, 0, 0, 0],
};

test("CN-01 a child pool is as full as the lane below shows", () => {
  expect(percentWithin(lane, 4, 4)).toBe(50);
  expect(percentWithin(lane, 4, 8)).toBe((200 + 100) / 8);
  expect(percentWithin(lane, 5, 2)).toBe(50);
  expect(percentWithin(lane, 10, 12)).toBe((2 * 25 + 2 * 100) / 4);
});

test("CN-01 of what the lane does not show, nothing is known", () => {
  expect(percentWithin(lane, 12, 8)).toBeUndefined();
  expect(percentWithin(lane, 0, 4)).toBeUndefined();
  expect(percentWithin(lane, 30, 4)).toBeUndefined();
});
