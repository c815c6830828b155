/**
 * The life of a SubnetPool: it is protected while something lives in it, and holds its own block in its parent
 * (PX-05; allocation.md, "Child pool = exactly its backing Subnet in the parent"). Pure.
 */
import {
  API_VERSION,
  CLUSTER_ID_LABEL,
  POOL_LABEL,
  POOL_PROTECTION_FINALIZER,
  type PoolSettings,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetPool,
} from "../../api/index.ts";
import { formatPrefix } from "../../ipam/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import { asked, blocked, emit, poolWakeKeys, settled } from "../decisions.ts";
import { PARENT_INDEX, POOL_REF_INDEX } from "../indexes.ts";
import type { PoolState } from "../pool-state.ts";
import { spaceFreedKey } from "../space-signals.ts";
import { backingClusterID, subnetNameFor } from "../subnet-name.ts";

export interface PoolSnapshot {
  readonly pool: SubnetPool;
  /** Undefined while the spec has faults; PoolStatus says which. */
  readonly settings: PoolSettings | undefined;
  /** Subnets and child pools that live in it. */
  readonly subnetCount: number;
  readonly childCount: number;
  /** Present when the pool names a parent and no SubnetPoolClaim made it: then nobody else holds its block. */
  /** Its Subnets in parents that it names no more. */
  readonly strays: readonly Subnet[];
  readonly backing:
    | undefined
    | {
        readonly parentName: string;
        readonly parent: PoolState;
        readonly subnet: Subnet | undefined;
      };
}

export function decidePool(snapshot: PoolSnapshot): Decision {
  const { pool } = snapshot;
  if (pool.metadata.deletionTimestamp !== undefined) return decideDeletion(snapshot);
  // While something lives in the pool, its addresses are in use, and the former parent must not give them out.
  const isEmpty = whatLivesIn(snapshot) === undefined;
  const stray = snapshot.strays.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (stray !== undefined && isEmpty) {
    return settled(`gives its block of ${stray.spec.poolRef} back`, [
      { do: "delete", resource: SUBNETS, of: stray },
    ]);
  }
  const decision =
    snapshot.backing === undefined ? settled("protected") : holdBlock(snapshot, snapshot.backing);
  return { ...decision, actions: [...protect(pool), ...decision.actions] };
}

function protect(pool: SubnetPool): Action[] {
  const finalizers = pool.metadata.finalizers ?? [];
  if (finalizers.includes(POOL_PROTECTION_FINALIZER)) return [];
  const patch = { metadata: { finalizers: [...finalizers, POOL_PROTECTION_FINALIZER] } };
  return [{ do: "patch", resource: SUBNET_POOLS, of: pool, patch }];
}

/** What keeps a pool from going, in words; undefined when nothing does. */
export function whatLivesIn(snapshot: Pick<PoolSnapshot, "subnetCount" | "childCount">): string | undefined {
  const { subnetCount, childCount } = snapshot;
  if (subnetCount === 0 && childCount === 0) return undefined;
  const parts = [
    ...(subnetCount > 0 ? [`${subnetCount} Subnet${subnetCount === 1 ? "" : "s"}`] : []),
    ...(childCount > 0 ? [`${childCount} child pool${childCount === 1 ? "" : "s"}`] : []),
  ];
  return `the pool goes when what lives in it is gone: ${parts.join(" and ")}`;
}

function decideDeletion(snapshot: PoolSnapshot): Decision {
  const { pool } = snapshot;
  const finalizers = pool.metadata.finalizers ?? [];
  if (!finalizers.includes(POOL_PROTECTION_FINALIZER)) return settled("the pool is going");
  const keptBy = whatLivesIn(snapshot);
  if (keptBy === undefined) {
    const rest = finalizers.filter((finalizer) => finalizer !== POOL_PROTECTION_FINALIZER);
    const patch = { metadata: { finalizers: rest } };
    return settled("nothing lives in the pool any more", [
      { do: "patch", resource: SUBNET_POOLS, of: pool, patch },
    ]);
  }
  const value = `${pool.metadata.namespace}/${pool.metadata.name}`;
  const until = [
    { resource: SUBNETS, index: POOL_REF_INDEX, value, on: ["deleted"] as const },
    { resource: SUBNET_POOLS, index: PARENT_INDEX, value },
  ] as const;
  // Told once; how many are left is in the status.
  const ready = pool.status?.conditions?.find(({ type }) => type === "Ready");
  const isTold = ready?.reason === "DeletionBlocked";
  return blocked(keptBy, until, isTold ? [] : [emit(pool, "Warning", "DeletionBlocked", keptBy)]);
}

function holdBlock(
  { pool, settings }: PoolSnapshot,
  backing: NonNullable<PoolSnapshot["backing"]>,
): Decision {
  if (settings === undefined) return settled("the spec has faults");
  const namespace = pool.metadata.namespace ?? "";
  const wake = [
    ...poolWakeKeys(namespace, backing.parentName, backing.parent),
    spaceFreedKey(namespace, backing.parentName),
  ] as const;
  if (backing.parent.state !== "usable")
    return blocked(`the parent ${backing.parentName} is not ready`, wake);
  if (backing.subnet !== undefined) return settled("its block in the parent is asked for");
  const subnetKey = `${namespace}/${subnetNameFor(backing.parentName, backingClusterID(pool.metadata.name))}`;
  return asked("asks for its block in the parent", subnetKey, [
    createBacking(pool, settings, backing.parentName),
  ]);
}

function createBacking(pool: SubnetPool, settings: PoolSettings, parentName: string): Action {
  const owner = {
    apiVersion: API_VERSION,
    kind: SUBNET_POOLS.kind,
    name: pool.metadata.name,
    uid: pool.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
  return backingSubnet({
    namespace: pool.metadata.namespace ?? "",
    parentName,
    childName: pool.metadata.name,
    cidr: formatPrefix(settings.cidr),
    owner,
  });
}

/** The Subnet by which a child pool holds its block in the parent. */
export function backingSubnet(of: {
  readonly namespace: string;
  readonly parentName: string;
  readonly childName: string;
  readonly cidr: string;
  readonly owner: NonNullable<Subnet["metadata"]["ownerReferences"]>[number];
}): Action {
  const clusterID = backingClusterID(of.childName);
  const object: Subnet = {
    apiVersion: API_VERSION,
    kind: SUBNETS.kind,
    metadata: {
      name: subnetNameFor(of.parentName, clusterID),
      namespace: of.namespace,
      labels: { [POOL_LABEL]: of.parentName, [CLUSTER_ID_LABEL]: clusterID },
      ownerReferences: [of.owner],
    },
    spec: { poolRef: of.parentName, clusterID, cidr: of.cidr },
  };
  return { do: "create", resource: SUBNETS, object };
}
