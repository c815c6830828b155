/**
 * What is the ordinary life of Services, and no trouble: one was made, or went, and its record waits for nothing but a
 * round that may write it. Pure.
 */
import type { DriftRow } from "./drift.ts";
import type { RoundDone } from "./round.ts";

/** IDs of rows that open no incident: the mode alone holds back what would end them, or the next round ends them. */
export function ordinaryRows({ drift, plan, applied }: RoundDone): readonly string[] {
  // A write that was due and failed is not part of the ordinary life cycle.
  const hasFailed = applied !== undefined && applied.result !== "applied" && !isStale(applied);
  const stopped = new Set(plan.refused.map(({ step }) => step.driftId));
  const wanted = new Set(
    [...plan.steps, ...plan.heldBack].flatMap((step) =>
      step.does === "usage-release" || (step.does === "usage-record" && step.pool !== undefined)
        ? [step.driftId]
        : [],
    ),
  );
  const failed = hasFailed ? new Set(plan.steps.map(({ driftId }) => driftId)) : new Set<string>();
  const isOrdinary = ({ id, kind }: DriftRow) =>
    (kind === "usage-unrecorded" || kind === "usage-gone") &&
    wanted.has(id) &&
    !stopped.has(id) &&
    !failed.has(id);
  return drift.filter(isOrdinary).map(({ id }) => id);
}

function isStale(applied: NonNullable<RoundDone["applied"]>): boolean {
  return applied.result === "refused" && applied.stale === true;
}
