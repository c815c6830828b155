export { MAX_ATTEMPTS } from "./attempt.ts";
export { type ReconcileReport, Workers, type WorkersOptions } from "./workers.ts";
