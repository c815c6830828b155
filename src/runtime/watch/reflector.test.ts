import { describe, expect, test } from "vitest";
import { ApiError, LostAnswerError, UnreachableError } from "../../client/index.ts";
import {
  bookmarked,
  ReflectorFixture,
  stopReflectorsAfterEach,
  watching,
} from "./testing/reflector-fixture.ts";
import { ScriptedClient, status, thing } from "./testing/scripted-client.ts";

stopReflectorsAfterEach();

describe("listing, then watching", () => {
  test("the list comes first, and the watch begins at its revision", async () => {
    const { watch, sink, reflector } = await watching();
    expect(sink.lines).toEqual(["= 5 a"]);
    expect(watch.options).toMatchObject({ resourceVersion: "5", allowBookmarks: true });
    expect(reflector.state).toEqual({ name: "watching", resourceVersion: "5" });
  });

  test("events reach the sink once, in order, and move the revision on", async () => {
    const { watch, sink, reflector } = await watching();
    watch.event("ADDED", thing("b", "6"));
    watch.event("MODIFIED", thing("b", "7"));
    watch.event("DELETED", thing("b", "8"));
    watch.bookmark("12");
    expect(await sink.until(5)).toEqual(["= 5 a", "+ b@6", "~ b@7", "- b@8", ". 12"]);
    expect(reflector.resourceVersion).toBe("12");
  });

  test("a list comes in pages, as a consistent read, and reaches the sink in one piece", async () => {
    const script = new ScriptedClient();
    const { sink } = new ReflectorFixture(script.client, {
      pageSize: 2,
      namespace: "n",
      labelSelector: "x=y",
    });
    const first = await script.list();
    expect(first.options).toMatchObject({ limit: 2, namespace: "n", labelSelector: "x=y" });
    expect(first.options.resourceVersion).toBeUndefined();
    first.answer("5", [thing("a", "1"), thing("b", "2")], "token-1");
    const second = await script.list();
    expect(second.options).toMatchObject({ limit: 2, continue: "token-1", labelSelector: "x=y" });
    expect(sink.lines).toEqual([]);
    second.answer("5", [thing("c", "3")]);
    const watch = await script.watch();
    expect(sink.lines).toEqual(["= 5 a,b,c"]);
    expect(watch.options).toMatchObject({ namespace: "n", labelSelector: "x=y", resourceVersion: "5" });
  });

  test("a paged list that expires half-way starts over, and at last comes whole", async () => {
    const script = new ScriptedClient();
    const { sink } = new ReflectorFixture(script.client, { pageSize: 1 });
    for (let round = 0; round < 2; round++) {
      (await script.list()).answer("5", [thing("a", "1")], "token");
      (await script.list()).fail(status(410, "Expired"));
    }
    const whole = await script.list();
    expect(whole.options.limit).toBeUndefined();
    whole.answer("9", [thing("a", "1"), thing("b", "8")]);
    await script.watch();
    expect(sink.lines).toEqual(["= 9 a,b"]);
  });

  test("managedFields are dropped on arrival, from lists and from watches", async () => {
    const script = new ScriptedClient();
    const { sink } = new ReflectorFixture(script.client);
    const managed = (name: string, revision: string) => {
      const object = thing(name, revision, { spec: { x: 1 } });
      return { ...object, metadata: { ...object.metadata, managedFields: [{ manager: "kubectl" }] } };
    };
    (await script.list()).answer("5", [managed("a", "3")]);
    (await script.watch()).accept().event("ADDED", managed("b", "6"));
    await sink.until(2);
    expect(sink.objects.get("a")).toEqual(thing("a", "3", { spec: { x: 1 } }));
    expect(sink.objects.get("b")).toEqual(thing("b", "6", { spec: { x: 1 } }));
  });

  test("the server is asked to end the watch after a time that differs from watch to watch", async () => {
    const { script, watch, sink } = await watching({ watchTimeoutSeconds: 300 });
    await bookmarked(watch, sink, "6");
    watch.end();
    const second = await script.watch();
    const seconds = [watch.options.timeoutSeconds ?? 0, second.options.timeoutSeconds ?? 0];
    for (const each of seconds) {
      expect(each).toBeGreaterThanOrEqual(300);
      expect(each).toBeLessThan(600);
    }
    expect(seconds[0]).not.toBe(seconds[1]);
  });
});

