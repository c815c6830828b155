/** The context of every request: its deadline, its place in the queue, and its log and metrics afterwards. */
import type { Logger } from "pino";
import type { Clock } from "../../kernel/index.ts";
import type { User } from "../context.ts";
import type { Registry } from "../kinds/registry.ts";
import type { Arrival } from "./arrival.ts";
import type { Topic } from "./audit.ts";
import { type FlowControl, FREE_TICKET, RequestOver, type Ticket } from "./flow-control.ts";
import type { ServerMetrics } from "./metrics.ts";
import { cutOff, JSON_FORM, startDeadline } from "./request-lifetime.ts";
import type { Exchange } from "./respond.ts";
import type { ServerLimits } from "./server-limits.ts";
import { StreamWriter } from "./stream-writer.ts";
import { Warnings } from "./warnings.ts";

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly limits: ServerLimits;
  readonly flow: FlowControl;
  readonly registry: Registry;
}

export interface OpenExchange extends Exchange, Arrival {
  ticket: Ticket;
  readonly topic: Topic;
}

export function openExchange(options: ExchangeOptions, arrival: Arrival): OpenExchange {
  const { clock, logger, metrics, limits } = options;
  const { requestTimeoutMs, slowReaderTimeoutMs } = limits;
  const { response } = arrival;
  const lifetime = { clock, logger, requestTimeoutMs, onCut: metrics.cut };
  const topic: Topic = {};
  const exchange: OpenExchange = {
    ...arrival,
    form: JSON_FORM,
    warnings: new Warnings(),
    ticket: FREE_TICKET,
    topic,
    cut: (reason, error) => cutOff(lifetime, exchange, reason, topic.caller?.username ?? "", error),
    writer: new StreamWriter({
      response,
      clock,
      slowReaderTimeoutMs,
      ticket: () => exchange.ticket,
      cut: (reason) => exchange.cut(reason),
    }),
    runLong: () => {
      deadline.cancel();
      exchange.ticket.runLong();
    },
  };
  const deadline = startDeadline(lifetime, exchange);
  const startMs = clock.monotonicMs();
  // Without a listener, what goes wrong with one connection would end the process.
  response.on("error", () => response.destroy());
  response.on("close", () => {
    deadline.cancel();
    if (!response.writableFinished) exchange.ticket.end(new RequestOver("the client has gone"));
    observe(options, exchange, clock.monotonicMs() - startMs);
  });
  return exchange;
}

/** Characters of a User-Agent that distinguish programs. */
const MOST_AGENT_CHARACTERS = 64;
/** What a body counts as that does not say how long it is. */
const UNKNOWN_BODY_BYTES = 512 * 1024;

/** Resolves when it is the turn of this request. @throws StatusError 429, RequestOver */
export function takeSeat(
  options: ExchangeOptions,
  exchange: OpenExchange,
  user: User,
): Promise<void> | undefined {
  const { headers } = exchange.request;
  const agent = /^[^/\s]*/.exec(headers["user-agent"] ?? "")?.[0] ?? "";
  const announced = Number(
    headers["content-length"] ?? (headers["transfer-encoding"] ? UNKNOWN_BODY_BYTES : 0),
  );
  const bodyBytes = Number.isFinite(announced) ? announced : 0;
  const ticket = options.flow.enter(user.username, agent.slice(0, MOST_AGENT_CHARACTERS), bodyBytes);
  exchange.ticket = ticket;
  return ticket.begun;
}

function observe(
  options: ExchangeOptions,
  { request, response, topic }: OpenExchange,
  durationMs: number,
): void {
  const { logger, metrics, registry } = options;
  const { method = "", url } = request;
  const code = response.statusCode;
  const { group = "", version = "", plural = "", subresource = "" } = topic.path ?? {};
  const resource = subresource === "" ? plural : `${plural}/${subresource}`;
  // Only kinds that exist: what clients make up must not become labels.
  const known = topic.path !== undefined && registry.find(group, version, plural) !== undefined;
  const labels = known ? { group, version, resource } : { group: "", version: "", resource: "" };
  const verb = topic.verb ?? method.toLowerCase();
  metrics.observe({ verb, ...labels, code, durationSeconds: durationMs / 1000 });
  logger.debug({ method, url, code, durationMs: Math.round(durationMs) }, "request");
}
