/**
 * HTTP/1.1 over long-lived TLS connections, on undici: one pool for watches, which hold their connection for
 * minutes, and one for everything else, so that neither can starve the other.
 *
 * It does not depend on Kubernetes. It guarantees to distinguish the three ways in which a request fails
 * (errors.ts): whether anything was sent is known from undici, which announces each request before writing it.
 */
import { Pool } from "undici";
import { defined } from "../kernel/index.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import { connectionError } from "./connection-error.ts";
import type { Credentials } from "./credentials.ts";
import { Exchange, type HttpAnswer, type SetDeadline } from "./exchange.ts";
import type { MaterialSource } from "./material.ts";
import { type HttpStream, StreamExchange } from "./stream-exchange.ts";
import type { EventStream } from "./watch-events.ts";

export interface TransportRequest {
  readonly method: string;
  /** Below `ClusterConfig.server`, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** What {@link Transport.encode} made of it; undefined: there is none. */
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
}

/** How requests get to a server and answers back: over HTTP, or by calls within this process. */
export interface Transport {
  /** Takes a body down as it is now. It is sent again as it was, whatever becomes of it meanwhile. */
  encode(body: unknown): unknown;
  /** The whole answer, whatever its code. */
  send(request: TransportRequest, credentials: Credentials, arm: SetDeadline): Promise<HttpAnswer>;
  /** Resolves with a stream when the answer is 200, and else with the whole answer. */
  open(request: TransportRequest, credentials: Credentials): Promise<HttpStream | EventStream | HttpAnswer>;
  /** A request got no answer. */
  distrustConnections(): void;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Shorter than any server's own limit in use, so that it is us who close an idle connection, not a race. */
const KEEP_ALIVE_MS = 30_000;

interface Pools {
  readonly credentials: Credentials;
  readonly ca: string | undefined;
  readonly requests: Pool;
  readonly watches: Pool;
}

export class HttpTransport implements Transport {
  readonly #config: ClusterConfig;
  readonly #ca: MaterialSource | undefined;
  readonly #maxConnections: number;
  readonly #origin: string;
  readonly #prefix: string;
  #pools: Pools | undefined;
  readonly #retired = new Set<Pool>();
  #closed = false;

  constructor(config: ClusterConfig, url: URL, ca: MaterialSource | undefined, maxConnections: number) {
    this.#config = config;
    this.#ca = ca;
    this.#maxConnections = maxConnections;
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, "");
  }

  encode(body: unknown): string {
    return JSON.stringify(body);
  }

  send(request: TransportRequest, credentials: Credentials, arm: SetDeadline): Promise<HttpAnswer> {
    const { requests } = this.#poolsFor(credentials);
    return new Promise((resolve, reject) => {
      const fail = (error: Error, sent: boolean) => reject(connectionError(error, sent, this.#config));
      const exchange = new Exchange(request.signal, arm, resolve, reject, fail);
      if (!exchange.settled) requests.dispatch(this.#options(request), exchange);
    });
  }

  open(request: TransportRequest, credentials: Credentials): Promise<HttpStream | HttpAnswer> {
    const { watches } = this.#poolsFor(credentials);
    return new Promise((resolve, reject) => {
      const asError = (error: Error, sent: boolean) => connectionError(error, sent, this.#config);
      const exchange = new StreamExchange(request.signal, resolve, reject, asError);
      if (!exchange.settled) watches.dispatch(this.#options(request), exchange);
    });
  }

  /**
   * A request got no answer: its connection may be half-open, and then so are the others. Requests from now on take
   * new ones; those under way end on the old ones.
   */
  distrustConnections(): void {
    const old = this.#pools;
    if (old === undefined) return;
    this.#pools = { ...old, requests: this.#createPool(old.credentials, old.ca, this.#maxConnections) };
    this.#retire(old.requests);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pools = this.#pools;
    this.#pools = undefined;
    const all = [...this.#retired, ...(pools === undefined ? [] : [pools.requests, pools.watches])];
    const reason = new Error("the client was closed");
    await Promise.all(all.map((pool) => pool.destroy(reason)));
  }

  /** What is under way on it ends; nothing new begins. */
  #retire(pool: Pool): void {
    this.#retired.add(pool);
    const forget = () => this.#retired.delete(pool);
    pool.close().then(forget, forget);
  }

  #options(request: TransportRequest) {
    return {
      origin: this.#origin,
      method: request.method,
      path: this.#prefix + request.path,
      headers: request.headers,
      body: (request.body as string | undefined) ?? null,
    };
  }

  /** New pools when a certificate has changed. Requests under way end on the old ones. */
  #poolsFor(credentials: Credentials): Pools {
    if (this.#closed) throw new Error("the client was closed");
    const old = this.#pools;
    const ca = this.#ca?.text();
    if (
      old !== undefined &&
      old.ca === ca &&
      (old.credentials === credentials ||
        (old.credentials.certificate === credentials.certificate && old.credentials.key === credentials.key))
    ) {
      return old;
    }
    const next = {
      credentials,
      ca,
      requests: this.#createPool(credentials, ca, this.#maxConnections),
      watches: this.#createPool(credentials, ca, null),
    };
    this.#pools = next;
    if (old !== undefined) {
      this.#retire(old.requests);
      this.#retire(old.watches);
    }
    return next;
  }

  #createPool(credentials: Credentials, ca: string | undefined, connections: number | null): Pool {
    const { insecureSkipTlsVerify, tlsServerName } = this.#config;
    try {
      return new Pool(this.#origin, {
        allowH2: false,
        connections,
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_MS,
        // Deadlines are the client's, by its own clock.
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: {
          timeout: CONNECT_TIMEOUT_MS,
          rejectUnauthorized: insecureSkipTlsVerify !== true,
          ...defined({ ca, servername: tlsServerName, cert: credentials.certificate, key: credentials.key }),
        },
      });
    } catch (error) {
      throw connectionError(error as Error, false, this.#config);
    }
  }
}
