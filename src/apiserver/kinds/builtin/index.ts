/** Kubernetes' own kinds, as far as this server has them. */
import type { ServedResource } from "../resource.ts";
import { clusterKinds } from "./cluster-kinds.ts";
import { coreKinds } from "./core-kinds.ts";
import { customResourceDefinitions } from "./crd-kind.ts";
import { eventKinds } from "./event-kinds.ts";
import { rbacKinds, webhookKinds } from "./rbac-kinds.ts";
import { reviewKinds } from "./review-kinds.ts";
import { storedKinds } from "./stored-kinds.ts";

export { isReview } from "./review-kinds.ts";

export const builtinKinds: readonly ServedResource[] = [
  ...coreKinds,
  ...eventKinds,
  ...clusterKinds,
  ...storedKinds,
  ...rbacKinds,
  ...webhookKinds,
  ...reviewKinds,
  customResourceDefinitions,
];
