/**
 * The commands that act: make a plan, apply one, repair at once, keep in step. Exit code 0 when ledger and cluster are in
 * step afterwards, 2 when something still differs, 1 when it failed.
 */
import { existsSync, writeFileSync } from "node:fs";
import { observationOf } from "../../balancers/incidents/index.ts";
import { MOST_PLAN_BYTES } from "../../balancers/ledger/index.ts";
import {
  applyPlan,
  previewPlan,
  type RoundResult,
  readPlanText,
  readStoredPlan,
  runRound,
  SYNC_MODES,
  type SyncPlan,
  savePlan,
} from "../../balancers/sync/index.ts";
import { readBoundedFile } from "../bounded-file.ts";
import { CommandFailure } from "../failure.ts";
import { printTable } from "../ledger/print-table.ts";
import { type Session, withSession } from "../ledger/session.ts";
import { driftTable, exitFor, type LookOptions, planTable } from "./look.ts";
import { type WatchOptions, watch } from "./watch.ts";

export interface PlanOptions extends LookOptions {
  readonly out?: string;
}

export function makeAndSavePlan(options: PlanOptions): Promise<void> {
  return withSession({ presetMode: "sync", ...options }, async ({ context }) => {
    const { plan, doubt } = await previewPlan(context);
    if (doubt !== undefined) throw new CommandFailure(doubt);
    const table = planTable(plan);
    if (plan.steps.length > 0) await savePlan(plan, context);
    if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(plan, null, 2)}\n`);
    const hint =
      plan.steps.length > 0 ? [`To apply it, run \`plexaubnet lb apply ${options.out ?? plan.id}\`.`] : [];
    printTable(options.output, { ...table, notes: [...(table.notes ?? []), ...hint] });
    exitFor(plan.drift);
  });
}

export function applySavedPlan(name: string, options: LookOptions): Promise<void> {
  return withSession(options, async (session) => {
    const { context, ledger } = session;
    const plan = (await readStoredPlan(ledger, name)) ?? readPlanFile(name);
    // The plan contains what it may do; its mode was checked when it was created.
    const result = await applyPlan(plan, context);
    // A plan that was refused changed nothing, and nothing is to change what the true one was made from.
    if (result.result !== "refused") await watchAfter(session);
    if (result.result !== "applied") throw new CommandFailure(result.message);
    printTable(options.output, {
      ...driftTable(result.remaining),
      header: ["KIND", "SUBJECT", "FIELD", "LEDGER", "CLUSTER"],
      notes: [`The plan ${plan.id} was applied: ${stepsText(result.steps)}.`],
    });
    exitFor(result.remaining);
  });
}

function stepsText(steps: number): string {
  return `${steps} ${steps === 1 ? "step" : "steps"}`;
}

function readPlanFile(file: string): SyncPlan {
  if (!existsSync(file))
    throw new CommandFailure(`${file} is neither the ID of a stored plan nor a file with a plan.`);
  const plan = readPlanText(readBoundedFile(file, MOST_PLAN_BYTES, "the plan"));
  if (plan.ok) return plan.value;
  throw new CommandFailure(
    `${file} does not contain a plan: ${plan.error}; create one with \`plexaubnet lb plan --out ${file}\`.`,
  );
}

/** A look after a change, for the incident's sake. It changes nothing but what is observed. */
async function watchAfter({ context, keeper, ledger, settings }: Session): Promise<RoundResult> {
  const round = await runRound({ ...context, settings: { ...settings, mode: "observe" } });
  const observer = { client: context.client, by: context.actor };
  await keeper.observe(await observationOf(round, ledger, settings.cluster, observer));
  return round;
}

export interface RepairOptions extends LookOptions {
  readonly dryRun: boolean;
}

export function repair(options: RepairOptions): Promise<void> {
  return withSession({ presetMode: "sync", ...options }, async (session) => {
    const { mode } = session.settings;
    if (mode === "observe" && !options.dryRun && options.mode === undefined) {
      const message = `the settings have mode: observe, in which nothing is repaired; to repair, use --mode ${SYNC_MODES.slice(1).join(", --mode ")}.`;
      throw new CommandFailure(message);
    }
    if (options.dryRun) {
      const { plan, doubt } = await previewPlan(session.context);
      printTable(options.output, { ...planTable(plan), ...(doubt !== undefined && { notes: [doubt] }) });
      exitFor(plan.drift);
      return;
    }
    await watchAfter(session);
    await roundAndShow(session, options);
  });
}

/** One round, its incident, and what it came to. */
async function roundAndShow(session: Session, options: LookOptions): Promise<void> {
  const { context, keeper, ledger, settings } = session;
  const round = await runRound(context);
  const observer = { client: context.client, by: context.actor, how: "command" } as const;
  await keeper.observe(await observationOf(round, ledger, settings.cluster, observer));
  if (round.result !== "compared") throw new CommandFailure(round.message);
  const { applied, plan, drift } = round;
  if (applied !== undefined && applied.result !== "applied") throw new CommandFailure(applied.message);
  const table = planTable(plan);
  const left =
    drift.length === 0
      ? "Ledger and cluster are in sync."
      : `${drift.length} ${drift.length === 1 ? "difference remains" : "differences remain"}: run \`plexaubnet lb resolve\` to list how to resolve each.`;
  const done = applied === undefined ? [] : [`${stepsText(applied.steps)} done by ${plan.id}.`];
  printTable(options.output, { ...table, notes: [...done, left], data: { plan, applied, drift } });
  exitFor(drift);
}

export interface SyncOptions extends WatchOptions {
  readonly watch?: boolean;
}

export function sync(options: SyncOptions): Promise<void> {
  return withSession(options, (session) =>
    options.watch === true ? watch(session, options) : roundAndShow(session, options),
  );
}
