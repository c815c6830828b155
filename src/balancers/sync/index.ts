/**
 * Load balancers: the ledger and MetalLB, compared and kept in step. `round.ts` shows the whole way of a comparison.
 */
export { type ApplyContext, type ApplyResult, applyPlan, readSides } from "./apply.ts";
export { clusterFault, identifiedLedger, readClusterUid } from "./cluster-identity.ts";
export { balancerSubject, canonicalRanges, compare, rangesText } from "./compare.ts";
export {
  type LoadBalancerSync,
  type LoadBalancerSyncOptions,
  SYNC_ACTOR,
  startLoadBalancerSync,
} from "./controller.ts";
export { type Cure, curesFor } from "./cures.ts";
export { acceptedValue, DECIDABLE, decisionSubject } from "./decisions.ts";
export { DRIFT_KINDS, type DriftKind, type DriftRow } from "./drift.ts";
export { FencedError } from "./fence.ts";
export { CONFIRMABLE } from "./guards.ts";
export * from "./metallb.ts";
export { LoadBalancerMetrics } from "./metrics.ts";
export { ordinaryRows } from "./ordinary.ts";
export { hashOf, makePlan } from "./plan.ts";
export type { PlanBasis, PlanStep, Refusal, SyncPlan } from "./plan-step.ts";
export { readPlanText, readStoredPlan } from "./plan-text.ts";
export {
  previewPlan,
  type RoundContext,
  type RoundDone,
  type RoundResult,
  runRound,
  savePlan,
} from "./round.ts";
export { DEFAULT_SETTINGS, readSettings, SYNC_MODES, type SyncMode, type SyncSettings } from "./settings.ts";
export {
  type ClusterSide,
  clusterSideOf,
  implausibleRead,
  type LedgerSide,
  readClusterSide,
  readLedgerSide,
  type Sides,
} from "./sides.ts";
export { sidesAfter } from "./simulate.ts";
export { observeUsage } from "./usage.ts";
export {
  type AdmissionAnswer,
  type AdmissionReview,
  judgeService,
  reviewService,
  type WebhookPolicy,
} from "./webhook.ts";
