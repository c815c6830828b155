import { expect, test } from "vitest";
import { drainMicrotasks, ManualClock, systemKernel } from "../../kernel/index.ts";
import { History } from "./history.ts";
import { type LoggedChange, NOTHING_LOADED, type Persistence, TemporaryFault } from "./persistence.ts";
import { type PutWrite, StoreFailedError } from "./store.ts";
import { StoreCore } from "./store-core.ts";
import { StoredState } from "./stored-state.ts";

const at = (name: string) => ({ kind: "things", namespace: "", name });

function put(name: string, expectedRevision: number): PutWrite {
  const object = { apiVersion: "v1", kind: "Thing", metadata: { name } };
  return { do: "put", ...at(name), object, expectedRevision };
}

/** A disk whose commits end when the test decides. */
function slowDisk() {
  const commits: { readonly names: string[]; readonly end: PromiseWithResolvers<void> }[] = [];
  const persistence: Persistence = {
    commit: (batch: readonly LoggedChange[]) => {
      const end = Promise.withResolvers<void>();
      const names = batch.map(
        ({ change }) => (change.type === "put" ? change.current : change.previous).name,
      );
      commits.push({ names, end });
      return end.promise;
    },
    close: () => {},
  };
  return {
    commits,
    store: new StoreCore({ kernel: systemKernel, persistence, history: new History(NOTHING_LOADED) }),
  };
}

/** Long enough for the next commit to begin: it takes what one more turn of the event loop brings. */
async function nextCommit(): Promise<void> {
  await drainMicrotasks();
  await drainMicrotasks();
}

