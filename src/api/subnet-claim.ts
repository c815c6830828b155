/** SubnetClaim: a cluster's wish for a block of a pool. */
import { type Static, Type } from "typebox";
import type { NamespacedObject } from "../kube/index.ts";
import { rules } from "./cel-rule.ts";
import { AGE_COLUMN, crdOf, type KindDefinition, resourceOf } from "./kind.ts";
import {
  clusterId,
  conditions,
  objectName,
  observedGeneration,
  oneOf,
  prefixLength,
  prefixText,
  purpose,
} from "./schema.ts";

/** Values of the Ready condition's `reason` while it is False. */
export const CLAIM_REASONS = [
  "PoolNotFound",
  "PoolExhausted",
  "BlockTaken",
  "OutsidePool",
  "NotAligned",
  "Reserved",
  "SizeNotAllowed",
  "DuplicateClusterID",
  "AllocationLost",
  "PoolNotReady",
  "PoolPaused",
  "InvalidSpec",
] as const;
export type ClaimReason = (typeof CLAIM_REASONS)[number];

export const SubnetClaimSpec = Type.Object(
  {
    poolRef: objectName("The pool, in the same namespace."),
    clusterID: clusterId("Whom the block is for. A cluster holds one block of a pool for each purpose."),
    purpose: Type.Optional(
      purpose("What the block is for, where one cluster holds several of a pool. Default: empty."),
    ),
    blockSize: Type.Optional(
      prefixLength("Prefix length of the block. Default: the pool's defaultBlockSize."),
    ),
    requestedCIDR: Type.Optional(prefixText("Exactly this block, instead of a size.")),
  },
  rules({
    rule: "!(has(self.blockSize) && has(self.requestedCIDR))",
    message: "blockSize and requestedCIDR exclude each other: leave one of them out",
  }),
);

export const SubnetClaimStatus = Type.Object({
  observedGeneration: observedGeneration(),
  phase: Type.Optional(
    oneOf(["Pending", "Bound", "Error"], {
      description: "Pending waits for time or a release; Error for a change of somebody's spec.",
    }),
  ),
  allocatedCIDR: Type.Optional(Type.String({ description: "The block. It never changes." })),
  subnetRef: Type.Optional(Type.Object({ name: Type.String(), uid: Type.String() })),
  message: Type.Optional(Type.String({ description: "Why the claim is not Bound, and what would help." })),
  conditions: conditions(),
});

export type SubnetClaimSpec = Static<typeof SubnetClaimSpec>;
export type SubnetClaimStatus = Static<typeof SubnetClaimStatus>;

export interface SubnetClaim extends NamespacedObject {
  readonly spec: SubnetClaimSpec;
  readonly status?: SubnetClaimStatus;
}

const definition: KindDefinition = {
  kind: "SubnetClaim",
  plural: "subnetclaims",
  shortNames: ["snc"],
  description: "A cluster's wish for a block of a pool.",
  spec: SubnetClaimSpec,
  status: SubnetClaimStatus,
  objectRules: [
    {
      rule: "!has(oldSelf.status) || !has(oldSelf.status.phase) || oldSelf.status.phase != 'Bound' || self.spec == oldSelf.spec",
      message: "spec is immutable once the claim is Bound: delete the claim and make a new one",
      reason: "FieldValueForbidden",
      fieldPath: ".spec",
    },
  ],
  columns: [
    { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Pending, Bound or Error." },
    { name: "ClusterID", type: "string", jsonPath: ".spec.clusterID", description: "Whom the block is for." },
    { name: "Pool", type: "string", jsonPath: ".spec.poolRef", description: "The pool." },
    { name: "Allocated", type: "string", jsonPath: ".status.allocatedCIDR", description: "The block." },
    {
      name: "Reason",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: "Why the claim is as it is.",
      priority: 1,
    },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.poolRef", ".spec.clusterID"],
};

export const SUBNET_CLAIMS = resourceOf<SubnetClaim>(definition);
export const subnetClaimCrd = crdOf(definition);
