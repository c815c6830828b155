/**
 * How many refusals of one caller are audited: a caller without permissions must not be able to displace the entries of others from
 * the log by being refused over and over.
 */

/** Of each caller in a minute. */
export const MOST_REFUSALS = 300;
const WINDOW_MS = 60_000;
/** Callers that are counted separately; the rest shares one count. */
const MOST_CALLERS = 1_000;

export type Verdict =
  | { readonly isAudited: false }
  /** `skipped`: how many of this caller were not audited before this one. */
  | { readonly isAudited: true; readonly skipped: number };

interface Count {
  seen: number;
  skipped: number;
}

export class RefusalLimit {
  #counts = new Map<string, Count>();
  #windowStartMs = Number.NEGATIVE_INFINITY;

  /** @param caller empty: not authenticated. */
  admit(caller: string, nowMs: number): Verdict {
    if (nowMs - this.#windowStartMs >= WINDOW_MS) this.#beginWindow(nowMs);
    const own = `=${caller}`;
    const key = this.#counts.has(own) || this.#counts.size < MOST_CALLERS ? own : OTHERS;
    const count = this.#counts.get(key) ?? { seen: 0, skipped: 0 };
    this.#counts.set(key, count);
    count.seen++;
    if (count.seen > MOST_REFUSALS) {
      count.skipped++;
      return { isAudited: false };
    }
    const { skipped } = count;
    count.skipped = 0;
    return { isAudited: true, skipped };
  }

  /** What was skipped is still to be reported; everything else is forgotten. */
  #beginWindow(nowMs: number): void {
    this.#windowStartMs = nowMs;
    const owing = [...this.#counts].filter(([, { skipped }]) => skipped > 0);
    this.#counts = new Map(owing.map(([key, { skipped }]) => [key, { seen: 0, skipped }]));
  }
}

const OTHERS = "others";
