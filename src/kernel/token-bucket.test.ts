import { expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

test("as many as the burst go at once, and the rest are promised one after the other", () => {
  const bucket = new TokenBucket({ qps: 10, burst: 2 }, 0);
  expect([bucket.takeMs(0), bucket.takeMs(0), bucket.takeMs(0), bucket.takeMs(0)]).toEqual([0, 0, 100, 200]);
  bucket.giveBack();
  expect(bucket.takeMs(0)).toBe(200);
  expect(bucket.takeMs(10_000)).toBe(0);
});

test("who does not wait takes what there is, and is promised nothing", () => {
  const bucket = new TokenBucket({ qps: 1, burst: 1 }, 5_000);
  expect([bucket.tryTake(5_000), bucket.tryTake(5_500), bucket.tryTake(6_000)]).toEqual([true, false, true]);
});
