export { type CatchUpOptions, catchUp } from "./catch-up.ts";
export { type ExecuteOptions, type Execution, Executor, type ExecutorOptions } from "./executor.ts";
export type { PendingView } from "./own-revisions.ts";
