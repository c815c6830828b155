/**
 * Time, as a value that is handed in.
 *
 * Nothing outside this folder reads a clock or sets a timer on its own: code takes a {@link Clock}, so that
 * tests and the simulation decide when time passes. `test/house/determinism.test.ts` enforces it.
 */

/** A pending call. Cancelling one that has fired, or was cancelled before, does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. It may jump; use it for timestamps only. */
  now(): number;
  /** Milliseconds from an arbitrary origin that never go backwards. Use them for durations. */
  monotonicMs(): number;
  /**
   * Calls `fire` once, after at least `delayMs` milliseconds.
   *
   * @param background true: the timer alone does not keep the process alive.
   */
  setTimer(delayMs: number, fire: () => void, background?: boolean): Timer;
}

/** Longest delay that a platform timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  setTimer(delayMs: number, fire: () => void, background = false): Timer {
    const handle = setTimeout(fire, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
    if (background) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  }
}

export const systemClock: Clock = new SystemClock();

/** RFC 3339 with second precision in UTC, the form of `metav1.Time`: `2026-01-31T09:30:00Z`. */
export function formatTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== formatted.second) {
    formatted = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` };
  }
  return formatted.text;
}

/** The last answer: thousands ask within one second. */
let formatted = { second: Number.NaN, text: "" };

/** RFC 3339 with microseconds, the form of `metav1.MicroTime` in Leases and Events. */
export function formatMicroTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}

/**
 * Resolves after `delayMs`, or rejects with the signal's reason when `signal` aborts first.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