test("writes that arrive during a commit share the next one", async () => {
  const { commits, store } = slowDisk();
  const writes = [store.write(put("a", 0)), store.write(put("b", 0))];
  await nextCommit();
  writes.push(store.write(put("c", 0)), store.write(put("d", 0)));
  await nextCommit();
  expect(commits.map((commit) => commit.names)).toEqual([["a", "b"]]);
  commits[0]!.end.resolve();
  await nextCommit();
  expect(commits.map((commit) => commit.names)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  commits[1]!.end.resolve();
  expect((await Promise.all(writes)).map((result) => result.ok && result.value.revision)).toEqual([
    1, 2, 3, 4,
  ]);
});

test("a write is not read, listed, counted, watched or acknowledged before it is durable", async () => {
  const { commits, store } = slowDisk();
  const seen: number[] = [];
  store.watch("things", { after: 0, onChange: (change) => void seen.push(change.revision) });
  let acknowledged = false;
  const write = store.write(put("a", 0)).then(() => {
    acknowledged = true;
  });
  await nextCommit();
  const visible = () => [store.revision, store.count("things"), store.kinds().length, seen.length];
  expect([store.get(at("a")), acknowledged, ...visible()]).toEqual([undefined, false, 0, 0, 0, 0]);
  commits[0]!.end.resolve();
  await write;
  expect(visible()).toEqual([1, 1, 1, 1]);
});

test("a conflict with a write under way is answered when that write is visible", async () => {
  const { commits, store } = slowDisk();
  void store.write(put("a", 0));
  let answered = false;
  const loser = store.write(put("a", 0)).finally(() => {
    answered = true;
  });
  await nextCommit();
  expect(answered).toBe(false);
  commits[0]!.end.resolve();
  expect(await loser).toMatchObject({ ok: false, error: { reason: "conflict", current: { revision: 1 } } });
  expect(store.get(at("a"))?.revision).toBe(1);
});

test("a write may build on one that is still under way", async () => {
  const { commits, store } = slowDisk();
  const first = store.write(put("a", 0));
  const second = store.write(put("a", 1));
  await nextCommit();
  commits[0]!.end.resolve();
  expect([(await first).ok, (await second).ok]).toEqual([true, true]);
  expect(store.get(at("a"))).toMatchObject({ revision: 2, createRevision: 1 });
});

test("a write that became visible does not hide a later one that is still under way", async () => {
  const { commits, store } = slowDisk();
  void store.write(put("a", 0));
  await nextCommit();
  void store.write(put("a", 1));
  commits[0]!.end.resolve();
  await nextCommit();
  expect(store.get(at("a"))?.revision).toBe(1);
  const stale = store.write(put("a", 1));
  commits[1]!.end.resolve();
  expect(await stale).toMatchObject({ ok: false, error: { current: { revision: 2 } } });
});

test("after a failed commit every write is rejected, and reads go on", async () => {
  const { commits, store } = slowDisk();
  const first = store.write(put("a", 0));
  await nextCommit();
  commits[0]!.end.resolve();
  await first;
  const losers = [store.write(put("b", 0))];
  await nextCommit();
  losers.push(store.write(put("c", 0)), store.write(put("b", 0)));
  const waiting = store.waitForRevision(2);
  commits[1]!.end.reject(new Error("disk I/O error"));
  for (const loser of [...losers, waiting]) await expect(loser).rejects.toBeInstanceOf(StoreFailedError);
  await expect(store.write(put("d", 0))).rejects.toThrow("disk I/O error");
  await expect(store.compact(1)).rejects.toBeInstanceOf(StoreFailedError);
  expect(store.failure).toBeInstanceOf(StoreFailedError);
  expect(store.get(at("a"))?.revision).toBe(1);
  expect(store.list("things", {})).toMatchObject({ ok: true, value: { revision: 1 } });
  await store.close();
});

test("closing waits for what was accepted", async () => {
  const { commits, store } = slowDisk();
  const write = store.write(put("a", 0));
  const closed = store.close();
  await expect(store.write(put("b", 0))).rejects.toThrow("closed");
  await nextCommit();
  commits[0]!.end.resolve();
  expect((await write).ok).toBe(true);
  await closed;
});

test("a batch that does not follow on what is visible is never committed", async () => {
  const { commits, store } = slowDisk();
  const history = new History(NOTHING_LOADED);
  const core = new StoreCore({
    kernel: systemKernel,
    persistence: {
      commit: () => void commits.push({ names: [], end: Promise.withResolvers() }),
      close: () => {},
    },
    history,
  });
  const write = core.write(put("a", 0));
  // A change is published behind the back of the store: a broken invariant of our own.
  const change = {
    type: "put",
    revision: 1,
    current: StoredState.ofObject(at("x"), 1, 1, put("x", 0).object),
  };
  history.publish({ change, atMs: 0 } as LoggedChange);
  await expect(write).rejects.toBeInstanceOf(StoreFailedError);
  expect([commits.length, core.failure?.isTemporary]).toEqual([0, false]);
  await store.close();
});

test("where the place is at fault, writes are taken again as soon as a probe succeeds", async () => {
  const clock = new ManualClock();
  let room = true;
  let probes = 0;
  const persistence: Persistence = {
    commit: () => {
      if (!room) throw new TemporaryFault("the disk is full");
    },
    probe: () => {
      probes += 1;
      if (!room) throw new TemporaryFault("the disk is still full");
    },
    close: () => {},
  };
  const store = new StoreCore({ kernel: { clock }, persistence, history: new History(NOTHING_LOADED) });
  await store.write(put("a", 0));
  room = false;
  const losers = [store.write(put("b", 0)), store.write(put("b", 0)), store.waitForRevision(2)];
  for (const loser of losers) await expect(loser).rejects.toThrow(/read-only for now: the disk is full/);
  await expect(store.write(put("c", 0))).rejects.toMatchObject({ isTemporary: true });
  expect([store.get(at("a"))?.revision, store.get(at("b")), store.failure?.isTemporary]).toEqual([
    1,
    undefined,
    true,
  ]);
  clock.advance(1000);
  await drainMicrotasks();
  expect([probes, store.failure?.message]).toEqual([1, expect.stringContaining("still full")]);
  room = true;
  clock.advance(1000);
  await drainMicrotasks();
  expect([probes, store.failure]).toEqual([2, undefined]);
  expect(await store.write(put("b", 0))).toMatchObject({ ok: true, value: { revision: 2 } });
  await store.close();
});

test("a store that closes no longer checks for room", async () => {
  const clock = new ManualClock();
  let probes = 0;
  const full = () => {
    throw new TemporaryFault("the disk is full");
  };
  const probe = () => void probes++;
  const persistence: Persistence = { commit: full, probe, close: () => {} };
  const store = new StoreCore({ kernel: { clock }, persistence, history: new History(NOTHING_LOADED) });
  await expect(store.write(put("a", 0))).rejects.toBeInstanceOf(StoreFailedError);
  await store.close();
  clock.advance(60_000);
  await drainMicrotasks();
  expect(probes).toBe(0);
});
