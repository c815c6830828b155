/**
 * Applies a plan, or returns why not: the plan must be the one that was made, wait to be applied, and still fit both
 * sides; the guards look again. Writes to the cluster are tried with dryRun first, so that MetalLB's own webhook answers.
 * Writes to the ledger are one transaction, with their audit rows and with the plan's end.
 */
import type { KubeClient } from "../../client/index.ts";
import { reasonOf } from "../../runtime/index.ts";
import {
  type Ledger,
  type LedgerPool,
  type LedgerWriter,
  StaleError,
  type UsageDraft,
  type UsageMove,
} from "../ledger/index.ts";
import { changedSubject } from "./basis.ts";
import { compare } from "./compare.ts";
import type { DriftRow } from "./drift.ts";
import { FencedError } from "./fence.ts";
import { guardContext, verdictNow } from "./guards.ts";
import { isIntact } from "./plan.ts";
import {
  isClusterStep,
  isPoolStep,
  type PlanStep,
  type PoolDraft,
  type SyncPlan,
  type UsageDraftStep,
} from "./plan-step.ts";
import { writePoolToCluster } from "./pool-write.ts";
import type { SyncSettings } from "./settings.ts";
import { implausibleRead, readClusterSide, readLedgerSide, type Sides } from "./sides.ts";

export interface ApplyContext {
  readonly ledger: Ledger;
  readonly client: KubeClient;
  readonly settings: SyncSettings;
  /** Who applies: goes into the audit log. */
  readonly actor: string;
  /** Reads both sides again. Default: complete lists. */
  readonly read?: () => Promise<Sides>;
}

export type ApplyResult =
  | { readonly result: "applied"; readonly steps: number; readonly remaining: readonly DriftRow[] }
  /** Nothing was changed. One sentence. */
  | {
      readonly result: "refused";
      readonly message: string;
      /** The plan was made from what is so no more; another one may do. */
      readonly stale?: true;
    }
  /** Something was changed in the cluster, and then it went wrong. */
  | { readonly result: "failed"; readonly message: string };

export async function readSides({ ledger, client, settings }: ApplyContext): Promise<Sides> {
  const [ledgerSide, cluster] = await Promise.all([
    readLedgerSide(ledger, settings),
    readClusterSide(client, settings),
  ]);
  return { ledger: ledgerSide, cluster };
}

/** @throws LedgerError, and what the client throws when a side cannot be read: nothing was changed then. */
export async function applyPlan(plan: SyncPlan, context: ApplyContext): Promise<ApplyResult> {
  // The plan may come from a file.
  if (!isIntact(plan)) {
    return refused(`the plan ${plan.id} was changed after it was made; nothing was done, make a new one.`);
  }
  const { applied } = await applyOwnPlan(plan, context);
  return applied;
}

/** What an application came to, and what differs after it if that is known. */
export interface Applied {
  readonly applied: ApplyResult;
  readonly drift?: readonly DriftRow[];
}

/** Of a plan that was made in this process just now. */
export async function applyOwnPlan(plan: SyncPlan, context: ApplyContext): Promise<Applied> {
  const { read = () => readSides(context) } = context;
  const stopped = await carryOut(plan, context, read);
  if (stopped?.result === "refused") return { applied: stopped, drift: plan.drift };
  if (stopped !== undefined) return { applied: stopped };
  const drift = await driftNow(read);
  const left = new Set(drift.map(({ id }) => id));
  const missed = new Set(plan.steps.flatMap(({ driftId }) => (left.has(driftId) ? [driftId] : [])));
  const remaining = drift.filter(({ id }) => missed.has(id));
  return { applied: { result: "applied", steps: plan.steps.length, remaining }, drift };
}

/** Undefined: all of it was done. */
async function carryOut(
  plan: SyncPlan,
  context: ApplyContext,
  read: () => Promise<Sides>,
): Promise<ApplyResult | undefined> {
  const stored = await checkStored(plan, context.ledger, context.settings);
  if (stored !== undefined) return refused(stored);
  const stale = await stalenessNow(plan, context, read);
  if (stale !== undefined) return { ...(await refuse(plan, stale, context)), stale: true };
  const clusterSteps = plan.steps.filter(isClusterStep);
  for (const step of clusterSteps) {
    const answer = await writePoolToCluster(step, context, true);
    if (answer !== undefined) return { ...(await refuse(plan, answer.message, context)), ...answer };
  }
  if (!(await begin(plan, clusterSteps, context))) return refused(alreadyApplied(plan));
  for (const step of clusterSteps) {
    const answer = await writePoolToCluster(step, context, false).catch((error) =>
      failUnanswered(error, plan, step, context),
    );
    if (answer !== undefined) return fail(plan, step, answer.message, context);
  }
  try {
    await writeToLedger(plan, clusterSteps, context);
  } catch (error) {
    if (!(error instanceof StaleError)) throw error;
    return fail(plan, undefined, error.message, context);
  }
  return undefined;
}

