/** Serves the webhook over TLS. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { ApiError, type KubeClient } from "../../client/index.ts";
import type { Kernel, Result } from "../../kernel/index.ts";
import type { Logger } from "../../runtime/index.ts";
import type { OperatorWorld } from "../view/world.ts";
import { answerAdmission } from "./admission-review.ts";
import { CertificateRotation } from "./certificate-rotation.ts";
import { type CertificateFiles, readCertificateFiles } from "./given-certificate.ts";
import type { AdmissionPolicy } from "./review.ts";
import { obtainCertificate } from "./webhook-certificate.ts";
import { WEBHOOK_PATH } from "./webhook-configuration.ts";
import { announce } from "./webhook-registration.ts";

/**
 * Where the certificate comes from: a Secret of this namespace, which all replicas share and which is made when there is
 * none, or files that somebody else keeps.
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
};

export interface WebhookServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Surroundings {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly world: OperatorWorld;
  /** Names that a certificate which is made has besides: those of the endpoints. */
  readonly alsoFor?: readonly string[];
  /** That the operator serves. Absent: all. */
  readonly namespaces?: readonly string[];
  /** Whether the caches show the world as it is; before that, nobody is judged by it. */
  readonly isReady: () => boolean;
}

/** An AdmissionReview holds two objects of at most 1.5 MiB each, and a little. */
const LONGEST_BODY_BYTES = 4 * 2 ** 20;
const LOOPBACK = "127.0.0.1";

/** @throws ConfigError when a given certificate cannot be served with */
export async function serveWebhook(
  options: WebhookOptions,
  surroundings: Surroundings,
): Promise<WebhookServer> {
  const { client, kernel, logger, world, isReady, namespaces } = surroundings;
  const { port, host = LOOPBACK, serviceHosts } = options;
  const hosts = serviceHosts ?? [LOOPBACK];
  const policy = { denyOverlappingPools: false, ...options.policy, ...(namespaces && { namespaces }) };
  const obtain = () =>
    "files" in options
      ? readCertificateFiles(options.files, hosts)
      : obtainCertificate({
          ...{ client, kernel, hosts },
          namespace: options.namespace,
          alsoFor: surroundings.alsoFor ?? [],
        });
  const isGiven = "files" in options && serviceHosts !== undefined;
  const certificate = await obtain();
  const server = createServer(
    { cert: certificate.certificate, key: certificate.key },
    (request, response) => {
      const review = (body: string) => answerAdmission(world, policy, body);
      answer(isReady() ? review : undefined, request, response).catch((error: unknown) => {
        logger.error({ err: error }, "A review failed");
        response.destroy();
      });
    },
  );
  await listen(server, port, host);
  const url = `https://${LOOPBACK}:${(server.address() as AddressInfo).port}${WEBHOOK_PATH}`;
  const registration = serviceHosts === undefined ? { url, namespaces } : {};
  const rotation = new CertificateRotation({
    kernel,
    logger,
    obtain,
    announce: async ({ caBundle }) => {
      try {
        await announce(client, caBundle, registration);
      } catch (error) {
        // Whoever gives the certificate says whom to trust, and need not let this process say it.
        if (!isGiven || !(error instanceof ApiError && error.code === 403)) throw error;
        logger.debug({ err: error }, "The API server is told by others whom to trust");
      }
    },
    serve: ({ certificate: cert, key }) => server.setSecureContext({ cert, key }),
  });
  const close = () =>
    new Promise<void>((resolve) => {
      rotation.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  try {
    await rotation.start(certificate);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

async function answer(
  review: ((body: string) => Result<object, string>) | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (review === undefined) return send(response, 503, { message: "the caches are not synced yet" });
  if (request.url?.split("?")[0] !== WEBHOOK_PATH)
    return send(response, 404, { message: `there is ${WEBHOOK_PATH}` });
  if (request.method !== "POST") return send(response, 405, { message: "only POST is served here" });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > LONGEST_BODY_BYTES) return send(response, 413, { message: "the body is too long" });
    chunks.push(chunk as Buffer);
  }
  const reviewed = review(Buffer.concat(chunks).toString("utf8"));
  if (reviewed.ok) send(response, 200, reviewed.value);
  else send(response, 400, { message: reviewed.error });
}

function send(response: ServerResponse, code: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(code, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}
