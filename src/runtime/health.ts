/**
 * `/livez` (and `/healthz`, the same), `/readyz` and `/metrics`, as probes and Prometheus ask for them. A handler that can stand before others,
 * and a server for those who need nothing else.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { closeServer } from "./http-listener.ts";
import type { RuntimeMetrics } from "./metrics.ts";

export interface HealthOptions {
  /** All caches are synced; what {@link Manager} has. */
  readonly manager: {
    ready(): boolean;
    healthy(): boolean;
    /** What else keeps it from being ready than its caches: one sentence. */
    whyNotReady?(): string | undefined;
  };
  readonly metrics: RuntimeMetrics;
}

/** Answers the request if it is for one of its paths. False: it was not, and nothing was written. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export function createHealthHandler({ manager, metrics }: HealthOptions): HealthHandler {
  return async (request, response) => {
    const [path] = (request.url ?? "/").split("?");
    const isLiveness = path === "/healthz" || path === "/livez";
    if (!isLiveness && path !== "/readyz" && path !== "/metrics") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      send(response, 405, "only GET and HEAD are served here");
    } else if (isLiveness) {
      send(response, manager.healthy() ? 200 : 500, manager.healthy() ? "ok" : "the manager cannot continue");
    } else if (path === "/readyz") {
      send(
        response,
        manager.ready() ? 200 : 503,
        manager.ready() ? "ok" : (manager.whyNotReady?.() ?? "not all caches are synced"),
      );
    } else {
      send(response, 200, await metrics.registry.metrics(), metrics.registry.contentType);
    }
    return true;
  };
}

function send(
  response: ServerResponse,
  code: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(code, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

export interface HealthServer {
  /** Base URL, with the port that was taken. */
  readonly url: string;
  /** Serves with another certificate from now on, where it serves over TLS. */
  renew(certificate: ServingCertificate): void;
  close(): Promise<void>;
}

/** In PEM form. */
export interface ServingCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Longer than any probe or scraper takes to send its request, or to agree on keys. */
const PATIENCE_MS = 10_000;
/** Far more than have a reason to come. */
const MOST_CONNECTIONS = 4_096;

/** @param port 0: any free one. @param host default: loopback only. @param tls default: plain HTTP */
export async function serveHealth(
  handler: HealthHandler,
  port: number,
  host = "127.0.0.1",
  tls?: ServingCertificate,
): Promise<HealthServer> {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    handler(request, response).then(
      (handled) => {
        if (!handled) send(response, 404, "there are /livez, /healthz, /readyz and /metrics");
      },
      () => response.destroy(),
    );
  };
  const timeouts = { requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS };
  const server: Server | TlsServer =
    tls === undefined
      ? createServer(timeouts, answer)
      : createTlsServer(
          { ...timeouts, ...pemOf(tls), handshakeTimeout: PATIENCE_MS, minVersion: "TLSv1.2" },
          answer,
        );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { address, port: taken, family } = server.address() as AddressInfo;
  return {
    url: `http${tls === undefined ? "" : "s"}://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    renew: (certificate) => {
      if ("setSecureContext" in server) server.setSecureContext(pemOf(certificate));
    },
    close: () => closeServer(server),
  };
}

function pemOf({ certificate, key }: ServingCertificate): { readonly cert: string; readonly key: string } {
  return { cert: certificate, key };
}
