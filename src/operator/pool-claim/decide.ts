/**
 * What to do about a SubnetPoolClaim: hold a block of the parent, then make the child pool of exactly that block;
 * on deletion the other way round (PX-05). Pure.
 */
import {
  API_VERSION,
  BLOCK_PROTECTION_FINALIZER,
  describeFaults,
  lengthFault,
  PARENT_LABEL,
  POOL_PROTECTION_FINALIZER,
  type PoolSettings,
  parentNameOf,
  readPoolSettings,
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
import { type Action, type Decision, type Request, request, type WaitKey } from "../../runtime/index.ts";
import {
  asked,
  type BlockedReason,
  blocked,
  blockedClaim,
  emit,
  noneFree,
  objectKey,
  poolKey,
  poolWakeKeys,
  ready,
  settled,
  statusActions,
} from "../decisions.ts";
import { isLabelValue } from "../label-value.ts";
import { backingSubnet } from "../pool/hold-range.ts";
import type { PoolState } from "../pool-state.ts";
import { lengthFreedKey, spaceFreedKey } from "../space-signals.ts";

export interface PoolClaimSnapshot {
  readonly claim: SubnetPoolClaim;
  readonly parent: PoolState;
  /** The Subnet of the name that the block's has or would have. */
  readonly subnet: Subnet | undefined;
  /** The pool of the claim's name, whoever made it, or else one of another name that was made for it. */
  readonly child: SubnetPool | undefined;
  /** What of the pool's range nothing but the Subnet above can stand for; undefined when there is nothing of the kind. */
  readonly lacking: Prefix | undefined;
  /** Its SubnetClaims: another operator takes the block through one. Ours makes none. */
  readonly inner: readonly SubnetClaim[];
  /** Its Subnets of other names, when it has no pool yet: it asked for another parent before. */
  readonly strays: readonly Subnet[];
  readonly subnetName: string;
  /** Until when the Subnet of that name, released, keeps its block from others. */
  readonly restsUntil: string | undefined;
  readonly nowText: string;
}

export function decidePoolClaim(snapshot: PoolClaimSnapshot): Decision {
  const { claim, child, subnet } = snapshot;
  if (claim.metadata.deletionTimestamp !== undefined) return decideDeletion(snapshot);
  if (child !== undefined && !isOwnedBy(child, claim)) {
    const message = `a SubnetPool ${child.metadata.name} exists that this claim did not make: delete it, or rename the claim`;
    return block(snapshot, "PoolNameTaken", message);
  }
  if (child !== undefined) return keep(snapshot, child);
  const leftovers = snapshot.inner.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (leftovers.length > 0) {
    return settled("asks for its block itself, and not through a SubnetClaim", [
      ...leftovers.map((of): Action => ({ do: "delete", resource: SUBNET_CLAIMS, of })),
      lookAgain(claim),
    ]);
  }
  const stray = snapshot.strays.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (stray !== undefined) return giveBack(stray);
  if (subnet === undefined) return takeBlock(snapshot);
  if (!isOwnedBy(subnet, claim)) {
    const cure = snapshot.restsUntil === undefined ? "delete it" : `it rests until ${snapshot.restsUntil}`;
    const message = `Subnet ${subnet.metadata.name} stands in the way: ${cure}`;
    return block(snapshot, "DuplicateClusterID", message);
  }
  return followSubnet(snapshot, subnet);
}

function subnetKeyOf({ claim, subnetName }: PoolClaimSnapshot): string {
  return `${claim.metadata.namespace}/${subnetName}`;
}

function isOwnedBy(object: Subnet | SubnetPool, claim: SubnetPoolClaim): boolean {
  return object.metadata.ownerReferences?.some((owner) => owner.uid === claim.metadata.uid) ?? false;
}

function ownerOf(claim: SubnetPoolClaim) {
  return {
    apiVersion: API_VERSION,
    kind: SUBNET_POOL_CLAIMS.kind,
    name: claim.metadata.name,
    uid: claim.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** First the finalizer, then the block: a block must never outlive the claim that is to release it. */
function takeBlock(snapshot: PoolClaimSnapshot): Decision {
  const { claim, parent } = snapshot;
  const { parentPoolRef, desiredBlockSize } = claim.spec;
  if (parent.state !== "usable") return parentObstacle(snapshot) ?? settled("waits for its parent");
  const fault = lengthFault(desiredBlockSize, parent.settings, "spec.desiredBlockSize");
  if (fault !== undefined) return block(snapshot, "SizeNotAllowed", `${fault.field}: ${fault.message}`);
  const found = parent.space.find(desiredBlockSize, parent.settings.strategy);
  if (!found.ok) {
    return block(snapshot, "PoolExhausted", noneFree(parentPoolRef, desiredBlockSize, parent.settings));
  }
  const child = childPool(claim, formatPrefix(found.value), parent.settings);
  const readable = readPoolSettings(child);
  if (!readable.ok) {
    const faults = readable.error.map((fault) => ({
      ...fault,
      field: fault.field.replace(/^spec/, "spec.template"),
    }));
    return block(snapshot, "InvalidSpec", describeFaults(faults));
  }
  const create = backingSubnet({
    namespace: claim.metadata.namespace ?? "",
    parentName: parentPoolRef,
    childName: claim.metadata.name,
    cidr: formatPrefix(found.value),
    owner: ownerOf(claim),
  });
  return asked(`takes ${formatPrefix(found.value)}`, subnetKeyOf(snapshot), [...protect(claim), create]);
}

/** Why nothing can be had of the parent now; undefined when it is usable. */
function parentObstacle(snapshot: PoolClaimSnapshot): Decision | undefined {
  const { claim, parent } = snapshot;
  const { parentPoolRef } = claim.spec;
  if (parent.state === "missing") {
    const message = `spec.parentPoolRef: there is no SubnetPool ${parentPoolRef} in this namespace: create it or name another`;
    return block(snapshot, "PoolNotFound", message);
  }
  if (parent.state === "usable") return undefined;
  return block(snapshot, "PoolNotReady", `pool ${parentPoolRef} ${parent.why}`);
}

function lookAgain({ metadata }: SubnetPoolClaim): Action {
  const target = request(metadata.namespace, metadata.name) as Request;
  return { do: "enqueue", controller: SUBNET_POOL_CLAIMS.kind, request: target };
}

function protect(claim: SubnetPoolClaim): Action[] {
  const finalizers = claim.metadata.finalizers ?? [];
  if (finalizers.includes(BLOCK_PROTECTION_FINALIZER)) return [];
  const patch = { metadata: { finalizers: [...finalizers, BLOCK_PROTECTION_FINALIZER] } };
  return [{ do: "patch", resource: SUBNET_POOL_CLAIMS, of: claim, patch }];
}

function giveBack(subnet: Subnet): Decision {
  return settled(`gives ${subnet.spec.cidr} of ${subnet.spec.poolRef} back`, [
    { do: "delete", resource: SUBNETS, of: subnet },
  ]);
}

/**
 * The pool is made, and its block must stay its own: where the Subnet behind it was deleted, exactly that block is taken
 * again, as soon as it is free.
 */
function keep(snapshot: PoolClaimSnapshot, child: SubnetPool): Decision {
  const { claim, parent, subnet, inner, lacking } = snapshot;
  // Another operator protects nothing, and anybody may take a finalizer away.
  const protection = protect(claim);
  if (protection.length > 0)
    return settled("protects the pool that was made for it", [...protection, lookAgain(claim)]);
  const isElsewhere = parentNameOf(child) !== claim.spec.parentPoolRef;
  const isGoing = child.metadata.deletionTimestamp !== undefined;
  // A SubnetClaim that holds the block takes it back itself.
  const isStaying = subnet?.metadata.deletionTimestamp === undefined && subnet?.status?.phase !== "Failed";
  const isHeld = inner.length > 0 || (subnet !== undefined && isStaying);
  if (isElsewhere || isGoing || isHeld || lacking === undefined) return bind(snapshot, child);
  const cidr = formatPrefix(lacking);
  if (parent.state !== "usable" || !parent.space.check(lacking).ok)
    return lost(
      snapshot,
      `the Subnet of ${cidr} is deleted; the pool gets the block back as soon as it is free`,
    );
  if (subnet !== undefined) return isOwnedBy(subnet, claim) ? giveBack(subnet) : bind(snapshot, child);
  const decision = lost(snapshot, `the Subnet of ${cidr} was deleted; it is being made again`);
  const create = backingSubnet({
    namespace: claim.metadata.namespace ?? "",
    parentName: claim.spec.parentPoolRef,
    childName: child.metadata.name,
    cidr,
    owner: ownerOf(claim),
  });
  return asked(decision.because, subnetKeyOf(snapshot), [...decision.actions, create]);
}

function lost(snapshot: PoolClaimSnapshot, message: string): Decision {
  return block(snapshot, "AllocationLost", message);
}

function followSubnet(snapshot: PoolClaimSnapshot, subnet: Subnet): Decision {
  const { claim, parent } = snapshot;
  if (subnet.metadata.deletionTimestamp !== undefined) return settled("its block is being released");
  const held = parsePrefix(subnet.spec.cidr);
  if (held.ok && held.value.length !== claim.spec.desiredBlockSize) return giveBack(subnet);
  switch (subnet.status?.phase ?? "Pending") {
    case "Allocated": {
      if (parent.state !== "usable") return parentObstacle(snapshot) ?? settled("waits for its parent");
      const create: Action = {
        do: "create",
        resource: SUBNET_POOLS,
        object: childPool(claim, subnet.spec.cidr, parent.settings),
      };
      return settled(`makes pool ${claim.metadata.name} of ${subnet.spec.cidr}`, [create]);
    }
    case "Failed":
      return settled(`Subnet ${subnet.metadata.name} lost its block`, [
        { do: "delete", resource: SUBNETS, of: subnet },
      ]);
    default:
      return parentObstacle(snapshot) ?? settled(`Subnet ${subnet.metadata.name} awaits its decision`);
  }
}

/** The template's settings, else the parent's strategy and a default size that fits (api.md). */
function childPool(claim: SubnetPoolClaim, cidr: string, parent: PoolSettings): SubnetPool {
  const template = claim.spec.template ?? {};
  return {
    apiVersion: API_VERSION,
    kind: SUBNET_POOLS.kind,
    metadata: {
      name: claim.metadata.name,
      namespace: claim.metadata.namespace ?? "",
      // The reference says the same; some names are longer than a label may be.
      ...(isLabelValue(claim.spec.parentPoolRef)
        ? { labels: { [PARENT_LABEL]: claim.spec.parentPoolRef } }
        : {}),
      finalizers: [POOL_PROTECTION_FINALIZER],
      ownerReferences: [ownerOf(claim)],
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
  if (!finalizers.includes(BLOCK_PROTECTION_FINALIZER)) return settled("the claim is going");
  const namespace = claim.metadata.namespace ?? "";
  if (child !== undefined && isOwnedBy(child, claim)) {
    const wake = [objectKey(SUBNET_POOLS, namespace, child.metadata.name)] as const;
    const isGoing = child.metadata.deletionTimestamp !== undefined;
    return blocked(
      "waits for its pool to go",
      wake,
      isGoing ? [] : [{ do: "delete", resource: SUBNET_POOLS, of: child }],
    );
  }
  // One that is going rests, where the parent says so, with nobody waiting for it.
  if (subnet !== undefined && isOwnedBy(subnet, claim) && subnet.metadata.deletionTimestamp === undefined) {
    const wake = [objectKey(SUBNETS, namespace, subnetName)] as const;
    return blocked("gives its block back", wake, [{ do: "delete", resource: SUBNETS, of: subnet }]);
  }
  const rest = finalizers.filter((finalizer) => finalizer !== BLOCK_PROTECTION_FINALIZER);
  const patch = { metadata: { finalizers: rest } };
  return settled("its pool is gone, and its block given back", [
    { do: "patch", resource: SUBNET_POOL_CLAIMS, of: claim, patch },
  ]);
}

function block(snapshot: PoolClaimSnapshot, reason: BlockedReason, message: string): Decision {
  const { claim, parent, nowText, subnetName } = snapshot;
  const namespace = claim.metadata.namespace ?? "";
  const { parentPoolRef, desiredBlockSize } = claim.spec;
  const until: readonly [WaitKey, ...WaitKey[]] = [
    ...poolWakeKeys(namespace, parentPoolRef, parent),
    // In the line for a length stand only those whom a block of that length would serve.
    reason === "PoolExhausted"
      ? lengthFreedKey(namespace, parentPoolRef, desiredBlockSize)
      : spaceFreedKey(namespace, parentPoolRef),
    objectKey(SUBNETS, namespace, subnetName),
    poolKey(namespace, claim.metadata.name),
  ];
  const kept = { boundPoolName: claim.status?.boundPoolName };
  return blockedClaim(SUBNET_POOL_CLAIMS, claim, { reason, message, kept, until, nowText });
}
