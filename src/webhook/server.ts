/**
 * Serves one admission webhook over TLS. Any client may reach the port, so nothing that a caller sends, or
 * leaves unsent, costs more than a little: connections, the time until the keys are agreed on, until the headers and
 * the whole request have come, and the length of the body are all bounded.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Result } from "../kernel/index.ts";
import { closeServer, closeUnread, listenAt, readBody } from "../runtime/index.ts";

/** Answers an AdmissionReview by one, or returns what is wrong with the body: one sentence, returned with 400. */
export type WebhookHandler = (body: string) => Result<object, string> | Promise<Result<object, string>>;

/** In PEM form. */
export interface ServedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface WebhookServerOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Default: loopback. Empty: every address of this machine. */
  readonly host?: string | undefined;
  /** The only path that is served. */
  readonly path: string;
  /** Why no review can be answered now: one sentence, answered with 503. Default: it always can. */
  readonly whyNotReady?: (() => string | undefined) | undefined;
  /** Called when the handler fails. The connection is closed then, and the API server goes by its `failurePolicy`. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly limits?: Partial<WebhookLimits> | undefined;
}

export interface WebhookLimits {
  /** Until the keys are agreed on, until the headers have come, and until the whole request has. */
  readonly patienceMs: number;
  readonly connections: number;
  readonly bodyBytes: number;
}

/**
 * An API server waits for 30 s at the most, and sends at once. An AdmissionReview holds two objects of at most 1.5 MiB each, and
 * a little.
 */
export const DEFAULT_LIMITS: WebhookLimits = {
  patienceMs: 10_000,
  connections: 1_024,
  bodyBytes: 4 * 2 ** 20,
};

/** The minimum interval between checks for late connections: also well below a short patience. */
const LONGEST_CHECK_MS = 5_000;
const LOOPBACK = "127.0.0.1";

export interface WebhookServer {
  /** By which a caller on this machine reaches it. */
  readonly url: string;
  /** The port that was taken. */
  readonly port: number;
  /** Serves with another certificate from now on. */
  renew(certificate: ServedCertificate): void;
  close(): Promise<void>;
}

export async function serveWebhook(
  handler: WebhookHandler,
  certificate: ServedCertificate,
  options: WebhookServerOptions,
): Promise<WebhookServer> {
  const { port, host = LOOPBACK, path, onError } = options;
  const { patienceMs, connections, bodyBytes } = { ...DEFAULT_LIMITS, ...options.limits };
  const server = createServer(
    {
      ...pemOf(certificate),
      minVersion: "TLSv1.2",
      handshakeTimeout: patienceMs,
      headersTimeout: patienceMs,
      requestTimeout: patienceMs,
      connectionsCheckingInterval: Math.min(patienceMs / 2, LONGEST_CHECK_MS),
    },
    (request, response) => {
      answer(handler, { ...options, bodyBytes }, request, response).catch((error: unknown) => {
        // A client that disconnects while it sends the body is not a failure of the server.
        if (request.complete) onError?.(error);
        response.destroy();
      });
    },
  );
  server.maxConnections = connections;
  const { authority, port: taken } = await listenAt(server, { host, port });
  return {
    url: `https://${authority}${path}`,
    port: taken,
    renew: (next) => server.setSecureContext(pemOf(next)),
    close: () => closeServer(server),
  };
}

function pemOf({ certificate, key }: ServedCertificate): { readonly cert: string; readonly key: string } {
  return { cert: certificate, key };
}

async function answer(
  handler: WebhookHandler,
  { path, bodyBytes, whyNotReady }: WebhookServerOptions & Pick<WebhookLimits, "bodyBytes">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const obstacle = whyNotReady?.();
  if (obstacle !== undefined) return refuse(response, 503, obstacle);
  if (request.url?.split("?")[0] !== path) return refuse(response, 404, `only ${path} is served here`);
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    return refuse(response, 405, "only POST is served here");
  }
  const body = await readBody(request, bodyBytes);
  if (body === undefined) return refuse(response, 413, `the body is longer than ${bodyBytes} bytes`);
  const reviewed = await handler(body);
  if (reviewed.ok) send(response, 200, reviewed.value);
  else refuse(response, 400, reviewed.error);
}

function refuse(response: ServerResponse, code: number, message: string): void {
  closeUnread(response);
  send(response, code, { message });
}

function send(response: ServerResponse, code: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(code, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}
