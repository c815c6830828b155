import { expect, test } from "vitest";
import { backOffMs } from "./retry.ts";

test("each failure multiplies the wait, up to the limit", () => {
  const steps = { firstMs: 10, factor: 5, mostMs: 200 };
  expect([0, 1, 2, 3].map((failures) => backOffMs(failures, steps))).toEqual([10, 50, 200, 200]);
  expect(backOffMs(3, { firstMs: 100 })).toBe(800);
});
