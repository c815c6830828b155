/** A plan as text: as `lb plan --out` writes it, as others may have changed it. */
import { err, ok, type Result } from "../../kernel/index.ts";
import { MOST_PLAN_BYTES, type SyncPlan } from "../ledger/index.ts";

/** Ours have six levels: a plan, its refusals, a step, a pool, its ranges. */
const DEEPEST = 32;

/** Returns in one sentence why it is not a plan. Its content is compared with the ledger's copy before it is applied. */
export function readPlanText(text: string): Result<SyncPlan, string> {
  if (text.length > MOST_PLAN_BYTES) {
    return err(`it has ${text.length} characters, and at most ${MOST_PLAN_BYTES} are read`);
  }
  const depth = depthOf(text);
  if (depth > DEEPEST) return err(`it is nested more than ${DEEPEST} levels deep, as no plan is`);
  let value: unknown;
  try {
    value = JSON.parse(text);
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
  if (!isRecord(value)) return "it is not an object";
  for (const name of TEXTS) if (typeof value[name] !== "string") return `its field ${name} is not text`;
  for (const name of LISTS) {
    const list = value[name];
    if (!Array.isArray(list) || !list.every(isRecord)) return `its field ${name} is not a list of objects`;
  }
  const { basis } = value;
  const isWhole = isRecord(basis) && isRecord(basis.ledger) && isRecord(basis.cluster);
  return isWhole ? undefined : "its field basis does not name both sides";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
