/**
 * How a Subnet gives its block back: at once, never (`reclaimPolicy: Retain`), or after a rest (`reuseDelaySeconds`).
 * Pure.
 *
 * A block that is kept or rests is held by its Subnet, as a block in use is: that is the lock of the protocol, every
 * operator sees it, and it outlives all of them. One that served a claim stays behind, `Released`, for the next claim of
 * its identity; one that is being deleted stays by a finalizer. Since when, `status.releasedAt` says.
 */
import {
  REUSE_DELAY_FINALIZER,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
  servedClaimOf,
} from "../../api/index.ts";
import { formatTime } from "../../kernel/index.ts";
import type { Action, Decision, Request } from "../../runtime/index.ts";
import { blocked, emit, notReady, poolKey, settled, statusActions } from "../decisions.ts";
import { type ReleasePolicy, restEndMs } from "../release-policy.ts";

export interface ClaimName {
  readonly name: string;
  readonly uid: string;
}

export interface ReleaseSnapshot {
  readonly subnet: Subnet;
  /** Undefined: there is no such pool. */
  readonly policy: ReleasePolicy | undefined;
  /** Whoever asked for the block is there, and was never told to have it. */
  readonly isUnused: boolean;
  readonly poolRequest: Request | undefined;
  readonly nowMs: number;
  readonly nowText: string;
}

/** What is written has whole seconds, and clocks of two machines differ by as much. */
const GRAIN_MS = 1_000;

/**
 * What a Subnet must have before its block is used, so that it can be given back as the pool says; undefined when it has
 * that: no claim that it would go with, and the finalizer.
 */
export function prepareRelease({ subnet, policy }: ReleaseSnapshot): Decision | undefined {
  if (policy === undefined) return undefined;
  const { ownerReferences = [], finalizers = [] } = subnet.metadata;
  const rests = policy.delayMs > 0;
  const owners = ownerReferences.filter(({ uid }) => uid !== servedClaimOf(subnet)?.uid);
  const others = withoutDelay(finalizers);
  const wanted = rests ? [...others, REUSE_DELAY_FINALIZER] : others;
  const metadata = {
    ...((rests || policy.retains) && owners.length < ownerReferences.length
      ? { ownerReferences: owners }
      : {}),
    ...(wanted.length === finalizers.length ? {} : { finalizers: wanted }),
  };
  if (Object.keys(metadata).length === 0) return undefined;
  return settled("is made ready to be given back as the pool says", [
    { do: "patch", resource: SUBNETS, of: subnet, patch: { metadata } },
  ]);
}

/** The claim of an Allocated Subnet is gone and nothing else will collect it. */
export function outlive(snapshot: ReleaseSnapshot, claim: ClaimName): Decision {
  const { subnet, policy } = snapshot;
  if (policy === undefined || !(policy.retains || policy.delayMs > 0)) return drop(subnet, claim);
  return confirmed(subnet, claim, hold(snapshot, policy, stamp(snapshot.nowMs)));
}

/** The Subnet is Released: it stays, or goes when its time has come. */
export function keepReleased(snapshot: ReleaseSnapshot, claim: ClaimName): Decision {
  const { subnet, policy, nowMs } = snapshot;
  // Which of the two its pool would say, nobody knows.
  if (policy === undefined) return blocked("stays until its pool is there", [poolKeyOf(subnet)]);
  if (!policy.retains && hasRested(subnet, policy, nowMs)) return drop(subnet, claim);
  return confirmed(subnet, claim, hold(snapshot, policy, credibleStamp(subnet, nowMs)));
}

/** The Subnet is being deleted, by whomever. A block that was in use rests first. */
export function decideGoing(snapshot: ReleaseSnapshot): Decision {
  const { subnet, policy, nowMs } = snapshot;
  if (!subnet.metadata.finalizers?.includes(REUSE_DELAY_FINALIZER))
    return settled("the Subnet is being deleted");
  const wasGivenOut = subnet.status?.phase === "Allocated" || subnet.status?.phase === "Released";
  const rests = wasGivenOut && !snapshot.isUnused;
  if (policy === undefined || !rests || hasRested(subnet, policy, nowMs)) return letGo(subnet);
  return hold(snapshot, policy, credibleStamp(subnet, nowMs));
}

