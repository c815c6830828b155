/**
 * Serves the review of Services to an API server, over TLS. Register it with `failurePolicy: Ignore`
 * (`deploy/load-balancers/validating-webhook.yaml`): nobody is to wait for a ledger.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type AdmissionReview, reviewService } from "../../balancers/sync/index.ts";
import type { BindAddress } from "../flags/flag-values.ts";

export interface ServiceWebhookOptions {
  readonly bind: BindAddress;
  /** In PEM form. */
  readonly certificate: string;
  readonly key: string;
  readonly context: Parameters<typeof reviewService>[1];
}

export interface ServiceWebhook {
  readonly url: string;
  close(): Promise<void>;
}

export const SERVICE_WEBHOOK_PATH = "/validate-service";
const MOST_BYTES = 3 * 2 ** 20;

export async function serveServiceWebhook(options: ServiceWebhookOptions): Promise<ServiceWebhook> {
  const { bind, certificate, key, context } = options;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    answer(request, response, context).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(bind.port, ...(bind.host === "" ? [] : [bind.host]), () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const host = bind.host === "" ? "127.0.0.1" : bind.host;
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${port}${SERVICE_WEBHOOK_PATH}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: ServiceWebhookOptions["context"],
): Promise<void> {
  if (request.url?.split("?")[0] !== SERVICE_WEBHOOK_PATH)
    return send(response, 404, { message: "not found" });
  if (request.method !== "POST") return send(response, 405, { message: "only POST is served here" });
  const review = parse(await read(request));
  if (review === undefined) return send(response, 400, { message: "the body is no AdmissionReview" });
  send(response, 200, await reviewService(review, context));
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new RangeError("the review is too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parse(body: string): AdmissionReview | undefined {
  try {
    const review = JSON.parse(body) as AdmissionReview | null;
    return typeof review?.request?.uid === "string" ? review : undefined;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
