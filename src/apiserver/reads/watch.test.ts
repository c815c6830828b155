import { describe, expect, test } from "vitest";
import type { AnyObject } from "../../kube/object.ts";
import { refusalOf, type VerbsFixture, verbsFixture } from "../testing/verbs-fixture.ts";
import { remove } from "../writes/delete.ts";
import { patch } from "../writes/patch.ts";
import { type WatchEvent, watch } from "./watch.ts";

async function follow(f: VerbsFixture, query: string) {
  const events: WatchEvent[] = [];
  const state: { ended: boolean; fault?: unknown } = { ended: false };
  const sink = {
    begin: (initial: Iterable<WatchEvent | undefined>) => {
      for (const event of initial) if (event !== undefined) events.push(event);
    },
    send: (event: WatchEvent) => {
      events.push(event);
    },
    end: () => {
      state.ended = true;
    },
    fail: (error: unknown) => {
      state.fault = error;
    },
  };
  const subscription = await watch(f.context, f.request("", query), sink);
  const lines = () =>
    events.map((event) =>
      event.type === "ERROR"
        ? `ERROR ${event.status.reason}`
        : `${event.type} ${event.view.object.metadata.name}`.trim(),
    );
  return { events, state, lines, subscription };
}

const paint = (f: VerbsFixture, name: string, colour: string) =>
  patch(f.context, f.request(name), "application/merge-patch+json", { spec: { colour } });

describe("watch", () => {
  test("from a revision shows what happened since, in order", async () => {
    const f = await verbsFixture();
    const after = f.store.revision;
    await f.created("a");
    await paint(f, "a", "blue");
    const { lines, events } = await follow(f, `resourceVersion=${after}`);
    await remove(f.context, f.request("a"), { dryRun: false });
    expect(lines()).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
    const last = events[2] as Exclude<WatchEvent, { type: "ERROR" }>;
    expect(last.view.object.metadata.resourceVersion).toBe(String(f.store.revision));
  });

  test("without a revision begins with what is there", async () => {
    const f = await verbsFixture();
    await f.created("a");
    const { lines } = await follow(f, "");
    await f.created("b");
    expect(lines()).toEqual(["ADDED a", "ADDED b"]);
  });

  test("with a selector turns an update into ADDED or DELETED", async () => {
    const f = await verbsFixture();
    await f.created("a");
    const { lines, events } = await follow(f, "fieldSelector=spec.colour%3Dblue");
    await paint(f, "a", "blue");
    await paint(f, "a", "green");
    await paint(f, "a", "red");
    expect(lines()).toEqual(["ADDED a", "DELETED a"]);
    const left = events[1] as Exclude<WatchEvent, { type: "ERROR" }>;
    expect(left.view.object.metadata.resourceVersion).toBe(String(f.store.revision - 1));
  });

  test("with sendInitialEvents marks the end of what was there", async () => {
    const f = await verbsFixture();
    await f.created("a");
    const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const { events, lines } = await follow(f, query);
    expect(lines()).toEqual(["ADDED a", "BOOKMARK"]);
    const mark = events[1] as Exclude<WatchEvent, { type: "ERROR" }>;
    expect(mark.view.object.metadata).toMatchObject({
      resourceVersion: String(f.store.revision),
      annotations: { "k8s.io/initial-events-end": "true" },
    });
  });

  test("sends bookmarks now and then, and one before it ends", async () => {
    const f = await verbsFixture();
    const { lines, state } = await follow(f, "resourceVersion=1&allowWatchBookmarks=true&timeoutSeconds=90");
    f.clock.advance(60_000);
    expect(lines()).toEqual(["BOOKMARK"]);
    f.clock.advance(30_000);
    expect([lines(), state.ended]).toEqual([["BOOKMARK", "BOOKMARK"], true]);
    await f.created("late");
    expect(lines()).toHaveLength(2);
    expect(f.clock.pendingCount).toBe(0);
  });

  test("from a revision that is gone ends with an Expired error", async () => {
    const f = await verbsFixture();
    await f.created("a");
    await f.created("b");
    await f.store.compact(f.store.revision);
    const { lines, state } = await follow(f, "resourceVersion=1");
    expect([lines(), state.ended]).toEqual([["ERROR Expired"], true]);
  });

  test("ends when its kind is served no more, and when the store closes", async () => {
    const f = await verbsFixture();
    const one = await follow(f, "resourceVersion=1");
    f.context.registry.set("widgets.example.com", []);
    expect(one.state.ended).toBe(true);
    const g = await verbsFixture();
    const other = await follow(g, "resourceVersion=1");
    await g.store.close();
    expect(other.state.ended).toBe(true);
  });

  test.each([
    "resourceVersionMatch=NotOlderThan&resourceVersion=1",
    "sendInitialEvents=true",
  ])("%s is refused", async (query) => {
    const f = await verbsFixture();
    expect((await refusalOf(follow(f, query))).code).toBe(422);
  });

  test("that cannot make an event of a change ends, and no other notices", async () => {
    const f = await verbsFixture();
    const fault = new RangeError("this kind cannot be shown");
    const broken = {
      ...f.widgets,
      conversion: {
        fromStorage: () => {
          throw fault;
        },
        toStorage: (object: AnyObject) => object,
      },
    };
    const watching = { ...f.request("", "resourceVersion=1"), resource: broken };
    const state: { fault?: unknown } = {};
    const sink = { begin: () => undefined, send: () => undefined, end: () => undefined };
    const fail = (error: unknown) => {
      state.fault = error;
    };
    const bad = await watch(f.context, watching, { ...sink, fail });
    const good = await follow(f, "resourceVersion=1");
    await f.created("a");
    await f.created("b");
    expect([state.fault, good.lines()]).toEqual([fault, ["ADDED a", "ADDED b"]]);
    bad.close();
    good.subscription.close();
    expect(f.clock.pendingCount).toBe(0);
  });

  test("makes what it begins with when it is asked for, and none of what is not selected", async () => {
    const f = await verbsFixture();
    for (const name of ["a", "b", "c"]) await f.created(name);
    await paint(f, "b", "blue");
    let initial: Iterable<WatchEvent | undefined> = [];
    const begin = (events: Iterable<WatchEvent | undefined>) => {
      initial = events;
    };
    const sink = { begin, send: () => undefined, end: () => undefined, fail: () => undefined };
    await watch(f.context, f.request("", "fieldSelector=spec.colour%3Dblue"), sink);
    await remove(f.context, f.request("b"), { dryRun: false });
    expect([...initial].map((event) => event?.type)).toEqual([undefined, "ADDED", undefined]);
  });
});
