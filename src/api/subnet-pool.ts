/** SubnetPool: a range of addresses that blocks are allocated from. */
import { type Static, Type } from "typebox";
import type { NamespacedObject } from "../kube/index.ts";
import { rules } from "./cel-rule.ts";
import { AGE_COLUMN, crdOf, type KindDefinition, resourceOf } from "./kind.ts";
import {
  conditions,
  mapOf,
  objectName,
  observedGeneration,
  oneOf,
  prefixLength,
  prefixText,
} from "./schema.ts";

export const STRATEGIES = ["Linear", "Buddy"] as const;
export const RECLAIM_POLICIES = ["Delete", "Retain"] as const;

export const ReservedRange = Type.Object({
  cidr: prefixText("The range that is excluded from allocation."),
  reason: Type.Optional(
    Type.String({
      maxLength: 256,
      description: "Reason of the reservation; shown in the status of a claim that requests the range.",
    }),
  ),
});

const STRATEGY_TEXT =
  "Allocation strategy. Linear selects the lowest address that fits; Buddy selects the smallest free block that fits.";

/** What a pool and the template of a SubnetPoolClaim have in common. */
export const poolSettings = {
  defaultBlockSize: Type.Optional(
    prefixLength(
      "Prefix length of the block for claims without a size. Defaults to 24 (64 for IPv6), or the nearest length that the pool allows. The value 24 in an IPv4 pool that does not allow it is treated as not set.",
    ),
  ),
  minBlockSize: Type.Optional(
    prefixLength("Smallest prefix length that a claim may request, which is the largest block."),
  ),
  maxBlockSize: Type.Optional(
    prefixLength("Largest prefix length that a claim may request, which is the smallest block."),
  ),
  strategy: Type.Optional(oneOf(STRATEGIES, { description: STRATEGY_TEXT })),
  reserved: Type.Optional(
    Type.Array(ReservedRange, { maxItems: 1024, description: "Ranges that are excluded from allocation." }),
  ),
  reuseDelaySeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 315_360_000,
      description:
        "Seconds that a released block rests: during this time it is allocated only to a claim with the same identity (clusterID and purpose). Defaults to 0.",
    }),
  ),
  reclaimPolicy: Type.Optional(
    oneOf(RECLAIM_POLICIES, {
      description:
        "What happens to the Subnet of a deleted claim. Delete releases its block; Retain keeps the block for the next claim with the same identity.",
    }),
  ),
};

const sizesInOrder = {
  rule: "!has(self.minBlockSize) || !has(self.maxBlockSize) || self.minBlockSize <= self.maxBlockSize",
  message:
    "minBlockSize must not be greater than maxBlockSize: they are prefix lengths, and a /16 is a larger block than a /24",
};

export const poolSettingsRules = [sizesInOrder];

/** A text that is not a prefix is rejected by a rule of its own, with another message. */
const reservedInside = {
  rule: "!has(self.reserved) || !isCIDR(self.cidr) || self.reserved.all(range, !isCIDR(range.cidr) || cidr(self.cidr).containsCIDR(range.cidr))",
  message: "each reserved range must be inside spec.cidr: choose ranges inside it, or grow the pool",
  fieldPath: ".reserved",
};

export const SubnetPoolSpec = Type.Object(
  {
    cidr: prefixText(
      "Range of the pool. It may grow; it may shrink as long as every live Subnet stays inside.",
    ),
    parentRef: Type.Optional(
      Type.Object(
        { name: objectName("Name of the parent SubnetPool, in the same namespace.") },
        { description: "Parent pool. Equivalent to the label plexaubnet.io/parent." },
      ),
    ),
    paused: Type.Optional(
      Type.Boolean({
        description:
          "If true, claims and pool claims without a recorded block wait; those with a recorded block get that block. Defaults to false.",
      }),
    ),
    ...poolSettings,
    // Stored in the object, so that listings show it. A template has no default: its pool uses the strategy of the parent.
    strategy: Type.Optional(oneOf(STRATEGIES, { default: "Linear", description: STRATEGY_TEXT })),
  },
  rules(...poolSettingsRules, reservedInside),
);

