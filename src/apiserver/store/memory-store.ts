import type { Logger } from "pino";
import { defined, type Kernel, systemKernel } from "../../kernel/index.ts";
import { History, type HistoryLimits, type ListenerErrorHandler } from "./history.ts";
import { historyLimitsFor } from "./object-budget.ts";
import { memoryPersistence, NOTHING_LOADED } from "./persistence.ts";
import type { Store } from "./store.ts";
import { StoreCore } from "./store-core.ts";

export interface MemoryStoreOptions {
  /** Its clock decides how old history is. Default: the system's. */
  readonly kernel?: Pick<Kernel, "clock">;
  readonly history?: Partial<HistoryLimits>;
  /** What the objects may take together, in bytes. Default: half of the heap. */
  readonly maxObjectBytes?: number;
  readonly logger?: Pick<Logger, "info" | "error">;
}

/** A store that lives as long as the process. Writes are visible in the next microtask. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  return new StoreCore({
    kernel: options.kernel ?? systemKernel,
    persistence: memoryPersistence,
    history: new History(
      NOTHING_LOADED,
      historyLimitsFor(options.history),
      logListenerErrors(options.logger),
    ),
    ...defined({ maxObjectBytes: options.maxObjectBytes }),
  });
}

export function logListenerErrors(logger: Pick<Logger, "error"> | undefined): ListenerErrorHandler {
  return (error, kind) => logger?.error({ err: error, kind }, "a watch was ended: its listener threw");
}
