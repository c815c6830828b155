/**
 * A limit for how long a server may think: a server that hangs answers nothing, and closes nothing either, so only the
 * one who waits can notice. Time here is the machine's: the server lives in it, whatever clock the caller was given.
 */
import { systemClock } from "../../kernel/index.ts";

/** The code of the error that {@link withinLimit} rejects with. */
export const TIMED_OUT = "LEDGER_TIMED_OUT";

/** Rejects after `limitMs` and calls `abandon`, which has to end what the work waits for. */
export function withinLimit<T>(work: Promise<T>, limitMs: number, abandon: () => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = systemClock.setTimer(limitMs, () => {
      reject(Object.assign(new Error(`no answer within ${limitMs / 1000} s`), { code: TIMED_OUT }));
      abandon();
    });
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
