/**
 * The life of a SubnetPool: it is protected while something lives in it, and holds its range in its parent
 * (PX-05; `hold-range.ts`). Pure.
 */
import {
  GROUP,
  POOL_CLAIM_LABEL,
  POOL_PROTECTION_FINALIZER,
  type PoolSettings,
  SUBNET_POOLS,
  SUBNETS,
  type Subnet,
  type SubnetPool,
} from "../../api/index.ts";
import { counted, defined } from "../../kernel/index.ts";
import type { Action, Decision } from "../../runtime/index.ts";
import { makerNameOf, PARENT_INDEX, POOL_REF_INDEX } from "../model/indexes.ts";
import { isLabelValue } from "../model/label-value.ts";
import { circumstancesKey, spaceFreedKey } from "../model/wait-keys.ts";
import { blocked, emit, settled } from "./decision.ts";
import { type HoldingSnapshot, holdRange } from "./hold-range.ts";

export interface PoolSnapshot {
  readonly pool: SubnetPool;
  /** Undefined while the spec is invalid; PoolStatus reports why. */
  readonly settings: PoolSettings | undefined;
  /** Subnets and child pools that live in it. */
  readonly subnetCount: number;
  readonly childCount: number;
  /** Claims that were promised a block and have no Subnet now. Default: none. */
  readonly promisedCount?: number;
  /** Its Subnets in parents that it names no more. */
  readonly orphans: readonly Subnet[];
  /** It is not ready for another reason than when it was last decided on, or ready again. */
  readonly isObstacleNew?: boolean | undefined;
  /** Absent when it names no parent. */
  readonly holding: HoldingSnapshot | undefined;
}

/** Those who wait for the pool to be ready repeat why it is not. */
export function decidePool(snapshot: PoolSnapshot): Decision {
  const decision = decide(snapshot);
  if (snapshot.isObstacleNew !== true) return decision;
  const { namespace, name } = snapshot.pool.metadata;
  return { ...decision, actions: [spreadObstacle(namespace, name), ...decision.actions] };
}

export function spreadObstacle(namespace: string, name: string): Action {
  return { do: "raise", keys: [circumstancesKey(namespace, name)] };
}

function decide(snapshot: PoolSnapshot): Decision {
  const { pool } = snapshot;
  if (pool.metadata.deletionTimestamp !== undefined) return decideDeletion(snapshot);
  // While something lives in the pool, its addresses are in use, and the former parent must not give them out.
  const isEmpty = whatLivesIn(snapshot) === undefined;
  const orphan = snapshot.orphans.find(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (orphan !== undefined && isEmpty) {
    return settled(`gives its block of ${orphan.spec.poolRef} back`, [
      { do: "delete", resource: SUBNETS, of: orphan },
    ]);
  }
  const decision =
    snapshot.holding === undefined
      ? settled("protected")
      : holdRange(pool, snapshot.settings, snapshot.holding);
  return { ...decision, actions: [...protect(pool), ...decision.actions] };
}

/**
 * None when it is protected already. The garbage collector must not delete it along with the claim that it was made for, nor
 * because that was restored and has another UID: from then on a label replaces the owner reference.
 */
export function protect(pool: SubnetPool): Action[] {
  const { finalizers = [], ownerReferences = [], labels = {}, deletionTimestamp } = pool.metadata;
  const owners = ownerReferences.filter(({ apiVersion }) => !apiVersion.startsWith(`${GROUP}/`));
  const maker = makerNameOf(pool);
  const isProtected = finalizers.includes(POOL_PROTECTION_FINALIZER) || deletionTimestamp !== undefined;
  const isLabelled = maker === undefined || !isLabelValue(maker) || labels[POOL_CLAIM_LABEL] === maker;
  const metadata = {
    ...defined({
      finalizers: isProtected ? undefined : [...finalizers, POOL_PROTECTION_FINALIZER],
      ownerReferences: owners.length < ownerReferences.length ? owners : undefined,
      labels: isLabelled ? undefined : { [POOL_CLAIM_LABEL]: maker },
    }),
  };
  if (Object.keys(metadata).length === 0) return [];
  return [{ do: "patch", resource: SUBNET_POOLS, of: pool, patch: { metadata } }];
}

/** What keeps a pool from going, in words; undefined when nothing does. */
export function whatLivesIn(
  snapshot: Pick<PoolSnapshot, "subnetCount" | "childCount" | "promisedCount">,
): string | undefined {
  const { subnetCount, childCount, promisedCount = 0 } = snapshot;
  if (subnetCount === 0 && childCount === 0 && promisedCount === 0) return undefined;
  const parts = [
    ...(promisedCount > 0 ? [`${counted(promisedCount, "SubnetClaim")} whose Subnet is missing`] : []),
    ...(subnetCount > 0 ? [counted(subnetCount, "Subnet")] : []),
    ...(childCount > 0 ? [counted(childCount, "child pool")] : []),
  ];
  return `the pool is deleted once it is empty; it still contains ${parts.join(" and ")}`;
}

function decideDeletion(snapshot: PoolSnapshot): Decision {
  const { pool } = snapshot;
  const finalizers = pool.metadata.finalizers ?? [];
  if (!finalizers.includes(POOL_PROTECTION_FINALIZER)) return settled("the pool is being deleted");
  const keptBy = whatLivesIn(snapshot);
  if (keptBy === undefined) {
    const rest = finalizers.filter((finalizer) => finalizer !== POOL_PROTECTION_FINALIZER);
    const patch = { metadata: { finalizers: rest } };
    return settled("the pool is empty", [{ do: "patch", resource: SUBNET_POOLS, of: pool, patch }]);
  }
  const value = `${pool.metadata.namespace}/${pool.metadata.name}`;
  const until = [
    { resource: SUBNETS, index: POOL_REF_INDEX, value, on: ["deleted"] as const },
    { resource: SUBNET_POOLS, index: PARENT_INDEX, value },
    spaceFreedKey(pool.metadata.namespace, pool.metadata.name),
  ] as const;
  // An Event once; the number of remaining objects is in the status.
  const ready = pool.status?.conditions?.find(({ type }) => type === "Ready");
  const isTold = ready?.reason === "DeletionBlocked";
  return blocked(keptBy, until, isTold ? [] : [emit(pool, "Warning", "DeletionBlocked", keptBy)]);
}
