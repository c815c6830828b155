import { describe, expect, test } from "vitest";
import { UnreachableError } from "../../client/index.ts";
import { drainMicrotasks } from "../../kernel/index.ts";
import {
  bookmarked,
  ReflectorFixture,
  stopReflectorsAfterEach,
  watching,
} from "./testing/reflector-fixture.ts";
import { ScriptedClient, status, thing } from "./testing/scripted-client.ts";

stopReflectorsAfterEach();

describe("a kind that is not there", () => {
  test("is waited for, which is said once, and starts when it appears", async () => {
    const script = new ScriptedClient();
    const fixture = new ReflectorFixture(script.client);
    for (let i = 0; i < 4; i++) {
      (await script.list()).fail(status(404, "NotFound"));
      await fixture.reached("waiting-for-kind");
      fixture.clock.advance(3000);
      await drainMicrotasks();
    }
    (await script.list()).answer("5", [thing("a", "3")]);
    await script.watch();
    expect(fixture.sink.lines).toEqual(["= 5 a"]);
    const said = fixture.log.filter((line) => line.msg?.includes("things of example.org/v1"));
    expect(said).toHaveLength(1);
    expect(fixture.log.some((line) => line.msg === "the kind is now served")).toBe(true);
  });

  test("that goes while it is watched keeps what is known until there is a list", async () => {
    const { script, watch, fixture, sink } = await watching();
    watch.break(status(404, "NotFound"));
    await fixture.reached("waiting-for-kind");
    expect(sink.lines).toEqual(["= 5 a"]);
    fixture.clock.advance(3000);
    (await script.list()).answer("90");
    await script.watch();
    expect(sink.lines).toEqual(["= 5 a", "= 90"]);
  });
});

describe("PX-17 a sink that holds a state already", () => {
  test("gets what changed since, without a list", async () => {
    const script = new ScriptedClient();
    const fixture = new ReflectorFixture(script.client, { resumeFrom: "5" });
    const watch = await script.watch();
    expect(watch.options.resourceVersion).toBe("5");
    watch.accept().event("MODIFIED", thing("a", "6"));
    expect(await fixture.sink.until(1)).toEqual(["~ a@6"]);
    expect(fixture.stateNames[0]).toBe("watching");
  });

  test("gets a list where the server no longer has that revision", async () => {
    const script = new ScriptedClient();
    const fixture = new ReflectorFixture(script.client, { resumeFrom: "5" });
    (await script.watch()).refuse(status(410, "Expired"));
    (await script.list()).answer("90", [thing("a", "80")]);
    await script.watch();
    expect(fixture.sink.lines).toEqual(["= 90 a"]);
  });
});

describe("a server that cannot be reached", () => {
  const refused = () => new UnreachableError("connect ECONNREFUSED 127.0.0.1:6443", new Error("deep inside"));

  test("is reported in one line, and its stack at the debug level", async () => {
    const script = new ScriptedClient();
    const fixture = new ReflectorFixture(script.client);
    (await script.list()).fail(refused());
    await fixture.reached("backing-off");
    const loud = fixture.log.filter(({ level }) => level > 20);
    expect(loud).toMatchObject([
      {
        level: 40,
        msg: "retrying later",
        error: "connect ECONNREFUSED 127.0.0.1:6443",
        next: "listing",
      },
    ]);
    expect(JSON.stringify(loud)).not.toContain("    at ");
    expect(JSON.stringify(fixture.log)).toContain("    at ");
  });

  test("is reported in one line too when a watch breaks off", async () => {
    const { script, watch, log } = await watching();
    watch.break(refused());
    await script.watch();
    const loud = log.filter(({ level }) => level > 20);
    expect(loud).toMatchObject([{ level: 30, error: "connect ECONNREFUSED 127.0.0.1:6443" }]);
    expect(JSON.stringify(loud)).not.toContain("    at ");
  });
});

describe("a connection that is dead without a word", () => {
  test("is given up after the idle time and resumed, and no event is missed", async () => {
    const { script, watch, sink, clock, fixture } = await watching({ idleTimeoutMs: 60_000 });
    watch.event("ADDED", thing("b", "6"));
    await sink.until(2);
    clock.advance(59_999);
    await drainMicrotasks();
    expect(watch.aborted).toBe(false);
    clock.advance(1);
    const second = await script.watch();
    expect(watch.aborted).toBe(true);
    expect(second.options.resourceVersion).toBe("6");
    second.accept().event("ADDED", thing("c", "7"));
    expect(await sink.until(3)).toEqual(["= 5 a", "+ b@6", "+ c@7"]);
    expect(fixture.stateNames).toEqual(["listing", "watching", "watching"]);
  });

  test("is distinguished from one that is only quiet by its bookmarks", async () => {
    const { watch, sink, clock } = await watching({ idleTimeoutMs: 60_000 });
    for (let revision = 6; revision < 12; revision++) {
      clock.advance(50_000);
      await bookmarked(watch, sink, String(revision));
    }
    expect(watch.aborted).toBe(false);
  });

  test("is given up too while the watch has not been accepted yet", async () => {
    const script = new ScriptedClient();
    const { clock } = new ReflectorFixture(script.client, { idleTimeoutMs: 60_000 });
    (await script.list()).answer("5");
    const silent = await script.watch();
    clock.advance(60_000);
    await script.watch();
    expect(silent.aborted).toBe(true);
  });
});

describe("the sink", () => {
  test("that throws on an event gets the whole truth again", async () => {
    const { script, watch, sink, fixture } = await watching();
    sink.onCall = () => {
      throw new Error("broken");
    };
    watch.event("ADDED", thing("b", "6"));
    await fixture.reached("backing-off");
    expect(fixture.reflector.resourceVersion).toBe("5");
    sink.onCall = () => {};
    await fixture.skipBackOff();
    (await script.list()).answer("6", [thing("a", "3"), thing("b", "6")]);
    await script.watch();
    expect(sink.lines).toEqual(["= 5 a", "= 6 a,b"]);
  });
});

describe("stopping", () => {
  test("while watching closes the watch, and nothing is delivered afterwards", async () => {
    const { watch, sink, fixture } = await watching();
    await fixture.stop();
    expect(watch.aborted).toBe(true);
    watch.event("ADDED", thing("b", "6"));
    await drainMicrotasks();
    expect(sink.lines).toEqual(["= 5 a"]);
    expect(fixture.reflector.state).toEqual({ name: "stopped" });
    expect(fixture.clock.pendingCount).toBe(0);
  });

  test("while listing drops the list", async () => {
    const script = new ScriptedClient();
    const fixture = new ReflectorFixture(script.client);
    const list = await script.list();
    const stopped = fixture.stop();
    list.answer("5", [thing("a", "3")]);
    await stopped;
    expect(fixture.sink.lines).toEqual([]);
    expect(script.pending).toBe(0);
  });

  test("while backing off waits for nothing", async () => {
    const { watch, fixture } = await watching();
    watch.end();
    await fixture.reached("backing-off");
    await fixture.stop();
    expect(fixture.clock.pendingCount).toBe(0);
  });
});
