/**
 * Reads responses: the content of a 2xx, and the error in anything else.
 */
import { type ClusterConfig, originOf } from "./cluster-config.ts";
import type { Credentials } from "./credentials.ts";
import { ApiError, ConfigError, LostAnswerError, type Status } from "./errors.ts";
import type { HttpAnswer } from "./exchange.ts";

/** Longer waits are the caller's business. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** The value of a 2xx. Undefined when it is empty. */
export function parseBody(answer: HttpAnswer, config: ClusterConfig): unknown {
  if (answer.value !== undefined) return answer.value;
  if (answer.text === "") return undefined;
  try {
    return JSON.parse(answer.text);
  } catch (cause) {
    if (isJson(answer)) throw new LostAnswerError(`the response of ${config.server} is truncated`, cause);
    throw notKubernetes(config, answer);
  }
}

/** The error that an answer other than 2xx stands for. */
export function answerError(answer: HttpAnswer, method: string, config: ClusterConfig): Error {
  const status = parseStatus(answer);
  const laterMs = retryAfterMs(answer);
  if (status !== undefined) return new ApiError(answer.code, status, laterMs);
  const { server } = config;
  // Kubernetes answers an unknown path in plain text. HTML is from another kind of server.
  const type = String(answer.headers["content-type"] ?? "");
  if (type.startsWith("text/html") && answer.code < 500) return notKubernetes(config, answer);
  const message = `${server} returned ${answer.code} for ${method}: ${excerpt(answer.text)}`;
  return new ApiError(answer.code, { message, reason: REASONS[answer.code] ?? "" }, laterMs);
}

/** As `metav1.StatusReason`, for answers from proxies and for plain-text 404s, which carry no Status. */
const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

export function unauthorizedError(config: ClusterConfig, credentials: Credentials): ApiError {
  return new ApiError(401, {
    reason: "Unauthorized",
    message: `${config.server} does not accept ${credentials.source}: it is expired or belongs to another cluster`,
  });
}

/** Milliseconds of `Retry-After`; undefined when there is none that we follow (429 and 5xx, in seconds). */
export function retryAfterMs(answer: HttpAnswer): number | undefined {
  if (answer.code !== 429 && answer.code < 500) return undefined;
  const header = answer.headers["retry-after"];
  if (typeof header !== "string" || !/^[0-9]{1,6}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, LONGEST_RETRY_AFTER_MS);
}

function parseStatus(answer: HttpAnswer): Status | undefined {
  if (!isJson(answer)) return undefined;
  try {
    const parsed = JSON.parse(answer.text);
    return parsed?.kind === "Status" ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isJson(answer: HttpAnswer): boolean {
  return String(answer.headers["content-type"] ?? "").includes("json");
}

function notKubernetes(config: ClusterConfig, answer: HttpAnswer): ConfigError {
  const type = String(answer.headers["content-type"] ?? "no content type");
  const { cluster } = originOf(config);
  return new ConfigError(
    `${config.server} (server of ${cluster}) is not a Kubernetes API: it returned ${answer.code} with ${type}`,
  );
}

/** JSON, but not what was asked for. */
export function strangeAnswer(config: ClusterConfig, wanted: "list" | "object"): ConfigError {
  const { cluster } = originOf(config);
  return new ConfigError(
    `${config.server} (server of ${cluster}) is not a Kubernetes API: expected a ${wanted} in the response`,
  );
}

function excerpt(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line === "" ? "nothing" : JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line);
}
