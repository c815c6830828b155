/**
 * The operator: five controllers over one set of caches and views. It does not know whether it talks to a cluster or
 * to the embedded API server (PX-09).
 */
import type { SubnetPool } from "../api/index.ts";
import type { KubeClient } from "../client/index.ts";
import { defined, type Kernel } from "../kernel/index.ts";
import {
  type ControllerDefinition,
  type ControllerHandle,
  createManager,
  type HealthServer,
  type LeaderElectionOptions,
  type LimiterOptions,
  type Logger,
  type Manager,
  type Request,
  type RuntimeMetrics,
} from "../runtime/index.ts";
import type { WebhookServer } from "../webhook/index.ts";
import { serveAdmission, type WebhookOptions } from "./admission/index.ts";
import { startBookkeeping } from "./controllers/bookkeeping.ts";
import { operatorControllers } from "./controllers/index.ts";
import { startSelfCheck } from "./controllers/self-check.ts";
import { wakingWorld } from "./controllers/wakes.ts";
import { AccessReviewer } from "./http/access-reviewer.ts";
import { type EndpointServerOptions, hostsOf, serveEndpoints } from "./http/endpoint-server.ts";
import { createEndpoints } from "./http/endpoints.ts";
import type { RecalculateOptions } from "./http/recalculate.ts";
import { operatorIndexes } from "./model/indexes.ts";
import { FIELD_MANAGER, keepsManagedFields } from "./model/made-by-operator.ts";
import type { OperatorWorld, WorldSource } from "./view/world.ts";

export interface OperatorOptions {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly metrics: RuntimeMetrics;
  /** Default: all namespaces. */
  readonly namespaces?: readonly string[];
  readonly leaderElection?: LeaderElectionOptions;
  /**
   * Reconciles at once, for each controller, at most (PS-11). Default 5. Above 16 their number adapts to what the API
   * server bears.
   */
  readonly concurrency?: number;
  /** Back-off of failed reconciles (RQ-11). */
  readonly limiter?: LimiterOptions;
  /** Serves health, metrics and `/recalculate`. Default: not at all. `host` is loopback unless named. */
  readonly endpoints?: EndpointServerOptions;
  /** Answers admission reviews (PX-07). Default: not at all. */
  readonly webhook?: WebhookOptions;
  /** How often the accounting of one pool is compared with one from scratch. Default 60 s. */
  readonly selfCheckIntervalMs?: number;
  /** Awaited while probes are answered with "alive, not ready", before anything is listed. */
  readonly prepare?: () => Promise<void>;
  /** Called before anything is listed, with where the objects come from: for others who are to see every change. */
  readonly onSource?: (source: WorldSource & Pick<Manager, "ready">) => void;
  /** Called when the operator cannot continue: leadership lost, an invariant broken. Default: the runtime's. */
  readonly onFatal?: (error: Error) => void;
}

export interface Operator {
  readonly manager: Manager;
  /** Where health, metrics and `/recalculate` are served; undefined when they are not. */
  readonly endpointsUrl: string | undefined;
  /** Where admission reviews are answered; undefined when they are not. */
  readonly webhookUrl: string | undefined;
  /** Stops taking work, finishes what is under way, closes the watches. */
  stop(): Promise<void>;
}

/** The name under which the operator records Events. */
const EVENT_SOURCE = "plexaubnet";

/** Resolves when the caches have synced and the controllers run. */
export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { client, kernel, logger, metrics, namespaces, leaderElection, onFatal } = options;
  const manager = createManager({
    client,
    kernel,
    logger,
    metrics,
    indexes: operatorIndexes,
    eventSource: EVENT_SOURCE,
    fieldManager: FIELD_MANAGER,
    keepsManagedFields,
    ...defined({ namespaces, leaderElection, onFatal }),
  });
  const world = wakingWorld(manager, kernel);
  options.onSource?.(manager);
  const bookkeeping = startBookkeeping(manager, world, { registry: metrics.registry, logger });
  const handles = new Map<string, ControllerHandle>();
  for (const definition of operatorControllers(world, bookkeeping)) {
    handles.set(definition.name, manager.add({ ...definition, ...limitsOf(options) }));
  }
  // Before the caches are synced, so that probes see the difference between starting and dead.
  const recalculate = (pool: SubnetPool, target: Request) => {
    bookkeeping.verify(pool);
    handles.get("PoolStatus")?.enqueue(target);
  };
  const endpoints = await listenForCallers(options, manager, world, recalculate);
  const isReady = () => manager.ready();
  let webhook: Pick<WebhookServer, "url" | "close"> | undefined;
  try {
    webhook =
      options.webhook &&
      (await serveAdmission(options.webhook, {
        ...(options.endpoints?.tls && { alsoFor: hostsOf(options.endpoints) }),
        client,
        kernel,
        logger,
        world,
        isReady,
        ...defined({ namespaces }),
      }));
    await options.prepare?.();
    await manager.start();
  } catch (error) {
    // A port that still listens would keep a process alive that does nothing, and report success to probes.
    await webhook?.close();
    await endpoints?.close();
    throw error;
  }
  const selfCheck = startSelfCheck(world, recalculate, options.selfCheckIntervalMs);
  const stop = async () => {
    selfCheck.stop();
    await manager.stop();
    await webhook?.close();
    await endpoints?.close();
  };
  return { manager, endpointsUrl: endpoints?.url, webhookUrl: webhook?.url, stop };
}

async function listenForCallers(
  { client, kernel, logger, metrics, endpoints, webhook }: OperatorOptions,
  manager: Manager,
  { pools }: OperatorWorld,
  recalculate: RecalculateOptions["recalculate"],
): Promise<HealthServer | undefined> {
  if (endpoints === undefined) return undefined;
  const isLeader = () => manager.isLeader();
  const { reviewClient = client } = endpoints;
  const reviewer = new AccessReviewer({ client: reviewClient, clock: kernel.clock });
  const handler = createEndpoints({ reviewer, manager, metrics, pools, isLeader, recalculate });
  return serveEndpoints(endpoints, handler, { client, kernel, logger, alsoFor: webhook?.serviceHosts });
}

function limitsOf({ concurrency, limiter }: OperatorOptions): Partial<ControllerDefinition> {
  return {
    ...defined({ concurrency, limiter }),
  };
}
