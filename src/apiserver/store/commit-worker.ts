/**
 * The thread that commits. A commit waits for the disk, often for milliseconds; here that holds up nobody else.
 */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../kernel/index.ts";
import { type ChangeRow, createChangeWriter } from "./change-writer.ts";
import { connect } from "./sqlite-database.ts";

/** What the worker starts with. */
export interface CommitWorkerData {
  readonly file: string;
  /** The file grows no further than this. */
  readonly quotaBytes?: number;
}

export type CommitRequest =
  | { readonly do: "commit"; readonly rows: readonly ChangeRow[]; readonly oldestRevision: number }
  | { readonly do: "close" };

/** One reply to each request, in order. */
export type CommitReply = { readonly ok: true } | { readonly ok: false; readonly message: string };

assert(parentPort !== null, "the commit worker runs as a worker thread");
const port = parentPort;
const { file, quotaBytes } = workerData as CommitWorkerData;
const db = connect(file);
if (quotaBytes !== undefined) {
  const pageBytes = db.pragma("page_size", { simple: true }) as number;
  db.pragma(`max_page_count = ${Math.max(1, Math.floor(quotaBytes / pageBytes))}`);
}
const writer = createChangeWriter(db);

port.on("message", (request: CommitRequest) => {
  let reply: CommitReply = { ok: true };
  try {
    if (request.do === "commit") writer.commit(request.rows, request.oldestRevision);
    else db.close();
  } catch (error) {
    reply = { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(reply);
});
