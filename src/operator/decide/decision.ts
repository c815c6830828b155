/** The three verdicts and Events, short to write. */

import type { KubeObject } from "../../kube/index.ts";
import type { Action, Decision, EventNote, WaitKey } from "../../runtime/index.ts";
import { CREATION_ENDED_SIGNAL } from "../model/indexes.ts";
import type { EventReason } from "../model/reasons.ts";

/** A Subnet lost its block to another one: counted by a metric. */
export const ALLOCATION_CONFLICT = "allocation-conflict";

export function settled(message: string, actions: readonly Action[] = []): Decision {
  return { verdict: "settled", actions, message };
}

export function blocked(
  message: string,
  until: readonly [WaitKey, ...WaitKey[]],
  actions: readonly Action[] = [],
  afterMs?: number,
): Decision & { readonly verdict: "blocked" } {
  const base = { verdict: "blocked", actions, message, until } as const;
  return afterMs === undefined ? base : { ...base, afterMs };
}

/**
 * A Subnet is being made, and decided on next when it appears. Where it went within a gap of the watch it never appears,
 * and the end of its creation is all there is to wake by.
 */
export function asked(message: string, subnetKey: string, actions: readonly Action[]): Decision {
  return blocked(message, [{ signal: CREATION_ENDED_SIGNAL, value: subnetKey }], actions);
}

export function again(message: string, afterMs: number, actions: readonly Action[] = []): Decision {
  return { verdict: "again", actions, message, afterMs };
}

export function noteOf(
  regarding: KubeObject,
  type: EventNote["type"],
  reason: EventReason,
  message: string,
): EventNote {
  return { regarding, type, reason, message };
}

export function emit(...event: Parameters<typeof noteOf>): Action {
  return { do: "emit", event: noteOf(...event) };
}
