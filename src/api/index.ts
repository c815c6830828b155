export * from "../kube/index.ts";
export * from "./block-record.ts";
export * from "./claim-request.ts";
export * from "./fault.ts";
export * from "./group.ts";
export * from "./life.ts";
export * from "./pool-settings.ts";
export * from "./subnet.ts";
export * from "./subnet-claim.ts";
export * from "./subnet-pool.ts";
export * from "./subnet-pool-claim.ts";

import { subnetCrd } from "./subnet.ts";
import { subnetClaimCrd } from "./subnet-claim.ts";
import { subnetPoolCrd } from "./subnet-pool.ts";
import { subnetPoolClaimCrd } from "./subnet-pool-claim.ts";

/** The CustomResourceDefinitions of all kinds of ours, as plain JSON objects. */
export const crds = [subnetPoolCrd, subnetClaimCrd, subnetCrd, subnetPoolClaimCrd] as const;
