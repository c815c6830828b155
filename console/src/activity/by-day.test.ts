import { expect, test } from "vitest";
import type { ActivityEntry } from "../api/answers.ts";
import { byDay, rateOf } from "./by-day.ts";

const entry = (id: number, at: string, what: ActivityEntry["what"] = "allocated"): ActivityEntry => ({
  id,
  at,
  kind: "Subnet",
  namespace: "fleet",
  name: "a",
  what,
  sentence: "",
});

test("CN-05 entries keep their order within their day", () => {
  const days = byDay([
    entry(3, "2026-11-28T12:00:00Z"),
    entry(2, "2026-11-28T12:00:00Z"),
    entry(1, "2026-11-20T12:00:00Z"),
  ]);
  expect(days.map(({ entries }) => entries.map(({ id }) => id))).toEqual([[3, 2], [1]]);
});

test("CN-05 the curve counts every entry once, in at most sixty steps without gaps", () => {
  const entries = Array.from({ length: 500 }, (_, index) =>
    entry(
      index,
      new Date(1_790_000_000_000 + index * 7919).toISOString(),
      index % 10 === 0 ? "waits" : "bound",
    ),
  );
  const rate = rateOf(entries)!;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  expect([sum(rate.decided), sum(rate.waits)]).toEqual([450, 50]);
  expect(rate.times.length).toBeLessThanOrEqual(61);
  for (const [index, time] of rate.times.entries())
    expect(time).toBe((rate.times[0] ?? 0) + index * rate.step);
});

test("CN-05 one moment is not a curve", () => {
  expect(rateOf([])).toBeUndefined();
  expect(rateOf([entry(1, "2026-11-28T12:00:00Z"), entry(2, "2026-11-28T12:00:05Z")])).toBeUndefined();
});
