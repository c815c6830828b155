import { describe, expect, test } from "vitest";
import { type ApiError, LostAnswerError, UnreachableError } from "../../client/index.ts";
import { InvariantError } from "../../kernel/index.ts";
import type { Action, Decision, Request } from "../flow.ts";
import { apiError } from "../testing/fake-api.ts";
import { settled, setUp, sizes } from "../testing/one-controller.ts";
import { thing, things } from "../testing/things.ts";

describe("one's own writes", () => {
  test("a key is not decided on a state older than its own last write", async () => {
    const { fixture, calls } = await setUp(sizes);
    fixture.api.put(things, thing("a", { size: 1 }));
    const watch = fixture.api.hold(things);
    // What the first decision makes is not seen yet when the next one is asked for.
    watch.release();
    await fixture.settle();
    expect(calls).toEqual(["a", "a"]);
    expect(fixture.api.log("patch")).toEqual(["patch Thing n/a"]);
  });

  test("while the watch is late, the key waits without holding a worker, and others go on", async () => {
    const { fixture, handle, calls } = await setUp(sizes, { concurrency: 1 });
    fixture.api.put(things, thing("a", { size: 1 }));
    fixture.api.fault = ({ verb }) => {
      if (verb === "patch") fixture.api.hold(things);
      return undefined;
    };
    await fixture.settle();
    expect(calls).toEqual(["a"]);
    handle.enqueue({ namespace: "n", name: "a" } as Request);
    handle.enqueue({ namespace: "n", name: "b" } as Request);
    await fixture.settle();
    expect(calls).toEqual(["a", "b"]);
    fixture.api.hold(things).release();
    await fixture.settle();
    expect(calls).toEqual(["a", "b", "a"]);
    expect(fixture.api.log("patch")).toHaveLength(1);
  });

  test("a watch that never shows the write is waited for ten seconds, then the decision is made", async () => {
    const { fixture, handle, calls } = await setUp(sizes);
    fixture.api.put(things, thing("a", { size: 1 }));
    fixture.api.fault = ({ verb }) => {
      if (verb === "patch") fixture.api.hold(things);
      return undefined;
    };
    await fixture.settle();
    handle.enqueue({ namespace: "n", name: "a" } as Request);
    await fixture.pass(9_999);
    expect(calls).toEqual(["a"]);
    await fixture.pass(1);
    expect(calls.length).toBeGreaterThan(1);
    expect(
      fixture.lines("The watch has not shown the last write of this key; continuing without it"),
    ).toHaveLength(1);
  });

  test("a deletion of one's own is waited for as well", async () => {
    const { fixture, handle, calls } = await setUp((found) =>
      found === undefined ? settled() : settled({ do: "delete", resource: things, of: found }),
    );
    fixture.api.fault = ({ verb }) => {
      if (verb === "delete") fixture.api.hold(things);
      return undefined;
    };
    fixture.api.put(things, thing("a"));
    await fixture.settle();
    handle.enqueue({ namespace: "n", name: "a" } as Request);
    await fixture.settle();
    expect(calls).toEqual(["a"]);
    fixture.api.hold(things).release();
    await fixture.settle();
    expect(calls).toEqual(["a", "a"]);
    expect(fixture.api.log("delete")).toHaveLength(1);
  });
});

