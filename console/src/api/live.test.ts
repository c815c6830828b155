import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { linkState } from "./link-state.ts";
import { follow } from "./live.ts";

/** As far as the page uses one. */
class FakeSource extends EventTarget {
  static readonly made: FakeSource[] = [];
  isClosed = false;

  constructor() {
    super();
    FakeSource.made.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  send(type: string, data = "{}"): void {
    this.dispatchEvent(Object.assign(new Event(type), { data }));
  }
}

const source = () => FakeSource.made.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.made.length = 0;
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("removeEventListener", () => undefined);
  vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function followed() {
  const calls: string[] = [];
  const stop = follow({
    url: "/api/events",
    on: { change: (data) => calls.push(`change ${JSON.stringify(data)}`) },
    onBack: () => calls.push("back"),
    onLost: () => calls.push("lost"),
  });
  return { calls, stop };
}

test("CN-07 events are handed on, and the first stream misses nothing", () => {
  const { calls, stop } = followed();
  source().send("open");
  source().send("change", '{"pools":["a/b"]}');
  expect(calls).toEqual(['change {"pools":["a/b"]}']);
  expect(linkState().state).toBe("live");
  stop();
  expect(source().isClosed).toBe(true);
});

test("CN-07 a stream that broke is opened again, and then everything is read again", () => {
  const { calls, stop } = followed();
  source().send("open");
  source().send("error");
  expect(linkState().state).toBe("lost");
  expect(calls).toEqual(["lost"]);
  vi.advanceTimersByTime(1500);
  expect(FakeSource.made).toHaveLength(2);
  source().send("open");
  expect(linkState().state).toBe("live");
  expect(calls).toEqual(["lost", "back"]);
  stop();
});

test("CN-07 a stream that is silent for too long is taken for dead: a laptop that slept", () => {
  const { calls, stop } = followed();
  source().send("open");
  for (let beat = 0; beat < 20; beat++) {
    vi.advanceTimersByTime(15_000);
    source().send("beat");
  }
  expect(FakeSource.made).toHaveLength(1);
  vi.advanceTimersByTime(45_000);
  expect(FakeSource.made).toHaveLength(2);
  expect(FakeSource.made[0]?.isClosed).toBe(true);
  source().send("open");
  expect(calls).toEqual(["back"]);
  stop();
});

test("CN-07 a page that is shown again does not wait until its next attempt", () => {
  const { stop } = followed();
  source().send("open");
  source().send("error");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(FakeSource.made).toHaveLength(2);
  stop();
  vi.advanceTimersByTime(100_000);
  expect(FakeSource.made).toHaveLength(2);
});

test("CN-07 a page that is not visible gives its stream back, and catches up when it is visible again", () => {
  const { calls, stop } = followed();
  source().send("open");
  const look = (visibilityState: string) => {
    Object.assign(document, { visibilityState });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  look("hidden");
  vi.advanceTimersByTime(10_000);
  look("visible");
  vi.advanceTimersByTime(29_000);
  expect(source().isClosed).toBe(false);
  source().send("beat");
  look("hidden");
  vi.advanceTimersByTime(30_000);
  expect(source().isClosed).toBe(true);
  vi.advanceTimersByTime(300_000);
  expect(FakeSource.made).toHaveLength(1);
  look("visible");
  expect(FakeSource.made).toHaveLength(2);
  source().send("open");
  expect(calls).toEqual(["back"]);
  stop();
});
