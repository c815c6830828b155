/** The Subnet by which a claim holds its block: which one that is, how it is made, passes to a claim, and is given back. */
import {
  API_VERSION,
  CLUSTER_ID_LABEL,
  POOL_LABEL,
  PURPOSE_LABEL,
  SUBNET_PROTECTION_FINALIZER,
  SUBNETS,
  type Subnet,
  type SubnetClaim,
} from "../../api/index.ts";
import { formatPrefix, type Prefix } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import type { Action } from "../../runtime/index.ts";
import { labelFor } from "../model/label-value.ts";

type Identity = Pick<Subnet["spec"], "poolRef" | "clusterID" | "purpose">;

/** The labels by which the Subnet of a claim or a child pool is found. */
export function labelsFor({ poolRef, clusterID, purpose = "" }: Identity): Record<string, string> {
  return {
    [POOL_LABEL]: labelFor(poolRef),
    [CLUSTER_ID_LABEL]: labelFor(clusterID),
    ...(purpose === "" ? {} : { [PURPOSE_LABEL]: labelFor(purpose) }),
  };
}

function refTo({ metadata }: SubnetClaim) {
  return { name: metadata.name, uid: metadata.uid ?? "" };
}

/** Makes a Subnet that exists the claim's own. */
export function handOver(claim: SubnetClaim, subnet: Subnet): Action {
  const patch = { metadata: { labels: labelsFor(claim.spec) }, spec: { claimRef: refTo(claim) } };
  return { do: "patch", resource: SUBNETS, of: subnet, patch };
}

/** Deletes a Subnet on which nothing stands, as its owner knows: what protects it comes off first. */
export function giveBack(subnet: Subnet): Action[] {
  const { finalizers = [], deletionTimestamp } = subnet.metadata;
  const rest = finalizers.filter((finalizer) => finalizer !== SUBNET_PROTECTION_FINALIZER);
  const lift: Action = {
    do: "patch",
    resource: SUBNETS,
    of: subnet,
    patch: { metadata: { finalizers: rest } },
  };
  const remove: Action = { do: "delete", resource: SUBNETS, of: subnet };
  return [
    ...(rest.length < finalizers.length ? [lift] : []),
    ...(deletionTimestamp === undefined ? [remove] : []),
  ];
}

/** It has no owner reference: the garbage collector would delete it before what stands on it (`docs/design/0009`). */
export function newSubnetFor(claim: SubnetClaim, name: string, block: Prefix): Subnet {
  const { poolRef, clusterID, purpose = "" } = claim.spec;
  return {
    apiVersion: API_VERSION,
    kind: SUBNETS.kind,
    metadata: {
      name,
      namespace: claim.metadata.namespace,
      labels: labelsFor(claim.spec),
      finalizers: [SUBNET_PROTECTION_FINALIZER],
    },
    spec: {
      poolRef,
      clusterID,
      ...defined({ purpose: purpose || undefined }),
      cidr: formatPrefix(block),
      claimRef: refTo(claim),
    },
  };
}
