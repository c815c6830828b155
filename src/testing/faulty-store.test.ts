import { expect, test } from "vitest";
import { createMemoryStore, EVERY_KIND, type StoreChange, type Write } from "../apiserver/index.ts";
import { drainMicrotasks, ManualClock, seededRandom } from "../kernel/index.ts";
import { type FaultRates, type FaultyStore, InjectedFaultError, withFaults } from "./index.ts";

const at = { kind: "things", namespace: "", name: "a" };

function put(expectedRevision: number): Write {
  return {
    do: "put",
    ...at,
    object: { apiVersion: "v1", kind: "Thing", metadata: { name: "a" } },
    expectedRevision,
  };
}

function start(rates: FaultRates = {}, seed = 1) {
  const clock = new ManualClock();
  return { clock, store: withFaults(createMemoryStore(), { clock, random: seededRandom(seed) }, rates) };
}

async function history(store: FaultyStore, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await store.write(put(store.revision));
}

/**
 * Follows the store as a client does: takes up a watch that was cut where it left off, lists again after a
 * 410.
 */
function follow(store: FaultyStore) {
  const seen: StoreChange[] = [];
  let ends = 0;
  const open = (after: number): void => {
    let last = after;
    const onChange = (change: StoreChange) => {
      last = change.revision;
      seen.push(change);
    };
    const onEnd = () => {
      ends += 1;
      open(last);
    };
    const watch = store.watch(EVERY_KIND, { after, onChange, onEnd });
    if (!watch.ok) throw new Error("history is gone");
  };
  open(0);
  return { seen, ends: () => ends };
}

test("without rates nothing is changed, and no chance is used up", async () => {
  const random = seededRandom(1);
  const store = withFaults(createMemoryStore(), { clock: new ManualClock(), random });
  const { seen, ends } = follow(store);
  await history(store, 5);
  expect(store.list("things", {})).toMatchObject({ ok: true, value: { revision: 5 } });
  expect([seen.length, ends(), store.count("things"), store.kinds()]).toEqual([5, 0, 1, ["things"]]);
  expect(random.next()).toBe(seededRandom(1).next());
  expect(new Set(Object.values(store.injected))).toEqual(new Set([0]));
});

test("a refused write is not made; one whose answer is lost is", async () => {
  const { store } = start({ refuse: 1 });
  await expect(store.write(put(0))).rejects.toBeInstanceOf(InjectedFaultError);
  expect(store.revision).toBe(0);
  store.setFaults({ loseAcknowledgement: 1 });
  await expect(store.write(put(0))).rejects.toBeInstanceOf(InjectedFaultError);
  expect(store.get(at)?.revision).toBe(1);
  expect(store.injected).toMatchObject({ refuse: 1, loseAcknowledgement: 1 });
});

test("a delayed write is acknowledged when its time has come", async () => {
  const { clock, store } = start({ delay: 1, maxDelayMs: 500 });
  const visibleEarly: boolean[] = [];
  for (let i = 0; i < 20; i++) {
    let acknowledged = false;
    const write = store.write(put(i)).then(() => {
      acknowledged = true;
    });
    await drainMicrotasks();
    expect(acknowledged).toBe(false);
    visibleEarly.push(store.revision === i + 1);
    clock.advance(500);
    await write;
  }
  expect(new Set(visibleEarly)).toEqual(new Set([true, false]));
});

test("a stale list is a true list of a revision a little while ago", async () => {
  const { store } = start();
  await history(store, 30);
  store.setFaults({ stale: 1, maxStaleness: 5 });
  const revisions = Array.from({ length: 50 }, () => {
    const list = store.list("things", {});
    if (!list.ok) throw new Error("history is gone");
    expect(list.value.items[0]?.revision).toBe(list.value.revision);
    return list.value.revision;
  });
  expect(new Set(revisions)).toEqual(new Set([25, 26, 27, 28, 29]));
  expect(store.list("things", { revision: 30 })).toMatchObject({ ok: true, value: { revision: 30 } });
});

test("expired history is refused to lists and watches; the newest state never is", async () => {
  const { store } = start({ expire: 1 });
  await history(store, 3);
  const onChange = () => {};
  const gone = { ok: false, error: { reason: "compacted", oldest: 3 } };
  expect(store.list("things", { revision: 2 })).toEqual(gone);
  expect(store.watch("things", { after: 2, onChange })).toEqual(gone);
  expect(store.list("things", { revision: 3 }).ok).toBe(true);
  expect(store.watch("things", { after: 3, onChange }).ok).toBe(true);
  store.setFaults({});
  await store.expireHistory();
  expect(store.list("things", { revision: 2 })).toEqual(gone);
});

test("who takes cut watches up again sees every change once, in order", async () => {
  const { store } = start({ cut: 0.3 });
  const { seen, ends } = follow(store);
  await history(store, 100);
  store.cutWatches();
  await history(store, 100);
  store.setFaults({});
  store.cutWatches("other");
  store.cutWatches(EVERY_KIND);
  await history(store, 1);
  expect(ends()).toBeGreaterThan(20);
  expect(seen.map((change) => change.revision)).toEqual(Array.from({ length: 201 }, (_, i) => i + 1));
});

test("a watch that its owner closed is not cut", async () => {
  const { store } = start();
  let ends = 0;
  const watch = store.watch("things", { after: 0, onChange: () => {}, onEnd: () => void ends++ });
  if (watch.ok) watch.value.close();
  store.cutWatches();
  await store.close();
  expect(ends).toBe(0);
});

test("the same seed makes the same faults", async () => {
  const run = async (seed: number) => {
    const { store } = start({ refuse: 0.3, loseAcknowledgement: 0.2 }, seed);
    const outcomes: string[] = [];
    for (let i = 0; i < 40; i++) {
      await store.write(put(store.revision)).then(
        () => outcomes.push("made"),
        (error: Error) => outcomes.push(error.message),
      );
    }
    return outcomes;
  };
  expect(await run(7)).toEqual(await run(7));
  expect(await run(7)).not.toEqual(await run(8));
});
