/**
 * `/healthz`, `/readyz` and `/metrics`, as probes and Prometheus ask for them. A handler that can stand before others,
 * and a server for those who need nothing else.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RuntimeMetrics } from "./metrics.ts";

export interface HealthOptions {
  /** All caches are synced; what {@link Manager} has. */
  readonly manager: { ready(): boolean; healthy(): boolean };
  readonly metrics: RuntimeMetrics;
}

/** Answers the request if it is for one of its paths. False: it was not, and nothing was written. */
export type HealthHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

export function createHealthHandler({ manager, metrics }: HealthOptions): HealthHandler {
  return async (request, response) => {
    const [path] = (request.url ?? "/").split("?");
    if (path !== "/healthz" && path !== "/readyz" && path !== "/metrics") return false;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      send(response, 405, "only GET and HEAD are served here");
    } else if (path === "/healthz") {
      send(response, manager.healthy() ? 200 : 500, manager.healthy() ? "ok" : "the manager cannot go on");
    } else if (path === "/readyz") {
      send(response, manager.ready() ? 200 : 503, manager.ready() ? "ok" : "not all caches are synced");
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
  close(): Promise<void>;
}

/** @param port 0: any free one. @param host default: loopback only. */
export async function serveHealth(
  handler: HealthHandler,
  port: number,
  host = "127.0.0.1",
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    handler(request, response).then(
      (handled) => {
        if (!handled) send(response, 404, "there are /healthz, /readyz and /metrics");
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { address, port: taken, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
