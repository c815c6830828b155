import { describe, expect, test } from "vitest";
import { drainMicrotasks, ManualClock } from "../../kernel/index.ts";
import { type Request, request } from "../flow.ts";
import { WorkQueue, type WorkQueueOptions } from "./work-queue.ts";

function item(name: string): Request {
  return request("n", name) as Request;
}
const [a, b, c] = [item("a"), item("b"), item("c")];

function setUp(options: Partial<WorkQueueOptions> = {}) {
  const clock = new ManualClock();
  const queue = new WorkQueue({ clock, ...options });
  /** The names that are ready now, in order; all of them stay with the caller. */
  const takeAll = async () => {
    const names: (string | undefined)[] = [];
    while (queue.length > 0) names.push((await queue.get())?.name);
    return names;
  };
  return { clock, queue, takeAll };
}

describe("gathering", () => {
  test("RQ-05 a key that gathers changes is handed out once, when its time is over, and others at once", async () => {
    const { clock, queue, takeAll } = setUp({ gatherMs: ({ name }) => (name === "a" ? 100 : 0) });
    for (let times = 0; times < 50; times++) {
      queue.add(a);
      clock.advance(1);
    }
    queue.add(b);
    expect(await takeAll()).toEqual(["b"]);
    clock.advance(50);
    expect(await takeAll()).toEqual(["a"]);
  });

  test("a key that is to come after a time comes then, however long it would gather", async () => {
    const { clock, queue, takeAll } = setUp({ gatherMs: () => 1_000 });
    queue.addAfter(a, 10);
    clock.advance(10);
    expect(await takeAll()).toEqual(["a"]);
  });
});

