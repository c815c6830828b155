/** `plexaubnet lb sync --watch`: continuous comparison, with probes, metrics and a webhook for use in a cluster. */
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
  type HealthHandler,
  type Logger,
  RuntimeMetrics,
  serveHealth,
} from "../../runtime/index.ts";
import { readCertificateFiles, serveFollowed, type WebhookCertificate } from "../../webhook/index.ts";
import { CommandFailure } from "../failure.ts";
import type { BindAddress } from "../flags/flag-values.ts";
import type { Session } from "../ledger/session.ts";
import { aborted, stopSignal } from "../process/stop-signal.ts";
import { pairOf } from "./certificate-pair.ts";
import type { LookOptions } from "./look.ts";
import { serveServiceWebhook } from "./service-webhook.ts";

export interface WatchOptions extends LookOptions {
  readonly metricsBindAddress?: BindAddress | false;
  readonly metricsCert?: string;
  readonly metricsKey?: string;
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
  await startEndpoints(
    options,
    createHealthHandler({ manager: sync.manager, metrics }),
    session,
    logger,
    parts,
  );
  await aborted(signal);
}

/** Over TLS where a certificate is given, otherwise over HTTP. */
async function startEndpoints(
  { metricsBindAddress: bind, metricsCert, metricsKey }: WatchOptions,
  handler: HealthHandler,
  { access: { kernel } }: Session,
  logger: Logger,
  parts: AsyncDisposableStack,
): Promise<void> {
  const files = pairOf(metricsCert, metricsKey, "--metrics");
  if (bind === undefined || bind === false) return;
  const { host, port } = bind;
  const listen = async (certificate?: WebhookCertificate) => {
    const server = await serveHealth(handler, port, host, certificate);
    logger.info({ url: server.url }, "Metrics and probes are served");
    return server;
  };
  const served =
    files === undefined
      ? await listen()
      : await serveFollowed(
          { of: "endpoints", kernel, logger, obtain: () => readCertificateFiles(files, []) },
          listen,
        );
  parts.defer(() => served.close());
}

async function startWebhook(
  { ledger, settings, access: { kernel } }: Session,
  { webhookBindAddress: bind, webhookCert, webhookKey, webhookPolicy: policy = "warn" }: WatchOptions,
  metrics: LoadBalancerMetrics,
  logger: Logger,
  parts: AsyncDisposableStack,
): Promise<void> {
  if (bind === undefined || bind === false) return;
  const files = pairOf(webhookCert, webhookKey, "--webhook");
  if (files === undefined) {
    throw new CommandFailure(
      "the webhook needs --webhook-cert and --webhook-key: an API server calls webhooks only over TLS.",
    );
  }
  const context = { ledger, cluster: settings.cluster, policy, metrics };
  const webhook = await serveFollowed(
    { of: "webhook", kernel, logger, obtain: () => readCertificateFiles(files, []) },
    async (certificate) => {
      const server = await serveServiceWebhook({ bind, certificate, context });
      logger.info({ url: server.url, policy }, "Services are reviewed");
      return server;
    },
  );
  parts.defer(() => webhook.close());
}
