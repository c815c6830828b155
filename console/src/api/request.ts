/** Requests to the console's own server, and what can become of them. */
import type { Refusal, RefusalReason } from "./answers.ts";

export type FailureKind =
  /** No answer: the server is gone, or the network. */
  | "disconnected"
  /** The session is over, or there was none. */
  | "session-expired"
  /** The rights of the viewer do not reach so far. */
  | "forbidden"
  /** What the URL names does not exist (any more). */
  | "not-found"
  /** Not everything is listed yet: it is asked again. */
  | "starting"
  /** The server cannot do it: what was sent is wrong, or the cluster does not answer. */
  | "refused";

export class RequestFailure extends Error {
  readonly kind: FailureKind;
  readonly reason: string;
  /** How one gets a session, where there is none: by a link of who started the console, or with a token. */
  readonly access: "caller" | "token" | undefined;

  constructor(kind: FailureKind, reason: string, message: string, access?: "caller" | "token") {
    super(message);
    this.kind = kind;
    this.reason = reason;
    this.access = access;
  }
}

const KINDS: Readonly<Partial<Record<RefusalReason, FailureKind>>> = {
  NoSession: "session-expired",
  Forbidden: "forbidden",
  NotFound: "not-found",
  Starting: "starting",
};

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Sent as JSON, with POST. */
  readonly body?: unknown;
}

/** The answer as JSON, or a {@link RequestFailure}. */
export async function requestJson<T>(path: string, { signal, body }: RequestOptions = {}): Promise<T> {
  const answer = await fetch(path, {
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    credentials: "same-origin",
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json", "x-plexaubnet-console": "1" }),
    },
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new RequestFailure("disconnected", "Disconnected", "The console's server does not answer.");
  });
  const read = await answer.json().catch(() => undefined);
  if (answer.ok && read !== undefined) return read as T;
  throw failureOf(answer.status, read);
}

function failureOf(status: number, body: unknown): RequestFailure {
  const { reason, message, access } = (
    typeof body === "object" && body !== null ? body : {}
  ) as Partial<Refusal>;
  if (reason === undefined || message === undefined) {
    const sentence = `The console's server answered with HTTP ${status} and no message.`;
    return new RequestFailure("refused", `HTTP ${status}`, sentence);
  }
  return new RequestFailure(KINDS[reason] ?? "refused", reason, message, access);
}

/** `path?name=value…`, without what is undefined. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
