import { expect, test } from "vitest";
import { randomBelow, seededRandom } from "../kernel/index.ts";
import { nodeOf, nodesAt } from "./interval-nodes.ts";

test("PX-17 an interval is found at every moment that it contains, and at no other", () => {
  const random = seededRandom(1);
  for (let run = 0; run < 2_000; run++) {
    const from = 1_700_000_000_000 + randomBelow(random, 64);
    const to = from + randomBelow(random, 64);
    const node = nodeOf(from, to);
    const at = 1_700_000_000_000 + randomBelow(random, 140);
    const { left, right } = nodesAt(at);
    const isFound = (left.includes(node) && to > at) || (right.includes(node) && from <= at && to > at);
    expect(isFound, `${from} ${to} at ${at}`).toBe(from <= at && at < to);
  }
});

test("PX-17 a moment asks for as many nodes as a time has bits", () => {
  const { left, right } = nodesAt(Date.UTC(2026, 4, 3));
  expect(left.length + right.length).toBeLessThan(48);
  expect(nodeOf(Date.UTC(2020, 0), Date.UTC(2030, 0))).toBeGreaterThan(0);
});
