/**
 * A disk that becomes full at any point, and has room again. The bound on the file stands for the disk: SQLite meets it in
 * the middle of a commit as it meets the end of a disk. 4 times, or `PLEXAUBNET_FULL_DISK_RUNS` times.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { drainMicrotasks, ManualClock, randomBelow, seededRandom } from "../../kernel/index.ts";
import { openSqliteStore, type Store, StoreFailedError } from "./index.ts";

const RUNS = Number(process.env.PLEXAUBNET_FULL_DISK_RUNS ?? 4);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plexaubnet-full-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string) => ({ kind: "things", namespace: "default", name });

/** Writes a few at once until one is refused. What was acknowledged goes into `acknowledged`. */
async function fill(store: Store, acknowledged: Map<string, number>, length: () => number): Promise<Error> {
  for (let i = 0; i < 5000; i += 4) {
    const results = await Promise.allSettled(
      [0, 1, 2, 3].map(async (part) => {
        const name = `n${(i + part) % 90}`;
        const object = { apiVersion: "v1", kind: "T", metadata: { name }, text: "x".repeat(length()) };
        const expectedRevision = store.get(at(name))?.revision ?? 0;
        const result = await store.write({ do: "put", ...at(name), object, expectedRevision });
        if (!result.ok) throw new Error("lost against nobody");
        acknowledged.set(name, result.value.revision);
      }),
    );
    const refused = results.find((result) => result.status === "rejected");
    if (refused !== undefined) return refused.reason as Error;
  }
  throw new Error("the disk never became full");
}

function stateOf(store: Store): Map<string, number> {
  const list = store.list("things", {});
  return new Map(list.ok ? list.value.items.map(({ name, revision }) => [name, revision]) : []);
}

async function deleteSome(
  store: Store,
  clock: ManualClock,
  acknowledged: Map<string, number>,
): Promise<number> {
  let deleted = 0;
  for (const [name, expectedRevision] of [...acknowledged].slice(0, 5)) {
    const write = { do: "delete", ...at(name), expectedRevision } as const;
    await untilWritable(store, clock);
    const isDone = await store
      .write(write)
      .then(({ ok }) => ok)
      .catch(() => false);
    if (!isDone) continue;
    acknowledged.delete(name);
    deleted += 1;
  }
  return deleted;
}

async function untilWritable(store: Store, clock: ManualClock): Promise<void> {
  await expect
    .poll(async () => {
      clock.advance(1000);
      await drainMicrotasks();
      return store.failure;
    })
    .toBeUndefined();
}

test(`of ${RUNS} disks that become full somewhere nothing acknowledged is lost, reads go on, and writes come back`, {
  timeout: 60_000 + RUNS * 5000,
}, async () => {
  for (let run = 0; run < RUNS; run++) {
    const random = seededRandom(run);
    const clock = new ManualClock();
    const file = join(directory, `run-${run}`, "state.db");
    const history = { minChanges: 10, maxChanges: 10, minAgeMs: 0 };
    const quotaBytes = 120_000 + randomBelow(random, 400_000);
    const store = openSqliteStore(file, { kernel: { clock }, quotaBytes, history });
    const acknowledged = new Map<string, number>();
    const refusal = await fill(store, acknowledged, () => randomBelow(random, 12_000));
    expect(refusal, `run ${run}`).toBeInstanceOf(StoreFailedError);
    expect(store.failure, `run ${run}`).toMatchObject({ isTemporary: true });
    expect(stateOf(store), `run ${run}`).toEqual(acknowledged);
    await expect(store.write({ do: "delete", ...at("n0"), expectedRevision: 1 })).rejects.toThrow(/for now/);
    // Whatever the disk refuses, what is deleted takes no more room than it gives back.
    const deleted = await deleteSome(store, clock, acknowledged);
    expect(deleted, `run ${run}`).toBeGreaterThan(0);
    expect(stateOf(store), `run ${run}`).toEqual(acknowledged);
    await store.close();
    const again = openSqliteStore(file);
    expect(stateOf(again), `run ${run}`).toEqual(acknowledged);
    await again.close();
  }
});
