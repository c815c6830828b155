import { beforeEach, describe, expect, test } from "vitest";
import { LostAnswerError, UnreachableError } from "../../client/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import type { Action, Request, WriteOutcome } from "../flow.ts";
import { request } from "../flow.ts";
import { apiError } from "../testing/fake-api.ts";
import { RuntimeFixture } from "../testing/runtime-fixture.ts";
import { type Thing, thing, things } from "../testing/things.ts";
import { Executor } from "./executor.ts";

let fixture: RuntimeFixture;
let executor: Executor;
let mayWrite: boolean;
let enqueued: string[];
let emitted: string[];
let raised: [value: string, atMost: number | undefined][];
/** `before create`, `after create done`: what the observer was called with, in order. */
let observed: string[];

beforeEach(() => {
  fixture = new RuntimeFixture();
  mayWrite = true;
  enqueued = [];
  emitted = [];
  raised = [];
  observed = [];
  executor = new Executor({
    raise: ({ value }, atMost) => raised.push([value, atMost]),
    client: fixture.api,
    kernel: fixture.kernel,
    caches: () => undefined,
    enqueue: (controller, { name }) => enqueued.push(`${controller} ${name}`),
    emit: (event) => emitted.push(event.reason),
    mayWrite: () => mayWrite,
  });
});

function execute(actions: readonly Action[], signal = new AbortController().signal) {
  return executor.execute(actions, {
    signal,
    observer: {
      beforeWrite: (action) => observed.push(`before ${action.do}`),
      afterWrite: (action, { result }) => observed.push(`after ${action.do} ${result}`),
    },
  });
}

/** Runs one action to its end, however long it takes. */
async function outcomeOf(action: Action): Promise<WriteOutcome> {
  const running = execute([action]);
  await fixture.pass(120_000);
  const { failed } = await running;
  return failed?.outcome ?? { result: "done" };
}

test("PX-03 what is raised first is raised in the turn of the decision, and whatever becomes of the rest", async () => {
  mayWrite = false;
  const keys = [
    { signal: "freed", value: "a" },
    { signal: "freed", value: "b" },
  ];
  const running = execute([{ do: "raise", keys, atMost: 1 }, create("x"), { do: "raise", keys }]);
  expect(raised).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
  await fixture.pass(1);
  expect((await running).failed?.outcome.result).toBe("not-sent");
  expect(raised).toHaveLength(2);
});

const create = (name: string, spec?: Thing["spec"]): Action => ({
  do: "create",
  resource: things,
  object: thing(name, spec),
});
const patch = (of: Thing, change: object): Action => ({ do: "patch", resource: things, of, patch: change });
const patchStatus = (of: Thing, status: object): Action => ({
  do: "patch-status",
  resource: things,
  of,
  status,
});
const remove = (of: Thing): Action => ({ do: "delete", resource: things, of });

describe("the order of actions", () => {
  test("all of them run, one after the other", async () => {
    const held = fixture.api.put(things, thing("held"));
    const { failed } = await execute([
      create("a"),
      { do: "enqueue", controller: "Other", request: request("n", "p") as Request },
      patchStatus(held, { phase: "Up" }),
      { do: "emit", event: { regarding: held, type: "Normal", reason: "Up", message: "it is up" } },
      create("b"),
    ]);
    expect(failed).toBeUndefined();
    expect(fixture.api.log("create", "patch")).toEqual([
      "create Thing n/a",
      "patch Thing n/held",
      "create Thing n/b",
    ]);
    expect([enqueued, emitted]).toEqual([["Other p"], ["Up"]]);
  });

  test("the first that is not done is the last, and the observer hears of all writes", async () => {
    fixture.api.put(things, thing("a"));
    const { failed } = await execute([
      create("a"),
      create("b"),
      { do: "enqueue", controller: "O", request: request("n", "p") as Request },
    ]);
    expect(failed?.outcome.result).toBe("already-exists");
    expect(fixture.api.log("create")).toEqual(["create Thing n/a"]);
    expect(enqueued).toEqual([]);
    expect(observed).toEqual([
      "before create",
      "before create",
      "after create already-exists",
      "after create not-sent",
    ]);
  });

  test("the observer hears of all writes before the turn of the decision ends", () => {
    void execute([create("a"), create("b")]);
    expect(observed).toEqual(["before create", "before create"]);
  });
});

