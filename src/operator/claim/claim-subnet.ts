/** The Subnet by which a claim holds its block: which one that is, how it is made, and how it passes to a claim. */
import {
  API_VERSION,
  CLUSTER_ID_LABEL,
  POOL_LABEL,
  REUSE_DELAY_FINALIZER,
  SUBNET_CLAIMS,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
  servedClaimOf,
} from "../../api/index.ts";
import { formatPrefix, type Prefix, parsePrefix } from "../../ipam/index.ts";
import { type Action, keyOf } from "../../runtime/index.ts";
import { CLAIM_UID_INDEX, controllerOf } from "../indexes.ts";
import { labelFor } from "../label-value.ts";
import type { OperatorWorld } from "../operator-world.ts";
import type { ReleasePolicy } from "../release-policy.ts";

export function isMine(subnet: Subnet, claim: SubnetClaim): boolean {
  return subnet.spec.claimRef?.uid !== undefined && subnet.spec.claimRef.uid === claim.metadata.uid;
}

/** Whether nobody else has it: it names no claim, or this one without saying which of that name. */
export function isUnclaimed(subnet: Subnet, claim: SubnetClaim): boolean {
  if (servedClaimOf(subnet) !== undefined) return false;
  const { name } = subnet.spec.claimRef ?? {};
  const owner = controllerOf(subnet);
  const isOwnOrFree = owner === undefined || owner.uid === claim.metadata.uid;
  return isOwnOrFree && (name === undefined || name === "" || name === claim.metadata.name);
}

/** The Subnets that concern a claim. */
export interface ClaimSubnets {
  /** The one that it has, or else the one of the name that it would have, or of the block that it was promised. */
  readonly subnet: Subnet | undefined;
  /** Its other ones. */
  readonly strays: readonly Subnet[];
}

/**
 * A Subnet of ours has the name that its identity says. One that another operator made has another name, and is kept:
 * what was given out is told by the claim that has it (`docs/design`, "Adopting").
 */
export function subnetsOf(world: OperatorWorld, claim: SubnetClaim, name: string): ClaimSubnets {
  const { namespace = "", uid = "" } = claim.metadata;
  const promised = claim.status?.allocatedCIDR;
  const own = world.subnets
    .byIndex(CLAIM_UID_INDEX, uid)
    .filter(({ metadata }) => metadata.namespace === namespace);
  const fitting = own.filter(
    (subnet) => isOfIdentity(subnet, claim) && (promised ?? subnet.spec.cidr) === subnet.spec.cidr,
  );
  const chosen =
    fitting.find(({ metadata }) => metadata.name === name) ??
    fitting.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))[0] ??
    world.subnets.get(namespace, name) ??
    (promised === undefined ? undefined : holderOfBlock(world, claim, promised));
  return {
    subnet: chosen,
    strays: own.filter(({ metadata }) => metadata.name !== chosen?.metadata.name),
  };
}

function isOfIdentity({ spec }: Subnet, claim: SubnetClaim): boolean {
  return spec.poolRef === claim.spec.poolRef && spec.clusterID === claim.spec.clusterID;
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

/** Whether those who select by label find it. */
export function isLabelled({ metadata }: Subnet): boolean {
  return metadata.labels?.[POOL_LABEL] !== undefined;
}

function labelsFor({ spec: { poolRef, clusterID } }: SubnetClaim) {
  return { [POOL_LABEL]: labelFor(poolRef), [CLUSTER_ID_LABEL]: labelFor(clusterID) };
}

function refTo({ metadata }: SubnetClaim) {
  return { name: metadata.name, uid: metadata.uid ?? "" };
}

/** Makes a Subnet that exists the claim's own. */
export function handOver(claim: SubnetClaim, subnet: Subnet): Action {
  const patch = { metadata: { labels: labelsFor(claim) }, spec: { claimRef: refTo(claim) } };
  return { do: "patch", resource: SUBNETS, of: subnet, patch };
}

/** One that stays behind, for good or for a time, is not owned by its claim. */
export function newSubnetFor(
  claim: SubnetClaim,
  name: string,
  block: Prefix,
  { retains, delayMs }: ReleasePolicy,
): Subnet {
  const { poolRef, clusterID } = claim.spec;
  const owner = {
    apiVersion: API_VERSION,
    kind: SUBNET_CLAIMS.kind,
    ...refTo(claim),
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: API_VERSION,
    kind: SUBNETS.kind,
    metadata: {
      name,
      namespace: claim.metadata.namespace ?? "",
      labels: labelsFor(claim),
      ...(retains || delayMs > 0 ? {} : { ownerReferences: [owner] }),
      ...(delayMs > 0 ? { finalizers: [REUSE_DELAY_FINALIZER] } : {}),
    },
    spec: { poolRef, clusterID, cidr: formatPrefix(block), claimRef: refTo(claim) },
  };
}
