/**
 * Requests as they go over the wire, for what the client does not show: headers, media types, bodies that are
 * not JSON, and the lines of a watch as they were written.
 */
import { readFileSync } from "node:fs";
import { Agent, type Dispatcher } from "undici";
import type { ClusterConfig } from "../../src/client/index.ts";

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body, parsed. Throws when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: cases look at what they expect and say so when it is not there
  json(): any;
}

export interface Sent {
  /** In lower case. An empty one is left out, also when it would be sent otherwise. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
}

export interface Line {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly object: any;
}

export interface Wire {
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** The lines of a watch. Leaving the loop closes the connection. */
  watch(path: string, sent?: Sent): AsyncGenerator<Line>;
  close(): Promise<void>;
}

/** Knows tokens, passwords and certificates; credential plugins and impersonation it leaves to the client. */
export function createWire(config: ClusterConfig): Wire {
  const { auth = {}, server } = config;
  const material = (given: string | { readonly file: string } | undefined) =>
    given === undefined || typeof given === "string" ? given : readFileSync(given.file, "utf8");
  const connect = {
    rejectUnauthorized: config.insecureSkipTlsVerify !== true,
    ...definedOf({
      ca: material(config.ca),
      cert: material(auth.clientCertificate),
      key: material(auth.clientKey),
      servername: config.tlsServerName,
    }),
  };
  const agent = new Agent({ connect, headersTimeout: 60_000, bodyTimeout: 0 });
  const authorization = authorizationOf(auth);
  const request = (method: string, path: string, { headers, body, type, accept }: Sent) =>
    agent.request({
      origin: server,
      method: method as Dispatcher.HttpMethod,
      path,
      headers: definedOf({
        accept: accept ?? "application/json",
        authorization,
        "content-type": body === undefined ? undefined : (type ?? "application/json"),
        ...headers,
      }),
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    send: async (method, path, sent = {}) => {
      const answer = await request(method, path, sent);
      const text = await answer.body.text();
      return { code: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) };
    },
    watch: async function* (path, sent = {}) {
      const answer = await request("GET", path, sent);
      if (answer.statusCode !== 200)
        throw new Error(`the watch was answered ${answer.statusCode}: ${await answer.body.text()}`);
      try {
        yield* linesOf(answer.body);
      } finally {
        answer.body.on("error", () => undefined).destroy();
      }
    },
    close: () => agent.destroy(),
  };
}

function definedOf(members: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((member): member is [string, string] => !!member[1]),
  );
}

function authorizationOf(auth: NonNullable<ClusterConfig["auth"]>): string | undefined {
  if (auth.tokenFile !== undefined) return `Bearer ${readFileSync(auth.tokenFile, "utf8").trim()}`;
  if (auth.token !== undefined) return `Bearer ${auth.token}`;
  if (auth.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password ?? ""}`).toString("base64")}`;
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") yield JSON.parse(part) as Line;
  }
}
