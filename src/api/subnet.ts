/** Subnet: a block that is allocated, or requested. The record of its holder. */
import { type Static, Type } from "typebox";
import type { NamespacedObject } from "../kube/index.ts";
import { rules } from "./cel-rule.ts";
import { AGE_COLUMN, crdOf, type KindDefinition, resourceOf } from "./kind.ts";
import { lifeOf } from "./life.ts";
import {
  clusterId,
  conditions,
  objectName,
  observedGeneration,
  oneOf,
  prefixText,
  purpose,
} from "./schema.ts";

function fixed(field: string) {
  return {
    rule: `self.${field} == oldSelf.${field}`,
    message: `${field} is immutable: delete the Subnet and create a new one`,
    reason: "FieldValueForbidden" as const,
  };
}

const fixedPurpose = {
  rule: "has(self.purpose) == has(oldSelf.purpose) && (!has(self.purpose) || self.purpose == oldSelf.purpose)",
  message: "purpose is immutable: delete the Subnet and create a new one",
  reason: "FieldValueForbidden" as const,
};

/**
 * `claimRef` alone may change: a retained block passes from a claim that is gone to the next one with the same
 * identity.
 */
export const SubnetSpec = Type.Object(
  {
    poolRef: objectName("Name of the SubnetPool that contains the block, in the same namespace."),
    cidr: prefixText("The block, as a prefix without host bits."),
    clusterID: clusterId("Identifier of the cluster that uses the block."),
    purpose: Type.Optional(purpose("What the block is used for; copied from the claim.")),
    claimRef: Type.Optional(
      Type.Object(
        { name: Type.Optional(Type.String()), uid: Type.Optional(Type.String()) },
        { description: "The claim that the block is allocated to." },
      ),
    ),
  },
  rules(fixed("poolRef"), fixed("cidr"), fixed("clusterID"), fixedPurpose),
);

export const SUBNET_PHASES = ["Pending", "Allocated", "Released", "Failed"] as const;

export const SubnetStatus = Type.Object({
  observedGeneration: observedGeneration(),
  life: Type.Optional(
    Type.String({
      maxLength: 36,
      description:
        "Beginning of the metadata.uid that the decision was made for. In a status that was restored from a backup it differs from the UID of the object, and the status is ignored.",
    }),
  ),
  phase: Type.Optional(
    oneOf(SUBNET_PHASES, {
      description:
        "Pending: not decided yet. Allocated: the Subnet holds its block. Released: the claim is gone, and the Subnet still holds its block. Failed: the Subnet holds no block.",
    }),
  ),
  allocatedAt: Type.Optional(
    Type.String({ format: "date-time", description: "Time at which the block was allocated." }),
  ),
  releasedAt: Type.Optional(
    Type.String({ format: "date-time", description: "Time at which the block was released." }),
  ),
  message: Type.Optional(Type.String({ description: "Human-readable explanation of the phase." })),
  conditions: conditions(),
});

export type SubnetSpec = Static<typeof SubnetSpec>;
export type SubnetStatus = Static<typeof SubnetStatus>;

export interface Subnet extends NamespacedObject {
  readonly spec: SubnetSpec;
  readonly status?: SubnetStatus;
}

/** Whether the Subnet holds its block against others (`docs/allocation-protocol.md#live`). */
export function isLive(subnet: Subnet): boolean {
  return subnet.status?.phase !== "Failed";
}

/** What an object's name may look like (RFC 1123 subdomain). */
const OBJECT_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** The claim that it serves; undefined where the reference is empty, or cannot be that of any object. */
export function servedClaimOf({
  spec,
}: Pick<Subnet, "spec">): { readonly name: string; readonly uid: string } | undefined {
  const { name = "", uid = "" } = spec.claimRef ?? {};
  return uid !== "" && OBJECT_NAME.test(name) ? { name, uid } : undefined;
}

/** The name of the claim that it serves, or served in an earlier life; undefined where there is none. */
export function claimNameOf({ spec }: Pick<Subnet, "spec">): string | undefined {
  const { name = "" } = spec.claimRef ?? {};
  return OBJECT_NAME.test(name) ? name : undefined;
}

/** Whether its status is a decision about this very object, and not one that was restored from a backup. */
export function isOfThisLife(subnet: Subnet): boolean {
  return subnet.status?.life === lifeOf(subnet);
}

/** Whether an operator has decided on this very object, however it was changed since. */
export function wasDecided(subnet: Subnet): boolean {
  return isOfThisLife(subnet) && (subnet.status?.phase ?? "Pending") !== "Pending";
}

/**
 * Whether its status speaks of what it is now. One of an earlier version names no life. That an object is being deleted
 * counts as a generation, and changes nothing about its spec.
 */
export function isDecided(subnet: Subnet): boolean {
  const { life, observedGeneration } = subnet.status ?? {};
  const { generation, deletionTimestamp } = subnet.metadata;
  const isOwn = life === undefined || isOfThisLife(subnet);
  if (!isOwn || observedGeneration === undefined || generation === undefined) return false;
  return (
    observedGeneration === generation ||
    (deletionTimestamp !== undefined && observedGeneration === generation - 1)
  );
}

const definition: KindDefinition = {
  kind: "Subnet",
  plural: "subnets",
  shortNames: ["sn"],
  description:
    "Subnet is a block of a SubnetPool that is allocated or requested, and the record of its holder.",
  spec: SubnetSpec,
  status: SubnetStatus,
  columns: [
    {
      name: "Phase",
      type: "string",
      jsonPath: ".status.phase",
      description: "Pending, Allocated, Released or Failed.",
    },
    { name: "Pool", type: "string", jsonPath: ".spec.poolRef", description: "The pool of the block." },
    { name: "CIDR", type: "string", jsonPath: ".spec.cidr", description: "The block." },
    {
      name: "ClusterID",
      type: "string",
      jsonPath: ".spec.clusterID",
      description: "The cluster that uses the block.",
    },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.poolRef", ".spec.clusterID", ".spec.cidr", ".status.phase"],
};

export const SUBNETS = resourceOf<Subnet>(definition);
export const subnetCrd = crdOf(definition);
