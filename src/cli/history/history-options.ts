/** The options of `plexaubnet history`, and the times that they take. */
import { readInstant } from "../lb/usage-report.ts";

export const HISTORY_FORMATS = ["table", "json", "yaml", "csv"] as const;
export type HistoryFormat = (typeof HISTORY_FORMATS)[number];

export interface HistoryOptions {
  readonly history?: string;
  readonly namespace?: string;
  readonly at?: string;
  readonly since?: string;
  readonly limit: number;
  readonly output: HistoryFormat;
  readonly verify: boolean;
  readonly anchor?: string;
}

/** The moment that is asked for, or the day, in milliseconds since the epoch; the end is not included. */
export interface AskedTime {
  readonly fromMs: number;
  readonly untilMs?: number | undefined;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 24 * 3_600_000;
const AGO = /^(\d{1,6})(m|h|d|w)$/;
const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** Undefined: it is not a time. A day is a time of 24 hours; `7d` is so long ago. */
export function readTime(text: string, nowMs: number): AskedTime | undefined {
  const [, count, unit = ""] = AGO.exec(text) ?? [];
  if (count !== undefined) return { fromMs: nowMs - Number(count) * (UNITS_MS[unit] ?? 0) };
  const instant = readInstant(text);
  if (!instant.ok) return undefined;
  return { fromMs: instant.value, ...(DAY.test(text) && { untilMs: instant.value + DAY_MS }) };
}
