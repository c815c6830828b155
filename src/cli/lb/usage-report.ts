/**
 * Who had which address from when to when, as rows for a bill: intervals clipped to a period. Pure. Times are RFC 3339
 * in UTC.
 */

import type { Usage } from "../../balancers/ledger/index.ts";
import { err, ok, oneLine, type Result } from "../../kernel/index.ts";
import { TABLE_FORMATS } from "../ledger/table-format.ts";

export const USAGE_FORMATS = [...TABLE_FORMATS, "csv"] as const;
export const USAGE_STATES = ["active", "discovered", "missing", "released", "all"] as const;

/** From `fromMs`, included, to `toMs`, excluded, in milliseconds since the epoch. */
export interface Period {
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
}

export interface UsageInterval {
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  readonly serviceUid: string;
  readonly ip: string;
  readonly family: number;
  readonly pool: string;
  readonly state: string;
  readonly from: string;
  /** Of one that is missing: when it was first missed. Empty while it goes on. */
  readonly to: string;
  /** Of the interval within the period; of one that goes on, until now. */
  readonly seconds: number;
  readonly owner: string;
  readonly ticket: string;
}

/** @param poolName what the pool of a record is called */
export function intervalsOf(
  usages: readonly Usage[],
  period: Period,
  nowMs: number,
  poolName: (usage: Usage) => string,
): UsageInterval[] {
  return usages.flatMap((usage) => {
    const beganMs = Date.parse(usage.firstSeenAt);
    const ended = usage.releasedAt ?? (usage.state === "missing" ? usage.missedSince : undefined);
    // By the clock of another machine it may have ended before it began: the usage must not be missing in a bill for that reason.
    const endedMs = ended === undefined ? undefined : Math.max(beganMs, Date.parse(ended));
    const fromMs = Math.max(beganMs, period.fromMs ?? beganMs);
    // One that goes on ends, for a period that is over, with the period.
    const cutMs = period.toMs !== undefined && period.toMs <= nowMs ? period.toMs : undefined;
    const ends = [endedMs, cutMs].filter((one) => one !== undefined);
    const toMs = ends.length === 0 ? undefined : Math.min(...ends);
    const untilMs = toMs ?? nowMs;
    const isMoment = endedMs === beganMs && untilMs === fromMs && fromMs === beganMs;
    const goesOn = endedMs === undefined && fromMs <= nowMs && toMs === undefined;
    if (untilMs <= fromMs && !isMoment && !goesOn) return [];
    const { cluster, namespace, service, serviceUid, ip, family, state, owner = "", ticket = "" } = usage;
    return {
      cluster,
      namespace,
      service,
      serviceUid,
      ip,
      family,
      pool: poolName(usage),
      state,
      from: new Date(fromMs).toISOString(),
      to: toMs === undefined ? "" : new Date(toMs).toISOString(),
      seconds: Math.max(0, Math.round((untilMs - fromMs) / 1000)),
      owner,
      ticket,
    };
  });
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A day, which begins at midnight in UTC, or an instant with its zone. Milliseconds since the epoch. */
export function readInstant(text: string): Result<number, string> {
  const ms = DATE.test(text) || INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  const isReal = !Number.isNaN(ms) && (!DATE.test(text) || new Date(ms).toISOString().startsWith(text));
  return isReal
    ? ok(ms)
    : err("It must be a day (2026-11-01, midnight UTC) or a time with its zone (2026-11-01T00:00:00+07:00).");
}

const COLUMNS = [
  "cluster",
  "namespace",
  "service",
  "serviceUid",
  "ip",
  "family",
  "pool",
  "state",
  "from",
  "to",
  "seconds",
  "owner",
  "ticket",
] as const;

/** RFC 4180, with a line of names. */
export function* csvLines(intervals: Iterable<UsageInterval>): Generator<string> {
  yield `${COLUMNS.join(",")}\r\n`;
  for (const interval of intervals) {
    yield `${COLUMNS.map((column) => csvCell(String(interval[column]))).join(",")}\r\n`;
  }
}

/** A spreadsheet takes what begins so for a formula; the quote before it makes text of it. */
export function csvCell(value: string): string {
  const line = oneLine(value);
  const text = /^[=+\-@]/.test(line) ? `'${line}` : line;
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
