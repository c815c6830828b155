/**
 * The server put together: a store, the kinds it serves, those who look after them, and the door.
 */
import { type Logger, pino } from "pino";
import { stringify } from "yaml";
import type { Kernel } from "../kernel/index.ts";
import type { InProcessApi } from "../kube/in-process.ts";
import type { ServerContext, User } from "./context.ts";
import { createBaseObjects, removeAllOf } from "./controllers/base-objects.ts";
import { CrdController } from "./controllers/crd-controller.ts";
import { startGarbageCollector } from "./controllers/garbage-collection/index.ts";
import { startNamespaceController } from "./controllers/namespace-lifecycle/index.ts";
import type { AuditSink } from "./http/audit.ts";
import {
  ADMIN,
  Authenticator,
  alwaysAllow,
  checkWrite,
  type FixedTokens,
  fixedTokens,
  rbacAuthorizer,
  type ServerIdentity,
  ServiceAccountTokens,
} from "./http/auth/index.ts";
import { renewInTime } from "./http/certificate-renewal.ts";
import { Connections } from "./http/connections.ts";
import { DiscoveryHandler } from "./http/discovery-handler.ts";
import { createFlowControl } from "./http/flow-control.ts";
import { guardedLogger } from "./http/guarded-logger.ts";
import type { HealthCheck } from "./http/health.ts";
import { createDoor } from "./http/in-process/door.ts";
import { createMetrics } from "./http/metrics.ts";
import { OpenWatches } from "./http/open-watches.ts";
import { createRequestHandler, type Interceptor } from "./http/request-handler.ts";
import { listen } from "./http/server.ts";
import { readLimits, type ServerLimits } from "./http/server-limits.ts";
import { builtinKinds } from "./kinds/builtin/index.ts";
import { Registry } from "./kinds/registry.ts";
import type { Store } from "./store/index.ts";
import {
  createWebhookAdmission,
  createWebhookClient,
  type ServiceResolver,
  webhookConverter,
} from "./webhooks/index.ts";
import { createObjectWriter } from "./writes/index.ts";

export interface ApiServerOptions {
  readonly kernel: Kernel;
  /** The caller opens it, and closes it after `stop`. */
  readonly store: Store;
  readonly identity: ServerIdentity;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 0, any free one. */
  readonly port?: number;
  readonly logger?: Logger;
  /** Default: AlwaysAllow for every authenticated user. */
  readonly authorization?: "AlwaysAllow" | "RBAC";
  /** Tokens that stand for a user. Default: `identity.token` for the administrator. */
  readonly fixedTokens?: FixedTokens;
  /** Gets an event for each write, and for each request that is refused because of missing permissions. See `openAuditLog`. */
  readonly audit?: AuditSink;
  /** Where a webhook that names a Service is reached: `https://host:port`. Default: nowhere, there is no network. */
  readonly resolveService?: ServiceResolver;
  /** For tests and simulations: what goes wrong on the way. Default: nothing. */
  readonly intercept?: Interceptor;
  /** How much is taken on at once. Each has a default; see {@link ServerLimits} and docs/design/0012. */
  readonly limits?: Partial<ServerLimits>;
}