describe("conditions", () => {
  test("PS-06 a patch carries uid and resourceVersion, and meets a conflict when the object changed", async () => {
    const of = fixture.api.put(things, thing("a", { size: 1 }));
    fixture.api.put(things, thing("a", { size: 2 }));
    expect((await outcomeOf(patch(of, { spec: { owner: "x" } }))).result).toBe("conflict");
    const { uid, resourceVersion } = of.metadata;
    expect(fixture.api.requests.at(-1)?.body).toEqual({
      spec: { owner: "x" },
      metadata: { uid, resourceVersion },
    });
    expect(fixture.api.peek(things, "n", "a")?.spec).toEqual({ size: 2 });
  });

  test("PS-06 a status patch goes to the sub-resource", async () => {
    const of = fixture.api.put(things, thing("a", { size: 1 }));
    expect((await outcomeOf(patchStatus(of, { phase: "Up" }))).result).toBe("done");
    expect(fixture.api.requests.at(-1)).toMatchObject({ verb: "patch", subresource: "status" });
    expect(fixture.api.peek(things, "n", "a")).toMatchObject({ spec: { size: 1 }, status: { phase: "Up" } });
  });

  test("a patch of metadata keeps its content beside the condition", async () => {
    const of = fixture.api.put(things, thing("a"));
    await outcomeOf(patch(of, { metadata: { labels: { a: "b" } } }));
    expect(fixture.api.peek(things, "n", "a")?.metadata.labels).toEqual({ a: "b" });
  });

  test("a deletion is about that object in that state, not about its name", async () => {
    const of = fixture.api.put(things, thing("a"));
    fixture.api.remove(things, "n", "a");
    fixture.api.put(things, thing("a"));
    expect((await outcomeOf(remove(of))).result).toBe("conflict");
    expect(fixture.api.peek(things, "n", "a")).toBeDefined();
  });

  test("a second write about the same state follows the first one of its decision", async () => {
    const of = fixture.api.put(things, thing("a"));
    const { failed } = await execute([
      patch(of, { metadata: { finalizers: ["x/y"] } }),
      patchStatus(of, { phase: "Up" }),
      patch(of, { metadata: { finalizers: [] } }),
      remove(of),
    ]);
    expect(failed).toBeUndefined();
    expect(fixture.api.peek(things, "n", "a")).toBeUndefined();
  });

  test("a change by another client between two writes of a decision is still a conflict", async () => {
    const of = fixture.api.put(things, thing("a", { size: 1 }));
    fixture.api.fault = ({ subresource }) => {
      if (subresource === "status") fixture.api.put(things, thing("a", { size: 9 }));
      return undefined;
    };
    const { failed } = await execute([
      patch(of, { metadata: { labels: { a: "b" } } }),
      patchStatus(of, { size: 1 }),
    ]);
    expect(failed?.outcome.result).toBe("conflict");
  });
});

describe("what answers mean", () => {
  test.each([
    [409, "AlreadyExists", "already-exists"],
    [409, "Conflict", "conflict"],
    [404, "NotFound", "gone"],
    [410, "Gone", "gone"],
    [422, "Invalid", "refused"],
    [403, "Forbidden", "refused"],
    [400, "BadRequest", "refused"],
    [429, "TooManyRequests", "not-sent"],
  ])("%i %s is %s", async (code, reason, result) => {
    fixture.api.fault = ({ verb }) => (verb === "create" ? { before: apiError(code, reason) } : undefined);
    expect((await outcomeOf(create("a"))).result).toBe(result);
    expect(fixture.api.log("create")).toHaveLength(1);
  });

  test("a server that cannot be reached was sent nothing", async () => {
    fixture.api.fault = () => ({ before: new UnreachableError("connection refused") });
    expect((await outcomeOf(create("a"))).result).toBe("not-sent");
  });

  test("a patch of what is gone ends as gone", async () => {
    const of = fixture.api.put(things, thing("a"));
    fixture.api.remove(things, "n", "a");
    expect((await outcomeOf(patch(of, {}))).result).toBe("gone");
  });

  test("a process that is no longer the leader sends nothing", async () => {
    mayWrite = false;
    expect((await outcomeOf(create("a"))).result).toBe("not-sent");
    expect(fixture.api.requests).toEqual([]);
  });
});

