/** Differences between ledger and cluster, as values: what a comparison finds, a plan resolves, and an incident is about. */

export type DriftKind =
  | "pool-missing-in-ledger"
  | "pool-missing-in-cluster"
  | "pool-twice-in-ledger"
  | "range-differs"
  | "setting-differs"
  | "usage-unrecorded"
  | "usage-gone"
  | "usage-in-other-pool"
  | "ip-outside-every-pool"
  | "ip-in-two-pools"
  | "ip-used-twice"
  | "range-unreadable";

export const DRIFT_KINDS: readonly DriftKind[] = [
  "pool-missing-in-ledger",
  "pool-missing-in-cluster",
  "pool-twice-in-ledger",
  "range-differs",
  "setting-differs",
  "usage-unrecorded",
  "usage-gone",
  "usage-in-other-pool",
  "ip-outside-every-pool",
  "ip-in-two-pools",
  "ip-used-twice",
  "range-unreadable",
];

/** One difference. Plain data; the same two sides give the same rows in the same order. */
export interface DriftRow {
  /** The same for the same difference in every round: `range-differs:pool/public-a:addresses`. */
  readonly id: string;
  readonly kind: DriftKind;
  /** `pool/NAME`, `service/NAMESPACE/NAME/IP`, or `ip/ADDRESS`. */
  readonly subject: string;
  /** The field that differs; empty when the whole is there or not. */
  readonly field: string;
  /** The value on each side; undefined where it has none. */
  readonly ledger: string | undefined;
  readonly cluster: string | undefined;
  /** One sentence. */
  readonly message: string;
  /** The pool that a row about a load balancer concerns. */
  readonly pool?: string;
  /** UID of the Service whose usage it is about: a Service that was re-created has the same subject. */
  readonly of?: string;
}
