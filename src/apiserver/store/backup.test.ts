/** Backup, restore and repair of a store. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { randomBelow, seededRandom } from "../../kernel/index.ts";
import {
  backupStore,
  isDatabaseFile,
  openSqliteStore,
  repairStore,
  restoreStore,
  type Store,
  StoreOpenError,
} from "./index.ts";
import { connect } from "./sqlite-database.ts";

let directory: string;
let file: string;
let backup: string;
const opened: Store[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plexaubnet-backup-"));
  file = join(directory, "data", "state.db");
  backup = join(directory, "backup");
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(directory, { recursive: true });
});

function open(path = file): Store {
  const store = openSqliteStore(path);
  opened.push(store);
  return store;
}

async function close(): Promise<void> {
  for (const store of opened.splice(0)) await store.close();
}

const at = (name: string) => ({ kind: "things", namespace: "default", name });

async function put(store: Store, name: string): Promise<void> {
  const object = { apiVersion: "v1", kind: "Thing", metadata: { name }, text: "ä".repeat(2000) };
  await store.write({ do: "put", ...at(name), object, expectedRevision: store.get(at(name))?.revision ?? 0 });
}

/** `a` to `e`, with history; `b` is deleted. */
async function fill(store: Store): Promise<void> {
  for (const name of ["a", "b", "c", "a", "d", "e"]) await put(store, name);
  await store.write({ do: "delete", ...at("b"), expectedRevision: 2 });
}

function names(store: Store): string[] {
  const list = store.list("things", {});
  return list.ok ? list.value.items.map(({ name, revision }) => `${name}@${revision}`) : [];
}

const ALL = ["a@4", "c@3", "d@5", "e@6"];

test("a backup is made while the store is written to, and restored elsewhere with every object", async () => {
  const store = open();
  await fill(store);
  const during = Array.from({ length: 50 }, (_, i) => put(store, `during-${i}`));
  const summary = backupStore(file, backup);
  await Promise.all(during);
  expect(summary).toMatchObject({ objects: 4, revision: 7 });
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(isDatabaseFile(backup)).toBe(true);
  const elsewhere = join(directory, "elsewhere", "state.db");
  expect(restoreStore(backup, elsewhere)).toMatchObject({ objects: 4, revision: 7, kept: [] });
  const restored = open(elsewhere);
  expect(names(restored)).toEqual(ALL);
  expect(restored.get(at("a"))?.json()).toBe(store.get(at("a"))?.json());
  // What was allocated after the backup must not come back with another meaning.
  expect(restored.revision).toBeGreaterThan(store.revision + 1000);
  expect(restored.watch("things", { after: store.revision, onChange: () => {} }).ok).toBe(false);
  await put(restored, "later");
  await close();
  expect(names(open(elsewhere)).length).toBe(5);
});

test("a store that is in use, or is there, is not overwritten", async () => {
  await fill(open());
  backupStore(file, backup);
  expect(() => restoreStore(backup, file, { replace: true })).toThrow(/in use by another process/);
  await close();
  expect(() => restoreStore(backup, file)).toThrow(/There is a store at .+ already: .+ --replace/);
  expect(() => restoreStore(backup, file, { dryRun: true })).toThrow(/There is a store at .+ already/);
  expect(names(open())).toEqual(ALL);
  await put(opened[0] as Store, "later");
  await close();
  const { kept } = restoreStore(backup, file, { replace: true });
  expect(kept.map((path) => existsSync(path))).toEqual(kept.map(() => true));
  expect(kept).toContain(`${file}.before-restore-1`);
  expect(names(open())).toEqual(ALL);
});

test("a backup replaces no file that is there, least of all the store", async () => {
  await fill(open());
  expect(() => backupStore(file, file, true)).toThrow(/is the store itself/);
  backupStore(file, backup);
  expect(() => backupStore(file, backup)).toThrow(/is there already: name another file, or add --overwrite/);
  expect(backupStore(file, backup, true).objects).toBe(4);
  expect(() => backupStore(join(directory, "nowhere"), join(directory, "x"))).toThrow(/There is no store at/);
  expect(() => backupStore(file, join(directory, "a", "b\0"))).toThrow(StoreOpenError);
});

test("wherever a backup is damaged it is refused, or restored whole", async () => {
  await fill(open());
  backupStore(file, backup);
  const bytes = readFileSync(backup);
  const random = seededRandom(5);
  const counts = { refused: 0, whole: 0 };
  for (let run = 0; run < 150; run++) {
    const spoilt = Buffer.from(bytes);
    const where = randomBelow(random, bytes.length);
    spoilt[where] = (spoilt[where] ?? 0) ^ (1 << randomBelow(random, 8));
    const length = run % 5 === 0 ? randomBelow(random, bytes.length) : bytes.length;
    writeFileSync(backup, spoilt.subarray(0, length));
    const target = join(directory, `run-${run}`, "state.db");
    let objects: number;
    try {
      // All but the writing: what is in it is compared with what was written.
      ({ objects } = restoreStore(backup, target, { dryRun: true }));
    } catch (error) {
      expect(error, `run ${run}`).toBeInstanceOf(StoreOpenError);
      counts.refused += 1;
      continue;
    }
    expect(objects).toBe(4);
    counts.whole += 1;
  }
  expect(counts.refused).toBeGreaterThan(30);
  expect(counts.whole).toBeGreaterThan(0);
});

test("the database of a store is not a backup, and neither is another program's", async () => {
  await fill(open());
  await close();
  expect(() => restoreStore(file, join(directory, "x"))).toThrow(
    /is the database of a store and not a backup/,
  );
  writeFileSync(backup, "something else");
  expect(isDatabaseFile(backup)).toBe(false);
  expect(() => restoreStore(backup, join(directory, "x"))).toThrow(/The backup .+ cannot be used/);
});

