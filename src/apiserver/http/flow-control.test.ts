import { describe, expect, test } from "vitest";
import { drainMicrotasks, ManualClock } from "../../kernel/index.ts";
import { StatusError } from "../status-error.ts";
import { createFlowControl, RequestOver } from "./flow-control.ts";
import { DEFAULT_LIMITS } from "./server-limits.ts";

function flowFixture(maxRequestsInFlight = 4, maxQueuedPerUser = 3) {
  const clock = new ManualClock();
  const rejected: string[] = [];
  const limits = { ...DEFAULT_LIMITS, maxRequestsInFlight, maxQueuedPerUser };
  const flow = createFlowControl(limits, clock, (reason) => rejected.push(reason));
  const enter = (user: string, bodyBytes = 0) => flow.enter(user, "program", bodyBytes);
  return { clock, flow, rejected, enter };
}

const refusalOf = async (begun: Promise<void> | undefined) =>
  begun?.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("seats", () => {
  test("are given at once while there are some, and half of them to one user", () => {
    const { enter, flow } = flowFixture();
    expect([enter("a").begun, enter("a").begun]).toEqual([undefined, undefined]);
    expect(enter("a").begun).toBeInstanceOf(Promise);
    expect([flow.inFlight, flow.queued]).toEqual([2, 1]);
  });

  test("of one user leave those of another free", async () => {
    const { enter } = flowFixture();
    for (let i = 0; i < 5; i++) void refusalOf(enter("flood").begun);
    await enter("other").begun;
    expect(enter("other").begun).toBeInstanceOf(Promise);
  });

  test("go to the next who waits", async () => {
    const { enter, flow } = flowFixture();
    const [first] = [enter("a"), enter("a")];
    const third = enter("a");
    first.leave();
    first.leave();
    await third.begun;
    expect([flow.inFlight, flow.queued]).toEqual([2, 0]);
  });

  test("are taken by the size of a body, and one that is larger than all of them is let in alone", async () => {
    const { enter, flow } = flowFixture(64);
    const large = enter("a", 20 * 64 * 1024);
    expect([large.begun, flow.inFlight]).toEqual([undefined, 21]);
    const second = enter("a", 20 * 64 * 1024);
    expect(second.begun).toBeInstanceOf(Promise);
    const huge = enter("b", 2 ** 40);
    large.leave();
    await Promise.all([second.begun, huge.begun]);
    expect(flow.inFlight).toBe(21 + 32);
  });

  test("that are not served in time, and queues that are full, are answered with 429 and Retry-After", async () => {
    const { enter, clock, rejected, flow } = flowFixture();
    const seated = [enter("a"), enter("a")];
    const waiting = [1, 2, 3].map(() => refusalOf(enter("a").begun));
    expect(() => enter("a")).toThrow('too many requests of user "a" wait already (limit 3)');
    clock.advance(DEFAULT_LIMITS.queueTimeoutMs);
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(StatusError);
      expect((error as StatusError).body).toMatchObject({
        code: 429,
        reason: "TooManyRequests",
        details: { retryAfterSeconds: 1 },
      });
    }
    expect(rejected).toEqual(["queue-full", "time-out", "time-out", "time-out"]);
    for (const ticket of seated) ticket.leave();
    await enter("a").begun;
    expect([flow.inFlight, flow.queued]).toEqual([1, 0]);
  });

  test("are not waited for by those who have gone", async () => {
    const { enter, flow } = flowFixture();
    const [first] = [enter("a"), enter("a")];
    const gone = enter("a");
    const refused = refusalOf(gone.begun);
    const next = enter("a");
    gone.end(new RequestOver("the client has gone"));
    gone.leave();
    expect(await refused).toBeInstanceOf(RequestOver);
    first.leave();
    await next.begun;
    expect([flow.inFlight, flow.queued]).toEqual([2, 0]);
  });

  test("come back from who waits for a slow client, of whom there may be only so many", async () => {
    const { enter, flow } = flowFixture();
    const slow = [];
    for (let i = 0; i < 4; i++) {
      const ticket = enter("a");
      await ticket.begun;
      expect(ticket.park()).toBe(true);
      slow.push(ticket);
    }
    expect(flow.inFlight).toBe(0);
    const tooMany = enter("a");
    await tooMany.begun;
    expect(tooMany.park()).toBe(false);
    for (const ticket of slow) ticket.leave();
    expect(tooMany.park()).toBe(true);
  });
});

describe("turns", () => {
  test("are as long as the clock shows, and shared by users, not by requests", async () => {
    const { enter, clock } = flowFixture(1_000);
    const order: string[] = [];
    const work = async (user: string, pieces: number) => {
      const ticket = enter(user);
      await ticket.begun;
      for (let i = 0; i < pieces; i++) {
        await ticket.giveWay();
        order.push(user);
        clock.advance(5);
      }
      ticket.leave();
    };
    const flood = Array.from({ length: 50 }, () => work("flood", 10));
    await drainMicrotasks();
    const before = order.length;
    await work("other", 5);
    const passed = order.slice(before).filter((user) => user === "flood").length;
    // Less than twice as long as alone, and one piece that was under way.
    expect(passed).toBeLessThanOrEqual(7);
    await Promise.all(flood);
    expect(order).toHaveLength(505);
  });

  test("leave time for one piece of work when what was read before it took all of it", async () => {
    const { enter, clock } = flowFixture(1_000);
    const tickets = Array.from({ length: 10 }, () => enter("a"));
    tickets[0]?.giveWay();
    clock.advance(5);
    let went = 0;
    for (const ticket of tickets) void ticket.giveWay()?.then(() => went++);
    await drainMicrotasks();
    expect(went).toBe(1);
    await drainMicrotasks();
    expect(went).toBe(10);
  });

  test("are long for a user alone, and short while others are there", async () => {
    const { enter, clock } = flowFixture(1_000, 100);
    /** How much goes on in a turn of the event loop, of work that takes 0.1 ms apiece. */
    const inATurn = async () => {
      const turns: number[] = [];
      let isOver = false;
      const flood = Array.from({ length: 10 }, async () => {
        const ticket = enter("flood");
        await ticket.begun;
        for (let piece = 0; piece < 20; piece++) {
          await ticket.giveWay();
          clock.advance(0.1);
          turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1;
        }
        ticket.leave();
      });
      const work = Promise.all(flood).then(() => {
        isOver = true;
      });
      while (!isOver) {
        turns.push(0);
        await drainMicrotasks();
      }
      await work;
      return Math.max(...turns);
    };
    const alone = await inATurn();
    enter("other").leave();
    const together = await inATurn();
    clock.advance(1_000);
    expect(together).toBeLessThan(alone / 2);
    expect(await inATurn()).toBeGreaterThan(together * 2);
  });

  test("end for a request that is over", async () => {
    const { enter } = flowFixture();
    const ticket = enter("a");
    ticket.end(new RequestOver("the client has gone"));
    expect(() => ticket.giveWay()).toThrow("the client has gone");
  });
});
