/**
 * How a Subnet gives its block back once nothing stands on it: at once, never (`reclaimPolicy: Retain`), or after a rest
 * (`reuseDelaySeconds`). Pure.
 *
 * A block that is kept or rests is held by its Subnet, as a block in use is: that is the lock of the protocol, every
 * operator sees it, and it outlives all of them. One that served a claim stays behind, `Released`, for the next claim of
 * its identity; one that is being deleted stays by a finalizer. `status.releasedAt` contains the start.
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
import { defined, formatTime } from "../../kernel/index.ts";
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
  /** The claim that requested the block exists, and was never bound to it. */
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
  // A finalizer cannot be added to an object that is being deleted.
  const isKept = deletionTimestamp !== undefined || policy === undefined;
  const isWanted = isProtected && (!isKept || finalizers.includes(SUBNET_PROTECTION_FINALIZER));
  const wanted =
    isKept && !isProtected ? finalizers : isWanted ? [...others, SUBNET_PROTECTION_FINALIZER] : others;
  const missing = Object.entries(standing.kind === "nothing" ? {} : labelsFor(subnet.spec)).filter(
    ([label, value]) => labels[label] !== value,
  );
  const metadata = {
    ...defined({
      ownerReferences: owners.length < ownerReferences.length ? owners : undefined,
      finalizers: sameMembers(wanted, finalizers) ? undefined : wanted,
      labels: missing.length === 0 ? undefined : Object.fromEntries(missing),
    }),
  };
  if (Object.keys(metadata).length === 0) return undefined;
  return settled("gets the finalizer and the labels of its pool and claim", [
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
    // Without its pool, the policy is unknown.
    const waits = phase === "Released" && !isDeleted;
    return waits ? blocked("stays until its pool exists", [poolKeyOf(subnet)]) : remove(snapshot);
  }
  const isRetained = policy.retains && !isDeleted && standing.kind === "claim";
  if (!isRetained && hasRested(subnet, policy, nowMs)) return remove(snapshot);
  return hold(snapshot, policy, credibleStamp(subnet, nowMs));
}

/**
 * In two steps, so that no process accepts a Subnet into it after it was checked: a process that sees the mark has seen every Subnet
 * made before it (`docs/design/0006`).
 */
function markGivenBack(subnet: Subnet): Decision {
  const { namespace, name } = subnet.metadata;
  const patch = { metadata: { annotations: { [GIVEN_BACK_ANNOTATION]: "true" } } };
  const mark: Action = { do: "patch", resource: SUBNETS, of: subnet, patch };
  return blocked("is first marked as given back", [objectKey(SUBNETS, namespace, name)], [mark]);
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
  const message =
    standing.kind === "nothing" ? "nothing depends on its block" : `${describeStanding(standing)} is gone`;
  return settled(message, [
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
  const wanted = { phase: "Released", life, allocatedAt: subnet.status?.allocatedAt, releasedAt };
  const endMs = restEndMs({ ...subnet, status: { phase: "Released", releasedAt } }, policy);
  const message = wordsFor(subnet, endMs);
  const status = { ...wanted, message, conditions: [notReady("Released", message)] };
  const events: Action[] = isNews
    ? [emit(subnet, "Normal", "SubnetReleased", message), ...tellPool(snapshot)]
    : [];
  const writes = statusActions(SUBNETS, subnet, status, nowText);
  const first = writes.length === 0 ? [] : confirmations(standing, subnet.metadata.namespace);
  const afterMs = endMs === undefined ? undefined : Math.max(endMs - nowMs, 1);
  return blocked(message, [poolKeyOf(subnet)], [...first, ...writes, ...events], afterMs);
}

function wordsFor({ metadata, spec }: Subnet, endMs: number | undefined): string {
  const claim = `claim ${spec.claimRef?.name} is gone`;
  if (endMs === undefined) return `retained: ${claim}, the next one for ${spec.clusterID} gets this block`;
  const until = `rests until ${formatTime(endMs)}`;
  return metadata.deletionTimestamp === undefined
    ? `${until}: ${claim}, the next one for ${spec.clusterID} gets this block before that`
    : `${until}: the Subnet is being deleted, and its block is not allocated before that`;
}

/** Rounded up: a rest is never short. */
function stamp(nowMs: number): string {
  return formatTime(Math.ceil(nowMs / GRAIN_MS) * GRAIN_MS);
}

/**
 * Since when it rests. A value that is missing or in the future is replaced by the current time: a clock that was
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
