import { resolve } from "node:path";
import type { Logger } from "pino";
import { type Kernel, systemKernel } from "../../kernel/index.ts";
import { lockFile } from "./file-lock.ts";
import { History, type HistoryLimits } from "./history.ts";
import type { Persistence } from "./persistence.ts";
import { createFile, openDatabase, unusable } from "./sqlite-database.ts";
import { loadState } from "./sqlite-loader.ts";
import type { Store } from "./store.ts";
import { StoreCore } from "./store-core.ts";
import { startWorkerPersistence } from "./worker-persistence.ts";

export interface SqliteStoreOptions {
  readonly kernel?: Pick<Kernel, "clock">;
  readonly logger?: Pick<Logger, "info">;
  readonly history?: Partial<HistoryLimits>;
  /** The file grows no further: beyond it the store fails as it does on a full disk. Default: no bound. */
  readonly quotaBytes?: number;
}

/**
 * A store in one SQLite file. What it acknowledged survives the process and the machine. Reads are served from memory.
 * Creates the file, and its directory, when there is none.
 *
 * @throws StoreOpenError when the file is in use, unusable, of a newer version, or cannot be written.
 */
export function openSqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  const file = resolve(path);
  const kernel = options.kernel ?? systemKernel;
  const startMs = kernel.clock.monotonicMs();
  const { history, release } = lockAndLoad(file, options.history);
  const worker = startWorkerPersistence({
    file,
    ...(options.quotaBytes === undefined ? {} : { quotaBytes: options.quotaBytes }),
  });
  const persistence: Persistence = {
    commit: worker.commit,
    close: async () => {
      await worker.close();
      release();
    },
  };
  const store = new StoreCore({
    kernel,
    persistence,
    history,
  });
  options.logger?.info(
    { file, revision: store.revision, oldestRevision: store.oldestRevision },
    `opened the store in ${Math.round(kernel.clock.monotonicMs() - startMs)} ms`,
  );
  return store;
}

function lockAndLoad(file: string, limits: Partial<HistoryLimits> | undefined) {
  createFile(file);
  const lock = lockFile(file);
  try {
    const db = openDatabase(file);
    try {
      return { history: new History(loadState(db), limits), release: lock.release };
    } catch (cause) {
      throw unusable(file, cause);
    } finally {
      db.close();
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}
