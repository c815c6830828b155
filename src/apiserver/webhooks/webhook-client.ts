/**
 * Carries a review to a webhook over TLS and back. Connections are kept open between reviews; one pool for each set
 * of trusted authorities and server name.
 */
import { isIP } from "node:net";
import { Agent, request } from "undici";
import { err, type Kernel, ok, type Result } from "../../kernel/index.ts";
import { tooDeepMessage } from "../depth.ts";
import { parseShallow } from "../json-scan.ts";
import type { ServiceReference, Webhook, WebhookTarget } from "./webhook.ts";

/** Where a Service of a webhook can be reached: `https://127.0.0.1:9443`. Undefined: nowhere. */
export type ServiceResolver = (service: ServiceReference) => string | undefined;

/** Where a review goes, and how long it may take. */
export type Called = Pick<Webhook, "target" | "timeoutSeconds">;

export interface WebhookClient {
  /** The parsed answer, or why there is none. Never rejects. */
  call(webhook: Called, review: object): Promise<Result<unknown, string>>;
  close(): Promise<void>;
}

/** An answer holds at most an object's patch. */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;
/** Of an answer that reports an error. */
const MAX_SHOWN_BYTES = 256;

interface Destination {
  /** What messages and the Host header say. */
  readonly url: URL;
  /** Where the connection goes, when that is elsewhere. */
  readonly origin: string;
  readonly serverName: string;
}

export function createWebhookClient(kernel: Kernel, resolveService: ServiceResolver): WebhookClient {
  const agents = new Map<string, Agent>();
  const agentFor = (target: WebhookTarget, serverName: string) => {
    const key = `${serverName}\n${target.caBundle ?? ""}`;
    let agent = agents.get(key);
    if (agent === undefined) {
      const ca = target.caBundle === undefined ? {} : { ca: target.caBundle };
      agent = new Agent({
        allowH2: false,
        // An IP address is not a server name (RFC 6066); the certificate is checked against it all the same.
        connect: isIP(serverName) === 0 ? { ...ca, servername: serverName } : ca,
        maxResponseSize: MAX_ANSWER_BYTES,
      });
      agents.set(key, agent);
    }
    return agent;
  };
  return {
    call: async (webhook, review) => {
      const destination = destinationOf(webhook, resolveService);
      if (!destination.ok) return destination;
      const { serverName } = destination.value;
      return post(kernel, agentFor(webhook.target, serverName), destination.value, webhook, review);
    },
    close: async () => {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
      agents.clear();
    },
  };
}

function destinationOf(webhook: Called, resolveService: ServiceResolver): Result<Destination, string> {
  const { url: text, service } = webhook.target;
  if (service !== undefined) {
    const serverName = `${service.name}.${service.namespace}.svc`;
    const address = resolveService(service);
    if (address === undefined || !address.startsWith("https://") || !URL.canParse(address)) {
      return err(`service ${JSON.stringify(service.name)} has no known address`);
    }
    const url = withTimeout(new URL(service.path, `https://${serverName}:${service.port}`), webhook);
    return ok({ url, origin: new URL(address).origin, serverName });
  }
  if (text === undefined || !URL.canParse(text)) return err("the webhook has no valid URL");
  const url = withTimeout(new URL(text), webhook);
  if (url.protocol !== "https:") return err(`'https' is the only allowed URL scheme; got ${url.protocol}`);
  return ok({ url, origin: url.origin, serverName: url.hostname.replace(/^\[|\]$/g, "") });
}

function withTimeout(url: URL, webhook: Called): URL {
  url.searchParams.set("timeout", `${webhook.timeoutSeconds}s`);
  return url;
}

async function post(
  kernel: Kernel,
  dispatcher: Agent,
  { url, origin }: Destination,
  webhook: Called,
  review: object,
): Promise<Result<unknown, string>> {
  const failed = (detail: string) =>
    err(`failed to call webhook: Post ${JSON.stringify(url.href)}: ${detail}`);
  const abort = new AbortController();
  const timer = kernel.clock.setTimer(webhook.timeoutSeconds * 1000, () => abort.abort(), true);
  const send = () =>
    request(`${origin}${url.pathname}${url.search}`, {
      dispatcher,
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", host: url.host },
      body: JSON.stringify(review),
      signal: abort.signal,
    });
  try {
    // A kept connection may have been closed by the other side just now. Reviews may be repeated.
    const answer = await send().catch((cause: unknown) => {
      if (wasCut(cause) && !abort.signal.aborted) return send();
      throw cause;
    });
    const body = Buffer.from(await answer.body.arrayBuffer());
    if (answer.statusCode !== 200) {
      const text = body.toString("utf8", 0, MAX_SHOWN_BYTES);
      return err(`failed to call webhook: the server answered ${answer.statusCode}: ${text.trim()}`);
    }
    const parsed = parseShallow(body);
    if (parsed.ok) return parsed;
    return parsed.error === "too-deep"
      ? err(tooDeepMessage("the webhook's answer"))
      : err("failed to call webhook: the answer is not JSON");
  } catch (cause) {
    if (abort.signal.aborted) return failed("context deadline exceeded");
    return failed(cause instanceof Error ? cause.message || cause.name : String(cause));
  } finally {
    timer.cancel();
  }
}

function wasCut(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}
