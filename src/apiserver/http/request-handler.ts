/**
 * One request from its first byte to its last: who is it, what does it want, may it, and whatever goes wrong becomes
 * a `metav1.Status`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { RefusalLimit } from "../audit/index.ts";
import { ANONYMOUS, authorizeResource, impersonated } from "../auth/index.ts";
import {
  badRequest,
  forbiddenPath,
  internalError,
  StatusError,
  serviceUnavailable,
  unauthorized,
} from "../status-error.ts";
import { StoreFailedError, UnstorableObjectError } from "../store/index.ts";
import type { User } from "../verbs/index.ts";
import { type AuditSink, auditWhenDone, reasonOf, type Topic } from "./audit.ts";
import { type DiscoveryHandler, VERSION } from "./discovery-handler.ts";
import { answerHealth, type HealthCheck } from "./health.ts";
import type { ServerMetrics } from "./metrics.ts";
import { type AcceptedForm, negotiate } from "./negotiation.ts";
import { parseResourcePath, verbOf } from "./request-info.ts";
import { findResource, handleResource } from "./resource-handler.ts";
import { type Exchange, sendObject, sendStatus } from "./respond.ts";
import type { SpecialContext } from "./special-endpoints.ts";
import { type FaultPlan, sufferFault } from "./transport-faults.ts";
import type { OpenWatches } from "./watch-stream.ts";

export interface RequestHandlerOptions extends SpecialContext {
  readonly discovery: DiscoveryHandler;
  readonly watches: OpenWatches;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly checks: readonly HealthCheck[];
  readonly faults: FaultPlan | undefined;
  readonly audit: AuditSink | undefined;
}

const JSON_FORM: AcceptedForm = { encoding: "json", as: "objects" };

export function createRequestHandler(options: RequestHandlerOptions) {
  const refusals = new RefusalLimit();
  return (request: IncomingMessage, response: ServerResponse): void => {
    const warnings: string[] = [];
    const exchange = { request, response, form: JSON_FORM, warnings };
    const topic: Topic = {};
    observeWhenDone(options, exchange, topic);
    if (options.audit !== undefined)
      auditWhenDone(options.audit, refusals, options.server.kernel, exchange, topic);
    handle(options, exchange, warnings, topic).catch((error: unknown) => {
      topic.reason = reasonOf(error);
      fail(options.logger, exchange, error);
    });
  };
}

async function handle(
  options: RequestHandlerOptions,
  plain: Exchange,
  warnings: string[],
  topic: Topic,
): Promise<void> {
  const { request, response } = plain;
  const { faults, server } = options;
  if (faults !== undefined && !(await sufferFault(faults, server.kernel.clock, request, response))) return;
  const url = request.url ?? "/";
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  const query = new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
  if (answerAnybody(options, plain, path, query)) return;
  const caller = options.authenticator.authenticate(request);
  if (caller === ANONYMOUS) throw unauthorized();
  topic.caller = caller;
  const resourcePath = parseResourcePath(path);
  const verb = resourcePath && verbOf(request.method ?? "GET", resourcePath, query);
  topic.path = resourcePath;
  topic.verb = verb;
  topic.isAllowed = false;
  const user = impersonated(request, caller, options.authorizer);
  topic.user = user;
  if (resourcePath === undefined || verb === undefined) return handlePath(options, plain, path, user);
  authorizeResource(options.authorizer, user, verb, resourcePath, query);
  topic.isAllowed = true;
  const resource = findResource(options.server.registry, resourcePath);
  if (resource === undefined) return pathNotFound(plain);
  const exchange = { ...plain, form: negotiate(request.headers.accept) };
  const call = { exchange, path: resourcePath, resource, verb, query, user, warnings, topic };
  await handleResource(options, call, options.watches);
}

/** What needs no credentials. */
function answerAnybody(
  options: RequestHandlerOptions,
  exchange: Exchange,
  path: string,
  query: URLSearchParams,
): boolean {
  if (path === "/version" || path === "/version/") {
    sendObject(exchange, 200, VERSION);
    return true;
  }
  const health = answerHealth(path, query, options.checks);
  if (health !== undefined) sendPlain(exchange, health.code, health.text);
  return health !== undefined;
}

async function handlePath(
  options: RequestHandlerOptions,
  exchange: Exchange,
  path: string,
  user: User,
): Promise<void> {
  const verb = (exchange.request.method ?? "GET").toLowerCase();
  if (!options.authorizer.allows(user, { verb, path })) {
    throw forbiddenPath(`User "${user.username}" cannot ${verb} path "${path}"`);
  }
  if (path === "/metrics") {
    sendPlain(exchange, 200, await options.metrics.text(), options.metrics.contentType);
  } else if (path === "/") {
    sendObject(exchange, 200, { paths: options.discovery.paths() });
  } else if (!options.discovery.handle(exchange, path.replace(/\/$/, ""))) {
    pathNotFound(exchange);
  }
}

function pathNotFound(exchange: Exchange): void {
  sendPlain(exchange, 404, "404 page not found\n");
}

function sendPlain(
  { response }: Exchange,
  code: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(code, { "content-type": type, "x-content-type-options": "nosniff" });
  response.end(text);
}

function fail(logger: Logger, exchange: Exchange, error: unknown): void {
  const { response } = exchange;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const status = statusOf(error);
  if (status.code >= 500) logger.error({ err: error, path: pathOf(exchange) }, "request failed");
  // What is left of a body that nobody read would be taken for the next request.
  const close = exchange.request.complete ? {} : { connection: "close" };
  const retry = status.body.details?.retryAfterSeconds;
  const headers = { ...close, ...(retry === undefined ? {} : { "retry-after": String(retry) }) };
  sendStatus({ ...exchange, form: JSON_FORM }, status.body, headers);
}

function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof UnstorableObjectError) return badRequest(error.message);
  if (error instanceof StoreFailedError) return serviceUnavailable(error.message);
  return internalError(error instanceof Error ? error.message : String(error));
}

function pathOf({ request }: Exchange): string {
  return (request.url ?? "").split("?")[0] ?? "";
}

function observeWhenDone(options: RequestHandlerOptions, exchange: Exchange, topic: Topic): void {
  const { logger, metrics, server } = options;
  const { clock } = server.kernel;
  const startMs = clock.monotonicMs();
  exchange.response.on("close", () => {
    const durationMs = clock.monotonicMs() - startMs;
    const { method = "", url } = exchange.request;
    const code = exchange.response.statusCode;
    const { group = "", version = "", plural = "", subresource = "" } = topic.path ?? {};
    const resource = subresource === "" ? plural : `${plural}/${subresource}`;
    // Only kinds that exist: what clients make up must not become labels.
    const known = topic.path !== undefined && server.registry.find(group, version, plural) !== undefined;
    const labels = known ? { group, version, resource } : { group: "", version: "", resource: "" };
    const verb = topic.verb ?? method.toLowerCase();
    metrics.observe({ verb, ...labels, code, durationSeconds: durationMs / 1000 });
    logger.debug({ method, url, code, durationMs: Math.round(durationMs) }, "request");
  });
}
