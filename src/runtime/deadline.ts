/** A time limit for anything that takes an AbortSignal, by a clock that tests can move. */
import type { Clock } from "../kernel/index.ts";

/** The reason of a signal that aborted because of a timeout. */
export class DeadlineError extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what} took longer than ${limitMs} ms`);
    this.name = "DeadlineError";
  }
}

export interface Deadline {
  readonly clock: Clock;
  readonly limitMs: number;
  /** Names it in the error: `reconciling demo/pool-a`. */
  readonly what: string;
  /** Aborts earlier when this does, with its reason. */
  readonly parent?: AbortSignal | undefined;
}

/** Runs `work` with a signal that aborts at the deadline. The result is that of `work`, which must heed the signal. */
export async function withDeadline<T>(
  deadline: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, limitMs, what, parent } = deadline;
  const controller = new AbortController();
  const onParentAbort = () => controller.abort(parent?.reason);
  if (parent?.aborted) onParentAbort();
  parent?.addEventListener("abort", onParentAbort, { once: true });
  const timer = clock.setTimer(limitMs, () => controller.abort(new DeadlineError(what, limitMs)), true);
  try {
    return await work(controller.signal);
  } finally {
    timer.cancel();
    parent?.removeEventListener("abort", onParentAbort);
  }
}
