/**
 * A process that writes to the SQLite store is killed with SIGKILL, again and again, on one file,
 * `PLEXAUBNET_CRASH_RUNS` times.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  EVERY_KIND,
  openSqliteStore,
  type Store,
  type StoreChange,
} from "../../src/apiserver/store/index.ts";
import { randomBelow, seededRandom } from "../../src/kernel/index.ts";
import { budget } from "../budget.ts";

const RUNS = budget("PLEXAUBNET_CRASH_RUNS", 8, 40);
const WRITER = join(import.meta.dirname, "store-crash-writer.ts");

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plexaubnet-crash-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

/** Runs the writer until it has printed `dots` dots, then kills it. */
async function writeUntilKilled(file: string, notes: string, seed: number, dots: number): Promise<void> {
  const child = spawn(process.execPath, [WRITER, file, notes, String(seed)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  let printed = 0;
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  child.stdout.on("data", (chunk) => {
    printed += chunk.length;
    if (printed >= dots) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  if (signal !== "SIGKILL") throw new Error(`the writer ended by itself: ${errors}`);
}

interface Notes {
  /** By name: the last write that was acknowledged. */
  readonly acks: Map<string, { readonly writer: string; readonly revision: number; readonly type: string }>;
  readonly seen: readonly number[];
  readonly newest: number;
}

function readNotes(path: string): Notes {
  const acks: Notes["acks"] = new Map();
  const seen: number[] = [];
  const acked: number[] = [];
  for (const line of existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : []) {
    const [what, first = "", name = "", revision, type = ""] = line.split(" ");
    if (what === "seen") seen.push(Number(first));
    if (what !== "ack") continue;
    acks.set(name, { writer: first, revision: Number(revision), type });
    acked.push(Number(revision));
  }
  expect(new Set(acked).size, "a revision was acknowledged twice").toBe(acked.length);
  return { acks, seen, newest: Math.max(0, ...acked) };
}

function changesAfter(store: Store, after: number): StoreChange[] {
  const changes: StoreChange[] = [];
  const watch = store.watch(EVERY_KIND, { after, onChange: (change) => void changes.push(change) });
  expect(watch.ok, `history after ${after} is gone`).toBe(true);
  if (watch.ok) watch.value.close();
  return changes;
}

/**
 * A name is as its last acknowledgement said, or one write further: the one whose answer the kill swallowed.
 */
function checkAcks(store: Store, acks: Notes["acks"]): void {
  const unanswered = new Map<string, number>();
  for (const [name, { writer, revision, type }] of acks) {
    const found = store.get({ kind: `kind-${Number(writer) % 3}`, namespace: "default", name });
    const asAcknowledged = type === "put" ? found?.revision === revision : found === undefined;
    if (asAcknowledged) continue;
    expect(found === undefined || found.revision > revision, `${name} went back to before ${revision}`).toBe(
      true,
    );
    unanswered.set(writer, (unanswered.get(writer) ?? 0) + 1);
  }
  for (const count of unanswered.values()) expect(count, "more writes than one were under way").toBe(1);
}

/** The history as it stands leads to the state as it stands, without gaps. */
function checkHistory(store: Store): void {
  const changes = changesAfter(store, store.oldestRevision - 1);
  const revisions = changes.map((change) => change.revision);
  const oldest = store.oldestRevision;
  expect(revisions).toEqual(Array.from({ length: store.revision - oldest + 1 }, (_, i) => oldest + i));
  const newest = new Map<string, StoreChange>();
  for (const change of changes)
    newest.set(change.type === "put" ? change.current.name : change.previous.name, change);
  for (const change of newest.values()) {
    const state = change.type === "put" ? change.current : change.previous;
    const expected = change.type === "put" ? change.revision : undefined;
    expect(store.get(state)?.revision).toBe(expected);
    expect(state.object.metadata.resourceVersion).toBe(String(state.revision));
  }
}

test(`no acknowledged write is lost, and watches resume, when the process is killed ${RUNS} times`, {
  timeout: 120_000 + RUNS * 3_000,
}, async () => {
  const file = join(directory, "state.db");
  const random = seededRandom(Number(process.env.PLEXAUBNET_CRASH_SEED ?? 1));
  let before = 0;
  let acknowledged = 0;
  for (let run = 0; run < RUNS; run++) {
    const notesFile = join(directory, `notes-${run}`);
    await writeUntilKilled(file, notesFile, run, 1 + randomBelow(random, 30));
    const notes = readNotes(notesFile);
    const store = openSqliteStore(file, { history: { minChanges: 3000, maxChanges: 3000 } });
    expect(store.revision).toBeGreaterThanOrEqual(notes.newest);
    expect(store.revision).toBeGreaterThanOrEqual(Math.max(before, ...notes.seen));
    checkAcks(store, notes.acks);
    checkHistory(store);
    expect(notes.seen).toEqual(notes.seen.map((_, i) => before + 1 + i));
    const lastSeen = notes.seen.at(-1) ?? before;
    const missed = changesAfter(store, lastSeen).map((change) => change.revision);
    expect(missed).toEqual(Array.from({ length: store.revision - lastSeen }, (_, i) => lastSeen + 1 + i));
    acknowledged += notes.acks.size;
    before = store.revision;
    await store.close();
    rmSync(notesFile);
  }
  expect(acknowledged).toBeGreaterThan(0);
  console.log(`${RUNS} kills, revision ${before}`);
});

test("the file is free again as soon as its process was killed, and not before", async () => {
  const file = join(directory, "state.db");
  const child = spawn(process.execPath, [WRITER, file, join(directory, "notes"), "1"], { stdio: "pipe" });
  await once(child.stdout, "data");
  expect(() => openSqliteStore(file)).toThrow(/in use by another process/);
  child.kill("SIGKILL");
  await once(child, "close");
  const store = openSqliteStore(file);
  expect(store.revision).toBeGreaterThan(0);
  await store.close();
});
