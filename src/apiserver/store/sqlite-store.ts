import { resolve } from "node:path";
import type { Logger } from "pino";
import { defined, type Kernel, systemKernel } from "../../kernel/index.ts";
import { type FileLock, lockFile } from "./file-lock.ts";
import { History, type HistoryLimits } from "./history.ts";
import { logListenerErrors } from "./memory-store.ts";
import { historyLimitsFor } from "./object-budget.ts";
import { type CommitStart, openToCommit } from "./open-to-commit.ts";
import { type Persistence, TemporaryFault } from "./persistence.ts";
import { type ReadFile, readStoreFile } from "./read-file.ts";
import { createFile, isPassing, StoreOpenError, unusable } from "./sqlite-database.ts";
import type { Store } from "./store.ts";
import { StoreCore } from "./store-core.ts";
import { startWorkerPersistence } from "./worker-persistence.ts";

export interface SqliteStoreOptions {
  readonly kernel?: Pick<Kernel, "clock">;
  readonly logger?: Pick<Logger, "info" | "warn" | "error">;
  readonly history?: Partial<HistoryLimits>;
  /** What the objects may take together, in bytes. A file with more is opened all the same. Default: half of the heap. */
  readonly maxObjectBytes?: number;
  /** The file grows no further: beyond it the store fails as it does on a full disk. Default: no bound. */
  readonly quotaBytes?: number;
  /** Called with a warning, in one sentence. It is logged in any case. */
  readonly onNotice?: (sentence: string) => void;
}

/**
 * A store in one SQLite file. What it acknowledged survives the process and the machine, and where it did not, the store
 * reports it and does not start. Reads are served from memory. Creates the file, and its directory, when there is none.
 *
 * Where there is a store that cannot be written to, on a full disk, it is opened, serves reads, and takes writes as soon
 * as there is room.
 *
 * @throws StoreOpenError when the file is in use, unusable, not whole, of a newer version, or there is none and none can
 * be made.
 */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  const file = resolve(path);
  const kernel = options.kernel ?? systemKernel;
  const startMs = kernel.clock.monotonicMs();
  const { lock, read, start, history } = lockAndRead(file, options);
  const { digest } = read.loaded;
  const worker = startWorkerPersistence({ ...start, objects: digest.objects, digest: digest.toString() });
  const persistence: Persistence = {
    commit: (batch, oldestRevision) => {
      holdOn(lock);
      return worker.commit(batch, oldestRevision);
    },
    probe: (oldestRevision) => {
      holdOn(lock);
      return worker.probe?.(oldestRevision);
    },
    close: async () => {
      await worker.close();
      lock.release();
    },
  };
  const { logger, onNotice } = options;
  if (read.notice !== undefined) {
    logger?.warn({ file }, read.notice);
    onNotice?.(read.notice);
  }
  const { maxObjectBytes } = options;
  const store = new StoreCore({ kernel, persistence, history, ...defined({ maxObjectBytes, logger }) });
  logger?.info(
    { file, revision: store.revision, oldestRevision: store.oldestRevision },
    `opened the store in ${Math.round(kernel.clock.monotonicMs() - startMs)} ms`,
  );
  return store;
}

function holdOn(lock: FileLock): void {
  try {
    lock.hold();
  } catch (error) {
    if (error instanceof StoreOpenError && isPassing(error.cause))
      throw new TemporaryFault(error.message, error);
    throw error;
  }
}

interface Opening {
  readonly lock: FileLock;
  readonly read: ReadFile;
  readonly start: CommitStart;
  readonly history: History;
}

function lockAndRead(file: string, options: SqliteStoreOptions): Opening {
  const { quotaBytes, logger } = options;
  const limits = historyLimitsFor(options.history);
  createFile(file);
  const lock = lockFile(file);
  try {
    const read = readStoreFile(file, limits.maxBytes);
    const start: CommitStart = {
      file,
      id: systemKernel.random.uuid(),
      sealedId: read.seal?.store ?? "",
      revision: read.loaded.revision,
      ...defined({ quotaBytes }),
    };
    tryToOpen(start, read);
    return { lock, read, start, history: historyOf(file, read, limits, logger) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function historyOf(
  file: string,
  { loaded }: ReadFile,
  limits: HistoryLimits,
  logger: SqliteStoreOptions["logger"],
): History {
  try {
    return new History(loaded, limits, logListenerErrors(logger));
  } catch (cause) {
    throw unusable(file, cause);
  }
}

/** A new store has to be made at once. One that is there may be read, whatever hinders its writing. */
function tryToOpen(start: CommitStart, { isNew, loaded }: ReadFile): void {
  const { revision, digest } = loaded;
  try {
    openToCommit(start, { store: start.id, revision, digest, atMs: systemKernel.clock.now() }).close();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (isNew || !isPassing(cause)) throw unusable(start.file, error);
  }
}
