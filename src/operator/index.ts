export { type CertificateFiles, WEBHOOK_SECRET_NAME } from "../webhook/index.ts";
export {
  type AdmissionPolicy,
  WEBHOOK_CONFIGURATION_NAME,
  type WebhookOptions,
  type WebhookTarget,
  webhookConfiguration,
} from "./admission/index.ts";
export {
  type FleetObject,
  type FleetObjects,
  findViolations,
  type Invariant,
  type Violation,
} from "./check/index.ts";
export { AccessReviewer } from "./http/access-reviewer.ts";
export type { EndpointCertificate, EndpointServerOptions } from "./http/endpoint-server.ts";
export { ExpiringCache } from "./http/expiring-cache.ts";
export { freeAround, neighboursOf, reservationAround } from "./model/beside.ts";
export { holderOf, isSubnetName, objectHolding } from "./model/holder.ts";
export {
  IDENTITY_INDEX,
  identityKey,
  makerNameOf,
  operatorIndexes,
  POOL_REF_INDEX,
} from "./model/indexes.ts";
export { childNamesIn, isBackingClusterID } from "./model/subnet-name.ts";
export { type Operator, type OperatorOptions, startOperator } from "./operator.ts";
export {
  BLOCK_STATES,
  type BlockState,
  byAddress,
  type ClaimToTry,
  type Explanation,
  explain,
  explainIn,
  type FoundBlock,
  type FreeInPool,
  findAll,
  findBlock,
  findFree,
  findName,
  type Layout,
  layOut,
  type NamedKind,
  type Outcome,
  type Place,
  type PoolUse,
  type ReportedEvent,
  readEventsOf,
  tryClaim,
  type WhatIf,
  type WhatIfs,
  whatIf,
} from "./questions/index.ts";
export {
  CLUSTER_RIGHTS,
  HOME_RIGHTS,
  LEASE_NAME,
  OPERATOR_RIGHTS,
  type PartRights,
  type PolicyRule,
  unionOf,
} from "./rbac.ts";
export { OperatorWorld, type WorldSource } from "./view/world.ts";
