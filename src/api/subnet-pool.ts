/** SubnetPool: a range of addresses that blocks are given out of. */
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
  cidr: prefixText("The range that is never given out."),
  reason: Type.Optional(Type.String({ maxLength: 256, description: "Why; shown to whoever asks for it." })),
});

const STRATEGY_TEXT =
  "Linear gives out the lowest address that fits; Buddy the smallest free block that fits.";

/** What a pool and the template of a SubnetPoolClaim have in common. */
export const poolSettings = {
  defaultBlockSize: Type.Optional(
    prefixLength(
      "Prefix length for claims that name none. Default: 24, for IPv6 64, or what is nearest to it of what the pool gives out. A 24 that the pool does not give out means the same.",
    ),
  ),
  minBlockSize: Type.Optional(
    prefixLength("Smallest prefix length that may be asked for: the largest block."),
  ),
  maxBlockSize: Type.Optional(
    prefixLength("Greatest prefix length that may be asked for: the smallest block."),
  ),
  strategy: Type.Optional(oneOf(STRATEGIES, { description: STRATEGY_TEXT })),
  reserved: Type.Optional(
    Type.Array(ReservedRange, { maxItems: 1024, description: "Ranges that are never given out." }),
  ),
  reuseDelaySeconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 315_360_000,
      description: "How long a released block rests before another identity gets it.",
    }),
  ),
  reclaimPolicy: Type.Optional(
    oneOf(RECLAIM_POLICIES, {
      description: "What becomes of the Subnet of a deleted claim: Delete frees its block, Retain keeps it.",
    }),
  ),
};

const sizesInOrder = {
  rule: "!has(self.minBlockSize) || !has(self.maxBlockSize) || self.minBlockSize <= self.maxBlockSize",
  message:
    "minBlockSize must not be greater than maxBlockSize: they are prefix lengths, 16 is a larger block than 24",
};

export const poolSettingsRules = [sizesInOrder];

/** A text that is no prefix at all is refused by its own rule, in other words. */
const reservedInside = {
  rule: "!has(self.reserved) || !isCIDR(self.cidr) || self.reserved.all(range, !isCIDR(range.cidr) || cidr(self.cidr).containsCIDR(range.cidr))",
  message: "each reserved range must lie inside spec.cidr: choose ranges inside it, or let the pool grow",
  fieldPath: ".reserved",
};

export const SubnetPoolSpec = Type.Object(
  {
    cidr: prefixText("The range. It may grow; it may shrink while every live Subnet stays inside."),
    parentRef: Type.Optional(
      Type.Object(
        { name: objectName("The parent pool.") },
        { description: "The same as the label plexaubnet.io/parent." },
      ),
    ),
    paused: Type.Optional(
      Type.Boolean({
        description:
          "True: claims and pool claims that have no block on record wait, and those that have one get that one. Default: false.",
      }),
    ),
    ...poolSettings,
    // Written into the object, so that listings show it. A template has none: its pool takes over the parent's.
    strategy: Type.Optional(oneOf(STRATEGIES, { default: "Linear", description: STRATEGY_TEXT })),
  },
  rules(...poolSettingsRules, reservedInside),
);

export const SubnetPoolStatus = Type.Object({
  observedGeneration: observedGeneration(),
  parent: Type.Optional(
    Type.String({ description: "The parent pool, whether a label or spec.parentRef names it." }),
  ),
  allocatedCount: Type.Optional(Type.Integer({ format: "int64", description: "Allocated Subnets." })),
  freeCount: Type.Optional(
    Type.Integer({
      format: "int64",
      description: "Free blocks of the default size. 9007199254740991 stands for that many or more.",
    }),
  ),
  freeCountBySize: Type.Optional(
    mapOf(Type.Integer({ format: "int64" }), {
      description: "Free aligned blocks by prefix length, for the lengths that a claim may ask for.",
    }),
  ),
  allocatedCIDRs: Type.Optional(
    mapOf(Type.String(), {
      description: "Block to clusterID, the first 256 by address. The Subnets are the record.",
    }),
  ),
  allocatedCIDRsTruncated: Type.Optional(
    Type.Boolean({ description: "True when there are more than allocatedCIDRs lists." }),
  ),
  utilizationPercent: Type.Optional(Type.Number({ description: "Allocated addresses of all addresses." })),
  largestFreeBlock: Type.Optional(
    Type.String({ description: "Prefix length of the largest free block, as /20." }),
  ),
  fragmentationPercent: Type.Optional(
    Type.Number({ description: "100 × (1 − largest free block ÷ free addresses)." }),
  ),
  childPools: Type.Optional(
    Type.Object(
      {
        count: Type.Integer({ format: "int64" }),
        allocatedCount: Type.Integer({ format: "int64" }),
        utilizationPercent: Type.Number(),
      },
      { description: "Summed over the direct children; not contained in the counts above." },
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
  description: "A range of addresses that blocks are given out of.",
  spec: SubnetPoolSpec,
  status: SubnetPoolStatus,
  objectRules: [
    {
      rule: "!has(self.spec.parentRef) || self.spec.parentRef.name != self.metadata.name",
      message: "a pool cannot be its own parent: name another pool, or none",
      fieldPath: ".spec.parentRef.name",
    },
  ],
  columns: [
    { name: "CIDR", type: "string", jsonPath: ".spec.cidr", description: "The range." },
    { name: "Strategy", type: "string", jsonPath: ".spec.strategy", description: "How blocks are chosen." },
    {
      name: "Allocated",
      type: "integer",
      jsonPath: ".status.allocatedCount",
      description: "Allocated Subnets.",
    },
    {
      name: "Free",
      type: "integer",
      jsonPath: ".status.freeCount",
      description: "Free blocks of the default size.",
    },
    {
      name: "Used%",
      type: "number",
      jsonPath: ".status.utilizationPercent",
      description: "Allocated share.",
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
      description: "Why the pool is ready or not.",
      priority: 1,
    },
    {
      name: "Consistent",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Consistent")].status',
      description: "Whether every Subnet lies where it should.",
      priority: 1,
    },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.cidr"],
};

export const SUBNET_POOLS = resourceOf<SubnetPool>(definition);
export const subnetPoolCrd = crdOf(definition);
