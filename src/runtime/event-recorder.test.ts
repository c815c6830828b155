import { beforeEach, describe, expect, test } from "vitest";
import { EventCorrelator } from "./event-correlator.ts";
import { EventRecorder, type EventRecorderOptions, events } from "./event-recorder.ts";
import type { EventNote } from "./flow.ts";
import { apiError } from "./testing/fake-api.ts";
import { RuntimeFixture } from "./testing/runtime-fixture.ts";
import { stored, thing } from "./testing/things.ts";

let fixture: RuntimeFixture;
beforeEach(() => {
  fixture = new RuntimeFixture();
});

function recorder(options: Partial<EventRecorderOptions> = {}): EventRecorder {
  const { api: client, kernel, logger, metrics } = fixture;
  return new EventRecorder({ client, kernel, logger, metrics, component: "test", ...options });
}

const note = (message: string, more: Partial<EventNote> = {}): EventNote => ({
  regarding: stored(thing("a"), "5"),
  type: "Normal",
  reason: "Grown",
  message,
  ...more,
});
const dropped = () => fixture.metric("event_recorder_dropped_total");
const recorded = async () => (await fixture.api.list(events)).items;

describe("while others have work to do", () => {
  test("events trickle, and the rest is written at once when the work is done", async () => {
    let busy = true;
    const made = recorder({ isBusy: () => busy });
    for (const message of ["one", "two", "three", "four"]) made.emit(note(message, { reason: message }));
    await fixture.settle();
    expect(await recorded()).toHaveLength(1);
    await fixture.pass(100);
    expect(await recorded()).toHaveLength(2);
    busy = false;
    await fixture.pass(100);
    expect(await recorded()).toHaveLength(4);
  });

  test("an end does not wait for that", async () => {
    const made = recorder({ isBusy: () => true });
    for (const message of ["one", "two", "three"]) made.emit(note(message, { reason: message }));
    await fixture.settle();
    await made.stop();
    expect(await recorded()).toHaveLength(3);
  });
});

describe("what becomes of an event", () => {
  test("PX-08 it is written with all that kubectl describe shows", async () => {
    recorder().emit(note("it has grown"));
    await fixture.settle();
    const time = "2026-01-01T00:00:00Z";
    expect(await recorded()).toMatchObject([
      {
        metadata: { namespace: "n" },
        involvedObject: { apiVersion: "example.org/v1", kind: "Thing", namespace: "n", name: "a", uid: "a" },
        type: "Normal",
        reason: "Grown",
        message: "it has grown",
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: "test" },
      },
    ]);
  });

  test("PX-08 one about an object with the longest name has a name that the API takes", async () => {
    const longest = `${"a".repeat(230)}-${"b".repeat(22)}`;
    recorder().emit(note("it has grown", { regarding: stored(thing(longest), "5") }));
    await fixture.settle();
    const [event] = await recorded();
    expect(event?.metadata.name).toMatch(/^a{230}\.[0-9a-f]+$|^a{230}-b+\.[0-9a-f]+$/);
    expect(event?.metadata.name.length).toBeLessThanOrEqual(253);
    expect(event?.involvedObject.name).toBe(longest);
  });

  test("the same again raises the count", async () => {
    const made = recorder();
    made.emit(note("it has grown"));
    await fixture.pass(60_000);
    made.emit(note("it has grown"));
    await fixture.settle();
    expect(fixture.api.log("create", "patch").map((line) => line.split(" ")[0])).toEqual(["create", "patch"]);
    expect(await recorded()).toMatchObject([
      { count: 2, firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:01:00Z" },
    ]);
  });

  test("events that have expired in the API are written again", async () => {
    const made = recorder();
    made.emit(note("it has grown"));
    await fixture.settle();
    const [first] = await recorded();
    fixture.api.remove(events, "n", first?.metadata.name ?? "");
    made.emit(note("it has grown"));
    await fixture.settle();
    expect(await recorded()).toHaveLength(1);
  });

  test("from ten similar ones on they are combined", async () => {
    const made = recorder();
    for (let size = 1; size <= 12; size++) made.emit(note(`it has grown to ${size}`));
    await fixture.settle();
    const messages = (await recorded()).map(({ message, count }) => `${count} ${message}`);
    expect(messages).toHaveLength(10);
    expect(messages.at(-1)).toBe("3 (combined from similar events): it has grown to 12");
  });

  test("objects of the cluster have their events in the namespace default", async () => {
    const regarding = { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } };
    recorder().emit(note("it is up", { regarding }));
    await fixture.settle();
    expect((await recorded())[0]?.metadata.namespace).toBe("default");
  });

  test("a message that is too long is cut", async () => {
    recorder().emit(note("x".repeat(5000)));
    await fixture.settle();
    expect((await recorded())[0]?.message.length).toBe(1024);
  });

  test("two events of one moment have different names", async () => {
    const made = recorder();
    made.emit(note("one", { reason: "One" }));
    made.emit(note("two", { reason: "Two" }));
    await fixture.settle();
    expect(await recorded()).toHaveLength(2);
  });
});

