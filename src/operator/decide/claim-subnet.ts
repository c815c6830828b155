/** The Subnet by which a claim holds its block: which one that is, how it is made, passes to a claim, and is given back. */
import {
  API_VERSION,
  CLUSTER_ID_LABEL,
  claimNameOf,
  POOL_LABEL,
  PURPOSE_LABEL,
  SUBNET_PROTECTION_FINALIZER,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  servedClaimOf,
} from "../../api/index.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { type Action, keyOf } from "../../runtime/index.ts";
import { CLAIM_INDEX } from "../model/indexes.ts";
import { labelFor } from "../model/label-value.ts";
import type { OperatorWorld } from "../view/world.ts";

export function isMine(subnet: Subnet, claim: SubnetClaim): boolean {
  return subnet.spec.claimRef?.uid !== undefined && subnet.spec.claimRef.uid === claim.metadata.uid;
}

/** Whether an earlier life of the claim had it, or it names this claim without saying which life. */
export function isOfEarlierLife(subnet: Subnet, claim: SubnetClaim): boolean {
  return claimNameOf(subnet) === claim.metadata.name && !isMine(subnet, claim) && isOfIdentity(subnet, claim);
}

/** Whether nobody else has it: it names no claim, or this one. */
export function isUnclaimed(subnet: Subnet, claim: SubnetClaim): boolean {
  if (isOfEarlierLife(subnet, claim)) return true;
  const { name = "" } = subnet.spec.claimRef ?? {};
  return servedClaimOf(subnet) === undefined && (name === "" || name === claim.metadata.name);
}

/** The Subnets that concern a claim. */
export interface ClaimSubnets {
  /**
   * The one that it has, or else one of an earlier life, or else the one of the name that it would have, or of the block
   * that it was promised.
   */
  readonly subnet: Subnet | undefined;
  /** Its other ones. */
  readonly strays: readonly Subnet[];
}

/**
 * A Subnet of ours has the name that its identity says. One that another operator made has another name, and is kept:
 * what was given out is told by the claim that has it (`docs/design/0005`).
 */
export function subnetsOf(world: OperatorWorld, claim: SubnetClaim, name: string): ClaimSubnets {
  const { namespace = "" } = claim.metadata;
  const promised = claim.status?.allocatedCIDR;
  const named = world.subnets.byIndex(CLAIM_INDEX, `${namespace}/${claim.metadata.name}`);
  const own = named.filter((subnet) => isMine(subnet, claim));
  const isFitting = (subnet: Subnet) =>
    isOfIdentity(subnet, claim) && (promised ?? subnet.spec.cidr) === subnet.spec.cidr;
  const chosen =
    preferred(own.filter(isFitting), name) ??
    preferred(
      named.filter((subnet) => isOfEarlierLife(subnet, claim) && isFitting(subnet)),
      name,
    ) ??
    world.subnets.get(namespace, name) ??
    (promised === undefined ? undefined : holderOfBlock(world, claim, promised));
  return {
    subnet: chosen,
    strays: own.filter(({ metadata }) => metadata.name !== chosen?.metadata.name),
  };
}

function preferred(subnets: readonly Subnet[], name: string): Subnet | undefined {
  return (
    subnets.find(({ metadata }) => metadata.name === name) ??
    subnets.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))[0]
  );
}

export function isOfIdentity({ spec }: Subnet, claim: SubnetClaim): boolean {
  return (
    spec.poolRef === claim.spec.poolRef &&
    spec.clusterID === claim.spec.clusterID &&
    (spec.purpose ?? "") === (claim.spec.purpose ?? "")
  );
}

/** The live Subnet of exactly this block, if it is for the pool and cluster of the claim. */
function holderOfBlock(world: OperatorWorld, claim: SubnetClaim, cidr: string): Subnet | undefined {
  const { namespace = "" } = claim.metadata;
  const space = world.spaces.view(keyOf({ namespace, name: claim.spec.poolRef }))?.space;
  const block = parsePrefix(cidr);
  if (space === undefined || !block.ok) return undefined;
  return space
    .overlappingOwners(block.value)
    .map(({ owner }) => world.subnets.get(namespace, owner))
    .find((subnet) => subnet !== undefined && subnet.spec.cidr === cidr && isOfIdentity(subnet, claim));
}

type Identity = Pick<Subnet["spec"], "poolRef" | "clusterID" | "purpose">;

/** The labels by which a Subnet that serves somebody is found. */
export function labelsFor({ poolRef, clusterID, purpose = "" }: Identity): Record<string, string> {
  return {
    [POOL_LABEL]: labelFor(poolRef),
    [CLUSTER_ID_LABEL]: labelFor(clusterID),
    ...(purpose === "" ? {} : { [PURPOSE_LABEL]: labelFor(purpose) }),
  };
}

function refTo({ metadata }: SubnetClaim) {
  return { name: metadata.name, uid: metadata.uid ?? "" };
}

/** Makes a Subnet that exists the claim's own. */
export function handOver(claim: SubnetClaim, subnet: Subnet): Action {
  const patch = { metadata: { labels: labelsFor(claim.spec) }, spec: { claimRef: refTo(claim) } };
  return { do: "patch", resource: SUBNETS, of: subnet, patch };
}

/** Deletes a Subnet on which nothing stands, as its owner knows: what protects it comes off first. */
export function giveBack(subnet: Subnet): Action[] {
  const { finalizers = [], deletionTimestamp } = subnet.metadata;
  const rest = finalizers.filter((finalizer) => finalizer !== SUBNET_PROTECTION_FINALIZER);
  const lift: Action = {
    do: "patch",
    resource: SUBNETS,
    of: subnet,
    patch: { metadata: { finalizers: rest } },
  };
  const remove: Action = { do: "delete", resource: SUBNETS, of: subnet };
  return [
    ...(rest.length < finalizers.length ? [lift] : []),
    ...(deletionTimestamp === undefined ? [remove] : []),
  ];
}

/** It has no owner reference: the garbage collector would delete it before what stands on it (`docs/design/0009`). */
export function newSubnetFor(claim: SubnetClaim, name: string, block: Prefix): Subnet {
  const { poolRef, clusterID, purpose = "" } = claim.spec;
  return {
    apiVersion: API_VERSION,
    kind: SUBNETS.kind,
    metadata: {
      name,
      namespace: claim.metadata.namespace ?? "",
      labels: labelsFor(claim.spec),
      finalizers: [SUBNET_PROTECTION_FINALIZER],
    },
    spec: {
      poolRef,
      clusterID,
      ...(purpose === "" ? {} : { purpose }),
      cidr: formatPrefix(block),
      claimRef: refTo(claim),
    },
  };
}