export function drop(subnet: Subnet, claim: ClaimName): Decision {
  const remove: Action = { do: "delete", resource: SUBNETS, of: subnet };
  return confirmed(subnet, claim, settled(`claim ${claim.name} is gone`, [remove]));
}

/** The API is asked before anything is written, since the cache of claims may lag behind. */
function confirmed({ metadata }: Subnet, { name, uid }: ClaimName, decision: Decision): Decision {
  if (decision.actions.length === 0) return decision;
  const { namespace = "" } = metadata;
  const first: Action = { do: "confirm-gone", resource: SUBNET_CLAIMS, namespace, name, uid };
  return { ...decision, actions: [first, ...decision.actions] };
}

function letGo(subnet: Subnet): Decision {
  const finalizers = withoutDelay(subnet.metadata.finalizers ?? []);
  return settled("nothing keeps its block any more", [
    { do: "patch", resource: SUBNETS, of: subnet, patch: { metadata: { finalizers } } },
  ]);
}

function hasRested(subnet: Subnet, policy: ReleasePolicy, nowMs: number): boolean {
  if (policy.delayMs === 0) return true;
  const endMs = restEndMs(subnet, policy);
  return endMs !== undefined && endMs <= nowMs;
}

/** Released, as of `releasedAt`, until the pool changes its mind or time is up. */
function hold(snapshot: ReleaseSnapshot, policy: ReleasePolicy, releasedAt: string): Decision {
  const { subnet, nowMs, nowText } = snapshot;
  const isNews = subnet.status?.phase !== "Released";
  const wish = { phase: "Released", allocatedAt: subnet.status?.allocatedAt, releasedAt };
  const endMs = restEndMs({ ...subnet, status: { phase: "Released", releasedAt } }, policy);
  const message = wordsFor(subnet, endMs);
  const status = { ...wish, message, conditions: [notReady("Released", message)] };
  const told: Action[] = isNews
    ? [emit(subnet, "Normal", "SubnetReleased", message), ...tellPool(snapshot)]
    : [];
  const actions = [...statusActions(SUBNETS, subnet, status, nowText), ...told];
  const afterMs = endMs === undefined ? undefined : Math.max(endMs - nowMs, 1);
  return blocked(message, [poolKeyOf(subnet)], actions, afterMs);
}

function wordsFor({ metadata, spec }: Subnet, endMs: number | undefined): string {
  const claim = `claim ${spec.claimRef?.name} is gone`;
  if (endMs === undefined) return `retained: ${claim}, the next one for ${spec.clusterID} gets this block`;
  const until = `rests until ${formatTime(endMs)}`;
  return metadata.deletionTimestamp === undefined
    ? `${until}: ${claim}, the next one for ${spec.clusterID} gets this block before that`
    : `${until}: the Subnet is being deleted, and nobody gets its block before that`;
}

/** Rounded up: a rest is never short. */
function stamp(nowMs: number): string {
  return formatTime(Math.ceil(nowMs / GRAIN_MS) * GRAIN_MS);
}

/**
 * Since when it rests. What says nothing, or speaks of the future, counts as now and is written anew: a clock that was
 * wrong, or a hand that wrote it, makes a rest longer by one delay at most.
 */
function credibleStamp({ status }: Subnet, nowMs: number): string {
  const releasedAt = status?.phase === "Released" ? status.releasedAt : undefined;
  const isCredible = releasedAt !== undefined && Date.parse(releasedAt) <= nowMs + GRAIN_MS;
  return isCredible ? releasedAt : stamp(nowMs);
}

function withoutDelay(finalizers: readonly string[]): string[] {
  return finalizers.filter((finalizer) => finalizer !== REUSE_DELAY_FINALIZER);
}

function poolKeyOf({ metadata: { namespace = "" }, spec }: Subnet) {
  return poolKey(namespace, spec.poolRef);
}

export function tellPool({ poolRequest }: Pick<ReleaseSnapshot, "poolRequest">): Action[] {
  return poolRequest === undefined ? [] : [{ do: "enqueue", controller: "PoolStatus", request: poolRequest }];
}
