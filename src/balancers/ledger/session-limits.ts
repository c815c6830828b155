/** How long is waited for a server, in every dialect. */

/** For a connection to come up, and to end. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** Half of what a statement may take: a row that others hold is then said to be held, and the server not to hang. */
export function lockLimitSeconds(queryTimeoutMs: number): number {
  return Math.max(1, Math.floor(queryTimeoutMs / 2_000));
}
