import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore, type Store, StoreFailedError, StoreOpenError, type Write } from "./index.ts";
import { connect, MIGRATIONS, openDatabase } from "./sqlite-database.ts";

let directory: string;
let file: string;
const opened: Store[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plexaubnet-store-"));
  file = join(directory, "data", "state.db");
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(directory, { recursive: true });
});

function open(options: Parameters<typeof openSqliteStore>[1] = {}): Store {
  const store = openSqliteStore(file, options);
  opened.push(store);
  return store;
}

const at = (name: string) => ({ kind: "things", namespace: "default", name });

function put(name: string, expectedRevision: number, fields: object = {}): Write {
  const object = { apiVersion: "v1", kind: "Thing", metadata: { name, namespace: "default" }, ...fields };
  return { do: "put", ...at(name), object, expectedRevision };
}

/** Three objects and six changes: `a` updated, `b` deleted and made again. */
async function fill(store: Store): Promise<void> {
  for (const write of [put("a", 0), put("b", 0), put("a", 1, { spec: { text: "ä\u{1F600}" } })])
    await store.write(write);
  await store.write({ do: "delete", ...at("b"), expectedRevision: 2 });
  for (const write of [put("b", 0), put("c", 0)]) await store.write(write);
}

function refusal(): string {
  try {
    open();
  } catch (error) {
    if (error instanceof StoreOpenError) return error.message;
    throw error;
  }
  return "opened";
}

test("objects, revisions and history are there again after a restart", async () => {
  const first = open();
  await fill(first);
  const changesOf = (store: Store) => {
    const changes: unknown[] = [];
    store.watch("things", {
      after: 0,
      onChange: (change) => {
        const { type, revision, previous } = change;
        const state = type === "put" ? change.current : change.final;
        changes.push({ type, revision, object: state.object, previous: previous?.json() });
      },
    });
    return changes;
  };
  const listsOf = (store: Store) =>
    [1, 2, 3, 4, 5, 6].map((revision) => {
      const list = store.list("things", { revision });
      return list.ok && list.value.items.map((item) => [item.json(), item.revision, item.createRevision]);
    });
  const expected = { changes: changesOf(first), lists: listsOf(first) };
  await first.close();

  const second = open();
  expect([second.revision, second.oldestRevision]).toEqual([6, 1]);
  expect({ changes: changesOf(second), lists: listsOf(second) }).toEqual(expected);
  expect(second.get(at("a"))?.object).toMatchObject({ spec: { text: "ä\u{1F600}" } });
  expect((await second.write(put("d", 0))).ok && second.revision).toBe(7);
});

test("compacted history stays gone after a restart, and revisions go on from where they were", async () => {
  const first = open();
  await fill(first);
  await first.compact(5);
  await first.close();
  const second = open();
  expect([second.revision, second.oldestRevision]).toEqual([6, 5]);
  expect(second.list("things", { revision: 4 }).ok).toBe(false);
  expect(second.list("things", { revision: 5 })).toMatchObject({ ok: true, value: { items: { length: 2 } } });
});

test("the log on disk is cut as history is", async () => {
  const store = open({ history: { minChanges: 10, maxChanges: 10, minAgeMs: 0 } });
  for (let revision = 0; revision < 2500; revision += 1) void store.write(put("a", revision));
  await store.waitForRevision(2500);
  await store.write(put("a", 2500));
  await store.close();
  const db = new Database(file, { readonly: true });
  expect(db.prepare("SELECT count(*) FROM changes").pluck().get()).toBeLessThan(1100);
  db.close();
});

test("the file is for its owner's eyes alone", () => {
  open();
  expect(statSync(file).mode & 0o077).toBe(0);
});

test("commits wait for the disk", () => {
  open();
  const db = connect(file);
  expect([db.pragma("journal_mode", { simple: true }), db.pragma("synchronous", { simple: true })]).toEqual([
    "wal",
    2,
  ]);
  db.close();
});

test("a file in use is refused", () => {
  open();
  expect(refusal()).toBe(
    `The store at ${file} is in use by another process: stop that one, or use another folder.`,
  );
});

test("a closed store lets go of its file", async () => {
  await open().close();
  expect(refusal()).toBe("opened");
});

test("a file of a newer version is refused, one of an older version migrated", async () => {
  await fill(open());
  await opened.pop()?.close();
  const later = [
    ...MIGRATIONS,
    "ALTER TABLE objects ADD COLUMN colour TEXT; UPDATE objects SET colour = 'red';",
  ];
  const db = openDatabase(file, later);
  expect(db.prepare("SELECT count(*) FROM objects WHERE colour = 'red'").pluck().get()).toBe(3);
  db.close();
  expect(refusal()).toMatch(
    /written by a newer version \(layout 3, this one knows up to 2\): start that version/,
  );
});

