/**
 * Ctrl-C and its relatives. The first one asks the command to end in order, and gives it a moment; another one after
 * that ends it at once.
 */
import type { Clock } from "../../kernel/index.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a shell reports for a program that Ctrl-C ended. */
export const INTERRUPTED_EXIT_CODE = 130;

/** Ends a process that did not stop on its own; just below the documented two seconds. */
export const GRACE_MS = 1800;

/** One Ctrl-C comes twice where npm stands between: from the terminal, and handed on by npm. */
const SAME_KEY_PRESS_MS = 500;

/**
 * Aborts at the first signal. Everything durable is durable by then: a forced end loses nothing.
 *
 * @param graceMs how long the command may take to end in order.
 */
export function stopSignal(clock: Clock, graceMs = GRACE_MS): AbortSignal {
  const controller = new AbortController();
  let firstMs = 0;
  const onSignal = () => {
    if (controller.signal.aborted) {
      if (clock.monotonicMs() - firstMs > SAME_KEY_PRESS_MS) process.exit(INTERRUPTED_EXIT_CODE);
      return;
    }
    firstMs = clock.monotonicMs();
    controller.abort();
    clock.setTimer(graceMs, () => process.exit(1), true);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return controller.signal;
}

/** Resolves when the signal is aborted, or was already. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