function refused(message: string): ApplyResult {
  return { result: "refused", message };
}

function alreadyApplied(plan: SyncPlan): string {
  return `the plan ${plan.id} was claimed by another process meanwhile; nothing was changed.`;
}

async function checkStored(
  plan: SyncPlan,
  ledger: Ledger,
  settings: SyncSettings,
): Promise<string | undefined> {
  if (plan.cluster !== settings.cluster) {
    return `the plan ${plan.id} is for the cluster ${plan.cluster}, not for ${settings.cluster}; nothing was changed.`;
  }
  const record = await ledger.planEnd(plan.id);
  if (record === undefined || record.hash !== plan.hash) {
    return `the ledger knows no plan ${plan.id} of this content; nothing was changed, make a new one.`;
  }
  if (record.state === "pending") return undefined;
  const ended = { applied: "was applied", refused: "was refused", failed: "failed", applying: "was begun" }[
    record.state
  ];
  return `the plan ${plan.id} ${ended} at ${record.changedAt}; nothing was changed, make a new one.`;
}

/** A function of its own: what was read is not held after it. */
export async function driftNow(read: () => Promise<Sides>): Promise<DriftRow[]> {
  return compare(await read());
}

/** A function of its own, since what was read is not held while the plan is carried out. */
async function stalenessNow(plan: SyncPlan, context: ApplyContext, read: () => Promise<Sides>) {
  return staleness(plan, await read(), context);
}

/** Why the plan fits no more; undefined: it does. */
function staleness(plan: SyncPlan, sides: Sides, { settings, ledger }: ApplyContext): string | undefined {
  const doubt = implausibleRead(sides, settings);
  if (doubt !== undefined) return doubt;
  const changed = changedSubject(plan.basis, plan.steps, sides);
  if (changed !== undefined) {
    const { subject, side } = changed;
    return `${subject} of the ${side} has changed since the plan ${plan.id} was made; nothing was changed, make a new one.`;
  }
  const moved = movedPool(plan, sides);
  if (moved !== undefined) return moved;
  const context = guardContext(sides, settings, (content) => ledger.unfit(content));
  const stopped = verdictNow(plan.steps, context);
  return stopped === undefined
    ? undefined
    : `a guard stops the plan ${plan.id} (${stopped.guard}): ${stopped.message}`;
}

/** A pool of the cluster that is not in the very state that the plan was made from. */
function movedPool(plan: SyncPlan, { cluster }: Sides): string | undefined {
  for (const step of plan.steps) {
    const { side, subject } = step;
    if (side !== "cluster" || step.does === "pool-create") continue;
    const { of } = step;
    const state = cluster.pools.find(({ name }) => `pool/${name}` === subject)?.state;
    if (of !== undefined && state?.uid === of.uid && state.resourceVersion === of.resourceVersion) continue;
    return `${subject} of the cluster has changed since the plan ${plan.id} was made; nothing was changed, make a new one.`;
  }
  return undefined;
}

function stampOf(plan: SyncPlan, { actor }: ApplyContext) {
  return { actor, reason: `plan ${plan.id} (${plan.mode})`, planHash: plan.hash, cluster: plan.cluster };
}

async function refuse(
  plan: SyncPlan,
  message: string,
  context: ApplyContext,
): Promise<ApplyResult & { readonly result: "refused" }> {
  await context.ledger.write(stampOf(plan, context), (writer) =>
    writer.movePlan(plan.id, "pending", "refused", message),
  );
  return { result: "refused", message };
}

/** Whether it was carried out is not known: the plan has ended, and the next comparison will see. */
async function failUnanswered(
  error: unknown,
  plan: SyncPlan,
  step: PlanStep,
  context: ApplyContext,
): Promise<never> {
  if (!(error instanceof FencedError)) {
    await fail(plan, step, `no answer came from the API (${reasonOf(error)})`, context);
  }
  throw error;
}

