/** Subnet: a block that is given out, or asks to be. The record of who holds what. */
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
    message: `${field} is immutable: delete the Subnet and make a new one`,
    reason: "FieldValueForbidden" as const,
  };
}

const fixedPurpose = {
  rule: "has(self.purpose) == has(oldSelf.purpose) && (!has(self.purpose) || self.purpose == oldSelf.purpose)",
  message: "purpose is immutable: delete the Subnet and make a new one",
  reason: "FieldValueForbidden" as const,
};

/**
 * `claimRef` alone may change: a retained block passes from a claim that is gone to the next one with the same
 * identity.
 */
export const SubnetSpec = Type.Object(
  {
    poolRef: objectName("The pool, in the same namespace."),
    cidr: prefixText("The block."),
    clusterID: clusterId("Whom the block is for."),
    purpose: Type.Optional(purpose("What it is for, as the claim says.")),
    claimRef: Type.Optional(
      Type.Object(
        { name: Type.Optional(Type.String()), uid: Type.Optional(Type.String()) },
        { description: "The claim that it serves." },
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
        "The beginning of the metadata.uid that was decided about: a status that was restored from a backup speaks of another one.",
    }),
  ),
  phase: Type.Optional(
    oneOf(SUBNET_PHASES, {
      description:
        "Pending is not decided yet; Released outlived its claim and still holds its block; Failed holds nothing.",
    }),
  ),
  allocatedAt: Type.Optional(Type.String({ format: "date-time" })),
  releasedAt: Type.Optional(Type.String({ format: "date-time" })),
  message: Type.Optional(Type.String()),
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

/** Whether somebody decided about this very object, whatever it was changed to since. */
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
  description: "A block of a pool that is given out, or asks to be.",
  spec: SubnetSpec,
  status: SubnetStatus,
  columns: [
    {
      name: "Phase",
      type: "string",
      jsonPath: ".status.phase",
      description: "Pending, Allocated, Released or Failed.",
    },
    { name: "Pool", type: "string", jsonPath: ".spec.poolRef", description: "The pool." },
    { name: "CIDR", type: "string", jsonPath: ".spec.cidr", description: "The block." },
    { name: "ClusterID", type: "string", jsonPath: ".spec.clusterID", description: "Whom it is for." },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.poolRef", ".spec.clusterID", ".spec.cidr", ".status.phase"],
};

export const SUBNETS = resourceOf<Subnet>(definition);
export const subnetCrd = crdOf(definition);
