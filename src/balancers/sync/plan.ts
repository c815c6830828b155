/**
 * From differences to an end state: drift → steps → policy → guards → plan. Pure. What a mode does not allow is held back
 * and stays visible; a step that a guard stops has a reason; the remaining steps lead together to the simulated state.
 */
import { type PoolContent, PoolIndex, rowOfBefore, sha256, stepOfBefore } from "../ledger/index.ts";
import { basisOf } from "./basis.ts";
import { attribution } from "./compare.ts";
import type { DriftRow } from "./drift.ts";
import {
  deletionVerdicts,
  type GuardContext,
  guardContext,
  ledgerVerdicts,
  ownVerdict,
  recordVerdict,
  type Verdict,
} from "./guards.ts";
import type { Draft, PlanStep, PoolDraft, SyncPlan, UsageDraftStep } from "./plan-step.ts";
import { poolSteps } from "./pool-steps.ts";
import type { SyncMode, SyncSettings } from "./settings.ts";
import type { Sides } from "./sides.ts";
import { ledgerPoolsAfter } from "./simulate.ts";
import { inOrder } from "./step-order.ts";
import { usageSteps } from "./usage-steps.ts";

export interface PlanInput {
  readonly id: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly sides: Sides;
  readonly drift: readonly DriftRow[];
  readonly settings: SyncSettings;
  /** Why a pool cannot be written into the ledger's table. */
  readonly unfit: (content: PoolContent) => string | undefined;
}

export function makePlan(input: PlanInput): SyncPlan {
  const { id, createdAt, sides, drift, settings } = input;
  const { passed, heldBack, refused } = decide(input);
  const steps = numbered(inOrder(passed, sides.ledger.pools), 0);
  const held = numbered(heldBack, steps.length);
  const stopped = numbered([...refused.keys()], steps.length + held.length);
  const verdicts = [...refused.values()];
  const body = {
    cluster: settings.cluster,
    mode: settings.mode,
    drift,
    steps,
    heldBack: held,
    refused: stopped.flatMap((step, at) => {
      const verdict = verdicts[at];
      return verdict === undefined ? [] : [{ step, ...verdict }];
    }),
    basis: basisOf(steps, sides),
  };
  return { id, createdAt, hash: hashOf(body), ...body };
}

/** Of the content: an edited plan has another one. */
export function hashOf(plan: Omit<SyncPlan, "id" | "createdAt" | "hash">): string {
  const { cluster, mode, drift, steps, heldBack, refused, basis } = plan;
  return sha256([
    cluster,
    mode,
    drift,
    steps,
    heldBack,
    refused,
    Object.entries(basis.ledger),
    Object.entries(basis.cluster),
  ]);
}

/** Whether it is as it was made, by this version or by one that named the sentences otherwise. */
export function isIntact(plan: SyncPlan): boolean {
  return hashOf(plan) === plan.hash || hashOf(asOfBefore(plan)) === plan.hash;
}

function asOfBefore(plan: SyncPlan): SyncPlan {
  const { drift, steps, heldBack, refused } = plan;
  const named = {
    drift: drift.map(rowOfBefore),
    steps: steps.map(stepOfBefore),
    heldBack: heldBack.map(stepOfBefore),
    refused: refused.map((refusal) => {
      const row = { ...refusal, step: stepOfBefore(refusal.step) };
      return rowOfBefore(row);
    }),
  };
  return { ...plan, ...named } as unknown as SyncPlan;
}

function numbered(steps: readonly Draft[], from: number): PlanStep[] {
  return steps.map((step, at) => ({ id: String(from + at + 1), ...step }));
}

interface Decided {
  readonly passed: readonly Draft[];
  readonly heldBack: readonly Draft[];
  readonly refused: ReadonlyMap<Draft, Verdict>;
}

/** Steps are stopped until no guard stops a step: each pass checks the result of the remaining steps. */
function decide({ sides, drift, settings, unfit }: PlanInput): Decided {
  const context = guardContext(sides, settings, unfit);
  const refused = new Map<Draft, Verdict>();
  const isAllowed = allowedBy(settings.mode);
  const all = poolSteps(sides, drift, settings);
  const heldBack: Draft[] = all.filter((step) => !isAllowed(step));
  let pools = stop(all.filter(isAllowed), refused, (step) => ownVerdict(step, context));
  for (;;) {
    const usages = usagesFor(pools, { sides, drift });
    const able = passing(usages.filter(isAllowed), context);
    const together = ledgerVerdicts(pools, able, context);
    // What is stopped for a reason of its own does not count among the deletions.
    const verdicts = together.size > 0 ? together : deletionVerdicts(pools, context);
    if (verdicts.size === 0) {
      heldBack.push(...usages.filter((step) => !isAllowed(step)));
      const after = new PoolIndex<PoolContent>(ledgerPoolsAfter(sides.ledger.pools, pools));
      const passed = stopUsages(usages.filter(isAllowed), refused, context, after);
      return { passed: [...pools, ...passed], heldBack, refused };
    }
    pools = stop(pools, refused, (step) => verdicts.get(step));
  }
}

function usagesFor(
  pools: readonly PoolDraft[],
  { sides, drift }: Pick<PlanInput, "sides" | "drift">,
): UsageDraftStep[] {
  const after = ledgerPoolsAfter(sides.ledger.pools, pools);
  return usageSteps({ sides, drift, poolSteps: pools, attribute: attribution(after, sides) });
}

function passing(usages: readonly UsageDraftStep[], context: GuardContext): UsageDraftStep[] {
  const own = usages.filter((step) => ownVerdict(step, context) === undefined);
  const many = deletionVerdicts(own, context);
  return own.filter((step) => !many.has(step));
}

function stopUsages(
  usages: readonly UsageDraftStep[],
  refused: Map<Draft, Verdict>,
  context: GuardContext,
  after: PoolIndex<PoolContent>,
): UsageDraftStep[] {
  const own = stop(usages, refused, (step) => ownVerdict(step, context) ?? recordVerdict(step, after));
  const many = deletionVerdicts(own, context);
  return stop(own, refused, (step) => many.get(step));
}

function stop<T extends Draft>(
  steps: readonly T[],
  refused: Map<Draft, Verdict>,
  judge: (step: T) => Verdict | undefined,
): T[] {
  return steps.filter((step) => {
    const verdict = judge(step);
    if (verdict !== undefined) refused.set(step, verdict);
    return verdict === undefined;
  });
}

/** That a Service goes is as ordinary as that it comes: its record is released wherever one may be changed. */
function allowedBy(mode: SyncMode): (step: Draft) => boolean {
  const verbs: Readonly<Record<SyncMode, readonly string[]>> = {
    observe: [],
    "create-only": ["create"],
    upsert: ["create", "update"],
    sync: ["create", "update", "delete"],
  };
  const may = verbs[mode];
  return ({ verb, does }) => may.includes(does === "usage-release" ? "update" : verb);
}