describe("conflicts", () => {
  test("PS-12 the decision is made again on the newer state, after a short wait", async () => {
    const { fixture, reports } = await setUp(sizes);
    let meddled = false;
    fixture.api.fault = ({ verb }) => {
      if (verb === "patch" && !meddled) {
        meddled = true;
        fixture.api.put(things, thing("a", { size: 2 }));
      }
      return undefined;
    };
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(11);
    expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 2 });
    expect(fixture.api.log("patch", "get")).toEqual(["patch Thing n/a", "get Thing n/a", "patch Thing n/a"]);
    expect(reports[0]?.error).toBeUndefined();
    expect(await fixture.metric('controller_runtime_reconcile_conflicts_total{controller="test"}')).toBe(1);
  });

  test("PS-12 RQ-10.6 after three attempts the key is requeued under the rate limiter", async () => {
    const { fixture, reports } = await setUp(sizes);
    fixture.api.fault = ({ verb }) => (verb === "patch" ? { before: apiError(409, "Conflict") } : undefined);
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(70);
    expect(fixture.api.log("patch")).toHaveLength(3);
    expect(reports.map(({ error }) => (error as ApiError).reason)).toEqual(["Conflict"]);
    expect(await fixture.metric('workqueue_retries_total{name="test"}')).toBe(1);
    fixture.api.fault = () => undefined;
    await fixture.pass(51);
    expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 1 });
  });

  test("a watch that is late is waited for before the next attempt", async () => {
    const { fixture, calls } = await setUp(sizes);
    let held: { release: () => void } | undefined;
    fixture.api.fault = ({ verb }) => {
      if (verb === "patch" && held === undefined) {
        held = fixture.api.hold(things);
        fixture.api.put(things, thing("a", { size: 2 }));
      }
      return undefined;
    };
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(1000);
    expect(calls).toEqual(["a"]);
    held?.release();
    await fixture.settle();
    expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 2 });
    expect(fixture.api.log("patch")).toHaveLength(2);
  });

  test("RQ-07 an object that is gone when it is written to is a normal case", async () => {
    const { fixture, reports } = await setUp(sizes);
    fixture.api.fault = ({ verb }) => {
      if (verb === "patch") fixture.api.remove(things, "n", "a");
      return undefined;
    };
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(20);
    expect(reports.every(({ error }) => error === undefined)).toBe(true);
    expect(await fixture.metric('controller_runtime_reconcile_errors_total{controller="test"}')).toBe(0);
  });

  test("a create that meets its own former success is decided again, and adopts it", async () => {
    const createChild: Action = { do: "create", resource: things, object: thing("child") };
    const { fixture, cache, reports } = await setUp((_found, { namespace }): Decision => {
      const adopted = cache.get(namespace, "child") !== undefined;
      return adopted ? settled() : settled(createChild);
    });
    fixture.api.fault = ({ verb }) => {
      // Another replica was faster.
      if (verb === "create") fixture.api.put(things, thing("child"));
      return undefined;
    };
    fixture.api.put(things, thing("a"));
    await fixture.pass(20);
    expect(fixture.api.log("create")).toHaveLength(1);
    expect(reports.every(({ error }) => error === undefined)).toBe(true);
  });
});

