/**
 * Runs the operator until a signal ends it (exit code 0), a second one insists (130), or it cannot go on (1).
 */

import { hostname } from "node:os";
import { API_VERSION } from "../../api/index.ts";
import { ApiError, type ClusterConfig, createClient, type KubeClient } from "../../client/index.ts";
import { defined, type Kernel, systemKernel } from "../../kernel/index.ts";
import { type Operator, type OperatorOptions, startOperator } from "../../operator/index.ts";
import {
  createLogger,
  LEASE_JITTER_FACTOR,
  type LeaderElectionOptions,
  type Logger,
  leaseFault,
  RuntimeMetrics,
} from "../../runtime/index.ts";
import { kindsNotServed } from "../cluster-access.ts";
import { clusterFailure, findCluster } from "../cluster-connection.ts";
import { CommandFailure, USAGE_EXIT_CODE } from "../failure.ts";
import { aborted, stopSignal } from "../process/stop-signal.ts";
import { endpointOptions } from "./endpoint-options.ts";
import { historyPart } from "./record-history.ts";
import { runConsole, whenListening } from "./run-console.ts";
import type { RunOptions } from "./run-options.ts";
import { startFailure } from "./start-failure.ts";
import { webhookOptions } from "./webhook-options.ts";

/** Less than the 30 s after which Kubernetes kills a pod, so that the log shows how it ended. */
const GRACE_MS = 25_000;
const REVIEW_CONNECTIONS = 4;

export async function operate(options: RunOptions, version: string): Promise<void> {
  const kernel = systemKernel;
  const config = findCluster(options);
  const leaderElection = leaderElectionOf(options, config, kernel);
  const webhook = webhookOptions(options, config);
  const endpoints = endpointOptions(options, config);
  const signal = stopSignal(kernel.clock, GRACE_MS);
  const logger = createLogger({ clock: kernel.clock, level: options.logLevel });
  const metrics = new RuntimeMetrics();
  const client = createClient(config, {
    kernel,
    userAgent: `plexaubnet/${version}`,
    onRequest: metrics.observeRequest,
  });
  const history = historyPart(options, { client, kernel, logger, metrics });
  // A separate client with few connections, so that callers of the endpoints do not delay the controllers.
  const reviewClient = createClient(config, {
    kernel,
    userAgent: `plexaubnet-endpoints/${version}`,
    maxConnections: REVIEW_CONNECTIONS,
    onRequest: metrics.observeRequest,
  });
  await assertServesOurKinds(client, config, signal);
  const console = runConsole({ options, config, version, reviewClient, kernel, logger, metrics });
  const starting = start(
    {
      client,
      kernel,
      logger,
      metrics,
      ...settingsOf(options),
      ...defined({
        endpoints: endpoints === undefined ? undefined : { ...endpoints, reviewClient },
        leaderElection,
        webhook: webhook && (history?.attend(webhook) ?? webhook),
        onSource: console?.onSource,
      }),
      ...(options.warmUp && { prepare: () => warmed(kernel, logger, signal) }),
      // The manager has logged why, and writes nothing any more. Another replica may be at work already.
      onFatal: () => process.exit(1),
    },
    config,
  );
  const listening = await whenListening(console, starting, config);
  if (listening !== undefined) logger.info({ url: listening.url }, "The console is served");
  const operator = await Promise.race([starting, aborted(signal)]);
  // One that waits, for caches or for the lease, holds nothing that it would have to give back.
  if (operator === undefined) process.exit(0);
  const recording = history?.start(operator);
  const { endpointsUrl, webhookUrl: webhookAt } = operator;
  const where = { server: config.server, endpoints: endpointsUrl, webhook: webhookAt };
  logger.info({ version, ...where }, "The operator is running");
  await aborted(signal);
  await listening?.close();
  await end([operator, ...(recording === undefined ? [] : [recording])], [client, reviewClient], logger);
}

async function end(
  parts: readonly Pick<Operator, "stop">[],
  clients: readonly KubeClient[],
  logger: Logger,
): Promise<void> {
  logger.info("Received a signal; completing writes in progress");
  // In this order: what the operator decides last is recorded, if no other replica leads by then.
  for (const part of parts) await part.stop();
  for (const client of clients) await client.close();
}

function leaderElectionOf(
  options: RunOptions,
  config: ClusterConfig,
  { random }: Kernel,
): LeaderElectionOptions | undefined {
  if (!options.leaderElect) return undefined;
  const { leaseDuration, renewDeadline, retryPeriod, leaderElectionId: name } = options;
  const namespace = options.leaderElectionNamespace ?? config.namespace;
  const refuse = (sentence: string) => new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
  if (namespace === undefined) {
    throw refuse("the namespace of the Lease is unknown: set --leader-election-namespace.");
  }
  const times = {
    leaseDurationMs: leaseDuration,
    renewDeadlineMs: renewDeadline,
    retryPeriodMs: retryPeriod,
  };
  const fault = leaseFault(times);
  if (fault === "lease-duration") {
    throw refuse("--lease-duration must be longer than --renew-deadline.");
  }
  if (fault === "renew-deadline") {
    throw refuse(
      `--renew-deadline must be more than ${LEASE_JITTER_FACTOR} times --retry-period, which is above 0.`,
    );
  }
  return {
    namespace,
    name,
    identity: `${hostname()}_${random.uuid()}`,
    ...times,
  };
}

function settingsOf(options: RunOptions): Partial<OperatorOptions> {
  const { namespaces, backoffBase, backoffMax } = options;
  if (backoffBase <= 0 || backoffMax < backoffBase) {
    const sentence = "--backoff-base must be above 0, and --backoff-max not less than it.";
    throw new CommandFailure(sentence, { exitCode: USAGE_EXIT_CODE });
  }
  return {
    concurrency: options.maxConcurrentReconciles,
    limiter: {
      baseDelayMs: backoffBase,
      factor: options.backoffFactor,
      maxDelayMs: backoffMax,
      qps: options.retryRate,
      burst: options.retryBurst,
    },
    ...(namespaces === undefined || namespaces.length === 0 ? {} : { namespaces }),
  };
}

/** The operator would retry for ever; the user who started it should see the error at once. */
async function assertServesOurKinds(client: KubeClient, config: ClusterConfig, signal: AbortSignal) {
  try {
    await client.raw("GET", `/apis/${API_VERSION}`, undefined, { signal });
  } catch (error) {
    if (signal.aborted) process.exit(0);
    if (!(error instanceof ApiError && error.code === 404)) throw clusterFailure(error, config);
    throw kindsNotServed(config, error);
  }
}

/** A process that could not warm up works as well, only slower at first. */
async function warmed(kernel: Kernel, logger: Logger, signal: AbortSignal): Promise<void> {
  const startMs = kernel.clock.monotonicMs();
  try {
    const { warmUp } = await import("./warm-up.ts");
    await warmUp(kernel, signal);
    logger.info({ tookMs: Math.round(kernel.clock.monotonicMs() - startMs) }, "The operator has warmed up");
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error }, "The warm-up failed; the first claims will take longer");
  }
}

async function start(options: OperatorOptions, config: ClusterConfig): Promise<Operator> {
  try {
    return await startOperator(options);
  } catch (error) {
    throw startFailure(error, config);
  }
}
