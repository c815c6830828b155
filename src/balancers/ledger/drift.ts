/**
 * The words in which ledger and cluster are compared: rows of difference, and the steps that would end them. They are
 * kept here because they are what the ledger stores of a plan, what `sync/` makes, and what `incidents/` explains.
 */

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
  readonly says: string;
  /** The pool that a row about a load balancer concerns. */
  readonly pool?: string;
  /** Identifies the usage that it is about, where several have one subject. */
  readonly of?: string;
}

export type StepVerb = "create" | "update" | "delete";
export type StepSide = "ledger" | "cluster";

/** One change that would end a difference. `before` and `after` are JSON values; what each means is `does`' business. */
export interface PlanStep {
  /** Unique in its plan: `1`, `2`, … */
  readonly id: string;
  readonly driftId: string;
  readonly side: StepSide;
  readonly verb: StepVerb;
  readonly does:
    | "pool-create"
    | "pool-update"
    | "pool-rename"
    | "pool-delete"
    | "usage-record"
    | "usage-move"
    | "usage-release";
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly because: string;
  /** Further differences that it ends. */
  readonly ends?: readonly string[];
  /** Of a usage: the pool that it will be recorded against. */
  readonly pool?: string;
  /** The object of the cluster that the step changes, as the plan was made from it. */
  readonly of?: ObjectState;
}

/** One state of one object: what a write carries as its precondition. */
export interface ObjectState {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface Refusal {
  readonly step: PlanStep;
  readonly guard: string;
  /** One sentence with the cure. */
  readonly says: string;
}

/** What the steps of a plan rest on: a fingerprint of each thing they touch, on the side it is on. */
export interface PlanBasis {
  readonly ledger: Readonly<Record<string, string>>;
  readonly cluster: Readonly<Record<string, string>>;
}

export interface SyncPlan {
  readonly id: string;
  /** SHA-256 of everything else in here but `id` and `createdAt`. */
  readonly hash: string;
  readonly cluster: string;
  readonly mode: string;
  readonly createdAt: string;
  readonly drift: readonly DriftRow[];
  readonly steps: readonly PlanStep[];
  /** Steps that the policy (the mode) leaves out. */
  readonly heldBack: readonly PlanStep[];
  readonly refused: readonly Refusal[];
  readonly basis: PlanBasis;
}