test("a migration that fails leaves the file as it was", async () => {
  await open().close();
  expect(() => openDatabase(file, [...MIGRATIONS, "DROP TABLE changes; DROP TABLE nonsense;"])).toThrow(
    StoreOpenError,
  );
  expect(refusal()).toBe("opened");
});

test("what is not a store is refused and left alone", () => {
  file = join(directory, "other.db");
  writeFileSync(
    file,
    "This is not a database, but it is long enough to be taken for one at first.".repeat(20),
  );
  expect(refusal()).toMatch(/cannot be read \(file is not a database\): restore it from a backup/);
  file = join(directory, "foreign.db");
  const foreign = new Database(file);
  foreign.exec("CREATE TABLE recipes (name TEXT)");
  foreign.close();
  expect(refusal()).toBe(`${file} is a database of another program: keep the store in another folder.`);
});

test("a place that cannot be written is named, with what to do", () => {
  writeFileSync(join(directory, "data"), "a file where a directory should be");
  expect(refusal()).toMatch(
    /state\.db cannot be written \((EEXIST|ENOTDIR)\): give it space and a directory that this user may write to/,
  );
});

test("a file whose journal cannot be made is named, with what to do", async () => {
  await open().close();
  opened.pop();
  // Where the journal should be.
  mkdirSync(`${file}-wal`);
  expect(refusal()).toMatch(/state\.db cannot be written \(SQLITE_CANTOPEN\): give it space/);
});

test.each([
  ["a change is missing", "DELETE FROM changes WHERE revision = 3"],
  ["an object is missing", "DELETE FROM objects WHERE name = 'c'"],
  [
    "an object is not in the log",
    "INSERT INTO objects SELECT 900, revision, kind, namespace, name, json, checksum FROM objects LIMIT 1",
  ],
  [
    "an object is there twice",
    "DELETE FROM changes WHERE revision < 6; INSERT INTO objects SELECT 900, revision, kind, namespace, name, json, checksum FROM objects LIMIT 1",
  ],
  ["an object has another name", "UPDATE objects SET name = 'z' WHERE name = 'c'"],
  [
    "an object has other content",
    "UPDATE objects SET json = replace(json, 'Thing', 'Think') WHERE name = 'c'",
  ],
  [
    "an old state has other content",
    "UPDATE changes SET previous_json = '{}' WHERE previous_json IS NOT NULL",
  ],
  ["a deletion lacks its object", "UPDATE changes SET previous_json = NULL WHERE deleted = 1"],
])("content that contradicts itself is refused: %s", async (_, damage) => {
  await fill(open());
  await opened.pop()?.close();
  const db = connect(file);
  db.exec(damage);
  db.close();
  expect(refusal()).toMatch(/(cannot be read|is not whole) .*: .*restore (it from )?a backup/);
});

test("a page that the disk has garbled is noticed at the start", async () => {
  const store = open();
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => store.write(put(`n${i}`, 0, { text: "x".repeat(500) }))),
  );
  await opened.pop()?.close();
  const bytes = readFileSync(file);
  bytes.fill(0xee, 12 * 4096, 13 * 4096);
  writeFileSync(file, bytes);
  expect(refusal()).toMatch(/cannot be read .*: restore it from a backup/);
});

test("a full disk stops writes and not reads; what was acknowledged is there after a restart", async () => {
  const store = open({ quotaBytes: 200_000 });
  const text = "x".repeat(5000);
  let acknowledged = 0;
  let failure: unknown;
  while (failure === undefined && acknowledged < 1000) {
    await store.write(put(`n${acknowledged}`, 0, { text })).then(
      () => acknowledged++,
      (error) => {
        failure = error;
      },
    );
  }
  expect(failure).toBeInstanceOf(StoreFailedError);
  expect((failure as Error).message).toMatch(/full/);
  await expect(store.write(put("small", 0))).rejects.toBeInstanceOf(StoreFailedError);
  expect([store.count("things"), store.revision]).toEqual([acknowledged, acknowledged]);
  expect(store.get(at("n0"))?.object).toMatchObject({ text });
  await store.close();
  expect(open().count("things")).toBe(acknowledged);
});

test("a file that something else has changed stops writes", async () => {
  const store = open();
  await store.write(put("a", 0));
  const intruder = connect(file);
  intruder.exec("DELETE FROM objects");
  intruder.close();
  await expect(store.write(put("a", 1))).rejects.toThrow(
    /lacks things default\/a: something else has written to it/,
  );
  expect(store.get(at("a"))?.revision).toBe(1);
});