describe("across reconnects", () => {
  test("a watch that the server ends is resumed after the last event", async () => {
    const { script, watch, fixture } = await watching();
    watch.event("MODIFIED", thing("a", "8"));
    watch.end();
    expect((await script.watch()).options.resourceVersion).toBe("8");
    expect(fixture.stateNames).toEqual(["listing", "watching", "watching"]);
  });

  test("a bookmark moves on where a watch is resumed", async () => {
    const { script, watch } = await watching();
    watch.bookmark("40");
    watch.end();
    expect((await script.watch()).options.resourceVersion).toBe("40");
  });

  test("a broken connection is resumed at once the first time, then later and later", async () => {
    const { script, watch, fixture } = await watching();
    watch.break(new LostAnswerError("reset"));
    (await script.watch()).refuse(new UnreachableError("refused"));
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      waits.push(await fixture.skipBackOff());
      const again = await script.watch();
      expect(again.options.resourceVersion).toBe("5");
      again.refuse(new UnreachableError("refused"));
    }
    const least = [1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000];
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(least[index] ?? 0);
      expect(wait).toBeLessThan((least[index] ?? 0) * 2);
    }
    expect(fixture.stateNames.filter((name) => name === "relisting")).toEqual([]);
  });

  test("after two minutes of health the next failure counts as the first", async () => {
    const { script, watch, fixture, sink, clock } = await watching({ idleTimeoutMs: 3_600_000 });
    watch.break(new LostAnswerError("reset"));
    (await script.watch()).refuse(new UnreachableError("refused"));
    await fixture.skipBackOff();
    const healthy = (await script.watch()).accept();
    await bookmarked(healthy, sink, "6");
    clock.advance(120_000);
    healthy.break(new LostAnswerError("reset"));
    const again = await script.watch();
    again.refuse(new UnreachableError("refused"));
    expect(await fixture.skipBackOff()).toBeLessThan(3200);
  });

  test("an event that comes again is dropped", async () => {
    const { script, watch, sink } = await watching();
    watch.event("ADDED", thing("b", "6"));
    watch.event("MODIFIED", thing("b", "10"));
    watch.end();
    const second = (await script.watch()).accept();
    second.event("ADDED", thing("b", "6"));
    second.event("MODIFIED", thing("b", "10"));
    second.event("DELETED", thing("a", "11"));
    expect(await sink.until(4)).toEqual(["= 5 a", "+ b@6", "~ b@10", "- a@11"]);
  });

  test("a watch that ends at once and brings nothing is a failure", async () => {
    const { watch, fixture } = await watching();
    watch.end();
    const state = await fixture.reached("backing-off");
    expect(state).toMatchObject({ next: { name: "watching", resourceVersion: "5" } });
  });

  test("revisions that cannot be compared are taken as they come", async () => {
    const script = new ScriptedClient();
    const { sink } = new ReflectorFixture(script.client);
    (await script.list()).answer("rev-b", []);
    const watch = (await script.watch()).accept();
    watch.event("ADDED", thing("a", "rev-a"));
    watch.end();
    expect((await script.watch()).options.resourceVersion).toBe("rev-a");
    expect(sink.lines).toEqual(["= rev-b", "+ a@rev-a"]);
  });
});

