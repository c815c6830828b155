import { expect, test } from "vitest";
import { parseBlock } from "../address/address.ts";
import type { ActivityEntry, MapAnswer, MapLane } from "../api/answers.ts";
import { pictureOf } from "./map-picture.ts";
import { depthOfBlock, PULSE_MS, pulsesAfter, strengthAt } from "./pulses.ts";

const entry = (cidr: string | undefined, namespace = "fleet"): ActivityEntry => ({
  id: 1,
  at: "2026-11-28T12:00:00Z",
  kind: "Subnet",
  namespace,
  name: "a",
  what: "allocated",
  sentence: "",
  ...(cidr === undefined ? {} : { cidr }),
});

test("CN-07 what was decided about a block of this namespace is shown for a moment, and not longer", () => {
  const first = pulsesAfter(
    [],
    [entry("10.0.0.0/24"), entry("10.0.1.0/24", "lab"), entry(undefined)],
    "fleet",
    1000,
  );
  expect(first.map(({ block }) => block)).toEqual([parseBlock("10.0.0.0/24")]);
  expect(strengthAt(first[0]!, 1000)).toBe(1);
  expect(strengthAt(first[0]!, 1000 + PULSE_MS)).toBe(0);
  expect(pulsesAfter(first, [entry("10.0.2.0/24")], "fleet", 1001)).toHaveLength(2);
  expect(pulsesAfter(first, [], "fleet", 1000 + PULSE_MS)).toEqual([]);
});

test("CN-07 a burst of decisions does not grow without end", () => {
  const many = Array.from({ length: 5000 }, () => entry("10.0.0.0/24"));
  expect(pulsesAfter([], many, "fleet", 0).length).toBeLessThanOrEqual(64);
});

const lane = (depth: number, start: number, span: number): MapLane => ({
  depth,
  start: [start],
  span: [span],
  state: [1],
  count: [1],
  use: [100],
  also: [2],
  cluster: [-1],
  since: [0],
});

test("CN-07 it is shown in the deepest lane that has something there", () => {
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
    lanes: [lane(0, 0, 16), lane(1, 4, 4)],
    clusters: [],
    blocks: [],
    counts: {
      free: 0,
      allocated: 2,
      deciding: 0,
      resting: 0,
      reserved: 0,
      overlapping: 0,
      child: 0,
      failed: 0,
    },
    revision: "1",
  };
  const depth = (cidr: string) => depthOfBlock(pictureOf(answer), parseBlock(cidr)!);
  expect([depth("10.0.0.64/28"), depth("10.0.0.0/28")]).toEqual([1, 0]);
  expect([depth("10.0.1.0/28"), depth("::/112")]).toEqual([undefined, undefined]);
});
