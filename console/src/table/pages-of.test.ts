import { expect, test } from "vitest";
import { offsetsOf, PAGE_SIZE, rowsByNumber } from "./pages-of.ts";

test("CN-05 only the pages on the screen are asked for, however long the list is", () => {
  expect(offsetsOf(0, 30, 50_000)).toEqual([0]);
  expect(offsetsOf(95, 130, 50_000)).toEqual([0, 100]);
  expect(offsetsOf(49_990, 50_030, 50_000)).toEqual([49_900]);
  expect(offsetsOf(0, -1, 0)).toEqual([0]);
  for (let first = 0; first < 1000; first += 7) {
    const offsets = offsetsOf(first, first + 40, 1_000_000);
    expect(offsets.length).toBeLessThanOrEqual(2);
    expect(offsets[0]).toBeLessThanOrEqual(first);
    expect((offsets.at(-1) ?? 0) + PAGE_SIZE).toBeGreaterThan(first + 40);
  }
});

test("CN-05 rows keep their number, and missing pages leave gaps", () => {
  const rows = rowsByNumber([{ offset: 100, total: 300, rows: ["a", "b"] }, undefined]);
  expect([...rows]).toEqual([
    [100, "a"],
    [101, "b"],
  ]);
});
