/** The three verdicts, short to write; and conditions as every controller of ours words them. */
import {
  type ClaimReason,
  type PoolSettings,
  SUBNET_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import type { KubeObject, Resource } from "../../client/index.ts";
import type { Action, Decision, EventNote, SignalWaitKey, WaitKey } from "../../runtime/index.ts";
import { NAME_INDEX } from "../../runtime/index.ts";
import { CIRCUMSTANCES_SIGNAL, CREATION_ENDED_SIGNAL } from "../model/indexes.ts";
import type { PoolState } from "../model/pool-state.ts";
import { type ConditionWish, mergeConditions, mergePatchBetween } from "./status-patch.ts";

export function settled(because: string, actions: readonly Action[] = []): Decision {
  return { verdict: "settled", actions, because };
}

export function blocked(
  because: string,
  until: readonly [WaitKey, ...WaitKey[]],
  actions: readonly Action[] = [],
  afterMs?: number,
): Decision & { readonly verdict: "blocked" } {
  const base = { verdict: "blocked", actions, because, until } as const;
  return afterMs === undefined ? base : { ...base, afterMs };
}

/**
 * A Subnet is being made, and decided on next when it appears. Where it went within a gap of the watch it never appears,
 * and the end of its creation is all there is to wake by.
 */
export function asked(because: string, subnetKey: string, actions: readonly Action[]): Decision {
  return blocked(because, [{ signal: CREATION_ENDED_SIGNAL, value: subnetKey }], actions);
}

export function again(because: string, afterMs: number, actions: readonly Action[] = []): Decision {
  return { verdict: "again", actions, because, afterMs };
}

/** Wakes on whatever happens to one object, its appearance included. */
export function objectKey(resource: Resource, namespace: string, name: string): WaitKey {
  return { resource, index: NAME_INDEX, value: `${namespace}/${name}` };
}

/** Wakes when a claim changes in more than its status, or goes. */
export function claimKey(namespace: string, name: string): WaitKey {
  return { ...objectKey(SUBNET_CLAIMS, namespace, name), ignoreStatus: true };
}

/** Wakes on whatever happens to a Subnet, also when its creation ends and no watch shows it. */
export function subnetKeys(namespace: string, name: string): readonly [WaitKey, WaitKey] {
  return [
    objectKey(SUBNETS, namespace, name),
    { signal: CREATION_ENDED_SIGNAL, value: `${namespace}/${name}` },
  ];
}

/** Wakes when a pool appears, goes, or changes in more than its status. */
export function poolKey(namespace: string, name: string): WaitKey {
  return { ...objectKey(SUBNET_POOLS, namespace, name), ignoreStatus: true };
}

/**
 * Wakes when the pool may have become usable, or is so no more. Why a pool is not ready may lie in another object: in the Subnet by which
 * it holds its block, or in its ancestors. Its status shows that late, or not at all when it goes as fast as it came.
 */
export function poolWakeKeys(
  namespace: string,
  name: string,
  pool: PoolState,
): readonly [WaitKey, ...WaitKey[]] {
  const itself = poolKey(namespace, name);
  // One without a parent depends on nothing else.
  const isAlone = pool.state === "usable" && pool.settings.parentName === undefined;
  return pool.state === "missing" || isAlone ? [itself] : [itself, circumstancesKey(namespace, name)];
}

/** Wakes when what a pool's state depends on beside its own spec may have changed. */
export function circumstancesKey(namespace: string, name: string): SignalWaitKey {
  return { signal: CIRCUMSTANCES_SIGNAL, value: `${namespace}/${name}` };
}

export function emit(
  regarding: KubeObject,
  type: EventNote["type"],
  reason: string,
  message: string,
): Action {
  return { do: "emit", event: { regarding, type, reason, message } };
}

/** The same words as long as the pool is the same: what rests until when changes by the minute. */
export function noneFree(poolName: string, length: number, { reuseDelayMs }: PoolSettings): string {
  const rest = reuseDelayMs === 0 ? "" : `; a released one rests for ${reuseDelayMs / 1000} s`;
  return `pool ${poolName} has no free /${length}: release a block, or let the pool grow${rest}`;
}

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

export function ready(message: string, reason: string): ConditionWish {
  return { type: "Ready", status: "True", reason, message };
}

export function notReady(reason: string, message: string): ConditionWish {
  return { type: "Ready", status: "False", reason, message };
}

/** Why a claim of either kind has nothing yet. */
export type BlockedReason = ClaimReason | "PoolNameTaken";

/** Reasons that time or a release cures; all others need a change of somebody's spec. */
const PENDING_REASONS: ReadonlySet<BlockedReason> = new Set([
  "PoolNotFound",
  "PoolExhausted",
  "BlockTaken",
  "DuplicateClusterID",
  "PoolNotReady",
  "PoolNameTaken",
  "PoolPaused",
]);

/** What a claim waits for is no fault of its own; only what is left is `ValidationFailed`. */
const WARNING_EVENTS: Partial<Record<BlockedReason, string>> = {
  PoolNotFound: "PoolNotFound",
  PoolNotReady: "PoolNotReady",
  PoolExhausted: "SubnetPoolExhausted",
  BlockTaken: "AllocationConflict",
  DuplicateClusterID: "AllocationConflict",
  PoolNameTaken: "AllocationConflict",
  AllocationLost: "AllocationLost",
  PoolPaused: "PoolPaused",
};

export interface Blockade {
  readonly reason: BlockedReason;
  readonly message: string;
  /** Fields of the status that say what it holds or was promised: they stay. */
  readonly kept: object;
  readonly until: readonly [WaitKey, ...WaitKey[]];
  readonly nowText: string;
  /** What is to be written before that. Default: nothing. */
  readonly first?: readonly Action[];
}

/** The claim's status says the reason, as does an Event while that is news; the decision says what wakes it. */
export function blockedClaim<T extends SubnetClaim | SubnetPoolClaim>(
  resource: Resource<T>,
  claim: T,
  { reason, message, kept, until, nowText, first = [] }: Blockade,
): Decision & { readonly verdict: "blocked" } {
  const phase = PENDING_REASONS.has(reason) ? "Pending" : "Error";
  const wish = { ...kept, phase, message, conditions: [notReady(reason, message)] };
  const actions = [...first, ...statusActions(resource, claim, wish, nowText)];
  const isNews = claim.status?.conditions?.find(({ type }) => type === "Ready")?.reason !== reason;
  const event = emit(claim, "Warning", WARNING_EVENTS[reason] ?? "ValidationFailed", message);
  return blocked(`${reason}: ${message}`, until, isNews ? [...actions, event] : actions);
}
