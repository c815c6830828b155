/**
 * What to do about a SubnetPoolClaim: hold a block of the parent, then make the child pool of exactly that block;
 * on deletion the other way round (PX-05). Pure.
 */
import {
  API_VERSION,
  BLOCK_PROTECTION_FINALIZER,
  type BlockRequest,
  describeFaults,
  exactFault,
  lengthFault,
  PARENT_LABEL,
  POOL_CLAIM_LABEL,
  POOL_PROTECTION_FINALIZER,
  type PoolSettings,
  parentNameOf,
  readPoolClaimRequest,
  readPoolSettings,
  recordLabels,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
} from "../../api/index.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import type { Action, Decision, Request, SignalWaitKey, WaitKey } from "../../runtime/index.ts";
import { askedBlock, records } from "../model/block-record.ts";
import { takenBy } from "../model/holder.ts";
import { makerNameOf } from "../model/indexes.ts";
import { isLabelValue } from "../model/label-value.ts";
import type { Obstacle, PoolState, UsablePool } from "../model/pool-state.ts";
import { REFUSALS } from "../model/reasons.ts";
import {
  circumstancesKey,
  lengthFreedKey,
  objectKey,
  poolKey,
  poolWakeKeys,
  spaceFreedKey,
} from "../model/wait-keys.ts";
import { writeRecord } from "./block-record.ts";
import { type BlockedReason, blockedClaim, noneFree, passingOn } from "./blocked-claim.ts";
import { asked, blocked, emit, settled } from "./decision.ts";
import { backingSubnet } from "./hold-range.ts";
import { isMeant, rangeOnRecord } from "./pool-claim-range.ts";
import { notReady, ready, statusActions } from "./status.ts";

export interface PoolClaimSnapshot {
  /** What is decided on. */
  readonly request: Request;
  readonly claim: SubnetPoolClaim;
  readonly parent: PoolState;
  /** The Subnet of the name that the block's has or would have. */
  readonly subnet: Subnet | undefined;
  /** The pool with the claim's name, whatever created it, or else one of another name that was created for the claim. */
  readonly child: SubnetPool | undefined;
  /** Its SubnetClaims: another operator takes the block through one. Ours makes none. */
  readonly inner: readonly SubnetClaim[];
  /** Its Subnets in other parents, when it has no pool yet: it asked for another one before. */
  readonly orphans: readonly Subnet[];
  /** Whether the range of this holder in the parent is for an object within the pool. */
  readonly isInside: (owner: string) => boolean;
  readonly subnetName: string;
  /** The block that a pool of this name had until it was deleted, of late. */
  readonly released?: Prefix | undefined;
  /** Until when the Subnet of that name, released, keeps its block from others. */
  readonly restsUntil: string | undefined;
  /** The range of its pool, when all of that is its own in the parent. */
  readonly heldRange?: Prefix | undefined;
  /** Why its pool is not ready. */
  readonly childObstacle?: Obstacle | undefined;
  /** The signals to raise: one for each length of which the parent has a free block. Empty if no request waits. */
  readonly freedLengths: () => readonly SignalWaitKey[];
  /** What keeps its pool, while that is to go. */
  readonly keptBy?: string | undefined;
  readonly nowText: string;
}

export function decidePoolClaim(snapshot: PoolClaimSnapshot): Decision {
  return passingOn(decide(snapshot), snapshot.claim, snapshot.freedLengths);
}

function decide(snapshot: PoolClaimSnapshot): Decision {
  const { claim, child, subnet } = snapshot;
  if (claim.metadata.deletionTimestamp !== undefined) return decideDeletion(snapshot);
  if (child !== undefined) return isMadeFor(child, claim) ? keep(snapshot, child) : adopt(snapshot, child);
  const leftovers = snapshot.inner.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (leftovers.length > 0) {
    return settled("requests its block itself, and not through a SubnetClaim", [
      ...leftovers.map((of): Action => ({ do: "delete", resource: SUBNET_CLAIMS, of })),
      lookAgain(snapshot),
    ]);
  }
  const orphan = snapshot.orphans.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (orphan !== undefined) return giveBackOf(orphan);
  return subnet === undefined ? takeBlock(snapshot) : followSubnet(snapshot, subnet);
}