describe("bounds", () => {
  test("an object that emits too much is silenced, others are not", async () => {
    const made = recorder({ maxSimilar: 1000 });
    for (let size = 0; size < 40; size++) made.emit(note(`it has grown to ${size}`));
    made.emit(note("me too", { regarding: stored(thing("b"), "6") }));
    await fixture.settle();
    expect(await recorded()).toHaveLength(26);
    expect(await dropped()).toBe(15);
    await fixture.pass(300_000);
    made.emit(note("one more"));
    made.emit(note("one too many"));
    await fixture.settle();
    expect(await recorded()).toHaveLength(27);
  });

  test("an API that does not answer costs the caller nothing, and the queue does not grow", async () => {
    fixture.api.fault = () => ({ until: new Promise(() => {}) });
    const made = recorder({ queueLength: 5, burst: 1000, maxSimilar: 1000 });
    for (let size = 0; size < 20; size++) made.emit(note(`it has grown to ${size}`));
    // One is on its way, five wait.
    expect(await dropped()).toBe(14);
  });

  test("an API that fails for a while is tried again", async () => {
    let tries = 0;
    fixture.api.fault = () => (++tries < 3 ? { before: apiError(500, "InternalError") } : undefined);
    recorder().emit(note("it has grown"));
    await fixture.pass(3_000);
    expect(tries).toBe(3);
    fixture.api.fault = () => undefined;
    expect(await recorded()).toHaveLength(1);
  });

  test("what the API refuses is dropped at once", async () => {
    fixture.api.fault = ({ verb }) =>
      verb === "create" ? { before: apiError(403, "Forbidden") } : undefined;
    recorder().emit(note("it has grown"));
    await fixture.pass(60_000);
    expect(fixture.api.log("create")).toHaveLength(1);
    expect(await dropped()).toBe(1);
  });
});

describe("stopping", () => {
  test("what waits is written first", async () => {
    const made = recorder();
    for (let size = 0; size < 5; size++) made.emit(note(`it has grown to ${size}`));
    await made.stop();
    expect(await recorded()).toHaveLength(5);
    made.emit(note("too late"));
    expect(await dropped()).toBe(1);
  });

  test("an API that does not answer is waited for five seconds", async () => {
    fixture.api.fault = () => ({ until: new Promise(() => {}) });
    const made = recorder();
    made.emit(note("it has grown"));
    const stopping = made.stop();
    await fixture.pass(5_000);
    await stopping;
    expect(fixture.clock.pendingCount).toBe(0);
  });
});

test("similar events long after one another are not combined", () => {
  const correlator = new EventCorrelator({ maxSimilar: 2 });
  const messages = [0, 700_000, 1_400_000].map(
    (atMs) => correlator.correlate(note(`at ${atMs}`), atMs)?.message,
  );
  expect(messages).toEqual(["at 0", "at 700000", "at 1400000"]);
});

test("memory is bounded: what was not used for longest is forgotten", () => {
  const correlator = new EventCorrelator({ capacity: 10 });
  const about = (name: string): EventNote => note("same", { regarding: stored(thing(name), "1") });
  for (let n = 0; n < 100; n++) correlator.correlate(about(`t${n}`), n);
  expect(correlator.correlate(about("t99"), 100)?.count).toBe(2);
  expect(correlator.correlate(about("t0"), 100)?.count).toBe(1);
});
