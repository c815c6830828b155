export type * from "../kube/in-process.ts";
export type * from "../kube/object.ts";
export { apiVersionOf } from "../kube/object.ts";
export { compareRevisions, isComparableRevision } from "../kube/revision.ts";
export type * from "./client.ts";
export type * from "./client-options.ts";
export type * from "./cluster-config.ts";
export * from "./errors.ts";
export { createClient, createInProcessClient } from "./http-client.ts";
export {
  type FindOptions,
  findClusterConfig,
  type InClusterOptions,
  inClusterConfig,
  isInCluster,
} from "./in-cluster.ts";
export { clusterConfigFor, type Kubeconfig, type LoadOptions, loadKubeconfig } from "./kubeconfig.ts";
export { listAll } from "./list-all.ts";
export type { RateLimit } from "./rate-limiter.ts";
