/**
 * One round: read both sides → believe them → observe usage → compare → plan → apply as far as the mode allows → read
 * back. A round that cannot be believed, or cannot read, changes nothing.
 */
import { ApiError, type KubeClient, LostAnswerError, UnreachableError } from "../../client/index.ts";
import { type Kernel, oneLine } from "../../kernel/index.ts";
import { reasonOf } from "../../runtime/index.ts";
import { formatInstant, LedgerError, StaleError } from "../ledger/index.ts";
import { type ApplyContext, type ApplyResult, applyOwnPlan, driftNow, readSides } from "./apply.ts";
import { compare } from "./compare.ts";
import type { DriftRow } from "./drift.ts";
import { FencedError } from "./fence.ts";
import { makePlan } from "./plan.ts";
import type { SyncPlan } from "./plan-step.ts";
import { implausibleRead, type Sides } from "./sides.ts";
import { observeUsage } from "./usage.ts";

export interface RoundContext extends ApplyContext {
  readonly kernel: Kernel;
}

export type RoundResult = RoundDone | RoundFailed;

export interface RoundDone {
  readonly result: "compared";
  readonly at: string;
  /** What differs now, after whatever was applied. */
  readonly drift: readonly DriftRow[];
  /** What differed before it. */
  readonly found: readonly DriftRow[];
  readonly plan: SyncPlan;
  readonly applied: ApplyResult | undefined;
}

export interface RoundFailed {
  /** `not-believed`: a read was empty or short. `unreachable`: a side could not be read. */
  readonly result: "not-believed" | "unreachable";
  readonly at: string;
  readonly side: "ledger" | "cluster" | "both";
  /** One sentence. */
  readonly message: string;
}

/** @throws FencedError when this process may write no more */
export async function runRound(context: RoundContext): Promise<RoundResult> {
  const at = formatInstant(context.kernel.clock.now());
  const { client, hasFailedWith } = observedClient(context.client);
  try {
    return await tryRound({ ...context, client }, at);
  } catch (error) {
    if (error instanceof FencedError) throw error;
    if (error instanceof LedgerError)
      return { result: "unreachable", at, side: "ledger", message: error.message };
    if (error instanceof StaleError)
      return { result: "not-believed", at, side: "ledger", message: error.message };
    if (!isClientFailure(error) && !hasFailedWith(error)) throw error;
    const message = `the cluster's API could not be read or written: ${oneLine(reasonOf(error))}`;
    return { result: "unreachable", at, side: "cluster", message };
  }
}

/** ConfigError is one of them: a proxy that answers in HTML, say. */
function isClientFailure(error: unknown): boolean {
  return error instanceof ApiError || error instanceof LostAnswerError || error instanceof UnreachableError;
}

/** The client, and whether an error is one that it rejected with: whatever that was, it is the cluster's and no bug here. */
function observedClient(client: KubeClient) {
  const failures = new Set<unknown>();
  const observed = new Proxy(client, {
    get(target, name) {
      const method = target[name as keyof KubeClient] as (...all: unknown[]) => Promise<unknown>;
      if (typeof method !== "function") return method;
      return async (...all: unknown[]) => {
        try {
          return await method.apply(target, all);
        } catch (error) {
          failures.add(error);
          throw error;
        }
      };
    },
  });
  return { client: observed, hasFailedWith: (error: unknown) => failures.has(error) };
}

async function tryRound(context: RoundContext, at: string): Promise<RoundResult> {
  const compared = await comparedRound(context, at);
  if (compared.result !== "compared" || compared.plan.steps.length === 0) return compared;
  const { plan, found } = compared;
  await savePlan(plan, context);
  // Whatever the comparison was made from, a plan is applied on complete lists, and read back from them.
  const { read: _read, ...lists } = context;
  const { applied, drift = await driftNow(() => readSides(lists)) } = await applyOwnPlan(plan, lists);
  const endedAt = formatInstant(context.kernel.clock.now());
  return { result: "compared", at: endedAt, drift, found, plan, applied };
}

/** Both sides, as a function of its own: while its plan is applied, they are not held. */
async function comparedRound(context: RoundContext, at: string): Promise<RoundResult> {
  const sides = await observedSides(context, at);
  if (typeof sides === "string") return { result: "not-believed", at, side: "both", message: sides };
  const plan = planFor(sides, context, at);
  return { result: "compared", at, drift: plan.drift, found: plan.drift, plan, applied: undefined };
}

function planFor(sides: Sides, { settings, ledger, kernel }: RoundContext, at: string): SyncPlan {
  return makePlan({
    id: `plan-${kernel.random.uuid().slice(0, 8)}`,
    createdAt: at,
    sides,
    drift: compare(sides),
    settings,
    unfit: (content) => ledger.unfit(content),
  });
}

export function savePlan(plan: SyncPlan, { ledger, actor }: ApplyContext): Promise<void> {
  const stamp = { actor, reason: "a comparison", planHash: plan.hash };
  return ledger.write(stamp, (writer) => writer.savePlan(plan));
}

/** Both sides, with what was seen of usage recorded; or why the read is rejected. */
async function observedSides(context: RoundContext, at: string): Promise<Sides | string> {
  const { settings, read = () => readSides(context) } = context;
  const sides = await read();
  return implausibleRead(sides, settings) ?? ((await recordObservation(sides, context, at)) ? read() : sides);
}

async function recordObservation(sides: Sides, context: RoundContext, at: string): Promise<boolean> {
  const { ledger, settings, actor } = context;
  const { discovered, changed } = observeUsage(sides, settings, Date.parse(at));
  if (discovered.length === 0 && changed.length === 0) return false;
  await ledger.write({ actor, reason: "seen in the cluster" }, async (writer) => {
    await writer.recordUsages(discovered);
    await writer.changeUsages(changed);
  });
  return true;
}

/** A plan without doing anything: what `lb diff`, `lb plan` and dry runs show. Writes nothing. */
export async function previewPlan(
  context: RoundContext,
): Promise<{ readonly sides: Sides; readonly plan: SyncPlan; readonly doubt: string | undefined }> {
  const { settings, kernel, read = () => readSides(context) } = context;
  const sides = await read();
  const plan = planFor(sides, context, formatInstant(kernel.clock.now()));
  return { sides, plan, doubt: implausibleRead(sides, settings) };
}
