import type { ObjectAddress } from "../../src/apiserver/store/index.ts";
import type { AnyObject } from "../../src/kube/object.ts";

export const SUBNETS = "plexaubnet.io/subnets";

export function subnetAddress(i: number): ObjectAddress {
  return { kind: SUBNETS, namespace: `team-${i % 10}`, name: `subnet-${i}` };
}

/**
 * A Subnet as the operator leaves it: owned, labelled, allocated, with managed fields. About 1.1 KiB of JSON.
 */
export function sampleSubnet(i: number): AnyObject {
  const { name, namespace } = subnetAddress(i);
  const apiVersion = "plexaubnet.io/v1alpha1";
  const digits = String(i).padStart(12, "0");
  const time = "2026-01-31T09:30:00Z";
  const owner = {
    apiVersion,
    kind: "SubnetClaim",
    name: `claim-${i}`,
    uid: `5e0f9b1e-7a44-4000-8000-${digits}`,
  };
  return {
    apiVersion,
    kind: "Subnet",
    metadata: {
      name,
      namespace,
      uid: `4e0f9b1e-7a44-4000-8000-${digits}`,
      creationTimestamp: time,
      generation: 1,
      labels: { "plexaubnet.io/pool": `pool-${i % 100}`, "plexaubnet.io/cluster-id": `cluster-${i}` },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      managedFields: [
        {
          manager: "plexaubnet",
          operation: "Update",
          apiVersion,
          time,
          fieldsType: "FieldsV1",
          fieldsV1: {
            "f:metadata": { "f:labels": { "f:plexaubnet.io/pool": {}, "f:plexaubnet.io/cluster-id": {} } },
            "f:spec": { "f:poolRef": {}, "f:cidr": {}, "f:clusterID": {}, "f:claimRef": {} },
          },
        },
      ],
    },
    spec: {
      poolRef: `pool-${i % 100}`,
      cidr: `10.${(i >> 8) & 255}.${i & 255}.0/24`,
      clusterID: `cluster-${i}`,
      claimRef: { name: owner.name, uid: owner.uid },
    },
    status: { phase: "Allocated", allocatedAt: time, observedGeneration: 1 },
  };
}
