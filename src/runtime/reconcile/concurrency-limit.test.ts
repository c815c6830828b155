import { describe, expect, test } from "vitest";
import { ConcurrencyLimit } from "./concurrency-limit.ts";

const BOUNDS = { least: 5, most: 128 };

/**
 * A server that works on `lanes` writes at once, each for `writeMs`; what is more waits. Runs so many writes against it with
 * as many under way as the limit allows. Returns the limit at the end.
 */
function serve(
  limit: ConcurrencyLimit,
  writes: number,
  lanes: number,
  writeMs: number,
  isBusy = true,
): number {
  for (let n = 0; n < writes; n++) {
    if (isBusy) limit.exhausted();
    const underWay = isBusy ? limit.current : 1;
    limit.answered(writeMs * Math.max(1, underWay / lanes));
  }
  return limit.current;
}

describe("PS-11 reconciles at once", () => {
  test("start with few", () => {
    expect(new ConcurrencyLimit(BOUNDS).current).toBe(5);
  });

  test("a server that takes many at a time gets many, up to the bound", () => {
    expect(serve(new ConcurrencyLimit(BOUNDS), 10_000, 1000, 6)).toBe(128);
  });

  test.each([
    { lanes: 10, writeMs: 6 },
    { lanes: 40, writeMs: 6 },
    { lanes: 20, writeMs: 0.5 },
  ])("a server that works on $lanes writes at once gets enough to be busy, and no flood", ({
    lanes,
    writeMs,
  }) => {
    const limit = serve(new ConcurrencyLimit(BOUNDS), 10_000, lanes, writeMs);
    expect(limit).toBeGreaterThanOrEqual(lanes);
    expect(limit).toBeLessThanOrEqual(4 * lanes);
  });

  test("a server that becomes slower for good is learnt, and gets no more than it bears", () => {
    const limit = new ConcurrencyLimit(BOUNDS);
    serve(limit, 10_000, 40, 6);
    expect(serve(limit, 20_000, 10, 24)).toBeLessThanOrEqual(40);
    expect(serve(limit, 20_000, 40, 24)).toBeGreaterThanOrEqual(40);
  });

  test("nothing grows while there is little to do", () => {
    expect(serve(new ConcurrencyLimit(BOUNDS), 10_000, 40, 6, false)).toBe(5);
  });

  test("refusals for overload halve it, once for all that was under way, down to the lower bound", () => {
    const limit = new ConcurrencyLimit(BOUNDS);
    serve(limit, 10_000, 1000, 6);
    for (let n = 0; n < 128; n++) limit.refused();
    expect(limit.current).toBe(64);
    for (let n = 0; n < 1000; n++) limit.refused();
    expect(limit.current).toBe(5);
  });

  test("an upper bound below the start is kept", () => {
    const limit = new ConcurrencyLimit({ least: 5, most: 2 });
    expect(serve(limit, 1000, 1000, 6)).toBe(2);
  });
});
