/** Serves the webhook over TLS, and keeps its certificate and what the API server trusts in step. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { ApiError, type KubeClient } from "../../client/index.ts";
import type { Kernel, Result, Timer } from "../../kernel/index.ts";
import type { Logger } from "../../runtime/index.ts";
import type { OperatorWorld } from "../operator-world.ts";
import { answerAdmission } from "./admission-review.ts";
import type { AdmissionPolicy } from "./review.ts";
import { obtainCertificate, type WebhookCertificate } from "./webhook-certificate.ts";
import {
  WEBHOOK_CONFIGURATION_NAME,
  WEBHOOK_CONFIGURATIONS,
  WEBHOOK_PATH,
  webhookConfiguration,
} from "./webhook-configuration.ts";

export interface WebhookOptions {
  readonly port: number;
  /** Default: loopback. */
  readonly host?: string;
  /** Of the Secret that holds the certificate. */
  readonly namespace: string;
  /**
   * Names by which the API server calls: those of the Service. Absent: the webhook registers itself at its own
   * address, for an API server on this machine.
   */
  readonly serviceHosts?: readonly string[];
  readonly policy?: AdmissionPolicy;
}

export interface WebhookServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Surroundings {
  readonly client: KubeClient;
  readonly kernel: Kernel;
  readonly logger: Logger;
  readonly world: OperatorWorld;
  /** Whether the caches show the world as it is; before that, nobody is judged by it. */
  readonly isReady: () => boolean;
}

/** An AdmissionReview holds two objects of at most 1.5 MiB each, and a little. */
const LONGEST_BODY_BYTES = 4 * 2 ** 20;
/** Far more often than a certificate of a year needs, so that a failed renewal has many more chances. */
const CHECK_INTERVAL_MS = 3_600_000;
const LOOPBACK = "127.0.0.1";

export async function serveWebhook(
  options: WebhookOptions,
  surroundings: Surroundings,
): Promise<WebhookServer> {
  const { client, kernel, logger, world, isReady } = surroundings;
  const {
    port,
    host = LOOPBACK,
    namespace,
    serviceHosts,
    policy = { denyOverlappingPools: false },
  } = options;
  const obtain = () => obtainCertificate({ client, kernel, namespace, hosts: serviceHosts ?? [LOOPBACK] });
  let certificate = await obtain();
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
  await register(client, certificate, serviceHosts === undefined ? url : undefined);
  let timer: Timer;
  const check = async () => {
    try {
      const current = await obtain();
      if (current.certificate !== certificate.certificate) {
        certificate = current;
        server.setSecureContext({ cert: current.certificate, key: current.key });
      }
      await register(client, certificate, serviceHosts === undefined ? url : undefined);
    } catch (error) {
      logger.warn({ err: error }, "The webhook's certificate could not be checked; it is tried again");
    }
    timer = kernel.clock.setTimer(CHECK_INTERVAL_MS, check, true);
  };
  timer = kernel.clock.setTimer(CHECK_INTERVAL_MS, check, true);
  const close = () =>
    new Promise<void>((resolve) => {
      timer.cancel();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, close };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}

/** Tells the API server whom to trust, and where no `install` has been, that there is a webhook at all. */
async function register(
  client: KubeClient,
  { caBundle }: WebhookCertificate,
  url: string | undefined,
): Promise<void> {
  const name = WEBHOOK_CONFIGURATION_NAME;
  try {
    if (url !== undefined) {
      const configuration = webhookConfiguration({ url }, caBundle);
      const options = { fieldManager: "plexaubnet", force: true };
      await client.patch(WEBHOOK_CONFIGURATIONS, { name }, "apply", configuration, options);
      return;
    }
    const value = Buffer.from(caBundle).toString("base64");
    const patch = [{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value }];
    await client.patch(WEBHOOK_CONFIGURATIONS, { name }, "json", patch);
  } catch (error) {
    // Not installed: then nobody asks, and the controllers say what admission would have said.
    if (error instanceof ApiError && error.code === 404) return;
    throw error;
  }
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
