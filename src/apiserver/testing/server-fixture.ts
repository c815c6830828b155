/** A server on a free port, and requests to it as they go over the wire. */
import { request as send } from "node:https";
import { gunzipSync } from "node:zlib";
import { systemKernel } from "../../kernel/index.ts";
import { createIdentity, issueClientCertificate, type ServerIdentity } from "../http/auth/index.ts";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../server.ts";
import { createMemoryStore, type Store } from "../store/index.ts";

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface RequestParts {
  readonly method?: string;
  readonly body?: string | Buffer | object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the administrator's. Empty: none. */
  readonly token?: string;
  /** A certificate instead of a token. */
  readonly user?: { readonly certificate: string; readonly key: string };
}

export interface ServerFixture {
  readonly server: ApiServer;
  readonly store: Store;
  readonly identity: ServerIdentity;
  request(path: string, parts?: RequestParts): Promise<Answer>;
  certificate(user: string, groups?: readonly string[]): Promise<{ certificate: string; key: string }>;
  stop(): Promise<void>;
}

export async function serverFixture(options: Partial<ApiServerOptions> = {}): Promise<ServerFixture> {
  const identity = options.identity ?? (await createIdentity(systemKernel, []));
  const store = options.store ?? createMemoryStore();
  const server = await startApiServer({ kernel: systemKernel, ...options, store, identity });
  return {
    server,
    store,
    identity,
    request: (path, parts = {}) => exchange(server, path, parts),
    certificate: (user, groups) => issueClientCertificate(systemKernel, identity, user, groups),
    stop: async () => {
      await server.stop();
      await store.close();
    },
  };
}

function exchange(server: ApiServer, path: string, parts: RequestParts): Promise<Answer> {
  const { method = "GET", body, headers = {}, token = server.identity.token, user } = parts;
  const plain = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
  const content = plain ? body : JSON.stringify(body);
  const options = {
    method,
    agent: false as const,
    ca: server.identity.caCertificate,
    ...(user === undefined ? {} : { cert: user.certificate, key: user.key }),
    headers: {
      ...(token === "" || user !== undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const request = send(`${server.url}${path}`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const raw = Buffer.concat(chunks);
        const text = (response.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString();
        const json = text.startsWith("{") && !text.includes("\n{") ? JSON.parse(text) : {};
        resolve({ code: response.statusCode ?? 0, headers: response.headers, text, json });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(content);
  });
}
