/** `plexaubnet lb sync --watch`: continuous comparison, with probes, metrics and a webhook for use in a cluster. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { keepIncidents } from "../../balancers/incidents/index.ts";
import {
  LoadBalancerMetrics,
  startLoadBalancerSync,
  type WebhookPolicy,
} from "../../balancers/sync/index.ts";
import {
  createHealthHandler,
  createLogger,
  type Logger,
  RuntimeMetrics,
  serveHealth,
} from "../../runtime/index.ts";
import { CommandFailure } from "../failure.ts";
import type { BindAddress } from "../flags/flag-values.ts";
import type { Session } from "../ledger/session.ts";
import { aborted, stopSignal } from "../process/stop-signal.ts";
import type { LookOptions } from "./look.ts";
import { serveServiceWebhook } from "./service-webhook.ts";

export interface WatchOptions extends LookOptions {
  readonly metricsBindAddress?: BindAddress | false;
  readonly leaderElectionNamespace?: string;
  readonly webhookBindAddress?: BindAddress | false;
  readonly webhookCert?: string;
  readonly webhookKey?: string;
  readonly webhookPolicy?: WebhookPolicy;
}

const LEASE_NAME = "plexaubnet-ledger";

/** Until a signal ends it. */
export async function watch(session: Session, options: WatchOptions): Promise<void> {
  const { ledger, settings, access } = session;
  const { actor } = session.context;
  const { client, kernel } = access;
  const logger = createLogger({ clock: kernel.clock });
  const metrics = new RuntimeMetrics();
  const lbMetrics = new LoadBalancerMetrics(metrics.registry);
  const signal = stopSignal(kernel.clock);
  await using parts = new AsyncDisposableStack();
  // Every replica responds, not only the leader.
  await startWebhook(session, options, lbMetrics, logger, parts);
  const namespace = options.leaderElectionNamespace;
  const identity = `${hostname()}_${kernel.random.uuid()}`;
  const sync = await startLoadBalancerSync({
    client,
    kernel,
    ledger,
    settings,
    metrics,
    logger,
    lbMetrics,
    ...(namespace !== undefined && { leaderElection: { namespace, name: LEASE_NAME, identity } }),
    onRound: keepIncidents({ client, kernel, settings, actor }),
    // The manager has logged why, and writes nothing any more. Another replica may be at work already.
    onFatal: () => process.exit(1),
  });
  parts.defer(() => sync.stop());
  const { metricsBindAddress: bind } = options;
  if (bind !== undefined && bind !== false) {
    const served = await serveHealth(
      createHealthHandler({ manager: sync.manager, metrics }),
      bind.port,
      bind.host,
    );
    parts.defer(() => served.close());
    logger.info({ url: served.url }, "Metrics and probes are served");
  }
  await aborted(signal);
}

async function startWebhook(
  { ledger, settings }: Session,
  { webhookBindAddress: bind, webhookCert, webhookKey, webhookPolicy: policy = "warn" }: WatchOptions,
  metrics: LoadBalancerMetrics,
  logger: Logger,
  parts: AsyncDisposableStack,
): Promise<void> {
  if (bind === undefined || bind === false) return;
  if (webhookCert === undefined || webhookKey === undefined) {
    throw new CommandFailure(
      "the webhook needs --webhook-cert and --webhook-key: an API server calls webhooks only over TLS.",
    );
  }
  const webhook = await serveServiceWebhook({
    bind,
    certificate: pem(webhookCert),
    key: pem(webhookKey),
    context: { ledger, cluster: settings.cluster, policy, metrics },
  });
  parts.defer(() => webhook.close());
  logger.info({ url: webhook.url, policy }, "Services are reviewed");
}

function pem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: specify a readable file.`, { cause: error });
  }
}
