import { describe, expect, test } from "vitest";
import { type Random, seededRandom } from "../kernel/index.ts";
import { capacityOf } from "./forecasts.ts";
import { type DailyUsage, dayOf, describeForecast, forecast, seriesOf, slopeOf } from "./growth.ts";

function series(days: number, usedOn: (day: number) => number): DailyUsage[] {
  return Array.from({ length: days + 1 }, (_, day) => ({ day, used: usedOn(day) }));
}

/** Arrivals of a day (Knuth). */
function arrivals(random: Random, rate: number): number {
  const limit = Math.exp(-rate);
  let count = -1;
  for (let product = 1; product > limit; count++) product *= random.next();
  return count;
}

describe("PX-18 a forecast", () => {
  test("of steady growth is the day on which it ends", () => {
    const found = forecast(
      series(40, (day) => 100 + 10 * day),
      1_000,
    );
    expect(found).toEqual({ verdict: "grows", soonest: 50, latest: 50 });
    expect(describeForecast(found)).toBe("in about 50 days");
  });

  test("reports what it cannot know, and what does not happen", () => {
    expect(forecast([], 1_000)).toMatchObject({ verdict: "not-enough-history", days: 0 });
    const short = forecast(
      series(3, (day) => day),
      1_000,
    );
    expect(describeForecast(short)).toBe("not enough history (3 of 7 days)");
    for (const usedOn of [() => 500, (day: number) => 500 - day])
      expect(describeForecast(forecast(series(60, usedOn), 1_000))).toBe("does not grow");
    expect(
      describeForecast(
        forecast(
          series(60, () => 1_000),
          1_000,
        ),
      ),
    ).toBe("full");
    // A /8 by one address a day.
    expect(
      forecast(
        series(60, (day) => day),
        2 ** 24,
      ),
    ).toEqual({ verdict: "does-not-grow" });
  });

  test("is not moved by one large import, in the middle or at the end", () => {
    for (const jumpAt of [30, 58]) {
      const { middle } = slopeOf(series(60, (day) => 10 * day + (day >= jumpAt ? 5_000 : 0)));
      expect(middle).toBeLessThan(120);
    }
    const steady = slopeOf(series(60, (day) => 10 * day + (day >= 58 ? 5_000 : 0)));
    expect(steady.middle).toBe(10);
  });

  test("covers growth that has become faster and growth that was slower before", () => {
    const found = forecast(
      series(90, (day) => (day < 76 ? 10 * day : 760 + 50 * (day - 76))),
      3_460,
    );
    if (found.verdict !== "grows") throw new Error(found.verdict);
    expect(found.soonest).toBeCloseTo(40);
    expect(found.latest ?? 0).toBeGreaterThan(150);
  });

  test("may be open at the end", () => {
    const found = forecast(
      series(30, (day) => (day < 20 ? 10 * day : 200 - 2 * (day - 20))),
      1_000,
    );
    expect(describeForecast(found)).toMatch(/^not before \d+ days$/);
  });
});

test.each([
  [0.5, 90],
  [2, 14],
  [2, 30],
  [2, 90],
  [10, 90],
])("PX-18 random growth of %f blocks a day, seen for %i days, fills its pool within the range for 80 of 100 seeds", (rate, days) => {
  const seeds = 200;
  let inside = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed);
    let used = 200;
    const seen = series(days, () => (used += arrivals(random, rate)));
    const capacity = used + Math.round(rate * 60);
    const found = forecast(seen, capacity);
    let day = 0;
    for (let later = used; later < capacity; day++) later += arrivals(random, rate);
    if (found.verdict !== "grows") continue;
    const { soonest, latest = Number.POSITIVE_INFINITY } = found;
    if (day >= Math.floor(soonest) && day <= Math.ceil(latest)) inside++;
  }
  expect(inside / seeds).toBeGreaterThanOrEqual(0.8);
});

test("PX-18 usage of past days follows from what it is now and what changed, back to the first day that is known", () => {
  const today = dayOf("2026-05-10");
  const changes = new Map([
    [today, 256],
    [today - 2, -512],
    [today - 9, 99],
  ]);
  expect(seriesOf(1_000, changes, today - 3, today).map(({ used }) => used)).toEqual([
    1_256, 744, 744, 1_000,
  ]);
});

test("PX-18 reserved ranges are not capacity, however they overlap", () => {
  expect(capacityOf("10.0.0.0/24")).toBe(256);
  const reserved = [{ cidr: "10.0.0.0/28" }, { cidr: "10.0.0.0/27" }, { cidr: "10.9.0.0/24" }, { cidr: "x" }];
  expect(capacityOf("10.0.0.0/24", reserved)).toBe(224);
  expect(capacityOf("2001:db8::/32")).toBe(2 ** 96);
  expect(capacityOf("nothing")).toBeUndefined();
});
