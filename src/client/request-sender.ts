/**
 * Sends requests, with what has to happen around every one of them: credentials, the rate limit, deadlines, retries,
 * observation, and turning answers into values or {@link ApiError}s.
 *
 * What is tried again here, and nothing else:
 *
 * - 429 and 5xx that carry `Retry-After`: the server did not execute the request and returns when to retry.
 * - A connection that could not be made, a few times, quickly: nothing was sent.
 * - A GET whose connection broke, once: an idle connection may be closed at the moment of use.
 * - 401, once, if there are newer credentials.
 *
 * Never a write of which it is unknown whether it was carried out. With `retry: false` the last case alone is tried
 * again: the caller has a retry loop (docs/design/0001).
 */
import { defined, type Kernel, sleep } from "../kernel/index.ts";
import { answerError, parseBody, retryAfterMs, unauthorizedError } from "./answer.ts";
import type { RequestOptions } from "./client.ts";
import type { ClientOptions, RequestObservation } from "./client-options.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import { credentialSource } from "./credential-source.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { ConfigError, LostAnswerError, UnreachableError } from "./errors.ts";
import type { HttpAnswer, SetDeadline } from "./exchange.ts";
import { RateLimiter } from "./rate-limiter.ts";
import type { HttpStream } from "./stream-exchange.ts";
import type { Transport } from "./transport.ts";
import type { EventStream } from "./watch-events.ts";

const DEFAULT_REQUEST_TIMEOUT_MS = 65_000;
/** Times that a server may say "come back later". */
const MAX_RETRY_AFTERS = 10;
/** Waits before trying to connect again: long enough for a restart on the same machine, short enough for a user to wait. */
const CONNECT_RETRY_DELAYS_MS: readonly number[] = [100, 300, 900];

/** What one request has used up. */
interface Tries {
  retryAfters: number;
  connects: number;
  lost: boolean;
  unauthorized: boolean;
}

type Dispatch<A> = (credentials: Credentials) => Promise<A>;
type Headers = Readonly<Record<string, string | string[]>>;

export class RequestSender {
  readonly #config: ClusterConfig;
  readonly #kernel: Kernel;
  readonly #credentials: CredentialSource;
  readonly #transport: Transport;
  readonly #limiter: RateLimiter | undefined;
  readonly #timeoutMs: number;
  readonly #onRequest: ClientOptions["onRequest"];
  readonly #headers: Headers;
  readonly #headerSets = new Map<string, Headers>();
  #authorization: string | undefined;
  readonly #encoding: string;

