/**
 * The changes that resolve differences, and the plan that consists of them: plain data, which the ledger stores as JSON, and
 * which users read and keep in files.
 */
import type { PoolContent, StoredPlan, Usage } from "../ledger/index.ts";
import type { DriftRow } from "./drift.ts";
import type { LoadBalancer, ObjectState } from "./metallb.ts";

export type StepSide = "ledger" | "cluster";

interface StepBase {
  readonly driftId: string;
  readonly subject: string;
  readonly message: string;
  /** Further differences that the step resolves. */
  readonly ends?: readonly string[];
}

export interface PoolCreation extends StepBase {
  readonly does: "pool-create";
  readonly verb: "create";
  readonly side: StepSide;
  readonly before?: undefined;
  readonly after: PoolContent;
}

export interface PoolUpdate extends StepBase {
  readonly does: "pool-update";
  readonly verb: "update";
  readonly side: StepSide;
  readonly before: PoolContent;
  readonly after: PoolContent;
  /** The object of the cluster that the step changes, as the plan was made from it. */
  readonly of?: ObjectState;
}

/** Only a row of the ledger can get another name. */
export interface PoolRename extends StepBase {
  readonly does: "pool-rename";
  readonly verb: "update";
  readonly side: "ledger";
  readonly before: PoolContent;
  readonly after: PoolContent;
}

export interface PoolDeletion extends StepBase {
  readonly does: "pool-delete";
  readonly verb: "delete";
  readonly side: StepSide;
  readonly before: PoolContent;
  readonly after?: undefined;
  /** The object of the cluster that the step deletes, as the plan was made from it. */
  readonly of?: ObjectState;
}

/** What identifies a record, and what it was when the plan was made. A plan may hold 100,000 of them. */
export type DiscoveredRecord = Pick<
  Usage,
  "id" | "cluster" | "ip" | "family" | "serviceUid" | "namespace" | "service" | "poolId" | "state"
>;

export interface UsageRecording extends StepBase {
  readonly does: "usage-record";
  readonly verb: "create";
  readonly side: "ledger";
  /** The record of a load balancer that was only discovered so far. */
  readonly before?: DiscoveredRecord;
  readonly after: LoadBalancer;
  /** The pool that it will be recorded against. Absent: there is none, and a guard stops the step. */
  readonly pool?: string;
}

export interface UsageMove extends StepBase {
  readonly does: "usage-move";
  readonly verb: "update";
  readonly side: "ledger";
  readonly before: Usage;
  readonly after: { readonly from?: string; readonly pool: string };
  /** The pool that it will be recorded against. */
  readonly pool: string;
}

export interface UsageRelease extends StepBase {
  readonly does: "usage-release";
  readonly verb: "delete";
  readonly side: "ledger";
  readonly before: Usage;
  readonly after?: undefined;
}

/** What is done to an IPAddressPool. */
export type ClusterDraft = PoolCreation | PoolUpdate | PoolDeletion;
export type PoolDraft = PoolCreation | PoolUpdate | PoolRename | PoolDeletion;
export type UsageDraftStep = UsageRecording | UsageMove | UsageRelease;

/** A step that has no number yet. */
export type Draft = PoolDraft | UsageDraftStep;

/** One change that resolves a difference. */
export type PlanStep = Draft & {
  /** Unique in its plan: `1`, `2`, … */
  readonly id: string;
};

export function isPoolStep<T extends Draft>(step: T): step is Extract<T, PoolDraft> {
  return step.does.startsWith("pool-");
}

export function isUsageStep<T extends Draft>(step: T): step is Extract<T, UsageDraftStep> {
  return step.does.startsWith("usage-");
}

export function isClusterStep<T extends Draft>(step: T): step is Extract<T, ClusterDraft> {
  return step.side === "cluster";
}

export interface Refusal {
  readonly step: PlanStep;
  readonly guard: string;
  /** One sentence with the cure. */
  readonly message: string;
  /** The command that resolves it, where it does not follow from the guard. */
  readonly command?: string;
}

/** What the steps of a plan rest on: a fingerprint of each thing they touch, on the side it is on. */
export interface PlanBasis {
  readonly ledger: Readonly<Record<string, string>>;
  readonly cluster: Readonly<Record<string, string>>;
}

export interface SyncPlan extends StoredPlan {
  readonly drift: readonly DriftRow[];
  readonly steps: readonly PlanStep[];
  /** Steps that the policy (the mode) excludes. */
  readonly heldBack: readonly PlanStep[];
  readonly refused: readonly Refusal[];
  readonly basis: PlanBasis;
}
