/**
 * The end of a request that does not end well: its time is up, its client has gone or does not read, or something
 * threw. Whatever happens here costs this request and nothing else.
 */
import type { Logger } from "pino";
import { type Clock, defined, type Timer } from "../../kernel/index.ts";
import {
  badRequest,
  internalError,
  requestTimeout,
  StatusError,
  serviceUnavailable,
} from "../status-error.ts";
import { StoreFailedError, StoreFullError, UnstorableObjectError } from "../store/index.ts";
import { RequestOver } from "./flow-control.ts";
import type { AcceptedForm } from "./negotiation.ts";
import { type Exchange, hasAnswer, type Sent, sendStatus } from "./respond.ts";
import type { CutReason } from "./stream-writer.ts";

export const JSON_FORM: AcceptedForm = { encoding: "json", as: "objects" };

export interface LifetimeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly requestTimeoutMs: number;
  /** For the metrics. */
  readonly onCut: (reason: CutReason) => void;
}

/** Starts the time of a request. The caller cancels it when the answer is out. */
export function startDeadline(options: LifetimeOptions, exchange: Exchange): Timer {
  const seconds = options.requestTimeoutMs / 1000;
  const expire = () => {
    exchange.ticket.end(new RequestOver(`the request did not end within ${seconds} s`));
    if (hasAnswer(exchange.response)) exchange.cut("timeout");
    else void fail(options, exchange, requestTimeout(seconds));
  };
  return options.clock.setTimer(options.requestTimeoutMs, expire, true);
}

/**
 * What `pending` resolves to, or a rejection when no response is needed any more: when the time of a request is up while
 * its body arrives, Node never reports that the body will not be complete. @throws RequestOver
 */
export function whileOpen<T>({ response }: Pick<Exchange, "response">, pending: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new RequestOver("the request was ended before its body was complete"));
    response.once("close", gone);
    pending.then(resolve, reject).finally(() => response.off("close", gone));
  });
}

/** Ends the connection of an answer that was begun and cannot continue, with a reason. */
export function cutOff(
  options: LifetimeOptions,
  { request, response }: Pick<Exchange, "request" | "response">,
  reason: CutReason,
  user: string,
  error: unknown,
): void {
  if (response.destroyed) return;
  response.destroy();
  options.onCut(reason);
  const fault = error === undefined ? {} : { err: error };
  options.logger.warn({ ...fault, reason, user, path: pathOf(request.url) }, "an answer was cut off");
}

/** Answers with what went wrong, as far as that is still possible. Never throws or rejects. */
export function fail(options: Pick<LifetimeOptions, "logger">, exchange: Exchange, error: unknown): Sent {
  const { request, response } = exchange;
  try {
    if (hasAnswer(response)) {
      if (!(error instanceof RequestOver)) exchange.cut("internal-error", error);
      else if (!response.writableEnded) response.destroy();
      return;
    }
    const status = error instanceof RequestOver ? requestTimeout(0) : statusOf(error);
    if (status.code >= 500) options.logger.error({ err: error, path: pathOf(request.url) }, "request failed");
    const retry = status.body.details?.retryAfterSeconds;
    const headers = {
      // What is left of an unread body would be parsed as the next request.
      ...defined({
        connection: request.complete ? undefined : "close",
        "retry-after": Number.isFinite(retry) ? String(retry) : undefined,
      }),
    };
    const sent = sendStatus({ ...exchange, form: JSON_FORM }, status.body, headers);
    return sent?.catch(() => void request.socket.destroy());
  } catch {
    request.socket.destroy();
  }
}

function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof UnstorableObjectError) return badRequest(error.message);
  // As kube-apiserver answers where the quota of etcd is used up.
  if (error instanceof StoreFullError) return internalError(error.message);
  if (error instanceof StoreFailedError) return serviceUnavailable(error.message);
  return internalError(error instanceof Error ? error.message : String(error));
}

export function pathOf(url = ""): string {
  return url.split("?")[0] ?? "";
}
