/**
 * One request from its first byte to its last: who is it, what does it want, may it, and whatever goes wrong becomes
 * a `metav1.Status`.
 */
import type { RequestListener } from "node:http";
import type { Logger } from "pino";
import type { User } from "../context.ts";
import { forbiddenPath, methodNotAllowed, noSuchEndpoint, unauthorized } from "../status-error.ts";
import type { Arrival, RequestHead, ResponsePort } from "./arrival.ts";
import { RefusalLimit } from "./audit/index.ts";
import { type AuditSink, auditWhenDone, reasonOf } from "./audit.ts";
import { ANONYMOUS, authorizeResource, impersonated } from "./auth/index.ts";
import { type DiscoveryHandler, VERSION } from "./discovery-handler.ts";
import { type OpenExchange, openExchange, takeSeat } from "./exchange.ts";
import type { FlowControl } from "./flow-control.ts";
import { answerHealth, type HealthCheck } from "./health.ts";
import { httpArrival } from "./http-arrival.ts";
import type { ServerMetrics } from "./metrics.ts";
import { negotiate } from "./negotiation.ts";
import type { OpenWatches } from "./open-watches.ts";
import { parseResourcePath, verbOf } from "./request-info.ts";
import { fail } from "./request-lifetime.ts";
import { findResource, handleResource } from "./resource-handler.ts";
import { type Exchange, type Sent, sendBody, sendObject } from "./respond.ts";
import type { ServerLimits } from "./server-limits.ts";
import type { ResourceParts } from "./subresources.ts";

/** Sees each request first. False: the request ends there. @throws StatusError */
export type Interceptor = (request: RequestHead, response: ResponsePort) => Promise<boolean>;

export interface RequestHandlerOptions extends ResourceParts {
  readonly discovery: DiscoveryHandler;
  readonly watches: OpenWatches;
  readonly flow: FlowControl;
  readonly limits: ServerLimits;
  /** Must not throw. */
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly checks: readonly HealthCheck[];
  readonly intercept: Interceptor | undefined;
  readonly audit: AuditSink | undefined;
}

/** By whichever way a request comes in: all of them are answered by the same code. */
export interface RequestHandler {
  readonly http: RequestListener;
  handle(arrival: Arrival): void;
}

export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { server, logger, audit, authenticator } = options;
  const refusals = new RefusalLimit();
  const surroundings = { ...options, clock: server.kernel.clock, registry: server.registry };
  const enter = (exchange: OpenExchange, user: User) => takeSeat(surroundings, exchange, user);
  return {
    http: (request, response) => begin(httpArrival(request, response, authenticator)),
    handle: begin,
  };

  function begin(arrival: Arrival): void {
    try {
      const exchange = openExchange(surroundings, arrival);
      if (audit !== undefined) auditWhenDone(audit, refusals, server.kernel, exchange, exchange.topic);
      void answer(exchange);
    } catch (error) {
      logger.error({ err: error }, "a request could not be begun");
      arrival.request.socket.destroy();
    }
  }

  /** Never rejects: neither `fail` nor `leave` throws. */
  async function answer(exchange: OpenExchange): Promise<void> {
    try {
      await handle(options, exchange, enter);
    } catch (error) {
      exchange.topic.reason = reasonOf(error);
      // A long answer needs its seat until it is out.
      await fail(options, exchange, error);
    } finally {
      exchange.ticket.leave();
    }
  }
}

async function handle(
  options: RequestHandlerOptions,
  plain: OpenExchange,
  enter: (exchange: OpenExchange, user: User) => Promise<void> | undefined,
): Promise<void> {
  const { request, response, topic } = plain;
  const { intercept } = options;
  const first = plain.first();
  if (first !== undefined) await first;
  if (intercept !== undefined && !(await intercept(request, response))) return;
  const url = request.url ?? "/";
  const at = url.indexOf("?");
  const path = at < 0 ? url : url.slice(0, at);
  const query = new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
  const anybodys = answerAnybody(options, plain, path, query);
  if (anybodys !== undefined) return anybodys.sent;
  const caller = plain.authenticate();
  if (caller === undefined) {
    // To refuse is work, too: all who are refused share the turns of one user.
    await enter(plain, ANONYMOUS);
    throw unauthorized();
  }
  topic.caller = caller;
  const begun = enter(plain, caller);
  if (begun !== undefined) await begun;
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
  if (resource === undefined) {
    // Groups that are not served are unknown, like any other path.
    if (isKnownGroup(options, resourcePath.group)) throw noSuchEndpoint();
    return pathNotFound(plain);
  }
  const exchange = { ...plain, form: negotiate(request.headers.accept) };
  const call = { exchange, path: resourcePath, resource, verb, query, user, topic };
  await handleResource(options, call, options.watches);
}

/** What needs no credentials. Undefined: this does. */
function answerAnybody(
  options: RequestHandlerOptions,
  exchange: Exchange,
  path: string,
  query: URLSearchParams,
): { readonly sent: Sent } | undefined {
  const isVersion = path === "/version" || path === "/version/";
  if (isVersion && !isRead(exchange)) throw methodNotAllowed();
  if (isVersion) return { sent: sendObject(exchange, 200, VERSION) };
  const health = answerHealth(path, query, options.checks);
  return health === undefined ? undefined : { sent: sendPlain(exchange, health.code, health.text) };
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
    return sendPlain(exchange, 200, await options.metrics.text(), options.metrics.contentType);
  }
  if (path === "/") return sendObject(exchange, 200, { paths: options.discovery.paths() });
  if (!isRead(exchange) && /^\/(api|apis|openapi)(\/|$)/.test(path)) throw methodNotAllowed();
  const document = options.discovery.handle(exchange, path.replace(/\/$/, ""));
  return document === undefined ? pathNotFound(exchange) : document.sent;
}

function isRead({ request }: Exchange): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

function isKnownGroup({ server }: RequestHandlerOptions, group: string): boolean {
  return server.registry.all().some((served) => served.group === group);
}

function pathNotFound(exchange: Exchange): Sent {
  return sendPlain(exchange, 404, "404 page not found\n");
}

function sendPlain(exchange: Exchange, code: number, text: string, type = "text/plain; charset=utf-8"): Sent {
  return sendBody(exchange, code, text, { "content-type": type, "x-content-type-options": "nosniff" });
}
