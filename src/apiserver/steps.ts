/**
 * Work in steps. Each reads the whole of an object about once, which takes some ten milliseconds where that has as
 * many values as a request may send; between two of them others have their turn.
 *
 * A step is not interrupted, so what it counts (work-budget.ts) is its own.
 */

export type Steps<T> = Generator<undefined, T, undefined>;

/** Of a container with very many members so many are read in one step: that takes some milliseconds. */
export const MEMBERS_A_STEP = 4_096;

/** Who does the work, and for whom. */
export interface Worker {
  /** Absent: there is no other work to let run. See `ResourceRequest`. */
  giveWay?(): Promise<void> | undefined;
  /** What the steps look at is so large that others would wait. */
  readonly isLarge?: boolean;
}

/** All of it at once. */
export function allSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Gives way between the steps of what is large. What is small is done before its turn is over, and not asked. */
export function inSteps<T>(worker: Worker, steps: Steps<T>): T | Promise<T> {
  return worker.isLarge === true && worker.giveWay !== undefined
    ? givingWay(() => worker.giveWay?.(), steps)
    : allSteps(steps);
}

async function givingWay<T>(giveWay: () => Promise<void> | undefined, steps: Steps<T>): Promise<T> {
  for (;;) {
    // Before the first step, too: it may be the end of a wait, and whatever waited with it has its turn now.
    const turn = giveWay();
    if (turn !== undefined) await turn;
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
