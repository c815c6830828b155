/** What happens to the files of a store while it is open, or between two openings. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore, type SqliteStoreOptions, type Store, StoreFailedError } from "./index.ts";
import { parseSeal, readSeal, sealFileOf, sealText } from "./seal.ts";
import { MIGRATIONS, openDatabase } from "./sqlite-database.ts";
import { StateDigest } from "./state-digest.ts";

let directory: string;
let file: string;
const opened: Store[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plexaubnet-files-"));
  file = join(directory, "state.db");
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  rmSync(directory, { recursive: true });
});

function open(options: SqliteStoreOptions = {}): Store {
  const store = openSqliteStore(file, options);
  opened.push(store);
  return store;
}

const at = (name: string) => ({ kind: "things", namespace: "default", name });

function put(store: Store, name: string, text = "") {
  const object = { apiVersion: "v1", kind: "Thing", metadata: { name }, text };
  const expectedRevision = store.get(at(name))?.revision ?? 0;
  return store.write({ do: "put", ...at(name), object, expectedRevision });
}

async function close(): Promise<void> {
  for (const store of opened.splice(0)) await store.close();
}

test("a lock file that was removed is locked again by the next write", async () => {
  const store = open();
  await put(store, "a");
  rmSync(`${file}.lock`);
  expect((await put(store, "b")).ok).toBe(true);
  expect(() => open()).toThrow(/in use by another process/);
});

test("of two that have a store open since its lock was removed, the first writes no more", async () => {
  const first = open();
  await put(first, "a");
  rmSync(`${file}.lock`);
  const second = open();
  const refused = await put(first, "b").catch((error: Error) => error);
  expect(refused).toBeInstanceOf(StoreFailedError);
  expect(first.failure?.isTemporary).toBe(false);
  expect(first.get(at("a"))?.revision).toBe(1);
  expect((await put(second, "c")).ok).toBe(true);
  await close();
  expect(open().count("things")).toBe(2);
});

test("one that is fenced off writes no more although it has the lock again", async () => {
  const first = open();
  await put(first, "a");
  // As another process would that has the file open by another name.
  const db = new Database(file);
  db.exec("UPDATE store SET id = 'another'");
  db.close();
  await expect(put(first, "b")).rejects.toThrow(/another process has opened the file/);
});

test.each([
  "state.db",
  "state.db-wal",
  "state.seal",
])("a store whose %s is removed while it is open writes no more", async (name) => {
  const store = open();
  await put(store, "a");
  rmSync(join(directory, name));
  let refusal: unknown;
  await expect
    .poll(async () => {
      await put(store, "b").catch((error: unknown) => {
        refusal = error;
      });
      return refusal;
    })
    .toBeInstanceOf(StoreFailedError);
  expect(String(refusal)).toMatch(/was removed or replaced while in use/);
  expect(store.get(at("a"))?.revision).toBe(1);
});

test("a copy of all files, put there later, is reported; a store that is opened again is not", async () => {
  await put(open(), "a");
  await close();
  const notices: string[] = [];
  const onNotice = (sentence: string) => void notices.push(sentence);
  open({ onNotice });
  await close();
  expect(notices).toEqual([]);
  const later = Date.now() / 1000 + 3600;
  utimesSync(sealFileOf(file), later, later);
  open({ onNotice });
  await close();
  expect(notices).toEqual([
    expect.stringMatching(
      /^The store at .+ is as it was at .+ \(revision 1\), and its files were put there .+\.$/,
    ),
  ]);
  open({ onNotice });
  expect(notices.length).toBe(1);
});

test("a file of an earlier version gets its seal at the first start, and keeps everything", async () => {
  await put(open(), "a");
  await close();
  const db = new Database(file);
  db.exec("DROP TABLE store; PRAGMA user_version = 1");
  db.close();
  rmSync(sealFileOf(file));
  expect(open().count("things")).toBe(1);
  await close();
  expect(readSeal(sealFileOf(file))).toMatchObject({ revision: 1 });
  rmSync(sealFileOf(file));
  expect(() => open()).toThrow(/state\.seal, which knows what must be there, is missing/);
});

test("a start that was killed between making the seal and the database loses nothing", async () => {
  open();
  await close();
  const seal = readFileSync(sealFileOf(file));
  rmSync(file);
  writeFileSync(file, "");
  open();
  await close();
  // Between the layout and the ID of who has it open.
  rmSync(file);
  writeFileSync(sealFileOf(file), seal);
  openDatabase(file, MIGRATIONS).close();
  expect((await put(open(), "a")).ok).toBe(true);
});

test("a log that stands beside an empty database is not thrown away", async () => {
  await put(open(), "a");
  copyFileSync(`${file}-wal`, join(directory, "kept"));
  await close();
  truncateSync(file, 0);
  copyFileSync(join(directory, "kept"), `${file}-wal`);
  rmSync(sealFileOf(file));
  expect(() => open()).toThrow(/it is empty, and its write-ahead log is not/);
  expect(readFileSync(`${file}-wal`).equals(readFileSync(join(directory, "kept")))).toBe(true);
});

test("where SQLite cannot make what it reads with, a copy elsewhere is read", async () => {
  await put(open(), "a");
  for (const part of ["", "-wal"]) copyFileSync(`${file}${part}`, join(directory, `kept${part}`));
  const seal = readFileSync(sealFileOf(file));
  await close();
  for (const part of ["", "-wal"]) copyFileSync(join(directory, `kept${part}`), `${file}${part}`);
  writeFileSync(sealFileOf(file), seal);
  mkdirSync(`${file}-shm`);
  const store = open();
  expect(store.get(at("a"))?.revision).toBe(1);
  await expect(put(store, "b")).rejects.toMatchObject({ isTemporary: true });
});

test("files are bounded by what history keeps, however large the changes", async () => {
  const store = open({ history: { maxBytes: 4_000_000 } });
  const text = "x".repeat(1_000_000);
  for (let i = 0; i < 70; i++) await put(store, "a", text);
  expect(store.revision - store.oldestRevision).toBeLessThan(5);
  await close();
  expect(statSync(file).size).toBeLessThan(45_000_000);
  expect(open({ history: { maxBytes: 4_000_000 } }).get(at("a"))?.revision).toBe(70);
});

test("a seal is read as it was written, and any change of it is noticed", () => {
  const digest = StateDigest.of([{ createRevision: 1, revision: 2 ** 40 }]);
  const seal = {
    store: "2f1c".repeat(9),
    revision: Number.MAX_SAFE_INTEGER,
    digest,
    atMs: Date.UTC(2300, 0),
  };
  const text = sealText(seal);
  expect(text.length).toBe(256);
  expect(parseSeal(text)).toEqual(seal);
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === "0" ? "1" : "0";
    expect(parseSeal(`${text.slice(0, at)}${other}${text.slice(at + 1)}`), `at ${at}`).toBeUndefined();
    expect(parseSeal(text.slice(0, at)), `cut at ${at}`).toBeUndefined();
  }
});

test("a digest takes changes back, and distinguishes objects by the revisions of their making and last change", () => {
  const states = Array.from({ length: 2000 }, (_, i) => ({
    createRevision: i + 1,
    revision: (i * 7919) % 5000,
  }));
  const digest = StateDigest.of(states);
  expect(StateDigest.of(states.toReversed()).toString()).toBe(digest.toString());
  const seen = new Set<string>();
  for (const state of states) {
    const without = digest.copy();
    without.remove(state);
    seen.add(without.toString());
    without.add({ ...state, revision: state.revision + 1 });
    seen.add(without.toString());
  }
  expect(seen.size).toBe(2 * states.length);
  expect(StateDigest.parse(2000, digest.toString())).toEqual(digest);
  expect(existsSync(file)).toBe(false);
});
