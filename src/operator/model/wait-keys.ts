/** What a decision waits for, in the operator's terms. What wakes by a signal is raised in `controllers/wakes.ts`. */
import { SUBNET_CLAIMS, SUBNET_POOLS, SUBNETS } from "../../api/index.ts";
import type { Resource } from "../../kube/index.ts";
import { NAME_INDEX, type SignalWaitKey, type WaitKey } from "../../runtime/index.ts";
import {
  CIRCUMSTANCES_SIGNAL,
  CREATION_ENDED_SIGNAL,
  LENGTH_FREED_SIGNAL,
  SPACE_FREED_SIGNAL,
} from "./indexes.ts";
import type { PoolState } from "./pool-state.ts";

/** Wakes on whatever happens to one object, its appearance included. */
export function objectKey(resource: Resource, namespace: string, name: string): WaitKey {
  return { resource, index: NAME_INDEX, value: `${namespace}/${name}` };
}

/** Wakes when a claim changes in more than its status, or goes. */
export function claimKey(namespace: string, name: string): WaitKey {
  return { ...objectKey(SUBNET_CLAIMS, namespace, name), ignoreStatus: true };
}

/** Wakes on whatever happens to a Subnet, also when its creation ends and no watch shows it. */
export function subnetKeys(namespace: string, name: string): readonly [WaitKey, WaitKey] {
  return [
    objectKey(SUBNETS, namespace, name),
    { signal: CREATION_ENDED_SIGNAL, value: `${namespace}/${name}` },
  ];
}

/** Wakes when a pool appears, goes, or changes in more than its status. */
export function poolKey(namespace: string, name: string): WaitKey {
  return { ...objectKey(SUBNET_POOLS, namespace, name), ignoreStatus: true };
}

/**
 * Wakes when the pool may have become usable, or is so no more. Why a pool is not ready may lie in another object: in the Subnet by which
 * it holds its block, or in its ancestors. Its status shows that late, or not at all when it goes as fast as it came.
 */
export function poolWakeKeys(
  namespace: string,
  name: string,
  pool: PoolState,
): readonly [WaitKey, ...WaitKey[]] {
  const itself = poolKey(namespace, name);
  // One without a parent depends on nothing else.
  const isAlone = pool.state === "usable" && pool.settings.parentName === undefined;
  return pool.state === "missing" || isAlone ? [itself] : [itself, circumstancesKey(namespace, name)];
}

/** Wakes when what a pool's state depends on beside its own spec may have changed. */
export function circumstancesKey(namespace: string, name: string): SignalWaitKey {
  return { signal: CIRCUMSTANCES_SIGNAL, value: `${namespace}/${name}` };
}

/** For those who want a certain block. */
export function spaceFreedKey(namespace: string, poolName: string): SignalWaitKey {
  return { signal: SPACE_FREED_SIGNAL, value: `${namespace}/${poolName}` };
}

/** For those who want any block of this length. */
export function lengthFreedKey(namespace: string, poolName: string, length: number): SignalWaitKey {
  return { signal: LENGTH_FREED_SIGNAL, value: `${namespace}/${poolName}/${length}` };
}
