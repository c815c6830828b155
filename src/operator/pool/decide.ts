/**
 * The life of a SubnetPool: it is protected while something lives in it, and holds its range in its parent
 * (PX-05; `hold-range.ts`). Pure.
 */
import {
  POOL_PROTECTION_FINALIZER,
  type PoolSettings,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetPool,
} from "../../api/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import { blocked, emit, settled } from "../decisions.ts";
import { PARENT_INDEX, POOL_REF_INDEX } from "../indexes.ts";
import { type HoldingSnapshot, holdRange } from "./hold-range.ts";

export interface PoolSnapshot {
  readonly pool: SubnetPool;
  /** Undefined while the spec has faults; PoolStatus says which. */
  readonly settings: PoolSettings | undefined;
  /** Subnets and child pools that live in it. */
  readonly subnetCount: number;
  readonly childCount: number;
  /** Its Subnets in parents that it names no more. */
  readonly strays: readonly Subnet[];
  /** Absent when it names no parent. */
  readonly holding: HoldingSnapshot | undefined;
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
    snapshot.holding === undefined
      ? settled("protected")
      : holdRange(pool, snapshot.settings, snapshot.holding);
  return { ...decision, actions: [...protect(pool), ...decision.actions] };
}

/** None when it is protected already. */
export function protect(pool: SubnetPool): Action[] {
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