describe("adding and taking", () => {
  test("RQ-05 a key that is added often is handed out once", async () => {
    const { queue, takeAll } = setUp();
    for (let times = 0; times < 100; times++) queue.add({ ...a });
    queue.add(b);
    expect(queue.length).toBe(2);
    expect(await takeAll()).toEqual(["a", "b"]);
  });

  test("a key added while it is with a worker comes again after it is done, and not before", async () => {
    const { queue } = setUp();
    queue.add(a);
    await queue.get();
    queue.add(a);
    queue.add(a);
    expect(queue.length).toBe(0);
    queue.done(a);
    expect(queue.length).toBe(1);
    expect(await queue.get()).toEqual(a);
    queue.done(a);
    expect(queue.length).toBe(0);
  });

  test("a key added again after it is done is new", async () => {
    const { queue, takeAll } = setUp();
    queue.add(a);
    await queue.get();
    queue.done(a);
    queue.add(a);
    expect(await takeAll()).toEqual(["a"]);
  });

  test("a key whose objects come in different shapes is one key", () => {
    const { queue } = setUp();
    queue.add(item("a"));
    queue.add(item("a"));
    queue.add(request("m", "a") as Request);
    expect(queue.length).toBe(2);
  });

  test("workers that wait are served in the order in which they came", async () => {
    const { queue } = setUp();
    const taken: string[] = [];
    for (const worker of ["1", "2"]) void queue.get().then((found) => taken.push(`${worker}:${found?.name}`));
    queue.add(a);
    queue.add(b);
    await drainMicrotasks();
    expect(taken).toEqual(["1:a", "2:b"]);
  });

  test("RQ-05 what one turn adds collapses, even while a worker waits", async () => {
    const { queue } = setUp();
    const taken = queue.get();
    queue.add(a);
    queue.add(a);
    expect(await taken).toEqual(a);
    queue.done(a);
    expect(queue.length).toBe(0);
  });

  test("where keys have groups, a group of many holds up no other", async () => {
    const { queue, takeAll } = setUp({ groupOf: ({ name }) => name.charAt(0) });
    for (const name of ["m1", "m2", "m3", "m4"]) queue.add(item(name));
    for (const name of ["f1", "f2"]) queue.add(item(name));
    expect(await takeAll()).toEqual(["m1", "f1", "m2", "f2", "m3", "m4"]);
  });

  test("a key that is added all the time starves no other", async () => {
    const { queue } = setUp();
    queue.add(a);
    for (const name of ["b", "c", "d"]) queue.add(item(name));
    const order: string[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const found = await queue.get();
      if (found === undefined) break;
      order.push(found.name);
      // A busy object changes during each of its reconciles.
      if (found.name === "a") queue.add(a);
      queue.done(found);
    }
    expect(order).toEqual(["a", "b", "c", "d", "a"]);
  });

  test("done without having taken changes nothing", async () => {
    const { queue, takeAll } = setUp();
    queue.done(a);
    queue.add(a);
    queue.done(a);
    expect(await takeAll()).toEqual(["a"]);
  });

  test("no key is lost and none is with two workers, under many workers and adders", async () => {
    const { queue } = setUp();
    const inWork = new Set<string>();
    const last = new Map<string, number>();
    let stamp = 0;
    const added = new Map<string, number>();
    const add = (name: string) => {
      added.set(name, ++stamp);
      queue.add(item(name));
    };
    const worker = async () => {
      for (let found = await queue.get(); found !== undefined; found = await queue.get()) {
        expect(inWork.has(found.name)).toBe(false);
        inWork.add(found.name);
        last.set(found.name, stamp);
        await drainMicrotasks();
        inWork.delete(found.name);
        queue.done(found);
      }
    };
    const workers = Array.from({ length: 10 }, worker);
    for (let round = 0; round < 20; round++) {
      for (let key = 0; key < 50; key++) add(`k${(key * 7 + round) % 50}`);
      await drainMicrotasks();
    }
    await queue.shutDownWithDrain();
    await Promise.all(workers);
    for (const [name, at] of added) expect(last.get(name)).toBeGreaterThanOrEqual(at);
  });

  test("nothing is kept of keys that are done", async () => {
    const { queue, clock } = setUp();
    for (let round = 0; round < 3000; round++) {
      queue.add(item(`k${round}`));
      queue.done((await queue.get()) as Request);
    }
    expect([queue.length, queue.processingCount, queue.delayedCount, clock.pendingCount]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});

describe("shutting down", () => {
  test("keys that are ready are still handed out, new ones are not taken", async () => {
    const { queue } = setUp();
    queue.add(a);
    queue.shutDown();
    queue.add(b);
    expect(queue.shuttingDown).toBe(true);
    expect(await queue.get()).toEqual(a);
    expect(await queue.get()).toBeUndefined();
  });

  test("workers that wait are sent home", async () => {
    const { queue } = setUp();
    const waiting = [queue.get(), queue.get()];
    queue.shutDown();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  });

  test("with drain it waits for the keys that are with workers", async () => {
    const { queue } = setUp();
    queue.add(a);
    queue.add(b);
    await queue.get();
    await queue.get();
    let drained = false;
    const draining = queue.shutDownWithDrain().then(() => {
      drained = true;
    });
    queue.done(a);
    await drainMicrotasks();
    expect(drained).toBe(false);
    queue.done(b);
    await draining;
  });

  test("with drain a key added during its reconcile, before the shutdown, is handed out again", async () => {
    const { queue } = setUp();
    queue.add(a);
    await queue.get();
    queue.add(a);
    let drained = false;
    const draining = queue.shutDownWithDrain().then(() => {
      drained = true;
    });
    queue.done(a);
    await drainMicrotasks();
    expect(drained).toBe(false);
    expect(await queue.get()).toEqual(a);
    queue.done(a);
    await draining;
  });

  test("an empty queue is drained at once, as often as one asks", async () => {
    const { queue } = setUp();
    await queue.shutDownWithDrain();
    await queue.shutDownWithDrain();
  });

  test("delayed keys are dropped, and no timer stays behind", async () => {
    const { queue, clock } = setUp();
    queue.addAfter(a, 1000);
    queue.shutDown();
    expect(clock.pendingCount).toBe(0);
    clock.advance(2000);
    expect(await queue.get()).toBeUndefined();
  });
});

describe("adding later", () => {
  test("a key comes when its time has come", async () => {
    const { queue, clock, takeAll } = setUp();
    queue.addAfter(a, 50);
    clock.advance(49);
    expect(queue.length).toBe(0);
    clock.advance(1);
    expect(await takeAll()).toEqual(["a"]);
  });

  test("of several times for a key the earliest counts, and it comes once", async () => {
    const { queue, clock, takeAll } = setUp();
    queue.addAfter(a, 50);
    queue.addAfter(a, 30);
    queue.addAfter(a, 70);
    clock.advance(30);
    expect(await takeAll()).toEqual(["a"]);
    queue.done(a);
    clock.advance(1000);
    expect(queue.length).toBe(0);
  });

  test("keys come in the order of their times, whatever the order of adding", async () => {
    const { queue, clock, takeAll } = setUp();
    queue.addAfter(a, 3000);
    queue.addAfter(b, 1000);
    queue.addAfter(c, 2000);
    clock.advance(5000);
    expect(await takeAll()).toEqual(["b", "c", "a"]);
  });

  test("one timer serves all of them", () => {
    const { queue, clock } = setUp();
    for (let key = 0; key < 100; key++) queue.addAfter(item(`k${key}`), 1000 - key);
    expect(clock.pendingCount).toBe(1);
    clock.advance(1000);
    expect([queue.length, clock.pendingCount]).toEqual([100, 0]);
  });

  test("no delay means now", () => {
    const { queue } = setUp();
    queue.addAfter(a, 0);
    queue.addAfter(b, -1);
    expect(queue.length).toBe(2);
  });

  test("a key that is due and is there already does not come twice", async () => {
    const { queue, clock, takeAll } = setUp();
    queue.addAfter(a, 50);
    queue.add(a);
    clock.advance(50);
    expect(await takeAll()).toEqual(["a"]);
  });
});

describe("the backlog", () => {
  test("keys of a list wait behind those of changes, even of changes that come later", async () => {
    const { queue, takeAll } = setUp();
    queue.addBacklog(a);
    queue.addBacklog(b);
    queue.add(c);
    queue.add(b);
    expect(queue.length).toBe(3);
    expect(await takeAll()).toEqual(["c", "b", "a"]);
  });

  test("a key that changed while it was with a worker comes before the backlog", async () => {
    const { queue, takeAll } = setUp();
    queue.addBacklog(a);
    queue.addBacklog(b);
    await queue.get();
    queue.add(a);
    queue.addBacklog(a);
    queue.done(a);
    expect(await takeAll()).toEqual(["a", "b"]);
  });
});

test("a key that comes while many wait for their first look is taken after a few of them", async () => {
  const { queue } = setUp();
  const order: string[] = [];
  for (let worker = 0; worker < 100; worker++)
    void queue.get().then((found) => order.push(found?.name ?? ""));
  for (let key = 0; key < 100; key++) queue.addBacklog(item(`k${key}`));
  await drainMicrotasks();
  queue.add(a);
  while (order.length < 100) await drainMicrotasks();
  expect(order.indexOf("a")).toBe(8);
});

describe("adding rate-limited", () => {
  test("RQ-11 each failure waits longer, and success starts again", async () => {
    const { queue, clock } = setUp();
    const delays: number[] = [];
    const fail = async () => {
      queue.addRateLimited(a);
      delays.push(clock.untilNextMs ?? -1);
      clock.advance(clock.untilNextMs ?? 0);
      await queue.get();
      queue.done(a);
    };
    for (let times = 0; times < 4; times++) await fail();
    expect(delays).toEqual([50, 75, 112.5, 168.75]);
    expect(queue.retries(a)).toBe(4);
    queue.forget(a);
    expect(queue.retries(a)).toBe(0);
    await fail();
    expect(delays.at(-1)).toBe(50);
  });
});

describe("what it reports", () => {
  test("RQ-13 adds, waits, work and retries", async () => {
    const reported: string[] = [];
    const { queue, clock } = setUp({
      observer: {
        added: () => reported.push("added"),
        retried: () => reported.push("retried"),
        taken: (ms) => reported.push(`taken after ${ms}`),
        finished: (ms) => reported.push(`finished after ${ms}`),
      },
    });
    queue.add(a);
    queue.add(a);
    clock.advance(50);
    await queue.get();
    // Added while it is with a worker: it waits from `done` on.
    queue.add(a);
    clock.advance(25);
    expect(queue.processingForMs()).toEqual([25]);
    queue.done(a);
    clock.advance(10);
    await queue.get();
    queue.done(a);
    queue.addRateLimited(a);
    expect(reported).toEqual([
      "added",
      "taken after 50",
      "added",
      "finished after 25",
      "taken after 10",
      "finished after 0",
      "retried",
    ]);
  });
});
