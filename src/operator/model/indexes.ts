/**
 * All field indexes, declared once (PS-09, RQ-08). Controllers name them by constant.
 *
 * Every value carries the namespace, since a reference never leaves it.
 */
import {
  claimNameOf,
  POOL_CLAIM_LABEL,
  parentNameOf,
  SUBNET_CLAIMS,
  SUBNET_POOL_CLAIMS,
  SUBNET_POOLS,
  SUBNETS,
  type SubnetClaim,
  type SubnetPool,
} from "../../api/index.ts";
import type { KubeObject } from "../../kube/index.ts";
import { type IndexDefinition, index } from "../../runtime/index.ts";
import { isBackingClusterID } from "./subnet-name.ts";

/** Subnet → pool (PS-04). */
export const POOL_REF_INDEX = "spec.poolRef";
/** SubnetPool → parent pool, by label or reference (PS-04, PS-05). */
export const PARENT_INDEX = "metadata.labels[plexaubnet.io/parent]";
/** SubnetClaim → the identity of its allocation, see `subnet-name.ts`. */
export const IDENTITY_INDEX = "spec.poolRef/spec.clusterID";
/** Subnet → name of the claim that it serves, or served in an earlier life. */
export const CLAIM_INDEX = "spec.claimRef.name";
/** Subnet behind a child pool → the clusterID that identifies it, see `subnet-name.ts`. */
export const BACKING_INDEX = "spec.clusterID[pool.]";
/** SubnetPool → name of the SubnetPoolClaim that it was made for. */
export const MAKER_INDEX = "metadata.labels[plexaubnet.io/pool-claim]";
/** SubnetPool → UID of its controlling owner, which only another operator's has. */
export const OWNER_INDEX = "metadata.ownerReferences[controller].uid";

/** Raised when space of a pool may have become free, for all who want a certain block: see `controllers/wakes.ts`. */
export const SPACE_FREED_SIGNAL = "space freed";

/** Raised when there is a free block of some length in a pool, for one of those who want any such block. */
export const LENGTH_FREED_SIGNAL = "length freed";

/** Raised when the block behind a pool, or an ancestor of it, has changed. */
export const CIRCUMSTANCES_SIGNAL = "circumstances";

/** Raised when the creation of a Subnet ended, and the cache does not show it. */
export const CREATION_ENDED_SIGNAL = "creation ended";

export function inNamespace(object: KubeObject, value: string | undefined): string[] {
  return value === undefined || value === "" ? [] : [`${object.metadata.namespace}/${value}`];
}

/** The value of {@link IDENTITY_INDEX}. */
export function identityKey(
  namespace: string | undefined,
  { poolRef, clusterID, purpose = "" }: SubnetClaim["spec"],
): string {
  return `${namespace}/${poolRef}/${clusterID}${purpose === "" ? "" : `/${purpose}`}`;
}

/** The SubnetPoolClaim that a pool was made for. Another operator uses an owner reference for this. */
export function makerNameOf(pool: SubnetPool): string | undefined {
  const label = pool.metadata.labels?.[POOL_CLAIM_LABEL];
  if (label !== undefined && label !== "") return label;
  return pool.metadata.ownerReferences?.find(({ kind }) => kind === SUBNET_POOL_CLAIMS.kind)?.name;
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
  index(SUBNETS, CLAIM_INDEX, (subnet) => inNamespace(subnet, claimNameOf(subnet))),
  index(SUBNETS, BACKING_INDEX, (subnet) =>
    isBackingClusterID(subnet.spec.clusterID) ? inNamespace(subnet, subnet.spec.clusterID) : [],
  ),
  index(SUBNET_POOLS, PARENT_INDEX, (pool) => inNamespace(pool, parentNameOf(pool))),
  index(SUBNET_POOLS, MAKER_INDEX, (pool) => inNamespace(pool, makerNameOf(pool))),
  index(SUBNET_POOLS, OWNER_INDEX, ownerUid),
  index(SUBNET_CLAIMS, IDENTITY_INDEX, ({ metadata, spec }) => [identityKey(metadata.namespace, spec)]),
];
