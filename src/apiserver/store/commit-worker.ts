/**
 * The thread that commits. A commit waits for the disk, often for milliseconds; here that blocks nothing else.
 */
import { rmSync, writeFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { assert, systemClock } from "../../kernel/index.ts";
import type { ChangeRow } from "./change-writer.ts";
import { type CommitStart, type OpenFile, openToCommit } from "./open-to-commit.ts";
import type { Seal } from "./seal.ts";
import { isPassing, StoreOpenError } from "./sqlite-database.ts";
import { StateDigest } from "./state-digest.ts";

/** What the worker starts with. */
export interface CommitWorkerData extends CommitStart {
  readonly objects: number;
  readonly digest: string;
}

export type CommitRequest =
  | { readonly do: "commit"; readonly rows: readonly ChangeRow[]; readonly oldestRevision: number }
  /** Whether there is room. */
  | { readonly do: "probe"; readonly oldestRevision: number }
  | { readonly do: "close" };

/** One reply to each request, in order. `isPassing`: the same may succeed later. */
export type CommitReply =
  | { readonly ok: true }
  | { readonly ok: false; readonly message: string; readonly isPassing: boolean };

assert(parentPort !== null, "the commit worker runs as a worker thread");
const port = parentPort;
const start = workerData as CommitWorkerData;
let digest = StateDigest.parse(start.objects, start.digest);
let revision = start.revision;
let opened: OpenFile | undefined;
/** Whether the seal is behind the file. */
let isBehind = false;

function seal(): Seal {
  return { store: start.id, revision, digest, atMs: systemClock.now() };
}

function file(): OpenFile {
  opened ??= openToCommit({ ...start, revision }, seal());
  return opened;
}

function digestAfter(rows: readonly ChangeRow[]): StateDigest {
  const after = digest.copy();
  for (const { createRevision, previousRevision, revision, json } of rows) {
    if (previousRevision !== undefined) after.remove({ createRevision, revision: previousRevision });
    if (json !== undefined) after.add({ createRevision, revision });
  }
  return after;
}

function commit(rows: readonly ChangeRow[], oldestRevision: number): void {
  const { writer, seal: sealed } = file();
  // Else the seal would fall behind further than a start can distinguish from a loss.
  if (isBehind) sealed.write(seal());
  isBehind = false;
  const after = digestAfter(rows);
  writer.commit(rows, oldestRevision);
  digest = after;
  revision += rows.length;
  try {
    sealed.write(seal());
    syncSoon(sealed);
  } catch {
    // It is durable, and must be said to be. The next commit seals it first.
    isBehind = true;
  }
}

const SYNC_INTERVAL_MS = 1000;
let isSyncDue = false;

function syncSoon(sealed: OpenFile["seal"]): void {
  if (isSyncDue) return;
  isSyncDue = true;
  const sync = () => {
    isSyncDue = false;
    sealed.syncInBackground();
  };
  systemClock.setTimer(SYNC_INTERVAL_MS, sync, true);
}

/** So much must fit beside the file before writes are let in again: room for one more byte would end at once. */
const ROOM_BYTES = 512 * 1024;

function probe(oldestRevision: number): void {
  const attempt = `${start.file}.room`;
  try {
    writeFileSync(attempt, Buffer.alloc(ROOM_BYTES, 1), { mode: 0o600, flush: true });
  } finally {
    rmSync(attempt, { force: true });
  }
  commit([], oldestRevision);
}

function close(): void {
  opened?.close();
  opened = undefined;
}

function handle(request: CommitRequest): CommitReply {
  try {
    if (request.do === "commit") commit(request.rows, request.oldestRevision);
    else if (request.do === "probe") probe(request.oldestRevision);
    else close();
    return { ok: true };
  } catch (error) {
    const passing = isPassing(error instanceof StoreOpenError ? error.cause : error);
    // What SQLite keeps of a disk that was full is not worth keeping.
    if (passing) closeQuietly();
    return { ok: false, message: error instanceof Error ? error.message : String(error), isPassing: passing };
  }
}

function closeQuietly(): void {
  try {
    close();
  } catch {
    opened = undefined;
  }
}

port.on("message", (request: CommitRequest) => port.postMessage(handle(request)));
