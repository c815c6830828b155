/**
 * Waits until a fleet has come to rest.
 */
import type { Clock, Timer } from "../../kernel/index.ts";
import { type Fleet, unsettled } from "./fleet.ts";

/** A fleet that changes while it is read. */
export interface FleetSource {
  /** Undefined until everything was listed once. */
  readonly fleet: Fleet | undefined;
  /** Calls `listener` after every change. Returns what takes it back. */
  onChange(listener: () => void): () => void;
}

/**
 * Nothing changes for so long: the figures of the pools, which follow the claims, have caught up too.
 */
const QUIET_MS = 250;

/**
 * Resolves with undefined once every claim has its answer and nothing has changed for a moment; with the names of
 * those without one when that takes longer than `patienceMs`. Rejects with the reason of `signal`.
 */
export function untilSettled(
  source: FleetSource,
  clock: Clock,
  patienceMs: number,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let quiet: Timer | undefined;
    const finish = (end: () => void) => {
      quiet?.cancel();
      deadline.cancel();
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
      end();
    };
    const open = () =>
      source.fleet === undefined ? ["the API server, which does not respond"] : unsettled(source.fleet);
    const onChange = () => {
      quiet?.cancel();
      quiet = clock.setTimer(QUIET_MS, () => {
        if (open().length === 0) finish(() => resolve(undefined));
      });
    };
    const onAbort = () => finish(() => reject(signal.reason));
    const deadline = clock.setTimer(patienceMs, () => {
      const names = open();
      finish(() => resolve(names.length === 0 ? undefined : names));
    });
    const unsubscribe = source.onChange(onChange);
    signal.addEventListener("abort", onAbort, { once: true });
    onChange();
  });
}
