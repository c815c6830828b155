/** The store of the embedded API server. Start with `store.ts`, which lists the guarantees. */
export { type BackupSummary, backupStore, isDatabaseFile } from "./backup.ts";
export { DEFAULT_HISTORY_LIMITS, type HistoryLimits } from "./history.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
export { type RepairSummary, repairStore } from "./repair.ts";
export { type RestoreSummary, restoreStore } from "./restore.ts";
export { StoreOpenError } from "./sqlite-database.ts";
export { openSqliteStore, type SqliteStoreOptions } from "./sqlite-store.ts";
export * from "./store.ts";
export { readyForStore } from "./stored-state.ts";
