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
export { type Explanation, explain } from "./explain/index.ts";
export {
  BLOCK_STATES,
  type BlockState,
  byAddress,
  type FoundBlock,
  type FreeInPool,
  findAll,
  findBlock,
  findFree,
  findName,
  type NamedKind,
  type Place,
} from "./find/index.ts";
export type { EndpointCertificate, EndpointServerOptions } from "./http/endpoint-server.ts";
export { type Operator, type OperatorOptions, startOperator } from "./operator.ts";
export {
  CLUSTER_RIGHTS,
  HOME_RIGHTS,
  LEASE_NAME,
  OPERATOR_RIGHTS,
  type PartRights,
  type PolicyRule,
  unionOf,
} from "./rbac.ts";
export {
  type ClaimToTry,
  type Layout,
  layOut,
  type Outcome,
  type PoolUse,
  type WhatIf,
  type WhatIfs,
  whatIf,
} from "./what-if/index.ts";