function subnetKeyOf({ claim, subnetName }: PoolClaimSnapshot): string {
  return `${claim.metadata.namespace}/${subnetName}`;
}

/** By name, and not by UID: a claim that was restored is another object, and the same claim. */
export function isMadeFor(pool: SubnetPool, claim: SubnetPoolClaim): boolean {
  return makerNameOf(pool) === claim.metadata.name;
}

/** A pool of the claim's name that is what the claim asks for: restored without a word of whom it was made for, or older. */
function adopt(snapshot: PoolClaimSnapshot, child: SubnetPool): Decision {
  const { claim } = snapshot;
  const { name } = child.metadata;
  const misfit = misfitOf(child, claim);
  const maker = makerNameOf(child);
  if (misfit === undefined && maker === undefined) {
    const patch = { metadata: { labels: { [POOL_CLAIM_LABEL]: claim.metadata.name } } };
    return settled(`adopts SubnetPool ${name}, which matches its request`, [
      ...protect(claim),
      { do: "patch", resource: SUBNET_POOLS, of: child, patch },
    ]);
  }
  const why = maker === undefined ? misfit : `was created for SubnetPoolClaim ${maker}`;
  const message = `a SubnetPool ${name} exists that was not created for this claim, and it ${why}: delete it, or rename the claim`;
  return block(snapshot, "PoolNameTaken", message);
}

function misfitOf(pool: SubnetPool, claim: SubnetPoolClaim): string | undefined {
  const { parentPoolRef } = claim.spec;
  if (!isLabelValue(claim.metadata.name))
    return "cannot be labelled with the name of the claim, which is too long";
  if (parentNameOf(pool) !== parentPoolRef) return `is not a child of ${parentPoolRef}`;
  const wanted = readPoolClaimRequest(claim);
  const range = parsePrefix(pool.spec.cidr);
  const isFitting = wanted.ok && range.ok && isMeant(claim, range.value, wanted.value);
  return isFitting ? undefined : `ranges over ${pool.spec.cidr}`;
}

/** First the finalizer and the record, then the block: a block must never outlive the claim that is to release it. */
function takeBlock(snapshot: PoolClaimSnapshot): Decision {
  const { claim, parent } = snapshot;
  const { parentPoolRef } = claim.spec;
  if (parent.state !== "usable") return parentObstacle(snapshot) ?? settled("waits for its parent");
  const wanted = readPoolClaimRequest(claim);
  if (!wanted.ok) return block(snapshot, "InvalidSpec", describeFaults(wanted.error));
  const fault = poolRequestFault(wanted.value, parent.settings);
  if (fault !== undefined) return block(snapshot, fault.reason as BlockedReason, describeFaults([fault]));
  const choice = chooseBlock(snapshot, parent, wanted.value);
  if ("verdict" in choice) return choice;
  const cidr = formatPrefix(choice);
  const readable = readPoolSettings(childPool(claim, cidr, parent.settings));
  if (!readable.ok) {
    const faults = readable.error.map((each) => ({
      ...each,
      field: each.field.replace(/^spec/, "spec.template"),
    }));
    return block(snapshot, "InvalidSpec", describeFaults(faults));
  }
  const create = backingSubnet({
    namespace: claim.metadata.namespace,
    parentName: parentPoolRef,
    childName: claim.metadata.name,
    cidr,
  });
  return asked(`takes ${cidr}`, subnetKeyOf(snapshot), [...protect(claim, choice), create]);
}

