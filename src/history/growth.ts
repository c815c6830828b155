/**
 * When a pool will be full, from how its usage grew: an interval, since the future is uncertain. Pure.
 *
 * The slope of a window is the median of the slopes between all pairs of its days (Theil and Sen), which a
 * single large import or clean-up does not move. How far it can be trusted comes from two sides: windows of
 * several lengths, since growth changes, and in each window the confidence interval of the median (Sen, 1968,
 * by the variance of Kendall's statistic, here for 80 % and widened, since the usage of one day is that of
 * the day before and a little).
 */
import { daysToFull, LEAST_GROWTH_DAYS } from "../ipam/index.ts";

/** Usage at the end of a day. */
export interface DailyUsage {
  /** Days since the epoch. */
  readonly day: number;
  /** Addresses. */
  readonly used: number;
}

export type Forecast =
  | { readonly verdict: "not-enough-history"; readonly days: number; readonly required: number }
  | { readonly verdict: "full" }
  | { readonly verdict: "does-not-grow" }
  /** Full in `soonest` to `latest` days; `latest` undefined: it may also not grow. */
  | { readonly verdict: "grows"; readonly soonest: number; readonly latest: number | undefined };

/** Days of the windows; a window that is not covered by history is left out, except for the shortest one. */
const WINDOWS = [14, 30, 90] as const;
export const LONGEST_WINDOW = 90;

/** @param usage one entry a day without holes, oldest first; see {@link seriesOf} */
export function forecast(usage: readonly DailyUsage[], capacity: number): Forecast {
  const last = usage.at(-1);
  const days = usage.length === 0 ? 0 : usage.length - 1;
  if (last !== undefined && last.used >= capacity) return { verdict: "full" };
  if (last === undefined || days < LEAST_GROWTH_DAYS)
    return { verdict: "not-enough-history", days, required: LEAST_GROWTH_DAYS };
  const free = capacity - last.used;
  const slopes = WINDOWS.filter((window, at) => at === 0 || days >= window * COVERED).map((window) =>
    slopeOf(usage.slice(-window - 1)),
  );
  const soonest = daysToFull(free, Math.max(...slopes.map(({ high }) => high)));
  if (soonest === undefined) return { verdict: "does-not-grow" };
  const latest = daysToFull(free, Math.min(...slopes.map(({ low }) => low)));
  return { verdict: "grows", soonest, latest };
}

/** A window counts if there is history for this share of it. */
const COVERED = 0.7;

interface Slope {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Of 80 %. */
const Z = 1.2816;
/** Sen's variance is that of independent days; what a pool uses is not. */
const WIDER = 3;

/** Addresses a day. */
export function slopeOf(window: readonly DailyUsage[]): Slope {
  const slopes: number[] = [];
  for (const [at, from] of window.entries())
    for (const to of window.slice(at + 1)) slopes.push((to.used - from.used) / (to.day - from.day));
  slopes.sort((a, b) => a - b);
  const count = window.length;
  const spread = (WIDER * Z * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18)) / 2;
  const middle = (slopes.length - 1) / 2;
  const at = (position: number) =>
    slopes[Math.min(Math.max(Math.round(position), 0), slopes.length - 1)] ?? 0;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { low: at(middle - spread), middle: median, high: at(middle + spread) };
}

const DAY_MS = 86_400_000;

export function dayOf(date: string): number {
  return Math.floor(Date.parse(date) / DAY_MS);
}

export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Usage of each day until today, from what it is now and how it changed.
 *
 * @param changes of days; those before `firstDay` do not count
 * @param firstDay the first day of which the record knows all
 */
export function seriesOf(
  usedNow: number,
  changes: ReadonlyMap<number, number>,
  firstDay: number,
  today: number,
): DailyUsage[] {
  const series: DailyUsage[] = [];
  const from = Math.max(firstDay, today - LONGEST_WINDOW);
  for (let day = today, used = usedNow; day >= from; day--) {
    series.push({ day, used });
    used -= changes.get(day) ?? 0;
  }
  return series.reverse();
}

/** For people: `in 40 to 70 days`. */
export function describeForecast(found: Forecast): string {
  switch (found.verdict) {
    case "full":
      return "full";
    case "does-not-grow":
      return "does not grow";
    case "not-enough-history":
      return `not enough history (${found.days} of ${found.required} days)`;
    case "grows":
      return describeDays(found.soonest, found.latest);
  }
}

function describeDays(soonest: number, latest: number | undefined): string {
  const least = Math.floor(soonest);
  if (latest === undefined) return `not before ${counted(Math.max(least, 1))}`;
  const most = Math.max(Math.ceil(latest), 1);
  if (most - least <= 1) return `in about ${counted(most)}`;
  return `in ${least} to ${counted(most)}`;
}

function counted(days: number): string {
  return `${days} day${days === 1 ? "" : "s"}`;
}
