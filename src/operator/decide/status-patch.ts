/**
 * From the status that is and the status that should be to the smallest merge patch between them, or none
 * (PS-06). `lastTransitionTime` moves only when a condition's `status` does, so a status with the same content is
 * not written.
 */

import { type Condition, equalJson, isJsonObject } from "../../kube/index.ts";
import type { ConditionReason } from "../model/reasons.ts";

export interface DesiredCondition extends Omit<Condition, "lastTransitionTime"> {
  readonly reason: ConditionReason;
}

/** The types of the conditions that are the operator's own, of all kinds. Others belong to their writers. */
const OWN_TYPES: ReadonlySet<string> = new Set(["Ready", "Exhausted", "Consistent"]);

/**
 * Conditions as they should stand, with the times of those that did not change kept, and those of others as they are. The
 * order stays, so that two who write conditions do not turn it back and forth.
 */
export function mergeConditions(
  current: readonly Condition[] | undefined,
  wanted: readonly DesiredCondition[],
  nowText: string,
): Condition[] {
  const open = new Map(wanted.map((desired) => [desired.type, desired]));
  const merged: Condition[] = [];
  for (const before of current ?? []) {
    const desired = open.get(before.type);
    if (desired !== undefined) {
      const lastTransitionTime = before.status === desired.status ? before.lastTransitionTime : nowText;
      merged.push({ ...desired, lastTransitionTime });
      open.delete(before.type);
    } else if (!OWN_TYPES.has(before.type)) merged.push(before);
  }
  for (const desired of open.values()) merged.push({ ...desired, lastTransitionTime: nowText });
  return merged;
}

/** What an RFC 7396 patch makes of a value. */
export function patched(current: unknown, patch: object): Record<string, unknown> {
  const made: Record<string, unknown> = isJsonObject(current) ? { ...current } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete made[field];
    else made[field] = isJsonObject(value) ? patched(made[field], value) : value;
  }
  return made;
}

/**
 * The RFC 7396 patch that turns `current` into `wanted`; undefined when they are equal. Fields that are `undefined`
 * in `wanted` are removed.
 */
export function mergePatchBetween(
  current: Readonly<Record<string, unknown>> | undefined,
  wanted: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(wanted)) {
    const before = current?.[field];
    if (value === undefined) continue;
    if (isJsonObject(value) && isJsonObject(before)) {
      const inner = mergePatchBetween(before, value);
      if (inner !== undefined) patch[field] = inner;
    } else if (!equalJson(before, value)) {
      patch[field] = value;
    }
  }
  for (const field of Object.keys(current ?? {})) {
    if (wanted[field] === undefined && current?.[field] !== undefined) patch[field] = null;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
