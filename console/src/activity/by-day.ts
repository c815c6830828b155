/** Entries by day and by minute. Pure. */
import type { ActivityEntry } from "../api/answers.ts";

export interface Day {
  /** `2026-11-28`, in the time zone of who looks. */
  readonly day: string;
  readonly entries: readonly ActivityEntry[];
}

/** In the order in which they come. */
export function byDay(entries: readonly ActivityEntry[]): readonly Day[] {
  const days = Map.groupBy(entries, ({ at }) => new Date(at).toLocaleDateString("sv-SE"));
  return [...days].map(([day, ofDay]) => ({ day, entries: ofDay }));
}

export interface Rate {
  /** Seconds since 1970, of the beginning of each step; ascending and without gaps. */
  readonly times: readonly number[];
  readonly decided: readonly number[];
  readonly waits: readonly number[];
  /** Seconds. */
  readonly step: number;
}

const STEPS = 60;
/** Seconds: what takes less is a moment. */
const SHORTEST = 60;
/** Lengths of a step that can be read on an axis: a second to a day. */
const LENGTHS = [1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400] as const;

/** How many were decided, and how many wait, in each of at most sixty steps. Undefined: too few to be a curve. */
export function rateOf(entries: readonly ActivityEntry[]): Rate | undefined {
  const times = entries.map(({ at }) => Date.parse(at) / 1000).filter((time) => Number.isFinite(time));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  if (times.length < 2 || to - from < SHORTEST) return undefined;
  const step = LENGTHS.find((length) => (to - from) / length < STEPS) ?? Math.ceil((to - from) / STEPS);
  const first = Math.floor(from / step) * step;
  const count = Math.floor((to - first) / step) + 1;
  const decided = new Array<number>(count).fill(0);
  const waits = new Array<number>(count).fill(0);
  for (const { at, what } of entries) {
    const index = Math.floor((Date.parse(at) / 1000 - first) / step);
    const column = what === "waits" || what === "failed" ? waits : decided;
    if (column[index] !== undefined) column[index] += 1;
  }
  return { times: Array.from({ length: count }, (_, index) => first + index * step), decided, waits, step };
}