export interface ApiServer {
  /** `https://127.0.0.1:6443`. */
  readonly url: string;
  readonly port: number;
  readonly identity: ServerIdentity;
  /**
   * For clients in this process (`createInProcessClient` of `plexaubnet/client`): requests of `user`, which no token proves
   * and every check applies to, as calls; objects and events are handed over as they are stored, frozen
   * (docs/design/0018).
   */
  connect(user: User): InProcessApi;
  /** YAML, with the CA and the administrator's token inside. */
  kubeconfig(name?: string): string;
  /** Ends watches, lets requests under way finish, and closes the port. Takes less than 2 s. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 1_500;

/** @throws RangeError when a limit is none. @throws ListenError when the address cannot be listened on; nothing is left open then. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { kernel, store, identity, host = "127.0.0.1", port = 0 } = options;
  const limits = readLimits(options.limits);
  const logger = guardedLogger(options.logger ?? pino({ enabled: false }), () => undefined);
  const registry = new Registry((error) =>
    logger.error({ err: error }, "a listener to what is served failed"),
  );
  registry.set("builtin", builtinKinds);
  const admission = admissionOf(options, logger);
  const conversions = createWebhookClient(kernel, options.resolveService ?? (() => undefined));
  const authorizer = options.authorization === "RBAC" ? rbacAuthorizer(store) : alwaysAllow;
  const context: ServerContext = {
    store,
    kernel,
    registry,
    checkRights: (attributes) => checkWrite(authorizer, store, attributes),
    admission,
    converter: webhookConverter(conversions, kernel),
  };
  await createBaseObjects(context, options.authorization === "RBAC");
  const serving = servingParts(options, limits, logger);
  const handler = createRequestHandler({
    ...authParts(options, context),
    ...serving,
    authorizer,
    discovery: new DiscoveryHandler(registry, host),
    limits,
    logger,
    checks: healthChecks(store),
    intercept: options.intercept,
    audit: options.audit,
  });
  const after = (ms: number, fire: () => void) => kernel.clock.setTimer(ms, fire, true);
  const onError = (error: unknown) => logger.error({ err: error }, "work in the background failed");
  const stopControllers = startControllers(context, logger, onError);
  const events = { onError, connections: serving.connections };
  const listener = await listen(identity, { host, port }, handler.http, events, after).catch(
    async (error: unknown) => {
      await Promise.all([stopControllers(), admission.close(), conversions.close()]);
      throw error;
    },
  );
  const door = createDoor(handler.handle, after);
  const stopRenewal = renewInTime(identity, kernel, listener.useCertificate, onError);
  const url = urlOf(host, listener.port);
  return {
    url,
    port: listener.port,
    identity,
    connect: door.connect,
    kubeconfig: (name = "plexaubnet") => kubeconfigOf(name, url, identity),
    stop: async () => {
      stopRenewal();
      serving.watches.endAll();
      await Promise.all([listener.close(STOP_GRACE_MS), door.close(STOP_GRACE_MS), stopControllers()]);
      await Promise.all([admission.close(), conversions.close()]);
    },
  };
}

function healthChecks(store: Store): readonly HealthCheck[] {
  return [
    { name: "ping", fault: () => undefined },
    // A store that failed takes no more writes; of a full disk it recovers, and a restart would not make room.
    {
      name: "store",
      fault: () => store.failure?.message,
      isTemporary: () => store.failure?.isTemporary === true,
    },
  ];
}

/** As a client on this machine reaches it: what listens everywhere is reached by the loopback address, too. */
function urlOf(host: string, port: number): string {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `https://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}

function authParts(options: ApiServerOptions, server: ServerContext) {
  const { store, kernel, identity } = options;
  const fixed = options.fixedTokens ?? fixedTokens([[identity.token, ADMIN]]);
  const tokens = new ServiceAccountTokens(identity, kernel, store);
  const authenticator = new Authenticator(fixed, (token) => tokens.verify(token));
  return { server, tokens, authenticator };
}

/** The limits of accepted work, and their metrics. */
function servingParts({ store, kernel }: ApiServerOptions, limits: ServerLimits, logger: Logger) {
  const watches = new OpenWatches(limits);
  const flow = createFlowControl(limits, kernel.clock, (reason) => metrics.rejected(reason));
  const connections = new Connections(limits.maxConnections, () => {
    metrics.rejected("connections");
    logger.warn({ limit: limits.maxConnections }, "a connection was refused: too many are in use");
  });
  const metrics = createMetrics({
    storedObjects: () => new Map(store.kinds().map((kind) => [kind, store.count(kind)])),
    revision: () => store.revision,
    isReadOnly: () => store.failure !== undefined,
    watchers: () => watches.size,
    inFlight: () => flow.inFlight,
    queued: () => flow.queued,
    connections: () => connections.count,
    waitingBytes: () => watches.waiting.total,
  });
  return { watches, flow, connections, metrics };
}

function admissionOf({ kernel, store, resolveService }: ApiServerOptions, logger: Logger) {
  const kinds = {
    mutating: "admissionregistration.k8s.io/mutatingwebhookconfigurations",
    validating: "admissionregistration.k8s.io/validatingwebhookconfigurations",
  } as const;
  return createWebhookAdmission({
    kernel,
    configurations: (kind) => {
      if (store.count(kinds[kind]) === 0) return [];
      const found = store.list(kinds[kind], {});
      return found.ok ? found.value.items.map((stored) => stored.object) : [];
    },
    namespaceLabels: (name) => {
      const namespace = store.get({ kind: "namespaces", namespace: "", name })?.object;
      return namespace === undefined ? undefined : (namespace.metadata.labels ?? {});
    },
    resolveService: resolveService ?? (() => undefined),
    onIgnored: (webhook, failure) =>
      logger.warn({ webhook, failure }, "a webhook failed and was passed over"),
  });
}

/** Those who look after what is stored. Returns how to stop them. */
function startControllers(
  context: ServerContext,
  logger: Logger,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const { store, kernel, registry } = context;
  const writer = createObjectWriter(context);
  const crds = new CrdController({ store, kernel, registry, onError, removeAll: removeAllOf(context) });
  crds.start();
  const namespaces = startNamespaceController({ store, writer, kernel, logger });
  const collector = startGarbageCollector({ store, resources: registry, writer, kernel, logger });
  return async () => {
    crds.close();
    await Promise.all([namespaces.close(), collector.close()]);
  };
}

function kubeconfigOf(name: string, server: string, identity: ServerIdentity): string {
  const authority = Buffer.from(identity.caCertificate).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name, user: { token: identity.token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
    "current-context": name,
  });
}
