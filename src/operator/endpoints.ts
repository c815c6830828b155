/**
 * The operator's own HTTP paths: `/healthz` and `/readyz` for probes, open to all; `/metrics` and
 * `POST /recalculate` for those whom the API server knows and lets (api.md, "Endpoints of the operator").
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { KubeClient } from "../client/index.ts";
import {
  createHealthHandler,
  type HealthHandler,
  type Manager,
  type RuntimeMetrics,
} from "../runtime/index.ts";
import { reviewAccess } from "./external-trigger/access-review.ts";
import { type Answer, answerRecalculate, type RecalculateOptions } from "./external-trigger/recalculate.ts";

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
      const refusal = await metricsRefusal(options.client, request);
      if (refusal !== undefined) return send(response, refusal);
    }
    if (path !== "/recalculate") return health(request, response);
    return send(response, await recalculate(options, request));
  };
}

async function metricsRefusal(client: KubeClient, request: IncomingMessage): Promise<Answer | undefined> {
  try {
    const access = { nonResourceAttributes: { verb: "get", path: "/metrics" } };
    const verdict = await reviewAccess(client, tokenOf(request), access);
    if (verdict === "allowed") return undefined;
    return verdict === "unauthenticated"
      ? { code: 401, message: "send a bearer token that the API server accepts" }
      : { code: 403, message: "you may not get the path /metrics" };
  } catch {
    return { code: 503, message: "the API server could not be asked who you are; try again" };
  }
}

async function recalculate(options: EndpointsOptions, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "POST") return { code: 405, message: "only POST is served here" };
  const body = await readBody(request);
  if (body === undefined)
    return { code: 413, message: `the body is longer than ${LONGEST_BODY_BYTES} bytes` };
  return answerRecalculate(options, { token: tokenOf(request), body });
}

function tokenOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

/** Undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > LONGEST_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { code, message }: Answer): true {
  if (code === 405) response.setHeader("allow", "POST");
  if (code === 401) response.setHeader("www-authenticate", "Bearer");
  const body = `${JSON.stringify({ message })}\n`;
  response.writeHead(code, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
  return true;
}
