/**
 * One request from its first byte to its last: who is it, what does it want, may it, and whatever goes wrong becomes
 * a `metav1.Status`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { ANONYMOUS, type Authenticator } from "../auth/index.ts";
import { internalError, StatusError, serviceUnavailable, unauthorized } from "../status-error.ts";
import { StoreFailedError } from "../store/index.ts";
import type { ServerContext, User } from "../verbs/index.ts";
import type { DiscoveryHandler } from "./discovery-handler.ts";
import { VERSION } from "./discovery-handler.ts";
import { type AcceptedForm, negotiate } from "./negotiation.ts";
import { parseResourcePath, verbOf } from "./request-info.ts";
import { findResource, handleResource } from "./resource-handler.ts";
import { type Exchange, sendObject, sendStatus } from "./respond.ts";
import type { OpenWatches } from "./watch-stream.ts";

export interface RequestHandlerOptions {
  readonly context: ServerContext;
  readonly authenticator: Authenticator;
  readonly discovery: DiscoveryHandler;
  readonly watches: OpenWatches;
  readonly logger: Logger;
}

const JSON_FORM: AcceptedForm = { encoding: "json", as: "objects" };

export function createRequestHandler(options: RequestHandlerOptions) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const warnings: string[] = [];
    const exchange = { request, response, form: JSON_FORM, warnings };
    logWhenDone(options, exchange);
    handle(options, exchange, warnings).catch((error: unknown) => fail(options.logger, exchange, error));
  };
}

async function handle(options: RequestHandlerOptions, plain: Exchange, warnings: string[]): Promise<void> {
  const { request } = plain;
  const url = request.url ?? "/";
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  if (answerHealth(plain, path)) return;
  const user = options.authenticator.authenticate(request);
  if (user === ANONYMOUS) throw unauthorized();
  const query = new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
  const resourcePath = parseResourcePath(path);
  if (resourcePath === undefined) {
    if (options.discovery.handle(plain, path)) return;
    return pathNotFound(plain);
  }
  const resource = findResource(options.context.registry, resourcePath);
  if (resource === undefined) return pathNotFound(plain);
  const verb = verbOf(request.method ?? "GET", resourcePath, query);
  const exchange = { ...plain, form: negotiate(request.headers.accept) };
  const call = { exchange, path: resourcePath, resource, verb, query, user: user as User, warnings };
  await handleResource(options.context, call, options.watches);
}

function answerHealth(exchange: Exchange, path: string): boolean {
  if (path === "/version" || path === "/version/") {
    sendObject(exchange, 200, VERSION);
    return true;
  }
  if (!/^\/(healthz|livez|readyz)$/.test(path)) return false;
  sendPlain(exchange, 200, "ok");
  return true;
}

function pathNotFound(exchange: Exchange): void {
  sendPlain(exchange, 404, "404 page not found\n");
}

function sendPlain({ response }: Exchange, code: number, text: string): void {
  response.writeHead(code, {
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
  });
  response.end(text);
}

function fail(logger: Logger, exchange: Exchange, error: unknown): void {
  const { response } = exchange;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = statusOf(error);
  if (status.code >= 500) logger.error({ err: error, url: exchange.request.url }, "request failed");
  // What is left of a body that nobody read would be taken for the next request.
  const close = exchange.request.complete ? {} : { connection: "close" };
  const retry = status.body.details?.retryAfterSeconds;
  const headers = { ...close, ...(retry === undefined ? {} : { "retry-after": String(retry) }) };
  sendStatus({ ...exchange, form: JSON_FORM }, status.body, headers);
}

function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof StoreFailedError) return serviceUnavailable(error.message);
  return internalError(error instanceof Error ? error.message : String(error));
}

function logWhenDone({ logger, context }: RequestHandlerOptions, { request, response }: Exchange): void {
  if (!logger.isLevelEnabled("debug")) return;
  const startMs = context.kernel.clock.monotonicMs();
  response.on("close", () => {
    const durationMs = Math.round(context.kernel.clock.monotonicMs() - startMs);
    const { method, url } = request;
    logger.debug({ method, url, code: response.statusCode, durationMs }, "request");
  });
}
