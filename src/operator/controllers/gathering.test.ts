import { expect, test } from "vitest";
import { Gathering } from "./gathering.ts";

/** The times at which a pool is read that changes every millisecond, within so many. */
function looks(withinMs: number): number[] {
  const gathering = new Gathering();
  const times: number[] = [];
  for (let nowMs = 0; nowMs <= withinMs; nowMs++) {
    if (gathering.restMs("fleet/corp", nowMs) > 0) continue;
    gathering.begin("fleet/corp", nowMs);
    times.push(nowMs);
  }
  return times;
}

test("RQ-05 a burst of changes is read rarely, whether or not a look ends in a write", () => {
  expect(looks(3_000)).toEqual([0, 100, 300, 700, 1_500, 2_500]);
});

test("RQ-05 after a rest the first change is read at once, and the time begins short again", () => {
  const gathering = new Gathering();
  gathering.begin("fleet/corp", 0);
  gathering.begin("fleet/corp", 100);
  expect(gathering.restMs("fleet/corp", 10_000)).toBeLessThan(0);
  gathering.begin("fleet/corp", 10_000);
  expect(gathering.restMs("fleet/corp", 10_000)).toBe(100);
});

test("RQ-05 the time counts from the end of a write, and another pool does not wait", () => {
  const gathering = new Gathering();
  gathering.begin("fleet/corp", 0);
  gathering.written("fleet/corp", 5_000, false);
  expect(gathering.restMs("fleet/corp", 5_000)).toBe(100);
  expect(gathering.restMs("fleet/lab", 5_000)).toBeLessThan(0);
});

test("RQ-05 many pools that change at once share the looks of a second, and one after them does not wait for that", () => {
  const gathering = new Gathering();
  let count = 0;
  for (let nowMs = 0; nowMs < 20_000; nowMs += 10)
    for (let pool = 0; pool < 40; pool++) {
      const key = `fleet/${pool}`;
      if (gathering.restMs(key, nowMs) > 0) continue;
      gathering.begin(key, nowMs);
      if (nowMs >= 10_000) count++;
    }
  // Of ten seconds: ten in each.
  expect(count).toBeGreaterThan(80);
  expect(count).toBeLessThanOrEqual(120);
  gathering.begin("fleet/lab", 30_000);
  gathering.begin("fleet/lab", 30_100);
  gathering.begin("fleet/lab", 30_300);
  expect(gathering.restMs("fleet/lab", 30_300)).toBe(400);
});
