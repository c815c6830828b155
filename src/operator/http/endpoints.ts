/**
 * The operator's own HTTP paths: `/healthz` and `/readyz` for probes, open to all; `/metrics` and
 * `POST /recalculate` for those whom the API server knows and lets (`docs/guide/install.md`).
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  closeUnread,
  createHealthHandler,
  type HealthHandler,
  type Manager,
  type RuntimeMetrics,
  readBody,
} from "../../runtime/index.ts";
import type { Caller } from "./access-reviewer.ts";
import {
  type Answer,
  answerRecalculate,
  BUSY,
  NOT_ASKED,
  type RecalculateOptions,
  UNAUTHENTICATED,
} from "./recalculate.ts";

export interface EndpointsOptions extends RecalculateOptions {
  readonly manager: Manager;
  readonly metrics: RuntimeMetrics;
}

/** A request names one pool; more than this is none. */
const LONGEST_BODY_BYTES = 4096;

export function createEndpoints(options: EndpointsOptions): HealthHandler {
  const health = createHealthHandler(options);
  return async (request, response) => {
    const path = (request.url ?? "/").split("?")[0];
    if (path === "/metrics") {
      const refusal = await metricsRefusal(options, request);
      if (refusal !== undefined) return send(response, refusal);
    }
    if (path !== "/recalculate") return health(request, response);
    return send(response, await recalculate(options, request));
  };
}

async function metricsRefusal(
  { reviewer }: EndpointsOptions,
  request: IncomingMessage,
): Promise<Answer | undefined> {
  try {
    const access = { nonResourceAttributes: { verb: "get", path: "/metrics" } };
    const verdict = await reviewer.review(callerOf(request), access);
    if (verdict === "allowed") return undefined;
    if (verdict === "busy") return BUSY;
    return verdict === "unauthenticated"
      ? UNAUTHENTICATED
      : { code: 403, message: "you may not get the path /metrics" };
  } catch {
    return NOT_ASKED;
  }
}

async function recalculate(options: EndpointsOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "POST") return { code: 405, message: "only POST is supported" };
  const body = await readBody(request, LONGEST_BODY_BYTES);
  if (body === undefined)
    return { code: 413, message: `the body is longer than ${LONGEST_BODY_BYTES} bytes` };
  return answerRecalculate(options, { caller: callerOf(request), body });
}

function callerOf({ headers, socket }: IncomingMessage): Caller {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return { token, address: socket.remoteAddress ?? "" };
}

function send(response: ServerResponse, { code, message }: Answer): true {
  if (code === 405) response.setHeader("allow", "POST");
  if (code === 429) response.setHeader("retry-after", "1");
  if (code === 401) response.setHeader("www-authenticate", "Bearer");
  closeUnread(response);
  const body = `${JSON.stringify({ message })}\n`;
  response.writeHead(code, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
  return true;
}
