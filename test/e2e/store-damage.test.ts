/**
 * Files of a store, as a killed process leaves them, are damaged in all ways; then it is opened,
 * `PLEXAUBNET_DAMAGE_RUNS` times, from `PLEXAUBNET_DAMAGE_SEED` on.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore, type Store, StoreOpenError, type Write } from "../../src/apiserver/store/index.ts";
import { type Random, randomBelow, seededRandom } from "../../src/kernel/index.ts";
import { budget } from "../budget.ts";
import { type Copy, copyOf, damage, putInto } from "./store-damage.ts";

const RUNS = budget("PLEXAUBNET_DAMAGE_RUNS", 60, 300);
const FIRST_SEED = Number(process.env.PLEXAUBNET_DAMAGE_SEED ?? 1);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plexaubnet-damage-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Acknowledged {
  readonly revision: number;
  /** By name: the revision. */
  readonly objects: ReadonlyMap<string, number>;
}

const at = (name: string) => ({ kind: "things", namespace: "default", name });

/** Some writes more; what is there afterwards. */
async function write(store: Store, random: Random, count: number): Promise<Acknowledged> {
  for (let i = 0; i < count; i++) {
    const name = `n${randomBelow(random, 60)}`;
    const expectedRevision = store.get(at(name))?.revision ?? 0;
    const metadata = { name, namespace: "default" };
    const text = "x".repeat(randomBelow(random, 3000));
    const request: Write =
      expectedRevision > 0 && randomBelow(random, 4) === 0
        ? { do: "delete", ...at(name), expectedRevision }
        : {
            do: "put",
            ...at(name),
            expectedRevision,
            object: { apiVersion: "v1", kind: "T", metadata, text },
          };
    const result = await store.write(request);
    if (!result.ok) throw new Error("lost against nobody");
  }
  return stateOf(store);
}

function stateOf(store: Store): Acknowledged {
  const list = store.list("things", {});
  if (!list.ok) throw new Error("no history is asked for");
  const revisions = list.value.items.map((item) => {
    expect(item.object.metadata.resourceVersion).toBe(String(item.revision));
    return [item.name, item.revision] as const;
  });
  return { revision: store.revision, objects: new Map(revisions) };
}

interface World {
  /** As a kill -9 leaves them, and as an end in good order does. */
  readonly killed: Copy;
  readonly closed: Copy;
  readonly older: readonly Copy[];
  readonly foreign: Copy;
  readonly acknowledged: Acknowledged;
}

/** As after a kill -9: the files are copied while the store is open, and everything was acknowledged. */
async function makeWorld(random: Random): Promise<World> {
  const folder = join(directory, "world");
  const older: Copy[] = [];
  const foreignStore = openSqliteStore(join(directory, "foreign", "state.db"));
  await write(foreignStore, random, 80);
  const foreign = copyOf(join(directory, "foreign"));
  await foreignStore.close();
  let acknowledged: Acknowledged = { revision: 0, objects: new Map() };
  let files: Copy = new Map();
  for (let life = 0; life < 3; life++) {
    const store = openSqliteStore(join(folder, "state.db"));
    for (let part = 0; part < 2; part++) {
      if (files.size > 0) older.push(files);
      acknowledged = await write(store, random, 30 + randomBelow(random, 60));
      files = copyOf(folder);
    }
    await store.close();
    if (life < 2) older.push(copyOf(folder));
  }
  return { killed: files, closed: copyOf(folder), older, foreign, acknowledged };
}

test(`of ${RUNS} random damages none starts with a loss that is not reported`, {
  timeout: 120_000 + RUNS * 1000,
}, async () => {
  const counts = { refused: 0, whole: 0, olderAndTold: 0 };
  const sentences = new Map<string, number>();
  const world = await makeWorld(seededRandom(FIRST_SEED));
  expect(world.killed.get("state.db-wal")?.length, "all is still in the log").toBeGreaterThan(100_000);
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
    const random = seededRandom(seed);
    const folder = join(directory, "damaged");
    putInto(folder, seed % 3 === 0 ? world.closed : world.killed);
    const what = `seed ${seed}: ${damage(folder, random, world)}`;
    const before = copyOf(folder);
    let store: Store;
    const notices: string[] = [];
    try {
      store = openSqliteStore(join(folder, "state.db"), { onNotice: (sentence) => notices.push(sentence) });
    } catch (error) {
      expect(error, what).toBeInstanceOf(StoreOpenError);
      const { message } = error as StoreOpenError;
      expect(message, what).toMatch(/^The store at .+: .+\.$|^.+ is a database of another program: .+\.$/);
      expectUntouched(folder, before, what);
      const kind = message.replaceAll(folder, "").replaceAll(/\d+/g, "N");
      sentences.set(kind, (sentences.get(kind) ?? 0) + 1);
      counts.refused += 1;
      continue;
    }
    try {
      // Of a copy of all files, nothing but the file system knows that it is older.
      const isOlder = store.revision < world.acknowledged.revision;
      if (isOlder) expect(notices, what).toEqual([expect.stringContaining("if they are an older copy")]);
      else expect(stateOf(store), what).toEqual(world.acknowledged);
      counts[isOlder ? "olderAndTold" : "whole"] += 1;
      expect(
        (await store.write({ do: "put", ...at("last"), expectedRevision: 0, object: LAST })).ok,
        what,
      ).toBe(true);
    } finally {
      await store.close();
    }
  }
  console.log(
    JSON.stringify(counts),
    [...sentences]
      .sort(([, a], [, b]) => b - a)
      .map(([s, n]) => `\n${n} × ${s}`)
      .join(""),
  );
  expect(counts.refused).toBeGreaterThan(RUNS / 4);
  expect(counts.whole).toBeGreaterThan(0);
});

const LAST = { apiVersion: "v1", kind: "T", metadata: { name: "last", namespace: "default" } };

/** What was refused can be put right by hand: nothing was taken away. */
function expectUntouched(folder: string, before: Copy, what: string): void {
  for (const name of ["state.db", "state.db-wal", "state.seal"]) {
    const bytes = before.get(name);
    if (bytes === undefined || bytes.length === 0) continue;
    expect(existsSync(join(folder, name)), what).toBe(true);
    expect(readFileSync(join(folder, name)).equals(bytes), `${what}: ${name} was changed`).toBe(true);
  }
}
