/**
 * How a Subnet gives its block back once nothing stands on it: at once, never (`reclaimPolicy: Retain`), or after a rest
 * (`reuseDelaySeconds`). Pure.
 *
 * A block that is kept or rests is held by its Subnet, as a block in use is: that is the lock of the protocol, every
 * operator sees it, and it outlives all of them. One that served a claim stays behind, `Released`, for the next claim of
 * its identity; one that is being deleted stays by a finalizer. Since when, `status.releasedAt` says.
 */

import {
  FORMER_REUSE_DELAY_FINALIZER,
  GIVEN_BACK_ANNOTATION,
  GROUP,
  lifeOf,
  SUBNET_PROTECTION_FINALIZER,
  SUBNETS,
  type Subnet,
} from "../../api/index.ts";
import { formatTime } from "../../kernel/index.ts";
import type { Action, Decision, Request } from "../../runtime/index.ts";
import { isGivenBack } from "../model/held-range.ts";
import { type ReleasePolicy, restEndMs } from "../model/release-policy.ts";
import { objectKey, poolKey } from "../model/wait-keys.ts";
import { labelsFor } from "./claim-subnet.ts";
import { blocked, emit, settled } from "./decision.ts";
import { confirmations, describeStanding, type Standing } from "./standing.ts";
import { notReady, statusActions } from "./status.ts";

