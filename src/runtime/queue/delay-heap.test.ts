import fc from "fast-check";
import { expect, test } from "vitest";
import { DelayHeap } from "./delay-heap.ts";

test("keys come out by time, each once, at the earliest time it was added for", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(50))), (adds) => {
      const heap = new DelayHeap();
      const model = new Map<string, number>();
      for (const [key, dueMs] of adds) {
        heap.add(`k${key}`, dueMs);
        model.set(`k${key}`, Math.min(dueMs, model.get(`k${key}`) ?? Number.POSITIVE_INFINITY));
      }
      expect(heap.size).toBe(model.size);
      let last = 0;
      for (let nowMs = 0; nowMs <= 50; nowMs++) {
        for (let key = heap.popDue(nowMs); key !== undefined; key = heap.popDue(nowMs)) {
          const dueMs = model.get(key);
          expect(dueMs).toBe(nowMs);
          expect(nowMs).toBeGreaterThanOrEqual(last);
          last = nowMs;
          model.delete(key);
        }
      }
      expect([model.size, heap.size, heap.nextDueMs]).toEqual([0, 0, undefined]);
    }),
  );
});

test("keys of one time come in the order in which they were added", () => {
  const heap = new DelayHeap();
  for (const key of ["a", "b", "c", "d"]) heap.add(key, 5);
  expect([1, 2, 3, 4].map(() => heap.popDue(5))).toEqual(["a", "b", "c", "d"]);
});
