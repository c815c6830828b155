export { MAX_ATTEMPTS } from "./attempt.ts";
export { ConcurrencyLimit } from "./concurrency-limit.ts";
export { type ReconcileReport, Workers, type WorkersOptions } from "./workers.ts";