export interface ReleaseSnapshot {
  readonly subnet: Subnet;
  readonly standing: Standing;
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
 * What a Subnet must have before its block is used, and keeps while it is: what protects it, the labels by which it is
 * found, and no owner with which the garbage collector would delete it. Undefined when it has all that.
 */
export function prepare({ subnet, policy, standing }: ReleaseSnapshot): Decision | undefined {
  const { ownerReferences = [], finalizers = [], labels = {}, deletionTimestamp } = subnet.metadata;
  const owners = ownerReferences.filter(({ apiVersion }) => !apiVersion.startsWith(`${GROUP}/`));
  const isProtected = standing.kind !== "nothing" || (policy?.delayMs ?? 0) > 0;
  const others = unprotected(finalizers);
  // Nobody may add one to an object that is being deleted.
  const isKept = deletionTimestamp !== undefined || policy === undefined;
  const isWanted = isProtected && (!isKept || finalizers.includes(SUBNET_PROTECTION_FINALIZER));
  const wanted =
    isKept && !isProtected ? finalizers : isWanted ? [...others, SUBNET_PROTECTION_FINALIZER] : others;
  const missing = Object.entries(standing.kind === "nothing" ? {} : labelsFor(subnet.spec)).filter(
    ([label, value]) => labels[label] !== value,
  );
  const metadata = {
    ...(owners.length < ownerReferences.length ? { ownerReferences: owners } : {}),
    ...(sameMembers(wanted, finalizers) ? {} : { finalizers: wanted }),
    ...(missing.length === 0 ? {} : { labels: Object.fromEntries(missing) }),
  };
  if (Object.keys(metadata).length === 0) return undefined;
  return settled("is protected, and labelled, as its pool and its claim say", [
    { do: "patch", resource: SUBNETS, of: subnet, patch: { metadata } },
  ]);
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}

/** Nothing stands on the Subnet any more, or it was deleted and stood for itself. */
export function release(snapshot: ReleaseSnapshot): Decision {
  const { subnet, standing, policy, nowMs } = snapshot;
  const { deletionTimestamp, finalizers = [] } = subnet.metadata;
  const isDeleted = deletionTimestamp !== undefined;
  const isOurs = finalizers.some((finalizer) => !unprotected([finalizer]).length);
  if (isDeleted && !isOurs) return settled("the Subnet is being deleted");
  if (standing.kind === "pool" && subnet.status?.phase !== "Failed" && !isGivenBack(subnet))
    return markGivenBack(subnet);
  const { phase } = subnet.status ?? {};
  const wasGivenOut = phase === "Allocated" || phase === "Released";
  if (phase === "Failed" || !wasGivenOut || snapshot.isUnused) return remove(snapshot);
  if (policy === undefined) {
    // Which of the two its pool would say, nobody knows.
    const waits = phase === "Released" && !isDeleted;
    return waits ? blocked("stays until its pool is there", [poolKeyOf(subnet)]) : remove(snapshot);
  }
  const isRetained = policy.retains && !isDeleted && standing.kind === "claim";
  if (!isRetained && hasRested(subnet, policy, nowMs)) return remove(snapshot);
  return hold(snapshot, policy, credibleStamp(subnet, nowMs));
}

/**
 * In two steps, so that nobody accepts a Subnet into it after it was looked at: whoever sees the mark has seen every Subnet
 * made before it (`docs/design/0006`).
 */
function markGivenBack(subnet: Subnet): Decision {
  const { namespace, name } = subnet.metadata;
  const patch = { metadata: { annotations: { [GIVEN_BACK_ANNOTATION]: "true" } } };
  const mark: Action = { do: "patch", resource: SUBNETS, of: subnet, patch };
  return blocked("is marked as given back first", [objectKey(SUBNETS, namespace, name)], [mark]);
}

function remove({ subnet, standing }: ReleaseSnapshot): Decision {
  const { finalizers = [], namespace, deletionTimestamp } = subnet.metadata;
  const rest = unprotected(finalizers);
  const lift: Action = {
    do: "patch",
    resource: SUBNETS,
    of: subnet,
    patch: { metadata: { finalizers: rest } },
  };
  const drop: Action = { do: "delete", resource: SUBNETS, of: subnet };
  const because =
    standing.kind === "nothing" ? "nothing keeps its block" : `${describeStanding(standing)} is gone`;
  return settled(because, [
    ...confirmations(standing, namespace),
    ...(rest.length < finalizers.length ? [lift] : []),
    ...(deletionTimestamp === undefined ? [drop] : []),
  ]);
}

function hasRested(subnet: Subnet, policy: ReleasePolicy, nowMs: number): boolean {
  if (policy.delayMs === 0) return true;
  const endMs = restEndMs(subnet, policy);
  return endMs !== undefined && endMs <= nowMs;
}

/** Released, as of `releasedAt`, until the pool changes its mind or time is up. */
function hold(snapshot: ReleaseSnapshot, policy: ReleasePolicy, releasedAt: string): Decision {
  const { subnet, standing, nowMs, nowText } = snapshot;
  const isNews = subnet.status?.phase !== "Released";
  const life = lifeOf(subnet);
  const wish = { phase: "Released", life, allocatedAt: subnet.status?.allocatedAt, releasedAt };
  const endMs = restEndMs({ ...subnet, status: { phase: "Released", releasedAt } }, policy);
  const message = wordsFor(subnet, endMs);
  const status = { ...wish, message, conditions: [notReady("Released", message)] };
  const told: Action[] = isNews
    ? [emit(subnet, "Normal", "SubnetReleased", message), ...tellPool(snapshot)]
    : [];
  const writes = statusActions(SUBNETS, subnet, status, nowText);
  const first = writes.length === 0 ? [] : confirmations(standing, subnet.metadata.namespace);
  const afterMs = endMs === undefined ? undefined : Math.max(endMs - nowMs, 1);
  return blocked(message, [poolKeyOf(subnet)], [...first, ...writes, ...told], afterMs);
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

/** The finalizers of others. */
function unprotected(finalizers: readonly string[]): string[] {
  return finalizers.filter(
    (finalizer) => finalizer !== SUBNET_PROTECTION_FINALIZER && finalizer !== FORMER_REUSE_DELAY_FINALIZER,
  );
}

function poolKeyOf({ metadata: { namespace }, spec }: Subnet) {
  return poolKey(namespace, spec.poolRef);
}

export function tellPool({ poolRequest }: Pick<ReleaseSnapshot, "poolRequest">): Action[] {
  return poolRequest === undefined ? [] : [{ do: "enqueue", controller: "PoolStatus", request: poolRequest }];
}
