/** The operator's webhook: reviews by the world as the caches show it, with a certificate that is kept up to date. */
import { ApiError, type KubeClient } from "../../client/index.ts";
import { defined, type Kernel } from "../../kernel/index.ts";
import type { Logger } from "../../runtime/index.ts";
import {
  announce,
  type CertificateFiles,
  CertificateRotation,
  obtainCertificate,
  type Registration,
  readCertificateFiles,
  serveWebhook,
  type WebhookServer,
} from "../../webhook/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import { type AllowedRequest, answerAdmission } from "./admission-review.ts";
import type { AdmissionPolicy } from "./review.ts";
import { WEBHOOK_CONFIGURATION_NAME, WEBHOOK_PATH, webhookConfiguration } from "./webhook-configuration.ts";

/**
 * Where the certificate comes from: a Secret of this namespace, which all replicas share and which is made when there is
 * none, or files that another program maintains.
 */
export type CertificateOrigin = { readonly namespace: string } | { readonly files: CertificateFiles };

export type WebhookOptions = CertificateOrigin & {
  readonly port: number;
  /** Default: loopback. */
  readonly host?: string;
  /**
   * Names by which the API server calls: those of the Service. Absent: the webhook registers itself at its own
   * address, for an API server on this machine.
   */
  readonly serviceHosts?: readonly string[];
  readonly policy?: AdmissionPolicy;
  /** Called for each request that is let in, before it is answered; it must neither wait nor throw. */
  readonly onAllowed?: (request: AllowedRequest) => void;
};

interface Surroundings {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly world: OperatorWorld;
  /** Names that a certificate which is made has besides: those of the endpoints. */
  readonly alsoFor?: readonly string[];
  /** That the operator serves. Absent: all. */
  readonly namespaces?: readonly string[];
  /** Whether the caches are synced; before that, no object is reviewed. */
  readonly isReady: () => boolean;
}

const LOOPBACK = "127.0.0.1";

/** @throws ConfigError when a given certificate cannot be served with */
export async function serveAdmission(
  options: WebhookOptions,
  surroundings: Surroundings,
): Promise<Pick<WebhookServer, "url" | "close">> {
  const { client, kernel, logger, world, isReady, namespaces } = surroundings;
  const { port, host, serviceHosts } = options;
  const hosts = serviceHosts ?? [LOOPBACK];
  const policy = {
    denyOverlappingPools: false,
    ...options.policy,
    ...defined({ namespaces }),
  };
  const obtain = () =>
    "files" in options
      ? readCertificateFiles(options.files, hosts)
      : obtainCertificate({
          ...{ client, kernel, hosts },
          namespace: options.namespace,
          alsoFor: surroundings.alsoFor ?? [],
        });
  const certificate = await obtain();
  const server = await serveWebhook(
    (body) => answerAdmission(world, policy, body, options.onAllowed),
    certificate,
    {
      port,
      host,
      path: WEBHOOK_PATH,
      whyNotReady: () => (isReady() ? undefined : "the caches are not synced yet"),
      onError: (error) => logger.error({ err: error }, "A review failed"),
    },
  );
  // By what its certificate is for, whatever it listens on.
  const url = `https://${LOOPBACK}:${server.port}${WEBHOOK_PATH}`;
  const isGiven = "files" in options && serviceHosts !== undefined;
  const registration = serviceHosts === undefined ? ownRegistration(url, namespaces) : INSTALLED;
  const rotation = new CertificateRotation({
    kernel,
    logger,
    obtain,
    announce: async ({ caBundle }) => {
      try {
        await announce(client, caBundle, registration);
      } catch (error) {
        // The provider of the certificate publishes its authority; this process may not have the permission.
        if (!isGiven || !(error instanceof ApiError && error.code === 403)) throw error;
        logger.debug({ err: error }, "The authority of the webhook is published by another program");
      }
    },
    serve: (next) => server.renew(next),
  });
  const close = () => {
    rotation.stop();
    return server.close();
  };
  try {
    await rotation.start(certificate);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

/** `plexaubnet install` has said where the webhook is. */
const INSTALLED: Registration = { name: WEBHOOK_CONFIGURATION_NAME };

function ownRegistration(url: string, namespaces: readonly string[] | undefined): Registration {
  const configuration = (caBundle: string) =>
    webhookConfiguration({ url }, { caBundle, ...defined({ namespaces }) });
  return { ...INSTALLED, configuration };
}
