/** SubnetPoolClaim: the wish for a pool of one's own, cut out of a parent pool. */
import { type Static, Type } from "typebox";
import type { NamespacedObject } from "../kube/index.ts";
import { rules } from "./cel-rule.ts";
import { AGE_COLUMN, crdOf, type KindDefinition, resourceOf } from "./kind.ts";
import { conditions, objectName, observedGeneration, oneOf, prefixLength, prefixText } from "./schema.ts";
import { poolSettings, poolSettingsRules } from "./subnet-pool.ts";

export const SubnetPoolClaimSpec = Type.Object(
  {
    parentPoolRef: objectName("The pool to cut from, in the same namespace."),
    desiredBlockSize: Type.Optional(
      prefixLength("Prefix length of the new pool. May be left out where requestedCIDR says it."),
    ),
    requestedCIDR: Type.Optional(prefixText("Exactly this range, instead of any of a size.")),
    template: Type.Optional(
      Type.Object(poolSettings, { description: "Settings of the new pool.", ...rules(...poolSettingsRules) }),
    ),
  },
  rules({
    rule: "has(self.desiredBlockSize) || has(self.requestedCIDR)",
    message: "desiredBlockSize or requestedCIDR is required: name a prefix length, or a range",
  }),
);

export const SubnetPoolClaimStatus = Type.Object({
  observedGeneration: observedGeneration(),
  phase: Type.Optional(
    oneOf(["Pending", "Bound", "Error"], {
      description: "Pending waits for time or a release; Error for a change of somebody's spec.",
    }),
  ),
  boundPoolName: Type.Optional(Type.String({ description: "The new pool." })),
  message: Type.Optional(Type.String({ description: "Why the claim is not Bound, and what would help." })),
  conditions: conditions(),
});

export type SubnetPoolClaimSpec = Static<typeof SubnetPoolClaimSpec>;
export type SubnetPoolClaimStatus = Static<typeof SubnetPoolClaimStatus>;

export interface SubnetPoolClaim extends NamespacedObject {
  readonly spec: SubnetPoolClaimSpec;
  readonly status?: SubnetPoolClaimStatus;
}

const definition: KindDefinition = {
  kind: "SubnetPoolClaim",
  plural: "subnetpoolclaims",
  shortNames: ["subnetpc", "snpc"],
  description: "The wish for a pool of one's own, cut out of a parent pool.",
  spec: SubnetPoolClaimSpec,
  status: SubnetPoolClaimStatus,
  columns: [
    { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Pending, Bound or Error." },
    { name: "Parent", type: "string", jsonPath: ".spec.parentPoolRef", description: "The pool to cut from." },
    {
      name: "Size",
      type: "integer",
      jsonPath: ".spec.desiredBlockSize",
      description: "Prefix length asked for.",
    },
    { name: "Pool", type: "string", jsonPath: ".status.boundPoolName", description: "The new pool." },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.parentPoolRef"],
};

export const SUBNET_POOL_CLAIMS = resourceOf<SubnetPoolClaim>(definition);
export const subnetPoolClaimCrd = crdOf(definition);
