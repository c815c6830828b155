/**
 * How a request to a Kubernetes API fails.
 *
 * - {@link ApiError}: the server returned an error. Read `code` and `reason`, never the message. A 5xx
 *   does not say that a write was not carried out.
 * - {@link LostAnswerError}: the request was sent, or may have been, and no complete response was received. A write may have
 *   been carried out or not; only a read shows which.
 * - {@link UnreachableError}: nothing was sent. A retry is safe.
 */

/** `metav1.Status` as far as clients read it. */
export interface Status {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly status?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

export class ApiError extends Error {
  /** HTTP status code. */
  readonly code: number;
  /** `metav1.StatusReason`: `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, `Expired` … Empty when the server gave none. */
  readonly reason: string;
  readonly details: Status["details"];
  /** `Retry-After` of a 429 or 5xx: the server did not execute the request, and names when to retry. */
  readonly retryAfterMs: number | undefined;

  constructor(code: number, status: Status, retryAfterMs?: number) {
    super(status.message ?? `the API server returned ${code}`);
    this.name = "ApiError";
    this.code = code;
    this.reason = status.reason ?? "";
    this.details = status.details;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Milliseconds that the server asks to wait before a retry. 0: it did not ask. */
export function retryAfterOf(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
}

export class LostAnswerError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "LostAnswerError";
  }
}

export class UnreachableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "UnreachableError";
  }
}

/**
 * The configuration cannot work as it stands; trying again without changing it is useless. The message is one
 * sentence that names the file and the field. Nothing was changed on any server.
 */
export class ConfigError extends UnreachableError {
  constructor(message: string, cause?: unknown) {
    super(message, cause);
    this.name = "ConfigError";
  }
}
