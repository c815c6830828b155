/** SubnetPoolClaim: a request for a child pool carved out of a parent pool. */
import { type Static, Type } from "typebox";
import type { NamespacedObject } from "../kube/index.ts";
import { rules } from "./cel-rule.ts";
import { AGE_COLUMN, crdOf, type KindDefinition, resourceOf } from "./kind.ts";
import { conditions, objectName, observedGeneration, oneOf, prefixLength, prefixText } from "./schema.ts";
import { poolSettings, poolSettingsRules } from "./subnet-pool.ts";

export const SubnetPoolClaimSpec = Type.Object(
  {
    parentPoolRef: objectName("Name of the parent SubnetPool, in the same namespace."),
    desiredBlockSize: Type.Optional(
      prefixLength("Prefix length of the child pool. Optional if requestedCIDR is set."),
    ),
    requestedCIDR: Type.Optional(prefixText("The exact range of the child pool, instead of a size.")),
    template: Type.Optional(
      Type.Object(poolSettings, {
        description: "Settings of the child pool.",
        ...rules(...poolSettingsRules),
      }),
    ),
  },
  rules({
    rule: "has(self.desiredBlockSize) || has(self.requestedCIDR)",
    message: "desiredBlockSize or requestedCIDR is required: set a prefix length or a range",
  }),
);

export const SubnetPoolClaimStatus = Type.Object({
  observedGeneration: observedGeneration(),
  phase: Type.Optional(
    oneOf(["Pending", "Bound", "Error"], {
      description:
        "Pending: the claim waits, and is fulfilled automatically once the cause is resolved. Bound: the child pool exists. Error: a spec has to change.",
    }),
  ),
  boundPoolName: Type.Optional(Type.String({ description: "Name of the child pool." })),
  message: Type.Optional(
    Type.String({ description: "Human-readable reason why the claim is not Bound, with the cure." }),
  ),
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
  description: "SubnetPoolClaim is a request for a child pool carved out of a parent pool.",
  spec: SubnetPoolClaimSpec,
  status: SubnetPoolClaimStatus,
  columns: [
    { name: "Phase", type: "string", jsonPath: ".status.phase", description: "Pending, Bound or Error." },
    { name: "Parent", type: "string", jsonPath: ".spec.parentPoolRef", description: "The parent pool." },
    {
      name: "Size",
      type: "integer",
      jsonPath: ".spec.desiredBlockSize",
      description: "Requested prefix length.",
    },
    { name: "Pool", type: "string", jsonPath: ".status.boundPoolName", description: "The child pool." },
    AGE_COLUMN,
  ],
  selectableFields: [".spec.parentPoolRef"],
};

export const SUBNET_POOL_CLAIMS = resourceOf<SubnetPoolClaim>(definition);
export const subnetPoolClaimCrd = crdOf(definition);
