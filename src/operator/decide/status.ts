/** The status of an object as its controller wants it, and conditions as every controller of ours words them. */

import type { KubeObject, Resource } from "../../kube/index.ts";
import type { Action } from "../../runtime/index.ts";
import type { ConditionReason } from "../model/reasons.ts";
import { type ConditionWish, mergeConditions, mergePatchBetween } from "./status-patch.ts";

/** A status as a controller wants it: `undefined` fields are removed. */
export interface StatusWish {
  readonly [field: string]: unknown;
  readonly conditions: readonly ConditionWish[];
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
  wish: StatusWish,
  nowText: string,
): Action[] {
  const current = object.status as (Record<string, unknown> & { conditions?: never }) | undefined;
  const wanted = {
    ...wish,
    observedGeneration: object.metadata.generation,
    conditions: mergeConditions(current?.conditions, wish.conditions, nowText),
  };
  const patch = mergePatchBetween(current, wanted);
  return patch === undefined ? [] : [{ do: "patch-status", resource, of: object, status: patch }];
}

export function ready(message: string, reason: ConditionReason): ConditionWish {
  return { type: "Ready", status: "True", reason, message };
}

export function notReady(reason: ConditionReason, message: string): ConditionWish {
  return { type: "Ready", status: "False", reason, message };
}
