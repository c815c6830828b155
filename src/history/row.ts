/**
 * A row of the record, and the hash that chains it to the one before. The hash covers every column, so that a
 * row that is changed, missing, inserted or moved is found when it is computed again.
 */
import { createHash } from "node:crypto";

/** Times are RFC 3339 with milliseconds in UTC; what is not known is null. */
export interface HistoryRow {
  /** The cluster, as the record knows it. */
  readonly stream: string;
  readonly seq: number;
  /**
   * Counts how often the API server went back, to a backup say: from then on it has the same revisions for
   * other changes.
   */
  readonly life: number;
  /** When it was written. */
  readonly recorded_at: string;
  /** When it happened, as far as the API reports it; else when it was noticed. */
  readonly at: string;
  /** Where only bounds are known: it happened after this, and not after `at`. */
  readonly after_at: string | null;
  readonly kind: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly what: string;
  /** `resourceVersion` of the object, or of the list in which it was missing. */
  readonly revision: string;
  /** `watch` or `list`. */
  readonly origin: string;
  readonly cidr: string | null;
  readonly first_key: string | null;
  readonly last_key: string | null;
  readonly pool: string | null;
  readonly cluster_id: string | null;
  readonly purpose: string | null;
  readonly claim: string | null;
  readonly claim_uid: string | null;
  readonly hold: string | null;
  readonly actor: string | null;
  /** `user`: of the request, from the webhook. `manager`: from managedFields. */
  readonly actor_from: string | null;
  readonly reason: string | null;
  readonly hash: string;
}

/**
 * In the order in which they are hashed, which never changes: a new column comes last, and only where it is
 * not null.
 */
const HASHED = [
  "stream",
  "seq",
  "life",
  "recorded_at",
  "at",
  "after_at",
  "kind",
  "uid",
  "namespace",
  "name",
  "what",
  "revision",
  "origin",
  "cidr",
  "first_key",
  "last_key",
  "pool",
  "cluster_id",
  "purpose",
  "claim",
  "claim_uid",
  "hold",
  "actor",
  "actor_from",
  "reason",
] as const satisfies readonly (keyof HistoryRow)[];

/** The hash before the first row. */
export const FIRST_HASH = "0".repeat(64);

export function hashOf(row: Omit<HistoryRow, "hash">, hashBefore: string): string {
  const content = JSON.stringify([hashBefore, ...HASHED.map((column) => row[column])]);
  return createHash("sha256").update(content).digest("hex");
}
