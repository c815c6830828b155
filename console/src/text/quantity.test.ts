import { expect, test } from "vitest";
import { ageOf, counted, formatCount, formatDuration, formatPercent } from "./quantity.ts";

test("CN-02 counts are exact as far as one reads them", () => {
  expect(formatCount(16_777_216n)).toBe("16,777,216");
  expect(formatCount(0)).toBe("0");
  expect(formatCount(1n << 96n)).toBe("7.9 × 10²⁸");
});

test("CN-02 a little of something is not nothing, and nearly all is not all", () => {
  expect([0, 0.2, 32.4, 99.6, 100].map(formatPercent)).toEqual(["0 %", "<1 %", "32 %", ">99 %", "100 %"]);
});

test("CN-02 durations have their two largest units", () => {
  expect([0, 5, 60, 3661, 90_000, 31_536_000].map(formatDuration)).toEqual([
    "0 s",
    "5 s",
    "1 min",
    "1 h 1 min",
    "1 d 1 h",
    "1 y",
  ]);
  expect(formatDuration(-5)).toBe("0 s");
});

test("CN-02 an age needs a time", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  expect(ageOf("2026-01-01T00:00:00Z", now)).toBe("1 d");
  expect(ageOf("yesterday", now)).toBeUndefined();
  expect(ageOf(undefined, now)).toBeUndefined();
});

test("CN-02 one is singular", () => {
  expect([counted(1, "pool"), counted(0, "pool"), counted(1200, "pool")]).toEqual([
    "1 pool",
    "0 pools",
    "1,200 pools",
  ]);
});
