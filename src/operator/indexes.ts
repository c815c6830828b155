/**
 * All field indexes, declared once (PS-09, RQ-08). Controllers name them by constant.
 *
 * Every value carries the namespace, since a reference never leaves it.
 */
import { parentNameOf, SUBNET_CLAIMS, SUBNET_POOLS, SUBNETS, servedClaimOf } from "../api/index.ts";
import type { KubeObject } from "../client/index.ts";
import { type IndexDefinition, index } from "../runtime/index.ts";

/** Subnet → pool (PS-04). */
export const POOL_REF_INDEX = "spec.poolRef";
/** SubnetPool → parent pool, by label or reference (PS-04, PS-05). */
export const PARENT_INDEX = "metadata.labels[plexaubnet.io/parent]";
/** SubnetClaim → the identity of its allocation, see `subnet-name.ts`. */
export const IDENTITY_INDEX = "spec.poolRef/spec.clusterID";
/** Subnet → UID of the claim that it serves. */
export const CLAIM_UID_INDEX = "spec.claimRef.uid";
/** Any object → UID of its controlling owner. */
export const OWNER_INDEX = "metadata.ownerReferences[controller].uid";

/** Raised when space of a pool may have become free: see `space-signals.ts`. */
export const SPACE_FREED_SIGNAL = "space freed";

/** Raised when the block behind a pool, or an ancestor of it, has changed. */
export const CIRCUMSTANCES_SIGNAL = "circumstances";

/** Raised when the creation of a Subnet ended, and the cache does not show it. */
export const CREATION_ENDED_SIGNAL = "creation ended";

export function inNamespace(object: KubeObject, value: string | undefined): string[] {
  return value === undefined || value === "" ? [] : [`${object.metadata.namespace}/${value}`];
}

export function controllerOf(object: KubeObject) {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

function ownerUid(object: KubeObject): string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}

export const operatorIndexes: readonly IndexDefinition[] = [
  index(SUBNETS, POOL_REF_INDEX, (subnet) => inNamespace(subnet, subnet.spec.poolRef)),
  index(SUBNETS, CLAIM_UID_INDEX, (subnet) => {
    const claim = servedClaimOf(subnet);
    return claim === undefined ? [] : [claim.uid];
  }),
  index(SUBNETS, OWNER_INDEX, ownerUid),
  index(SUBNET_POOLS, PARENT_INDEX, (pool) => inNamespace(pool, parentNameOf(pool))),
  index(SUBNET_POOLS, OWNER_INDEX, ownerUid),
  index(SUBNET_CLAIMS, IDENTITY_INDEX, (claim) =>
    inNamespace(claim, `${claim.spec.poolRef}/${claim.spec.clusterID}`),
  ),
];
