/** A plan as text and in the ledger: as `lb plan --out` writes it, and as others may have changed it. */

import { err, ok, type Result } from "../../kernel/index.ts";
import { isJsonObject } from "../../kube/index.ts";
import { type Ledger, LedgerError, MOST_PLAN_BYTES, parseStored } from "../ledger/index.ts";
import type { PlanStep, SyncPlan } from "./plan-step.ts";

/** Ours have six levels: a plan, its refusals, a step, a pool, its ranges. */
const DEEPEST = 32;

/**
 * The plan of this ID as the ledger stores it; undefined: it has none.
 *
 * @throws LedgerError when it is not a plan of this version
 */
export async function readStoredPlan(ledger: Ledger, id: string): Promise<SyncPlan | undefined> {
  const plan: unknown = (await ledger.plan(id))?.plan;
  if (plan === undefined) return undefined;
  const fault = faultOf(plan);
  if (fault !== undefined) {
    throw new LedgerError(
      "refused",
      `the plan ${id} of the ledger cannot be read: ${fault}; create a new one.`,
    );
  }
  return plan as SyncPlan;
}

/** Returns in one sentence why it is not a plan. Its content is compared with the ledger's copy before it is applied. */
export function readPlanText(text: string): Result<SyncPlan, string> {
  if (text.length > MOST_PLAN_BYTES) {
    return err(`it has ${text.length} characters, and at most ${MOST_PLAN_BYTES} are read`);
  }
  const depth = depthOf(text);
  if (depth > DEEPEST) return err(`it is nested more than ${DEEPEST} levels deep, as no plan is`);
  let value: unknown;
  try {
    value = parseStored(text);
  } catch {
    return err("it is not JSON");
  }
  const fault = faultOf(value);
  return fault === undefined ? ok(value as SyncPlan) : err(fault);
}

/** Of the brackets, without those in texts. Checked before any recursion. */
function depthOf(json: string): number {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length && depth <= DEEPEST; at++) {
    const character = json[at];
    if (isInText) {
      if (character === "\\") at++;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
  }
  return depth;
}

const TEXTS = ["id", "hash", "cluster", "mode", "createdAt"];
const LISTS = ["drift", "steps", "heldBack", "refused"];

function faultOf(value: unknown): string | undefined {
  if (!isJsonObject(value)) return "it is not an object";
  for (const name of TEXTS) if (typeof value[name] !== "string") return `its field ${name} is not text`;
  for (const name of LISTS) {
    const list = value[name];
    if (!Array.isArray(list) || !list.every(isJsonObject))
      return `its field ${name} is not a list of objects`;
    const steps = name === "refused" ? list.map(({ step }) => step) : name === "drift" ? [] : list;
    if (!steps.every(isStep)) return `its field ${name} has a step that is incomplete`;
  }
  const { basis } = value;
  const isWhole = isJsonObject(basis) && isJsonObject(basis.ledger) && isJsonObject(basis.cluster);
  return isWhole ? undefined : "its field basis does not name both sides";
}

/** What each kind of step is about, before and after it. */
const STEPS: Readonly<Record<PlanStep["does"], (step: Readonly<Record<string, unknown>>) => boolean>> = {
  "pool-create": ({ after }) => isPool(after),
  "pool-update": ({ before, after }) => isPool(before) && isPool(after),
  "pool-rename": ({ before, after }) => isPool(before) && isPool(after),
  "pool-delete": ({ before }) => isPool(before),
  "usage-record": ({ before, after }) => (before === undefined || isBalancer(before)) && isBalancer(after),
  "usage-move": ({ before, after, pool }) =>
    isBalancer(before) && isJsonObject(after) && typeof pool === "string",
  "usage-release": ({ before }) => isBalancer(before),
};

function isStep(step: unknown): boolean {
  if (!isJsonObject(step) || !["driftId", "subject", "side"].every((name) => typeof step[name] === "string"))
    return false;
  return Object.entries(STEPS).some(([does, isWhole]) => step.does === does && isWhole(step));
}

function isPool(value: unknown): boolean {
  return isJsonObject(value) && typeof value.name === "string" && Array.isArray(value.ranges);
}

function isBalancer(value: unknown): boolean {
  return (
    isJsonObject(value) &&
    ["ip", "serviceUid", "namespace", "service"].every((name) => typeof value[name] === "string")
  );
}