describe("answers that are lost", () => {
  const lost = new LostAnswerError("the connection broke");
  /** The first request of that verb meets the fault. */
  const once = (verb: string, fault: object) => {
    let met = false;
    fixture.api.fault = (made) => {
      if (made.verb !== verb || met) return undefined;
      met = true;
      return fault;
    };
  };

  test("PX-02 a create that was carried out is found by reading", async () => {
    once("create", { after: lost });
    expect((await outcomeOf(create("a", { size: 1 }))).result).toBe("done");
    expect(fixture.api.log("create", "get")).toEqual(["create Thing n/a", "get Thing n/a"]);
  });

  test("a create that was not carried out is sent again", async () => {
    once("create", { before: lost });
    expect((await outcomeOf(create("a"))).result).toBe("done");
    expect(fixture.api.log("create", "get")).toEqual([
      "create Thing n/a",
      "get Thing n/a",
      "create Thing n/a",
    ]);
  });

  test("a create that finds another object under its name gets AlreadyExists", async () => {
    once("create", { before: lost });
    fixture.api.put(things, thing("a", { size: 2 }));
    expect((await outcomeOf(create("a", { size: 1 }))).result).toBe("already-exists");
  });

  test("an answer 500 or 504 is as good as none", async () => {
    once("create", { after: apiError(504, "Timeout") });
    expect((await outcomeOf(create("a"))).result).toBe("done");
    expect(fixture.api.log("create")).toHaveLength(1);
  });

  test("reads are repeated while the API does not answer", async () => {
    let reads = 0;
    fixture.api.fault = ({ verb }) => {
      if (verb === "create") return { after: lost };
      reads++;
      return reads < 4 ? { before: apiError(503, "ServiceUnavailable") } : undefined;
    };
    expect((await outcomeOf(create("a"))).result).toBe("done");
    expect(reads).toBe(4);
  });

  test("what no read settles before the time is up is unknown", async () => {
    fixture.api.fault = () => ({ before: lost });
    const abort = new AbortController();
    const running = execute([create("a")], abort.signal);
    await fixture.pass(30_000);
    abort.abort(new Error("time is up"));
    expect((await running).failed?.outcome.result).toBe("unknown");
  });

  test("a request that was aborted may have been carried out", async () => {
    fixture.api.fault = () => ({ until: new Promise(() => {}) });
    const abort = new AbortController();
    const running = execute([create("a")], abort.signal);
    await fixture.settle();
    abort.abort(new Error("time is up"));
    expect((await running).failed?.outcome).toMatchObject({
      result: "unknown",
      error: { message: "time is up" },
    });
  });

  test("a patch that was carried out is a conflict, so that the next decision sees it", async () => {
    const of = fixture.api.put(things, thing("a"));
    once("patch", { after: lost });
    expect((await outcomeOf(patchStatus(of, { phase: "Up" }))).result).toBe("conflict");
    expect(fixture.api.log("patch")).toHaveLength(1);
  });

  test("a patch that was not carried out is sent again", async () => {
    const of = fixture.api.put(things, thing("a"));
    once("patch", { before: lost });
    expect((await outcomeOf(patchStatus(of, { phase: "Up" }))).result).toBe("done");
    expect(fixture.api.log("patch")).toHaveLength(2);
  });

  test("a deletion that was carried out is done, with finalizers too", async () => {
    const of = fixture.api.put(things, thing("a"));
    once("delete", { after: lost });
    expect((await outcomeOf(remove(of))).result).toBe("done");
    const kept = fixture.api.put(things, {
      ...thing("b"),
      metadata: { ...thing("b").metadata, finalizers: ["x/y"] },
    });
    once("delete", { after: lost });
    expect((await outcomeOf(remove(kept))).result).toBe("done");
    expect(fixture.api.log("delete")).toHaveLength(2);
  });

  test("a write that never gets through is given up after three times", async () => {
    fixture.api.fault = ({ verb }) => (verb === "create" ? { before: lost } : undefined);
    expect((await outcomeOf(create("a"))).result).toBe("unknown");
    expect(fixture.api.log("create")).toHaveLength(3);
  });
});

describe("confirming that something is gone", () => {
  const confirm = (uid: string): Action => ({
    do: "confirm-gone",
    resource: things,
    namespace: "n",
    name: "a",
    uid,
  });

  test("it asks the API itself", async () => {
    expect((await outcomeOf(confirm("1"))).result).toBe("done");
    const held = fixture.api.put(things, thing("a"));
    expect((await outcomeOf(confirm("1"))).result).toBe("done");
    expect((await outcomeOf(confirm(held.metadata.uid ?? ""))).result).toBe("conflict");
    expect(fixture.api.log("get")).toHaveLength(3);
    expect(observed).toEqual([]);
  });

  test("no answer does not confirm", async () => {
    fixture.api.fault = () => ({ before: new LostAnswerError("the connection broke") });
    expect((await outcomeOf(confirm("1"))).result).toBe("not-sent");
  });
});

describe("confirming that something is there", () => {
  const confirm = (of: KubeObject, unchanged?: true): Action => ({
    do: "confirm-there",
    resource: things,
    of,
    ...(unchanged === undefined ? {} : { unchanged }),
  });

  test("PX-11 it asks the API itself, for that object, and for that state of it where that is required", async () => {
    const held = fixture.api.put(things, thing("a"));
    expect((await outcomeOf(confirm(held, true))).result).toBe("done");
    const changed = { ...held, metadata: { ...held.metadata, resourceVersion: "1" } };
    expect((await outcomeOf(confirm(changed))).result).toBe("done");
    expect((await outcomeOf(confirm(changed, true))).result).toBe("conflict");
    const another = { ...held, metadata: { ...held.metadata, uid: "another" } };
    expect((await outcomeOf(confirm(another))).result).toBe("conflict");
    expect((await outcomeOf(confirm(thing("none")))).result).toBe("gone");
    expect(observed).toEqual([]);
  });
});