export const SubnetPoolStatus = Type.Object({
  observedGeneration: observedGeneration(),
  parent: Type.Optional(
    Type.String({ description: "Name of the parent pool, from the label or spec.parentRef." }),
  ),
  allocatedCount: Type.Optional(
    Type.Integer({ format: "int64", description: "Number of allocated Subnets." }),
  ),
  freeCount: Type.Optional(
    Type.Integer({
      format: "int64",
      description: "Number of free blocks of the default size. 9007199254740991 means that many or more.",
    }),
  ),
  freeCountBySize: Type.Optional(
    mapOf(Type.Integer({ format: "int64" }), {
      description:
        "Number of free aligned blocks by prefix length, for the lengths that a claim may request.",
    }),
  ),
  allocatedCIDRs: Type.Optional(
    mapOf(Type.String(), {
      description:
        "Allocated blocks and their clusterIDs, the first 256 by address. For the complete list, see the Subnets.",
    }),
  ),
  allocatedCIDRsTruncated: Type.Optional(
    Type.Boolean({ description: "True if there are more allocated blocks than listed in allocatedCIDRs." }),
  ),
  utilizationPercent: Type.Optional(
    Type.Number({ description: "Percentage of the addresses that are allocated." }),
  ),
  largestFreeBlock: Type.Optional(
    Type.String({ description: "Prefix length of the largest free block, such as /20." }),
  ),
  fragmentationPercent: Type.Optional(
    Type.Number({
      description: "Fragmentation of the free space: 100 × (1 − largest free block ÷ free addresses).",
    }),
  ),
  childPools: Type.Optional(
    Type.Object(
      {
        count: Type.Integer({ format: "int64" }),
        allocatedCount: Type.Integer({ format: "int64" }),
        utilizationPercent: Type.Number(),
      },
      { description: "Totals of the direct child pools. They are not included in the other counts." },
    ),
  ),
  conditions: conditions(),
});

export type ReservedRange = Static<typeof ReservedRange>;
export type SubnetPoolSpec = Static<typeof SubnetPoolSpec>;
export type SubnetPoolStatus = Static<typeof SubnetPoolStatus>;

export interface SubnetPool extends NamespacedObject {
  readonly spec: SubnetPoolSpec;
  readonly status?: SubnetPoolStatus;
}

const definition: KindDefinition = {
  kind: "SubnetPool",
  plural: "subnetpools",
  shortNames: ["snp"],
  description: "SubnetPool is a range of addresses that blocks are allocated from.",
  spec: SubnetPoolSpec,
  status: SubnetPoolStatus,
  objectRules: [
    {
      rule: "!has(self.spec.parentRef) || self.spec.parentRef.name != self.metadata.name",
      message: "a pool cannot be its own parent: name another pool, or remove parentRef",
      fieldPath: ".spec.parentRef.name",
    },
  ],
  columns: [
    { name: "CIDR", type: "string", jsonPath: ".spec.cidr", description: "Range of the pool." },
    { name: "Strategy", type: "string", jsonPath: ".spec.strategy", description: "Allocation strategy." },
    {
      name: "Allocated",
      type: "integer",
      jsonPath: ".status.allocatedCount",
      description: "Number of allocated Subnets.",
    },
    {
      name: "Free",
      type: "integer",
      jsonPath: ".status.freeCount",
      description: "Number of free blocks of the default size.",
    },
    {
      name: "Used%",
      type: "number",
      jsonPath: ".status.utilizationPercent",
      description: "Percentage of allocated addresses.",
    },
    { name: "Parent", type: "string", jsonPath: ".status.parent", description: "The parent pool." },
    {
      name: "Ready",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: "Whether blocks can be claimed.",
    },
    {
      name: "Reason",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: "Reason of the Ready condition.",
      priority: 1,
    },
    {
      name: "Consistent",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Consistent")].status',
      description: "Whether the Subnets match the spec of the pool.",
      priority: 1,
    },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.cidr"],
};

export const SUBNET_POOLS = resourceOf<SubnetPool>(definition);
export const subnetPoolCrd = crdOf(definition);
