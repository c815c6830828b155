/** The store of the embedded API server. Start with `store.ts`: it says what is guaranteed. */
export { DEFAULT_HISTORY_LIMITS, type HistoryLimits } from "./history.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
export { StoreOpenError } from "./sqlite-database.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
export * from "./store.ts";