  /** @param encoding of answers, as asked for: `gzip` or `identity` */
  constructor(config: ClusterConfig, options: ClientOptions, transport: Transport, encoding: string) {
    const { clock } = options.kernel;
    this.#config = config;
    this.#kernel = options.kernel;
    this.#credentials = credentialSource(config, clock);
    this.#transport = transport;
    this.#limiter = options.rateLimit && new RateLimiter(options.rateLimit, clock);
    this.#timeoutMs = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
    this.#onRequest = options.onRequest;
    this.#encoding = encoding;
    this.#headers = {
      accept: "application/json",
      "user-agent": options.userAgent ?? "plexaubnet",
      ...impersonationHeaders(config),
    };
  }

  /** The parsed answer of a 2xx. */
  async send(
    method: string,
    path: string,
    options: RequestOptions,
    body: unknown,
    contentType: string,
  ): Promise<unknown> {
    const { signal } = options;
    const encoded = body === undefined ? undefined : this.#transport.encode(body);
    const deadline = this.#deadlineFor(method);
    const answer = await this.#attempt(method, options, (credentials) => {
      const headers = this.#headersFor(credentials, this.#encoding, encoded === undefined ? "" : contentType);
      return this.#transport.send({ method, path, headers, body: encoded, signal }, credentials, deadline);
    });
    return parseBody(answer, this.#config);
  }

  /** The lines, or the events, of a 200. */
  async open(path: string, options: RequestOptions): Promise<HttpStream | EventStream> {
    const { signal } = options;
    const answer = await this.#attempt<HttpStream | EventStream | HttpAnswer>(
      "GET",
      options,
      (credentials) => {
        const headers = this.#headersFor(credentials, "identity", "");
        return this.#transport.open({ method: "GET", path, headers, body: undefined, signal }, credentials);
      },
    );
    if ("next" in answer) return answer;
    throw answerError(answer, "GET", this.#config);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Headers differ by so little that each set of them is made once, until the token changes. */
  #headersFor({ authorization }: Credentials, encoding: string, contentType: string): Headers {
    if (this.#authorization !== authorization) {
      this.#authorization = authorization;
      this.#headerSets.clear();
    }
    const key = encoding + contentType;
    let headers = this.#headerSets.get(key);
    if (headers === undefined) {
      headers = {
        ...this.#headers,
        "accept-encoding": encoding,
        ...defined({ "content-type": contentType || undefined, authorization }),
      };
      this.#headerSets.set(key, headers);
    }
    return headers;
  }

  /** Tries until there is a good answer, or an error that is the caller's. */
  async #attempt<A extends HttpStream | EventStream | HttpAnswer>(
    method: string,
    { signal, retry = true }: RequestOptions,
    dispatch: Dispatch<A>,
  ): Promise<A> {
    const tries: Tries = { retryAfters: 0, connects: 0, lost: false, unauthorized: false };
    for (;;) {
      if (this.#limiter !== undefined) await this.#limiter.take(signal);
      const current = this.#credentials.current();
      const credentials = current instanceof Promise ? await current : current;
      let delayMs: number | undefined;
      try {
        const answer = await (this.#onRequest === undefined
          ? dispatch(credentials)
          : this.#observed(method, credentials, dispatch, this.#onRequest));
        if ("next" in answer || answer.code < 300) return answer;
        delayMs =
          answer.code === 401
            ? await this.#delayAfterUnauthorized(credentials, tries)
            : retry
              ? this.#delayAfterAnswer(answer, tries)
              : undefined;
        if (delayMs === undefined) throw this.#refusal(answer, method, credentials);
      } catch (error) {
        delayMs = retry ? this.#delayAfterError(error, method, tries) : undefined;
        if (delayMs === undefined) throw error;
      }
      if (delayMs > 0) await sleep(this.#kernel.clock, delayMs, signal);
    }
  }

  async #observed<A extends HttpStream | EventStream | HttpAnswer>(
    method: string,
    credentials: Credentials,
    dispatch: Dispatch<A>,
    onRequest: NonNullable<ClientOptions["onRequest"]>,
  ): Promise<A> {
    const startedMs = this.#kernel.clock.monotonicMs();
    const observe = (code: RequestObservation["code"]) => {
      const durationMs = this.#kernel.clock.monotonicMs() - startedMs;
      onRequest({ code, method, durationMs });
    };
    try {
      const answer = await dispatch(credentials);
      observe("next" in answer ? 200 : answer.code);
      return answer;
    } catch (error) {
      observe("<error>");
      throw error;
    }
  }

  /** A deadline by our own clock, since a dead connection may report no error. */
  #deadlineFor(method: string): SetDeadline {
    return (cancel) =>
      this.#kernel.clock.setTimer(this.#timeoutMs, () => {
        this.#transport.distrustConnections();
        const seconds = this.#timeoutMs / 1000;
        cancel(
          new LostAnswerError(`${this.#config.server} did not respond to ${method} within ${seconds} s`),
        );
      });
  }

  /** Tries again at once if there are other credentials by now than those that were refused. */
  async #delayAfterUnauthorized(refused: Credentials, tries: Tries): Promise<number | undefined> {
    if (tries.unauthorized) return undefined;
    tries.unauthorized = true;
    this.#credentials.forget();
    return (await this.#credentials.current()) === refused ? undefined : 0;
  }

  #delayAfterAnswer(answer: HttpAnswer, tries: Tries): number | undefined {
    const waitMs = retryAfterMs(answer);
    if (waitMs === undefined || tries.retryAfters >= MAX_RETRY_AFTERS) return undefined;
    tries.retryAfters++;
    return waitMs;
  }

  #delayAfterError(error: unknown, method: string, tries: Tries): number | undefined {
    if (error instanceof ConfigError) return undefined;
    if (error instanceof UnreachableError) return CONNECT_RETRY_DELAYS_MS[tries.connects++];
    if (error instanceof LostAnswerError && method === "GET" && !tries.lost) {
      tries.lost = true;
      return 0;
    }
    return undefined;
  }

  #refusal(answer: HttpAnswer, method: string, credentials: Credentials): Error {
    if (answer.code === 401) return unauthorizedError(this.#config, credentials);
    return answerError(answer, method, this.#config);
  }
}

function impersonationHeaders(config: ClusterConfig): Record<string, string | string[]> {
  const who = config.auth?.impersonate;
  if (who === undefined) return {};
  const headers: Record<string, string | string[]> = { "impersonate-user": who.user };
  if (who.groups !== undefined && who.groups.length > 0) headers["impersonate-group"] = [...who.groups];
  if (who.uid !== undefined) headers["impersonate-uid"] = who.uid;
  for (const [key, values] of Object.entries(who.extra ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = [...values];
  }
  return headers;
}
