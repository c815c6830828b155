/**
 * Persistence in SQLite through the commit worker.
 */
import { Worker } from "node:worker_threads";
import type { ChangeRow } from "./change-writer.ts";
import type { CommitReply, CommitRequest, CommitWorkerData } from "./commit-worker.ts";
import { type LoggedChange, type Persistence, TemporaryFault } from "./persistence.ts";

/** `.ts` where sources run as they are, `.js` in the published package. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf("."));

export function startWorkerPersistence(workerData: CommitWorkerData): Persistence {
  const worker = new Worker(new URL(`./commit-worker${EXTENSION}`, import.meta.url), { workerData });
  let waiting: PromiseWithResolvers<void> | undefined;
  let death: Error | undefined;

  const settle = (error: Error | undefined) => {
    const { resolve, reject } = waiting ?? {};
    waiting = undefined;
    worker.unref();
    if (error === undefined) resolve?.();
    else reject?.(error);
  };
  const die = (error: Error) => {
    death ??= error;
    settle(death);
  };
  worker.on("message", (reply: CommitReply) => settle(reply.ok ? undefined : errorOf(reply)));
  worker.on("error", (error) => die(error instanceof Error ? error : new Error(String(error))));
  worker.on("exit", () => die(new Error("the thread that commits has ended")));
  worker.unref();

  /** The thread keeps the process alive only while a caller waits for it. */
  const ask = (request: CommitRequest): Promise<void> => {
    if (death !== undefined) return Promise.reject(death);
    const asked = Promise.withResolvers<void>();
    waiting = asked;
    worker.ref();
    try {
      worker.postMessage(request);
    } catch (error) {
      settle(error instanceof Error ? error : new Error(String(error)));
    }
    return asked.promise;
  };
  return {
    commit: (batch, oldestRevision) => ask({ do: "commit", rows: batch.map(rowOf), oldestRevision }),
    probe: (oldestRevision) => ask({ do: "probe", oldestRevision }),
    close: async () => {
      // When the file cannot be closed in good order, ending the thread is all that is left: what is durable stays so.
      if (death === undefined) await ask({ do: "close" }).catch(() => undefined);
      worker.ref();
      await worker.terminate();
    },
  };
}

function errorOf({ message, isPassing }: Extract<CommitReply, { ok: false }>): Error {
  return isPassing ? new TemporaryFault(message) : new Error(message);
}

function rowOf({ change, atMs }: LoggedChange): ChangeRow {
  const { kind, namespace, name, createRevision } = change.type === "put" ? change.current : change.previous;
  const previousRevision = change.previous?.revision;
  const replaced = previousRevision === undefined ? {} : { previousRevision };
  const row = { revision: change.revision, atMs, kind, namespace, name, createRevision, ...replaced };
  return change.type === "put" ? { ...row, json: change.current.json() } : row;
}
