/**
 * Subnets as an API server returns them to a client: every field that the operator fills in, and
 * managedFields.
 */
import { createHash } from "node:crypto";
import type { KubeObject, Resource } from "../../src/client/index.ts";

export interface Subnet extends KubeObject {
  readonly spec: { readonly poolRef: string; readonly cidr: string; readonly clusterID: string };
}

export const subnets: Resource<Subnet> = {
  group: "plexaubnet.io",
  version: "v1alpha1",
  kind: "Subnet",
  plural: "subnets",
  namespaced: true,
};

export const SUBNETS = 100_000;
export const POOLS = 1_000;

/** The `n`th Subnet at this revision. Equal for equal arguments. */
export function subnetJson(n: number, revision: number): string {
  const pool = `pool-${String(n % POOLS).padStart(4, "0")}`;
  const cluster = `cluster-${String(n).padStart(6, "0")}`;
  const uid = (kind: number) => `${n.toString(16).padStart(8, "0")}-000${kind}-4000-8000-000000000000`;
  const time = `2026-01-${String(1 + (n % 28)).padStart(2, "0")}T09:${String(n % 60).padStart(2, "0")}:00Z`;
  const claim = `claim-${cluster}`;
  // As the operator names them: what distinguishes pool and cluster, cut to ten digits.
  const digest = createHash("sha256").update(`${pool}/${cluster}`).digest("hex").slice(0, 10);
  return JSON.stringify({
    apiVersion: "plexaubnet.io/v1alpha1",
    kind: "Subnet",
    metadata: {
      name: `${pool}-${cluster}-${digest}`,
      namespace: `team-${n % 20}`,
      uid: uid(1),
      resourceVersion: String(revision),
      generation: 1,
      creationTimestamp: time,
      labels: { "plexaubnet.io/pool": pool, "plexaubnet.io/cluster-id": cluster },
      finalizers: ["plexaubnet.io/subnet-protection"],
      managedFields: [
        {
          manager: "plexaubnet",
          operation: "Update",
          apiVersion: "plexaubnet.io/v1alpha1",
          time,
          fieldsType: "FieldsV1",
          fieldsV1: { "f:spec": { "f:cidr": {}, "f:clusterID": {}, "f:poolRef": {}, "f:claimRef": {} } },
        },
      ],
    },
    spec: {
      poolRef: pool,
      cidr: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}/32`,
      clusterID: cluster,
      claimRef: { name: claim, uid: uid(2) },
    },
    status: {
      phase: "Allocated",
      life: `u${uid(1).slice(0, 8)}`,
      allocatedAt: time,
      observedGeneration: 1,
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "Allocated",
          message: "holds its block",
          lastTransitionTime: time,
        },
      ],
    },
  });
}