/** The block that it had before it was restored, exactly the one that it names, or any of its size. */
function chooseBlock(
  snapshot: PoolClaimSnapshot,
  parent: UsablePool,
  wanted: BlockRequest,
): Prefix | Decision {
  const { claim, released, isInside } = snapshot;
  const had = rangeOnRecord(claim, wanted);
  const exact = had ?? (wanted.want === "exactly" ? wanted.prefix : undefined);
  if (had === undefined && parent.settings.isPaused) {
    const message = `pool ${claim.spec.parentPoolRef} is paused, and this claim has no recorded range: set spec.paused of the pool to false`;
    return block(snapshot, "PoolPaused", message);
  }
  if (exact !== undefined) {
    const free = parent.space.check(exact, isInside);
    if (free.ok) return exact;
    const obstacle = free.error;
    const subject =
      had === undefined
        ? `spec.requestedCIDR: ${formatPrefix(exact)}`
        : `the claim had ${formatPrefix(exact)} before, which`;
    if (obstacle.reason === "outside")
      return block(
        snapshot,
        REFUSALS.outside,
        `${subject} is outside the pool ${formatPrefix(obstacle.pool)}`,
      );
    if (obstacle.reason === "reserved")
      return block(snapshot, REFUSALS.reserved, `${subject} is reserved by the pool (${obstacle.by})`);
    return block(
      snapshot,
      REFUSALS.taken,
      `${subject} is ${takenBy(obstacle.by)}: it is allocated once that ends`,
    );
  }
  const length = wanted.want === "length" ? wanted.length : 0;
  for (const known of [askedBlock(claim), released])
    if (known?.length === length && parent.space.check(known, isInside).ok) return known;
  const found = parent.space.find(length, parent.settings.strategy);
  if (found.ok) return found.value;
  return block(snapshot, "PoolExhausted", noneFree(claim.spec.parentPoolRef, length, parent.settings));
}

function poolRequestFault(wanted: BlockRequest, settings: PoolSettings) {
  if (wanted.want === "exactly") return exactFault(wanted.prefix, settings, "spec.requestedCIDR");
  return wanted.want === "length" ? lengthFault(wanted.length, settings, "spec.desiredBlockSize") : undefined;
}

/** Why nothing can be had of the parent now; undefined when it is usable. */
function parentObstacle(snapshot: PoolClaimSnapshot): Decision | undefined {
  const { claim, parent } = snapshot;
  const { parentPoolRef } = claim.spec;
  if (parent.state === "missing") {
    const message = `spec.parentPoolRef: there is no SubnetPool ${parentPoolRef} in this namespace: create it, or name another pool`;
    return block(snapshot, "PoolNotFound", message);
  }
  if (parent.state === "usable") return undefined;
  return block(snapshot, "PoolNotReady", `pool ${parentPoolRef} ${parent.message}`);
}

function lookAgain({ request }: PoolClaimSnapshot): Action {
  return { do: "enqueue", controller: SUBNET_POOL_CLAIMS.kind, request };
}

/** Its finalizer, and the record of its block where that is known. */
function protect(claim: SubnetPoolClaim, prefix?: Prefix, life?: string): Action[] {
  const finalizers = claim.metadata.finalizers ?? [];
  const isProtected = finalizers.includes(BLOCK_PROTECTION_FINALIZER);
  const [record] = prefix === undefined ? [] : writeRecord(SUBNET_POOL_CLAIMS, claim, prefix, life);
  if (isProtected) return record === undefined ? [] : [record];
  const labels =
    prefix === undefined || record === undefined ? {} : { labels: recordLabels(claim, prefix, life) };
  const patch = { metadata: { finalizers: [...finalizers, BLOCK_PROTECTION_FINALIZER], ...labels } };
  return [{ do: "patch", resource: SUBNET_POOL_CLAIMS, of: claim, patch }];
}

function giveBackOf(subnet: Subnet): Decision {
  return settled(`gives ${subnet.spec.cidr} of ${subnet.spec.poolRef} back`, [
    { do: "delete", resource: SUBNETS, of: subnet },
  ]);
}

