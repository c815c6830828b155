/** The desired status of an object, and the conditions that all controllers write. */

import type { KubeObject, Resource } from "../../kube/index.ts";
import type { Action } from "../../runtime/index.ts";
import type { ConditionReason } from "../model/reasons.ts";
import { type DesiredCondition, mergeConditions, mergePatchBetween } from "./status-patch.ts";

/** The status that a controller writes: `undefined` fields are removed. */
export interface DesiredStatus {
  readonly [field: string]: unknown;
  readonly conditions: readonly DesiredCondition[];
}

interface WithStatus extends KubeObject {
  readonly status?: object;
}

/**
 * The write that makes an object's status what it should be: none when it is that already (PS-06). Always speaks of
 * the generation that was decided on.
 */
export function statusActions<T extends WithStatus>(
  resource: Resource<T>,
  object: T,
  desired: DesiredStatus,
  nowText: string,
): Action[] {
  const current = object.status as (Record<string, unknown> & { conditions?: never }) | undefined;
  const wanted = {
    ...desired,
    observedGeneration: object.metadata.generation,
    conditions: mergeConditions(current?.conditions, desired.conditions, nowText),
  };
  const patch = mergePatchBetween(current, wanted);
  return patch === undefined ? [] : [{ do: "patch-status", resource, of: object, status: patch }];
}

export function ready(message: string, reason: ConditionReason): DesiredCondition {
  return { type: "Ready", status: "True", reason, message };
}

export function notReady(reason: ConditionReason, message: string): DesiredCondition {
  return { type: "Ready", status: "False", reason, message };
}
