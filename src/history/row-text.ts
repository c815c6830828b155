/**
 * What is written is made to fit its column: a value that an outsider wrote must never keep the rows beside
 * it out. Pure.
 */
import { fitted, LENGTHS } from "../balancers/ledger/column-text.ts";
import type { HistoryRow } from "./row.ts";

const WORD = 32;
const UID = 64;

/** RFC 3339 with milliseconds; what cannot be read is `otherwise`. */
export function instantOf(text: string | undefined, otherwise: string): string {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isFinite(ms) && ms > 0 && ms < LATEST_MS ? new Date(ms).toISOString() : otherwise;
}

/** The year 2200: nothing of ours is later, and an index of times reaches further. */
const LATEST_MS = Date.UTC(2200, 0);

export function fittedRow(row: Omit<HistoryRow, "hash">): Omit<HistoryRow, "hash"> {
  const short = (text: string | null, longest: number) => (text === null ? null : fitted(text, longest));
  return {
    ...row,
    uid: fitted(row.uid, UID),
    namespace: fitted(row.namespace, LENGTHS.name),
    name: fitted(row.name, LENGTHS.name),
    kind: fitted(row.kind, WORD),
    revision: fitted(row.revision, UID),
    cidr: short(row.cidr, UID),
    pool: short(row.pool, LENGTHS.name),
    cluster_id: short(row.cluster_id, LENGTHS.name),
    purpose: short(row.purpose, LENGTHS.name),
    claim: short(row.claim, LENGTHS.name),
    claim_uid: short(row.claim_uid, UID),
    actor: short(row.actor, LENGTHS.name),
    reason: short(row.reason, LENGTHS.reason),
  };
}
