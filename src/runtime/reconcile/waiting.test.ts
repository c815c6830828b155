import { describe, expect, test } from "vitest";
import { InvariantError } from "../../kernel/index.ts";
import type { Decision, WriteObserver } from "../flow.ts";
import type { Manager } from "../manager.ts";
import { apiError } from "../testing/fake-api.ts";
import { setStatus, settled, setUp } from "../testing/one-controller.ts";
import { thing, things } from "../testing/things.ts";

describe("waiting", () => {
  const blocked = (value: string, afterMs?: number): Decision => ({
    verdict: "blocked",
    actions: [],
    message: "nothing is free",
    until: [{ signal: "free", value }],
    ...(afterMs !== undefined && { afterMs }),
  });

  test("PX-03 a blocked request sleeps until what it waits for happens", async () => {
    let free = false;
    const { fixture, manager, calls } = await setUp(() => (free ? settled() : blocked("p")));
    fixture.api.put(things, thing("a"));
    await fixture.pass(600_000);
    expect(calls).toEqual(["a"]);
    free = true;
    manager.raise({ signal: "free", value: "q" });
    manager.raise({ signal: "free", value: "p" });
    await fixture.settle();
    expect(calls).toEqual(["a", "a"]);
    manager.raise({ signal: "free", value: "p" });
    await fixture.settle();
    expect(calls).toHaveLength(2);
  });

  test("what happens while a blocked decision is being written is not slept through", async () => {
    let free = false;
    const { fixture, manager, calls } = await setUp((found) => {
      if (free || found === undefined) return settled();
      return { ...blocked("p"), actions: [setStatus(found, { phase: "Waiting" })] };
    });
    fixture.api.fault = ({ verb }) => {
      if (verb === "patch") {
        free = true;
        manager.raise({ signal: "free", value: "p" });
      }
      return undefined;
    };
    fixture.api.put(things, thing("a"));
    await fixture.settle();
    expect(calls.length).toBeGreaterThan(1);
    expect(free).toBe(true);
  });

  test("a write that is refused sets free what was held for it, and that does not wake its own request", async () => {
    let manager: Pick<Manager, "raise"> | undefined;
    const observer: WriteObserver = {
      beforeWrite: () => {},
      afterWrite: () => manager?.raise({ signal: "free", value: "p" }),
    };
    const set = await setUp(
      (found) => (found ? { ...blocked("p"), actions: [setStatus(found, { phase: "Waiting" })] } : settled()),
      { observer },
    );
    const { fixture, calls, reports } = set;
    manager = set.manager;
    fixture.api.fault = ({ verb }) =>
      verb === "patch" ? { before: apiError(405, "MethodNotAllowed", "not now") } : undefined;
    fixture.api.put(things, thing("a"));
    await fixture.pass(50 + 75 + 1);
    expect(calls).toEqual(["a", "a", "a"]);
    expect(reports[0]?.error?.message).toBe("not now");
  });

  test("two whose writes are refused, and set something free for each other, come again with back-off", async () => {
    let manager: Pick<Manager, "raise"> | undefined;
    const observer: WriteObserver = {
      beforeWrite: () => {},
      afterWrite: () => manager?.raise({ signal: "free", value: "p" }),
    };
    const set = await setUp(
      (found) => (found ? { ...blocked("p"), actions: [setStatus(found, { phase: "Waiting" })] } : settled()),
      { observer, concurrency: 2 },
    );
    const { fixture, calls } = set;
    manager = set.manager;
    let refuses = true;
    fixture.api.fault = ({ verb }) =>
      verb === "patch" && refuses ? { before: apiError(405, "MethodNotAllowed", "not now") } : undefined;
    fixture.api.put(things, thing("a"));
    fixture.api.put(things, thing("b"));
    await fixture.pass(50 + 75 + 1);
    expect(calls.toSorted()).toEqual(["a", "a", "a", "b", "b", "b"]);
    refuses = false;
    await fixture.pass(1_000);
    const before = calls.length;
    manager.raise({ signal: "free", value: "p" });
    await fixture.settle();
    expect(calls.length).toBeGreaterThan(before);
  });

  test("what another request fails to take while one's own write is under way wakes one after it", async () => {
    let manager: Pick<Manager, "raise"> | undefined;
    const observer: WriteObserver = {
      beforeWrite: () => {},
      afterWrite: (_, { result }) => {
        if (result !== "done") manager?.raise({ signal: "free", value: "p" });
      },
    };
    const set = await setUp(
      (found) => (found ? { ...blocked("p"), actions: [setStatus(found, { phase: "Waiting" })] } : settled()),
      { observer, concurrency: 2 },
    );
    const { fixture, calls } = set;
    manager = set.manager;
    fixture.api.fault = ({ verb, name }) =>
      verb === "patch" && name === "b" ? { before: apiError(405, "MethodNotAllowed", "not now") } : undefined;
    fixture.api.put(things, thing("a"));
    fixture.api.put(things, thing("b"));
    await fixture.settle();
    expect(calls.filter((name) => name === "a").length).toBeGreaterThan(1);
  });

  test("what time alone cures is reconciled again when it is time", async () => {
    const { fixture, calls } = await setUp(() => blocked("p", 30_000));
    fixture.api.put(things, thing("a"));
    await fixture.pass(29_999);
    expect(calls).toHaveLength(1);
    await fixture.pass(1);
    expect(calls).toHaveLength(2);
    expect(
      await fixture.metric('controller_runtime_reconcile_total{controller="test",result="requeue_after"}'),
    ).toBe(2);
  });

  test("waiting for what is not watched is fatal", async () => {
    const other = { ...things, plural: "others" };
    const { fixture } = await setUp(() => ({
      verdict: "blocked",
      actions: [],
      message: "",
      until: [{ resource: other, index: "x", value: "y" }],
    }));
    fixture.api.put(things, thing("a"));
    await fixture.settle();
    expect(fixture.fatal[0]).toBeInstanceOf(InvariantError);
  });
});
