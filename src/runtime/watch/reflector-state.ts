/**
 * The states of a reflector, and where a failure leads from each of them. No I/O, so that every row can be tested.
 *
 * ```
 *   listing ──► watching ──► watching      the server ended the watch, or it stalled: resume
 *      ▲  │        │  └────► relisting     the revision is no longer there (410)
 *      │  │        ▼
 *      │  └──► backing-off ──► listing, watching, relisting
 *      │  │
 *      └─ waiting-for-kind                 there is no such kind (404)
 *
 *   any ──► stopped
 * ```
 */
import { ApiError } from "../../client/index.ts";

export type ReflectorState =
  /** Nothing has been delivered yet. */
  | { readonly name: "listing" }
  /** As `listing`, but the sink holds something, which stays until the new list is complete. */
  | { readonly name: "relisting" }
  /** Everything up to `resourceVersion` has been delivered when this watch begins. */
  | { readonly name: "watching"; readonly resourceVersion: string }
  | {
      readonly name: "backing-off";
      readonly delayMs: number;
      readonly message: string;
      readonly next: RetryState;
    }
  | { readonly name: "waiting-for-kind"; readonly next: ListState }
  | { readonly name: "stopped" };

export type ListState = Extract<ReflectorState, { readonly name: "listing" | "relisting" }>;
export type RetryState = Extract<ReflectorState, { readonly name: "listing" | "relisting" | "watching" }>;

/** What to do after a watch failed. */
export type WatchFailureClass =
  /** The connection is at fault, or the server for the moment: go on from the same revision. */
  | "resume"
  /** The server does not know this revision, or will not watch from it: only a list helps. */
  | "relist"
  /** The server is in trouble, and on this revision for so long that a list is worth a try. */
  | "relist-as-last-resort"
  | "no-such-kind";

/** A watch that fails on one revision so often will not recover on it. */
const HOPELESS_AFTER = 5;

/** @param failures how many there have been in a row before this one. */
export function classifyWatchFailure(error: unknown, failures: number): WatchFailureClass {
  if (!(error instanceof ApiError)) return "resume";
  if (error.code === 404) return "no-such-kind";
  if (error.code === 401 || error.code === 403 || error.code === 429) return "resume";
  if (error.code < 500) return "relist";
  if (isRevisionTooLarge(error)) return "relist";
  return failures >= HOPELESS_AFTER ? "relist-as-last-resort" : "resume";
}

/** The server is behind the revision we have seen: it was restored, or replaced by another one. */
function isRevisionTooLarge(error: ApiError): boolean {
  return error.details?.causes?.some((cause) => cause.reason === "ResourceVersionTooLarge") ?? false;
}