test("a store that is not whole is not backed up as if it were", async () => {
  await fill(open());
  const [database, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
  await put(opened[0] as Store, "f");
  await close();
  writeFileSync(file, database);
  writeFileSync(`${file}-wal`, log);
  expect(() => backupStore(file, backup)).toThrow(/is not whole \(the newest change is missing/);
  expect(readdirSync(directory)).toEqual(["data"]);
});

async function damaged(sql: string): Promise<void> {
  await fill(open());
  await close();
  const db = connect(file);
  db.exec(sql);
  db.close();
  expect(() => open()).toThrow(StoreOpenError);
}

test.each([
  ["a gap", "DELETE FROM changes WHERE revision = 3"],
  ["nothing left", "DELETE FROM changes"],
  ["an old state damaged", "UPDATE changes SET previous_json = '{}' WHERE previous_json IS NOT NULL"],
  ["its newest change missing", "DELETE FROM changes WHERE revision = 7"],
])("where only history is broken (%s), a repair brings back every object", async (_, sql) => {
  await damaged(sql);
  const repaired = repairStore(file);
  expect(repaired).toMatchObject({ losses: [], isRepaired: true, objects: 4 });
  expect(repaired.fault).toMatch(/^The store at .+/);
  const store = open();
  expect([names(store), store.revision]).toEqual([ALL, 7]);
  await put(store, "later");
  expect(store.revision).toBe(8);
});

test("the gap that an earlier version left in a log without a seal is repaired without loss", async () => {
  await fill(open());
  await close();
  const db = connect(file);
  db.exec("DELETE FROM changes WHERE revision = 3; DROP TABLE store; PRAGMA user_version = 1");
  db.close();
  rmSync(join(directory, "data", "state.seal"));
  expect(() => open()).toThrow(/revision 3 is not in the log.*plexaubnet repair/);
  expect(repairStore(file)).toMatchObject({ losses: [], isRepaired: true, objects: 4 });
  expect(names(open())).toEqual(ALL);
});

test("where objects are lost, a repair names them, and goes on only when that is accepted", async () => {
  await damaged("UPDATE objects SET json = '{}' WHERE name = 'c'");
  const before = readdirSync(join(directory, "data")).sort();
  const asked = repairStore(file);
  expect(asked).toMatchObject({ isRepaired: false, objects: 3, kept: [] });
  expect(asked.losses).toContain("things default/c is damaged.");
  expect(readdirSync(join(directory, "data")).sort()).toEqual(expect.arrayContaining(before));
  expect(() => open()).toThrow(StoreOpenError);
  const done = repairStore(file, true);
  expect(done).toMatchObject({ isRepaired: true, objects: 3 });
  expect(done.kept).toContain(`${file}.before-repair-1`);
  const store = open();
  expect(names(store)).toEqual(["a@4", "d@5", "e@6"]);
  expect(store.revision).toBeGreaterThan(1_000_000);
});

test("of a log that was cut the repair reports how many changes are missing", async () => {
  await fill(open());
  const [database, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
  for (const name of ["f", "g", "h"]) await put(opened[0] as Store, name);
  await close();
  writeFileSync(file, database);
  writeFileSync(`${file}-wal`, log);
  expect(repairStore(file)).toMatchObject({
    isRepaired: false,
    losses: ["3 changes are missing, up to revision 10."],
  });
  expect(repairStore(file, true)).toMatchObject({ isRepaired: true, objects: 4 });
  expect(names(open())).toEqual(ALL);
});

test("a store without its seal, or with a damaged one, is repaired only when a loss would be accepted", async () => {
  const seal = join(directory, "data", "state.seal");
  for (const spoil of [() => rmSync(seal), () => writeFileSync(seal, "rubbish")]) {
    rmSync(join(directory, "data"), { recursive: true, force: true });
    await fill(open());
    await close();
    spoil();
    expect(() => open()).toThrow(/state\.seal, which knows what must be there, is (missing|damaged)/);
    expect(repairStore(file).losses).toEqual([
      expect.stringMatching(/^The seal is (missing|damaged): changes after revision/),
    ]);
    expect(repairStore(file, true).objects).toBe(4);
    expect(names(open())).toEqual(ALL);
    await close();
  }
});

test("pages that cannot be read cost what stood there, and no more", async () => {
  const store = open();
  for (let i = 0; i < 200; i++) await put(store, `n${i}`);
  await close();
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 4096 / 2) * 4096;
  bytes.fill(0xee, middle, middle + 3 * 4096);
  writeFileSync(file, bytes);
  expect(() => open()).toThrow(StoreOpenError);
  expect(repairStore(file).losses.length).toBeGreaterThan(0);
  const { objects } = repairStore(file, true);
  expect(objects).toBeGreaterThan(180);
  expect(open().count("things")).toBe(objects);
});

test("what is whole is left alone by a repair, and what is in use is refused", async () => {
  await fill(open());
  expect(() => repairStore(file)).toThrow(/in use by another process/);
  await close();
  const before = readFileSync(file);
  expect(repairStore(file)).toEqual({
    fault: undefined,
    losses: [],
    isRepaired: true,
    objects: 4,
    kept: [],
  });
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(() => repairStore(join(directory, "nowhere", "state.db"))).toThrow(/There is no store at/);
  writeFileSync(file, "x".repeat(10_000));
  expect(() => repairStore(file, true)).toThrow(/Nothing in .+ can be read .+: restore a backup/);
});
