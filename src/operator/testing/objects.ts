/** Objects for tests, as an API server would return them: short to write, complete to read. */
import {
  API_VERSION,
  type Subnet,
  type SubnetClaim,
  type SubnetPool,
  type SubnetPoolClaim,
  type SubnetStatus,
} from "../../api/index.ts";
import type { NamespacedMeta } from "../../kube/index.ts";

export const NAMESPACE = "fleet";
export const NOW_TEXT = "2026-01-01T00:00:00Z";

export function meta(name: string, more: Partial<NamespacedMeta> = {}): NamespacedMeta {
  return { name, namespace: NAMESPACE, uid: `uid-${name}`, resourceVersion: "1", generation: 1, ...more };
}

interface More<Spec, Status> {
  readonly metadata?: Partial<NamespacedMeta>;
  readonly spec?: Partial<Spec>;
  readonly status?: Status;
}

function withStatus<Status>(more: { readonly status?: Status }): { status?: Status } {
  return more.status === undefined ? {} : { status: more.status };
}

export function pool(
  name: string,
  cidr: string,
  more: More<SubnetPool["spec"], NonNullable<SubnetPool["status"]>> = {},
): SubnetPool {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPool",
    metadata: meta(name, more.metadata),
    spec: { cidr, ...more.spec },
    ...withStatus(more),
  };
}

export function claim(
  name: string,
  poolRef: string,
  more: More<SubnetClaim["spec"], NonNullable<SubnetClaim["status"]>> = {},
): SubnetClaim {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetClaim",
    metadata: meta(name, more.metadata),
    spec: { poolRef, clusterID: name, ...more.spec },
    ...withStatus(more),
  };
}

export function subnet(
  name: string,
  poolRef: string,
  cidr: string,
  more: More<Subnet["spec"], SubnetStatus> = {},
): Subnet {
  return {
    apiVersion: API_VERSION,
    kind: "Subnet",
    metadata: meta(name, more.metadata),
    spec: { poolRef, cidr, clusterID: name, ...more.spec },
    ...withStatus(more),
  };
}

export function allocated(status: SubnetStatus = {}): SubnetStatus {
  return { phase: "Allocated", observedGeneration: 1, allocatedAt: NOW_TEXT, ...status };
}

export function poolClaim(
  name: string,
  parentPoolRef: string,
  desiredBlockSize: number,
  more: More<SubnetPoolClaim["spec"], NonNullable<SubnetPoolClaim["status"]>> = {},
): SubnetPoolClaim {
  return {
    apiVersion: API_VERSION,
    kind: "SubnetPoolClaim",
    metadata: meta(name, more.metadata),
    spec: { parentPoolRef, desiredBlockSize, ...more.spec },
    ...withStatus(more),
  };
}
