/**
 * The ledger in SQL: pools, usage, plans, incidents and the audit log. Start with `ledger.ts`. Published as
 * `plexaubnet/ledger`.
 */
export { type Kernel, systemKernel } from "../../kernel/index.ts";
export type { AuditNote, AuditQuery } from "./audit-log.ts";
export { type ClusterIdentity, identityFault } from "./cluster-table.ts";
export { describeTarget, type LedgerTarget, parseConnectionString } from "./connection-string.ts";
export type { Decision } from "./decision-table.ts";
export { LedgerError, type LedgerFaultKind } from "./failure.ts";
export type { IncidentRecord } from "./incident-table.ts";
export { type Ledger, type LedgerOptions, openLedger } from "./ledger.ts";
export { type LedgerWriter, StaleError } from "./ledger-writer.ts";
export { OWN_MAPPING, type PoolMapping, readMapping } from "./mapping.ts";
export { MOST_PLAN_BYTES, type PlanRecord, type PlanState, type StoredPlan } from "./plan-table.ts";
export { describeLookUp, type LookUp, type NamedRanges, type NearPool, PoolIndex } from "./pool-index.ts";
export { parsePoolRange } from "./pool-range.ts";
export * from "./records.ts";
export { parseStored, rowOfBefore, stepOfBefore } from "./stored-json.ts";
