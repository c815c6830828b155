/** What an answer of the API, or its absence, means for a write. */
import { ApiError, UnreachableError } from "../../client/index.ts";
import type { Action, WriteOutcome } from "../flow.ts";

/** An action that changes an object in the API. */
export type WriteAction = Extract<Action, { do: "create" | "patch" | "patch-status" | "delete" }>;

export function isWrite(action: Action): action is WriteAction {
  return (
    action.do === "create" || action.do === "patch" || action.do === "patch-status" || action.do === "delete"
  );
}

/**
 * Reads an error that a write ended with. A 5xx does not show whether the write was carried out (a proxy or an
 * overloaded store may have given up waiting for it), and neither does an aborted request: both are `unknown`. One
 * with `Retry-After` was not.
 */
export function outcomeOf(error: unknown): WriteOutcome {
  if (error instanceof UnreachableError) return { result: "not-sent", error };
  if (!(error instanceof ApiError)) {
    return { result: "unknown", error: error instanceof Error ? error : new Error(String(error)) };
  }
  if (error.retryAfterMs !== undefined) return { result: "not-sent", error };
  switch (error.code) {
    case 409:
      return { result: error.reason === "AlreadyExists" ? "already-exists" : "conflict", error };
    case 404:
    case 410:
      return { result: "gone", error };
    case 403:
      return { result: isNamespaceTerminating(error) ? "namespace-gone" : "refused", error };
    case 429:
      return { result: "not-sent", error };
    case 408:
      return { result: "unknown", error };
    default:
      return error.code >= 500 ? { result: "unknown", error } : { result: "refused", error };
  }
}

/** The cause that the admission plugin NamespaceLifecycle gives. */
function isNamespaceTerminating({ details }: ApiError): boolean {
  const causes = details?.causes ?? [];
  return causes.some(({ reason }) => reason === "NamespaceTerminating");
}