async function fail(
  plan: SyncPlan,
  step: PlanStep | undefined,
  answer: string,
  context: ApplyContext,
): Promise<ApplyResult> {
  const message =
    step === undefined ? answer : `step ${step.id} (${step.does} ${step.subject}) failed: ${answer}`;
  await context.ledger.write(stampOf(plan, context), (writer) =>
    writer.movePlan(plan.id, "applying", "failed", message),
  );
  return { result: "failed", message };
}

/** Takes the plan, and notes what will be written to the cluster before it is: no such write is without its row. */
function begin(plan: SyncPlan, clusterSteps: readonly PlanStep[], context: ApplyContext): Promise<boolean> {
  return context.ledger.write(stampOf(plan, context), async (writer) => {
    if (!(await writer.movePlan(plan.id, "pending", "applying", ""))) return false;
    for (const { subject, verb, before, after } of clusterSteps) {
      writer.note({ action: `cluster.${verb}.begin`, subject, before, after });
    }
    return true;
  });
}

function writeToLedger(
  plan: SyncPlan,
  clusterSteps: readonly PlanStep[],
  context: ApplyContext,
): Promise<void> {
  return context.ledger.write(stampOf(plan, context), async (writer) => {
    for (const { subject, verb } of clusterSteps) writer.note({ action: `cluster.${verb}.done`, subject });
    await writeSteps(
      plan.steps.filter(({ side }) => side === "ledger"),
      plan,
      writer,
    );
    const result = `${plan.steps.length} ${plan.steps.length === 1 ? "step" : "steps"} done`;
    if (!(await writer.movePlan(plan.id, "applying", "applied", result)))
      throw new StaleError(`the plan ${plan.id}`);
  });
}

/** In the order of the plan, which releases addresses before other pools get them. */
async function writeSteps(steps: readonly PlanStep[], plan: SyncPlan, writer: LedgerWriter): Promise<void> {
  const rows = new Map((await writer.readPools(plan.cluster)).map((pool) => [pool.name, pool]));
  // The row that will have the name is there already.
  for (const step of steps) {
    if (step.does !== "pool-rename") continue;
    const row = rows.get(step.before.name);
    if (row !== undefined) rows.set(step.after.name, { ...row, ...step.after });
  }
  const waiting: UsageDraftStep[] = [];
  for (const step of steps) {
    if (!isPoolStep(step)) waiting.push(step);
    else {
      await writeUsages(waiting.splice(0), plan.cluster, writer, rows);
      await writePool(step, plan, writer, rows);
    }
  }
  await writeUsages(waiting, plan.cluster, writer, rows);
}

type Rows = Map<string, LedgerPool>;

async function writePool(step: PoolDraft, plan: SyncPlan, writer: LedgerWriter, rows: Rows): Promise<void> {
  const fingerprint = plan.basis.ledger[step.subject] ?? "";
  const { cluster } = plan;
  if (step.does === "pool-create") {
    rows.set(step.after.name, await writer.createPool(cluster, step.after));
  } else if (step.does === "pool-update") await writer.updatePool(cluster, step.after, fingerprint);
  else if (step.does === "pool-rename") {
    await writer.renamePool(cluster, step.before.name, step.after, fingerprint);
  } else await writer.removePool(cluster, step.before.name, fingerprint);
}

/** Those that stand between two steps of pools, in portions. */
async function writeUsages(
  steps: readonly UsageDraftStep[],
  cluster: string,
  writer: LedgerWriter,
  rows: Rows,
): Promise<void> {
  const moves: UsageMove[] = [];
  const drafts: UsageDraft[] = [];
  for (const step of steps) {
    if (step.does === "usage-release") {
      moves.push({ usage: step.before, change: { state: "released" } });
      continue;
    }
    const row = rows.get(step.pool ?? "");
    if (row === undefined) throw new StaleError(`the pool of ${step.subject}`);
    const pool = { poolId: row.id, poolName: row.name };
    if (step.does === "usage-move") moves.push({ usage: step.before, change: pool });
    else if (step.before !== undefined) {
      moves.push({ usage: step.before, change: { ...pool, state: "active" } });
    } else {
      const { ip, family, serviceUid, namespace, service } = step.after;
      drafts.push({ cluster, ip, family, serviceUid, namespace, service, ...pool, state: "active" });
    }
  }
  await writer.changeUsages(moves);
  await writer.recordUsages(drafts);
}
