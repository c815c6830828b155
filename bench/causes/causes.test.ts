import { expect, test } from "vitest";
import { FAULTS } from "./faults.ts";
import { plantAndAnalyse, score, seedsOf } from "./incidents.ts";

test("RC-07 of sixty planted incidents each cause is named, and none that was not planted", async () => {
  const { incidents, precision, recall, wrong } = await score(seedsOf("looked-at", 60));
  expect(incidents).toBe(60);
  expect(wrong).toEqual([]);
  expect({ precision, recall }).toEqual({ precision: 1, recall: 1 });
});

test("RC-07 the planted incidents hold every fault, alone and with others, and are the same for the same seed", async () => {
  const planted = await Promise.all(seedsOf("looked-at", 60).map(plantAndAnalyse));
  const names = new Set(planted.flatMap(({ faults }) => faults));
  expect(FAULTS.filter(({ name }) => !names.has(name)).map(({ name }) => name)).toEqual([]);
  expect(new Set(planted.map(({ faults }) => faults.length))).toEqual(new Set([1, 2, 3]));
  const [first] = planted;
  expect(await plantAndAnalyse(first?.seed ?? 0)).toEqual(first);
});

test("RC-07 seeds that were never read are others than those that were", () => {
  const looked = new Set(seedsOf("looked-at", 400));
  expect(seedsOf("unseen", 400).filter((seed) => looked.has(seed))).toEqual([]);
});
