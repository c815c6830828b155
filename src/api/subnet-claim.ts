/** SubnetClaim: a request for a block from a SubnetPool. */
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
    poolRef: objectName("Name of the SubnetPool to allocate from, in the same namespace."),
    clusterID: clusterId(
      "Identifier of the cluster that uses the block. A cluster holds at most one block of a pool for each purpose.",
    ),
    purpose: Type.Optional(
      purpose(
        "What the block is used for, such as nodes or pods. Set it if a cluster needs several blocks of one pool. Defaults to the empty string.",
      ),
    ),
    blockSize: Type.Optional(
      prefixLength(
        "Prefix length of the block. Defaults to defaultBlockSize of the pool. Mutually exclusive with requestedCIDR.",
      ),
    ),
    requestedCIDR: Type.Optional(
      prefixText("The exact block to allocate, instead of a size. Mutually exclusive with blockSize."),
    ),
  },
  rules({
    rule: "!(has(self.blockSize) && has(self.requestedCIDR))",
    message: "blockSize and requestedCIDR are mutually exclusive: remove one of them",
  }),
);

export const SubnetClaimStatus = Type.Object({
  observedGeneration: observedGeneration(),
  phase: Type.Optional(
    oneOf(["Pending", "Bound", "Error"], {
      description:
        "Pending: the claim waits, and is fulfilled automatically once the cause is resolved. Bound: the block is allocated. Error: a spec has to change.",
    }),
  ),
  allocatedCIDR: Type.Optional(
    Type.String({ description: "The allocated block. It never changes while the claim exists." }),
  ),
  subnetRef: Type.Optional(
    Type.Object(
      { name: Type.String(), uid: Type.String() },
      { description: "The Subnet that represents the allocated block." },
    ),
  ),
  message: Type.Optional(
    Type.String({ description: "Human-readable reason why the claim is not Bound, with the cure." }),
  ),
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
  description: "SubnetClaim is a request for a block from a SubnetPool, either by size or as an exact CIDR.",
  spec: SubnetClaimSpec,
  status: SubnetClaimStatus,
  objectRules: [
    {
      rule: "!has(oldSelf.status) || !has(oldSelf.status.phase) || oldSelf.status.phase != 'Bound' || self.spec == oldSelf.spec",
      message: "spec is immutable once the claim is Bound: delete the claim and create a new one",
      reason: "FieldValueForbidden",
      fieldPath: ".spec",
    },
  ],
  columns: [
    { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Pending, Bound or Error." },
    {
      name: "ClusterID",
      type: "string",
      jsonPath: ".spec.clusterID",
      description: "The cluster that uses the block.",
    },
    { name: "Pool", type: "string", jsonPath: ".spec.poolRef", description: "The pool." },
    {
      name: "Allocated",
      type: "string",
      jsonPath: ".status.allocatedCIDR",
      description: "The allocated block.",
    },
    {
      name: "Reason",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: "Reason of the Ready condition.",
      priority: 1,
    },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.poolRef", ".spec.clusterID"],
};

export const SUBNET_CLAIMS = resourceOf<SubnetClaim>(definition);
export const subnetClaimCrd = crdOf(definition);
