/** What a target is, and how it refuses. */
import { StatusError } from "../../../src/apiserver/status-error.ts";
import type { Result } from "../../../src/kernel/index.ts";
import type { Draw } from "../draw.ts";

export interface Read {
  /** Characters or bytes that went in. */
  readonly size: number;
  /** What came out. */
  readonly value: unknown;
}

export type Target = (draw: Draw) => Read | Promise<Read>;

/** A refusal by a target that answers in results. */
export function refusedOr<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  const told = typeof result.error === "string" ? result.error : JSON.stringify(result.error);
  throw new StatusError(400, "BadRequest", told);
}
