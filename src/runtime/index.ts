/**
 * `plexaubnet/runtime`: a controller runtime for Kubernetes APIs. Read `flow.ts` first; `manager.ts` puts the stages
 * together.
 */
export type { KubeObject, Resource } from "../client/index.ts";
export { type Kernel, systemKernel } from "../kernel/index.ts";
export {
  type IndexDefinition,
  index,
  NAME_INDEX,
  ObjectCache,
  objectKey,
  resourceKey,
} from "./cache/index.ts";
export {
  type ControllerBuilder,
  type ControllerDefinition,
  type ControllerHandle,
  type ControllerLimits,
  controller,
  DEFAULT_CONCURRENCY,
  DEFAULT_RECONCILE_TIMEOUT_MS,
} from "./controller.ts";
export type { EventRecorderLimits } from "./event-recorder.ts";
export * from "./flow.ts";
export {
  createHealthHandler,
  type HealthHandler,
  type HealthOptions,
  type HealthServer,
  serveHealth,
} from "./health.ts";
export { closeServer, closeUnread, listenAt, readBody } from "./http-listener.ts";
export {
  LEASE_JITTER_FACTOR,
  type LeaderElectionOptions,
  LeaderElector,
  type LeaderElectorOptions,
  type Lease,
  type LeaseSpec,
  type LeaseTimes,
  leaseFault,
  leases,
} from "./leader-election.ts";
export { createLogger, type Logger, type LoggerOptions, reasonOf } from "./logger.ts";
export { createManager, LeadershipLostError, type Manager, type ManagerOptions } from "./manager.ts";
export { type RequestObservation, RuntimeMetrics } from "./metrics.ts";
export type { LimiterOptions } from "./queue/index.ts";
export type { ReconcileReport } from "./reconcile/index.ts";
export * from "./route/index.ts";
export { Reflector, type ReflectorOptions, type ReflectorSink, type ReflectorState } from "./watch/index.ts";
export { isWrite } from "./write/outcome.ts";