describe("what the server may say", () => {
  test("410 as an answer lists again; what was deleted meanwhile is missing from the list", async () => {
    const { script, watch, sink, fixture } = await watching();
    watch.end();
    await fixture.skipBackOff();
    (await script.watch()).refuse(status(410, "Expired"));
    (await script.list()).answer("50", [thing("c", "45")]);
    expect((await script.watch()).options.resourceVersion).toBe("50");
    expect(sink.lines).toEqual(["= 5 a", "= 50 c"]);
    expect(fixture.stateNames).toContain("relisting");
  });

  test("410 as an event lists again, at once the first time", async () => {
    const { script, watch, fixture } = await watching();
    watch.error(410, "Expired");
    (await script.list()).answer("50");
    expect((await script.watch()).options.resourceVersion).toBe("50");
    expect(fixture.stateNames).toEqual(["listing", "watching", "relisting", "watching"]);
  });

  test("410 of a server that was away for a while lists again at once, however often it could not be reached", async () => {
    const { script, watch, fixture } = await watching();
    watch.break(new LostAnswerError("reset"));
    for (let i = 0; i < 6; i++) {
      (await script.watch()).refuse(new UnreachableError("refused"));
      await fixture.skipBackOff();
    }
    const startedMs = fixture.clock.monotonicMs();
    (await script.watch()).refuse(status(410, "Expired"));
    (await script.list()).answer("50");
    (await script.watch()).accept().error(410, "Expired");
    expect(fixture.clock.monotonicMs()).toBe(startedMs);
    expect(await fixture.skipBackOff()).toBeGreaterThanOrEqual(1600);
  });

  test("410 over and over does not become a storm of lists", async () => {
    const { script, watch, fixture } = await watching();
    watch.error(410, "Expired");
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      (await script.list()).answer(String(50 + i));
      (await script.watch()).accept().error(410, "Expired");
      waits.push(await fixture.skipBackOff());
    }
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Math.min(1600 * 2 ** index, 15_000));
    }
  });

  test("what the server asks for is waited for, after the first failure too", async () => {
    const { script, watch, fixture } = await watching();
    watch.break(new ApiError(429, { reason: "TooManyRequests" }, 20_000));
    expect(await fixture.skipBackOff()).toBe(20_000);
    expect((await script.watch()).options).toMatchObject({ resourceVersion: "5", retry: false });
  });

  test("429 does not list again", async () => {
    const { script, watch, fixture } = await watching();
    watch.break(new LostAnswerError("reset"));
    for (let i = 0; i < 8; i++) {
      (await script.watch()).refuse(status(429, "TooManyRequests"));
      await fixture.skipBackOff();
    }
    expect((await script.watch()).options.resourceVersion).toBe("5");
  });

  test("internal errors are retried from the same revision, but not for ever", async () => {
    const { script, watch, fixture } = await watching();
    watch.error(500, "InternalError");
    let tries = 0;
    for (;;) {
      tries++;
      (await script.watch()).refuse(status(500, "InternalError"));
      await fixture.skipBackOff();
      if (fixture.reflector.state.name === "relisting") break;
    }
    expect(tries).toBe(5);
    (await script.list()).answer("60");
    await script.watch();
  });

  test("a server that is behind what we have seen is listed again", async () => {
    const { script, watch, sink, log } = await watching();
    watch.break(status(504, "Timeout", [{ reason: "ResourceVersionTooLarge" }]));
    (await script.list()).answer("2", [thing("z", "1")]);
    expect((await script.watch()).options.resourceVersion).toBe("2");
    expect(sink.lines).toEqual(["= 5 a", "= 2 z"]);
    expect(log.filter((line) => line.msg?.includes("has decreased"))).toHaveLength(1);
  });

  test("a bookmark that goes back means the same", async () => {
    const { script, watch, sink } = await watching();
    watch.bookmark("4");
    (await script.list()).answer("4");
    await script.watch();
    expect(sink.lines).toEqual(["= 5 a", "= 4"]);
  });

  test("an event without a revision is dropped and logged, and ends nothing", async () => {
    const { watch, sink, log } = await watching();
    watch.event("ADDED", { kind: "Thing", metadata: { name: "x" } });
    watch.event("ADDED", thing("b", "6"));
    expect(await sink.until(2)).toEqual(["= 5 a", "+ b@6"]);
    expect(log.some((line) => line.msg?.includes("without a resourceVersion"))).toBe(true);
  });

  test("a list that fails is tried again later, and nothing is delivered meanwhile", async () => {
    const script = new ScriptedClient();
    const fixture = new ReflectorFixture(script.client);
    (await script.list()).fail(new UnreachableError("refused"));
    const first = await fixture.skipBackOff();
    expect(first).toBeGreaterThanOrEqual(800);
    expect(first).toBeLessThan(1600);
    (await script.list()).fail(status(403, "Forbidden"));
    expect(await fixture.skipBackOff()).toBeGreaterThanOrEqual(1600);
    expect(fixture.sink.lines).toEqual([]);
    (await script.list()).answer("5");
    await script.watch();
    expect(fixture.sink.lines).toEqual(["= 5"]);
  });
});