describe("failures", () => {
  test("RQ-10.6 a reconcile that throws is logged with its stack and requeued; other keys go on", async () => {
    let broken = true;
    const { fixture, calls, reports } = await setUp((_found, { name }) => {
      if (name === "bad" && broken) throw new Error("cannot decide");
      return settled();
    });
    fixture.api.put(things, thing("bad"));
    fixture.api.put(things, thing("good"));
    await fixture.settle();
    expect(calls).toEqual(["bad", "good"]);
    const [line] = fixture.lines("Reconciler error");
    expect(line).toMatchObject({
      controller: "test",
      namespace: "n",
      name: "bad",
      err: { message: "cannot decide" },
    });
    expect((line?.err as { stack: string }).stack).toContain("workers.test.ts");
    broken = false;
    await fixture.pass(50);
    expect(calls).toEqual(["bad", "good", "bad"]);
    expect(reports.at(-1)?.error).toBeUndefined();
    expect(await fixture.metric('controller_runtime_reconcile_panics_total{controller="test"}')).toBe(1);
    expect(fixture.fatal).toEqual([]);
  });

  test("a broken invariant is fatal", async () => {
    const { fixture, manager } = await setUp(() => {
      throw new InvariantError("two owners of one block");
    });
    fixture.api.put(things, thing("a"));
    await fixture.settle();
    expect(fixture.fatal.map(({ message }) => message)).toEqual(["two owners of one block"]);
    expect(manager.healthy()).toBe(false);
  });

  test("RQ-12 a reconcile is cancelled after 90 s, and counts as a failure", async () => {
    const { fixture, reports } = await setUp(sizes);
    fixture.api.fault = ({ verb }) => (verb === "patch" ? { until: new Promise(() => {}) } : undefined);
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(89_999);
    expect(reports).toEqual([]);
    await fixture.pass(1);
    expect(reports.map(({ error }) => error?.name)).toEqual(["DeadlineError"]);
    expect(await fixture.metric('controller_runtime_reconcile_total{controller="test",result="error"}')).toBe(
      1,
    );
  });

  test("what the API refuses is logged, counted and tried again with back-off", async () => {
    const { fixture, calls, reports } = await setUp(sizes);
    fixture.api.fault = ({ verb }) =>
      verb === "patch" ? { before: apiError(422, "Invalid", "size is odd") } : undefined;
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(50 + 75 + 1);
    expect(calls).toEqual(["a", "a", "a"]);
    expect(reports[0]?.error?.message).toBe("size is odd");
    expect(reports[0]?.decision?.verdict).toBe("settled");
  });

  test("an API that cannot be reached is tried again with back-off", async () => {
    const { fixture } = await setUp(sizes);
    let reachable = false;
    fixture.api.fault = () =>
      reachable ? undefined : { before: new UnreachableError("connection refused") };
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(200);
    reachable = true;
    await fixture.pass(1000);
    expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 1 });
  });

  test("an answer that stays lost ends with the time limit, and the key comes again", async () => {
    const { fixture, reports } = await setUp(sizes, { timeoutMs: 5_000 });
    let broken = true;
    fixture.api.fault = ({ verb }) =>
      broken && (verb === "patch" || verb === "get") ? { before: new LostAnswerError("broken") } : undefined;
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.pass(5_000);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.error).toBeInstanceOf(LostAnswerError);
    broken = false;
    await fixture.pass(60);
    expect(fixture.api.peek(things, "n", "a")?.status).toEqual({ size: 1 });
  });
});

describe("concurrency", () => {
  test("PS-11 five requests at once by default, one key never twice", async () => {
    let inFlight = 0;
    let most = 0;
    const { fixture } = await setUp(sizes);
    fixture.api.fault = ({ verb }) => {
      if (verb !== "patch") return undefined;
      most = Math.max(most, ++inFlight);
      const until = new Promise<void>((resolve) => {
        fixture.clock.setTimer(10, () => {
          inFlight--;
          resolve();
        });
      });
      return { until };
    };
    for (let n = 0; n < 20; n++) fixture.api.put(things, thing(`t${n}`, { size: 1 }));
    await fixture.pass(100);
    expect(most).toBe(5);
    expect(fixture.api.log("patch")).toHaveLength(20);
  });

  test("PS-11 with a higher bound, as many as the server bears: more while its writes take no longer", async () => {
    let inFlight = 0;
    const underWay: number[] = [];
    const { fixture } = await setUp(sizes, { concurrency: 40 });
    fixture.api.fault = ({ verb }) => {
      if (verb !== "patch") return undefined;
      underWay.push(++inFlight);
      const until = new Promise<void>((resolve) => {
        fixture.clock.setTimer(10, () => {
          inFlight--;
          resolve();
        });
      });
      return { until };
    };
    for (let n = 0; n < 600; n++) fixture.api.put(things, thing(`t${n}`, { size: 1 }));
    await fixture.pass(1_000);
    expect(underWay).toHaveLength(600);
    expect(Math.max(...underWay.slice(0, 32))).toBe(16);
    expect(Math.max(...underWay)).toBe(40);
  });
});

describe("the log", () => {
  test("one line a decision with the keys of controller-runtime, quiet where there is nothing to do", async () => {
    const { fixture } = await setUp(sizes);
    fixture.api.put(things, thing("a", { size: 1 }));
    await fixture.settle();
    const lines = fixture.lines("it is so");
    expect(lines).toMatchObject([
      {
        level: 30,
        controller: "test",
        namespace: "n",
        name: "a",
        verdict: "settled",
        actions: ["patch-status"],
      },
      { level: 20, controller: "test", namespace: "n", name: "a", verdict: "settled", actions: [] },
    ]);
    expect(new Set(lines.map(({ reconcileID }) => reconcileID)).size).toBe(2);
  });
});