/** The pool is made; it holds its range in the parent itself from then on. */
function keep(snapshot: PoolClaimSnapshot, child: SubnetPool): Decision {
  const { claim, heldRange, childObstacle } = snapshot;
  // Another operator protects nothing, and users may remove a finalizer or a label. The record grows with the pool.
  const protection = protect(claim, heldRange);
  if (protection.length > 0) return settled("protects its child pool", [...protection, lookAgain(snapshot)]);
  if (heldRange !== undefined) return bind(snapshot, child);
  const { namespace, name } = child.metadata;
  const isRefused = childObstacle?.reason === "BlockTaken" || childObstacle?.reason === "BlockDiffers";
  const hasNothing = snapshot.subnet === undefined || snapshot.subnet.status?.phase === "Failed";
  if (isRefused && hasNothing)
    return block(snapshot, "BlockTaken", `its pool ${name} ${childObstacle.message}`);
  // One that cannot grow has what it had.
  const { message, actions } = bind(snapshot, child);
  return blocked(message, [circumstancesKey(namespace, name)], actions);
}

function followSubnet(snapshot: PoolClaimSnapshot, subnet: Subnet): Decision {
  const { claim, parent } = snapshot;
  if (subnet.metadata.deletionTimestamp !== undefined) {
    const cure =
      snapshot.restsUntil === undefined ? "wait until it is gone" : `it rests until ${snapshot.restsUntil}`;
    return block(
      snapshot,
      "DuplicateClusterID",
      `Subnet ${subnet.metadata.name} has the same identity: ${cure}`,
    );
  }
  const wanted = readPoolClaimRequest(claim);
  const held = parsePrefix(subnet.spec.cidr);
  if (wanted.ok && held.ok && !isMeant(claim, held.value, wanted.value)) return giveBackOf(subnet);
  switch (subnet.status?.phase ?? "Pending") {
    case "Allocated": {
      if (parent.state !== "usable") return parentObstacle(snapshot) ?? settled("waits for its parent");
      const create: Action = {
        do: "create",
        resource: SUBNET_POOLS,
        object: childPool(claim, subnet.spec.cidr, parent.settings),
      };
      const record = held.ok ? protect(claim, held.value) : protect(claim);
      return settled(`makes pool ${claim.metadata.name} of ${subnet.spec.cidr}`, [...record, create]);
    }
    case "Failed": {
      // One that the claim did not ask for was restored: it is what an earlier life of the claim had.
      const isOwn = held.ok && records(claim, held.value);
      const remember = held.ok && !isOwn ? protect(claim, held.value, "restored") : [];
      return settled(`Subnet ${subnet.metadata.name} lost its block`, [
        ...remember,
        { do: "delete", resource: SUBNETS, of: subnet },
      ]);
    }
    default:
      return parentObstacle(snapshot) ?? settled(`Subnet ${subnet.metadata.name} is not decided yet`);
  }
}

/** The template's settings, else the parent's strategy and a default size that fits (`docs/reference/api.md`). */
function childPool(claim: SubnetPoolClaim, cidr: string, parent: PoolSettings): SubnetPool {
  const template = claim.spec.template ?? {};
  return {
    apiVersion: API_VERSION,
    kind: SUBNET_POOLS.kind,
    metadata: {
      name: claim.metadata.name,
      namespace: claim.metadata.namespace,
      labels: {
        // The reference contains the same; some names are longer than a label value may be.
        ...defined({
          [PARENT_LABEL]: isLabelValue(claim.spec.parentPoolRef) ? claim.spec.parentPoolRef : undefined,
          [POOL_CLAIM_LABEL]: isLabelValue(claim.metadata.name) ? claim.metadata.name : undefined,
        }),
      },
      finalizers: [POOL_PROTECTION_FINALIZER],
    },
    spec: {
      ...template,
      cidr,
      strategy: template.strategy ?? parent.strategy,
      parentRef: { name: claim.spec.parentPoolRef },
    },
  };
}

