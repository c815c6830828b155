import { describe, expect, test } from "vitest";
import { ManualClock } from "../../kernel/index.ts";
import { RetryLimiter } from "./limiter.ts";

describe("the back-off of a key", () => {
  test("RQ-11 base 50 ms, factor 1.5, at most 30 s, each key on its own", () => {
    const limiter = new RetryLimiter({ burst: 1000 }, new ManualClock());
    expect([1, 2, 3].map(() => limiter.delayMs("a"))).toEqual([50, 75, 112.5]);
    expect(limiter.delayMs("b")).toBe(50);
    for (let times = 0; times < 20; times++) limiter.delayMs("a");
    expect(limiter.delayMs("a")).toBe(30_000);
    expect(limiter.failures("a")).toBe(24);
  });

  test("thousands of failures do not overflow it", () => {
    const limiter = new RetryLimiter({ burst: 10_000 }, new ManualClock());
    for (let times = 0; times < 3000; times++) limiter.delayMs("a");
    expect(limiter.delayMs("a")).toBe(30_000);
  });

  test("success forgets", () => {
    const limiter = new RetryLimiter({}, new ManualClock());
    limiter.delayMs("a");
    limiter.delayMs("a");
    limiter.forget("a");
    expect([limiter.failures("a"), limiter.delayMs("a")]).toEqual([0, 50]);
  });
});

describe("the bucket over all keys", () => {
  test("RQ-11 a burst of 100 retries passes, later ones queue up at 10 a second", () => {
    const clock = new ManualClock();
    const limiter = new RetryLimiter({}, clock);
    const delays = Array.from({ length: 103 }, (_, key) => limiter.delayMs(`k${key}`));
    expect(delays.slice(0, 100).every((ms) => ms === 50)).toBe(true);
    expect(delays.slice(100)).toEqual([100, 200, 300]);
    clock.advance(10_300);
    expect(limiter.delayMs("later")).toBe(50);
  });

  test("it never holds more than its burst", () => {
    const clock = new ManualClock();
    const limiter = new RetryLimiter({ baseDelayMs: 1, burst: 2, qps: 1 }, clock);
    clock.advance(3_600_000);
    expect(["a", "b", "c"].map((key) => limiter.delayMs(key))).toEqual([1, 1, 1000]);
  });

  test("the longer of both delays counts", () => {
    const limiter = new RetryLimiter({ baseDelayMs: 5000, burst: 1, qps: 1 }, new ManualClock());
    expect([limiter.delayMs("a"), limiter.delayMs("b")]).toEqual([5000, 5000]);
  });
});

test("limits that make no sense are refused with their names", () => {
  const make = (options: object) => () => new RetryLimiter(options, new ManualClock());
  expect(make({ baseDelayMs: 0 })).toThrow("baseDelayMs");
  expect(make({ factor: 0.5 })).toThrow("factor");
  expect(make({ maxDelayMs: 1 })).toThrow("maxDelayMs");
  expect(make({ qps: Number.NaN })).toThrow("qps");
});
