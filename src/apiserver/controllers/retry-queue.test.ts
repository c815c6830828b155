import { expect, test } from "vitest";
import { drainMicrotasks, ManualClock } from "../../kernel/index.ts";
import { RetryQueue } from "./retry-queue.ts";

/** Work that ends when the test decides. */
function start(concurrency = 2) {
  const clock = new ManualClock();
  const started: string[] = [];
  const retries: number[] = [];
  const running = new Map<string, PromiseWithResolvers<void>>();
  const queue = new RetryQueue({
    clock,
    concurrency,
    work: (key) => {
      started.push(key);
      const end = Promise.withResolvers<void>();
      running.set(key, end);
      return end.promise;
    },
    onError: (_key, _error, retryDelayMs) => void retries.push(retryDelayMs),
  });
  const end = async (key: string, error?: Error) => {
    if (error === undefined) running.get(key)?.resolve();
    else running.get(key)?.reject(error);
    await drainMicrotasks();
  };
  return { clock, queue, started, retries, end };
}

test("keys gather until the queue is opened; a key that waits is not added twice", async () => {
  const { queue, started } = start();
  for (const key of ["a", "a", "b", "a"]) queue.add(key);
  await drainMicrotasks();
  expect(started).toEqual([]);
  queue.open();
  await drainMicrotasks();
  expect(started).toEqual(["a", "b"]);
});

test("no more keys than allowed are worked on at once, and one key never twice", async () => {
  const { queue, started, end } = start();
  queue.open();
  for (const key of ["a", "b", "c"]) queue.add(key);
  await drainMicrotasks();
  queue.add("a");
  await drainMicrotasks();
  expect(started).toEqual(["a", "b"]);
  await end("b");
  expect(started).toEqual(["a", "b", "c"]);
  await end("c");
  expect(started).toEqual(["a", "b", "c"]);
  await end("a");
  expect(started).toEqual(["a", "b", "c", "a"]);
});

test("a failure is tried again, later each time; success forgets; an add does not wait", async () => {
  const { clock, queue, started, retries, end } = start();
  queue.open();
  queue.add("a");
  await drainMicrotasks();
  await end("a", new Error("no"));
  await clock.advanceAsync(99);
  expect(started.length).toBe(1);
  await clock.advanceAsync(1);
  expect(started.length).toBe(2);
  await end("a", new Error("no"));
  queue.add("a");
  await drainMicrotasks();
  expect(started.length).toBe(3);
  await end("a");
  queue.add("a");
  await drainMicrotasks();
  await end("a", new Error("no"));
  expect(retries).toEqual([100, 200, 100]);
  expect(clock.pendingCount).toBe(1);
});

test("it is idle when nothing waits or is worked on; closing ends retries and waits for the work", async () => {
  const { clock, queue, started, end } = start();
  queue.open();
  await queue.idle();
  queue.add("a");
  queue.add("b");
  const idle: string[] = [];
  void queue.idle().then(() => idle.push("idle"));
  await drainMicrotasks();
  await end("a", new Error("no"));
  expect(idle).toEqual([]);
  const closed = queue.close();
  queue.add("c");
  await end("b", new Error("too late to matter"));
  await closed;
  expect(idle).toEqual(["idle"]);
  expect([clock.pendingCount, started]).toEqual([0, ["a", "b"]]);
});