function bind(snapshot: PoolClaimSnapshot, child: SubnetPool): Decision {
  const { claim, nowText } = snapshot;
  const message = `pool ${child.metadata.name} ranges over ${child.spec.cidr} of ${parentNameOf(child)}`;
  const status = {
    phase: "Bound",
    boundPoolName: child.metadata.name,
    message: undefined,
    conditions: [ready(message, "Bound")],
  };
  const actions = statusActions(SUBNET_POOL_CLAIMS, claim, status, nowText);
  if (actions.length === 0) return settled("bound");
  const isNew = claim.status?.phase !== "Bound";
  return settled(message, [...actions, ...(isNew ? [emit(claim, "Normal", "PoolBound", message)] : [])]);
}

/** Child pool first, the block behind it after that, the claim last. */
function decideDeletion(snapshot: PoolClaimSnapshot): Decision {
  const { claim, child, subnet, subnetName } = snapshot;
  const finalizers = claim.metadata.finalizers ?? [];
  if (!finalizers.includes(BLOCK_PROTECTION_FINALIZER)) return settled("the claim is being deleted");
  const namespace = claim.metadata.namespace;
  if (child !== undefined && isMadeFor(child, claim)) return awaitPool(snapshot, child);
  // The Subnet that is being deleted rests, if the parent has a reuse delay; nothing waits for it.
  if (subnet !== undefined && subnet.metadata.deletionTimestamp === undefined) {
    const wake = [objectKey(SUBNETS, namespace, subnetName)] as const;
    return blocked("releases its block", wake, [{ do: "delete", resource: SUBNETS, of: subnet }]);
  }
  const rest = finalizers.filter((finalizer) => finalizer !== BLOCK_PROTECTION_FINALIZER);
  const patch = { metadata: { finalizers: rest } };
  return settled("its pool is deleted, and its block is released", [
    { do: "patch", resource: SUBNET_POOL_CLAIMS, of: claim, patch },
  ]);
}

/** What keeps the pool keeps the claim, and both say so. */
function awaitPool({ claim, nowText, keptBy }: PoolClaimSnapshot, child: SubnetPool): Decision {
  const { namespace, name } = child.metadata;
  const isGoing = child.metadata.deletionTimestamp !== undefined;
  const remove: Action[] = isGoing ? [] : [{ do: "delete", resource: SUBNET_POOLS, of: child }];
  if (keptBy === undefined)
    return blocked("waits for the deletion of its pool", [objectKey(SUBNET_POOLS, namespace, name)], remove);
  const message = `waits for SubnetPool ${name}: ${keptBy}`;
  const { phase, boundPoolName } = claim.status ?? {};
  const status = { phase, boundPoolName, message, conditions: [notReady("DeletionBlocked", message)] };
  const written = statusActions(SUBNET_POOL_CLAIMS, claim, status, nowText);
  return blocked(message, [objectKey(SUBNET_POOLS, namespace, name)], [...remove, ...written]);
}

function block(snapshot: PoolClaimSnapshot, reason: BlockedReason, message: string): Decision {
  const { claim, parent, nowText, subnetName } = snapshot;
  const namespace = claim.metadata.namespace;
  const { parentPoolRef } = claim.spec;
  const wanted = readPoolClaimRequest(claim);
  const length = wanted.ok && wanted.value.want === "length" ? wanted.value.length : undefined;
  const until: readonly [WaitKey, ...WaitKey[]] = [
    ...poolWakeKeys(namespace, parentPoolRef, parent),
    // In the line for a length stand only those whom a block of that length would serve.
    reason === "PoolExhausted" && length !== undefined
      ? lengthFreedKey(namespace, parentPoolRef, length)
      : spaceFreedKey(namespace, parentPoolRef),
    objectKey(SUBNETS, namespace, subnetName),
    poolKey(namespace, claim.metadata.name),
    circumstancesKey(namespace, snapshot.child?.metadata.name ?? claim.metadata.name),
  ];
  const kept = { boundPoolName: claim.status?.boundPoolName };
  return blockedClaim(SUBNET_POOL_CLAIMS, claim, { reason, message, kept, until, nowText });
}
