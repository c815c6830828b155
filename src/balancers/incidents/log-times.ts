/**
 * When a line of a log was written, according to the line itself. The forms are those of RFC 3339, klog, Go's log package,
 * syslog (RFC 3164), the Common Log Format, RFC 1123, and seconds or milliseconds since 1970 in a field of JSON. Pure.
 *
 * Each pattern is anchored to what comes before a time and holds no repetition within a repetition: a line is read
 * once a form.
 */

/** A local time in some zone as milliseconds since 1970; the offset of a zone may depend on the time. */
export interface TimeZone {
  readonly name: string;
  readonly toEpochMs: (localMs: number) => number;
}

export const UTC: TimeZone = { name: "UTC", toEpochMs: (localMs) => localMs };

/** `UTC`, `+07:00`, or a name of the IANA database such as `Asia/Jakarta`; undefined: there is no such zone. */
export function timeZoneOf(name: string): TimeZone | undefined {
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(name);
  if (offset !== null) {
    const ms = offsetMs(offset[1], offset[2], offset[3]);
    return ms === undefined ? undefined : { name, toEpochMs: (localMs) => localMs - ms };
  }
  if (/^(?:UTC|GMT|Z)$/i.test(name)) return UTC;
  let format: Intl.DateTimeFormat;
  try {
    const fields = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, hourCycle: "h23", era: "short", ...fields });
  } catch {
    return undefined;
  }
  const offsetAt = (epochMs: number) => localOf(format, epochMs) - Math.floor(epochMs / 1000) * 1000;
  return {
    name,
    // The second look is for times within hours of a change of the offset.
    toEpochMs: (localMs) => localMs - offsetAt(localMs - offsetAt(localMs)),
  };
}

function localOf(format: Intl.DateTimeFormat, epochMs: number): number {
  const parts = Object.fromEntries(
    format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function offsetMs(sign = "+", hours = "0", minutes = "0"): number | undefined {
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

interface Reading {
  readonly zone: TimeZone;
  /** Milliseconds since 1970; a time without a year is in the year that brings it closest to this one. */
  readonly nearMs: number;
}

/** Characters of a line in which its time is looked for. */
const LONGEST_HEAD = 400;

/** Milliseconds since 1970; undefined: the line names no time. Of several the first counts. */
export function timeOf(line: string, reading: Reading): number | undefined {
  const head = line.slice(0, LONGEST_HEAD);
  const found = FORMS.flatMap(([pattern, read]) => {
    const match = pattern.exec(head);
    const ms = match === null ? undefined : read(match, reading);
    return match === null || ms === undefined ? [] : [{ at: match.index, ms }];
  });
  found.sort((a, b) => a.at - b.at);
  return found[0]?.ms;
}

type Read = (match: RegExpExecArray, reading: Reading) => number | undefined;

const FORMS: readonly (readonly [RegExp, Read])[] = [
  // 2026-11-28T08:01:02.123456789+07:00, 2026-11-28 08:01:02,123 +0000, 2026/11/28 08:01:02
  [
    /(?<![\d.])(\d{4})[-/](\d\d)[-/](\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC|GMT|WIB|WITA?|SGT|[JK]ST|MSK|WES?T|CES?T|EES?T|[AECMPI][DS]T|BST|AE[DS]T|[+-]\d\d(?::?\d\d)?)(?![\w:]))?(?!\d)/,
    ([, year, month, day, hour, minute, second, fraction, zone], reading) =>
      epochOf([year, month, day, hour, minute, second], fraction, zone, reading),
  ],
  // I1128 08:01:02.123456 (klog)
  [
    /(?:^|\s)[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?!\d)/,
    ([, month, day, hour, minute, second, fraction], reading) =>
      nearest(reading, (year) =>
        epochOf([year, month, day, hour, minute, second], fraction, undefined, reading),
      ),
  ],
  // Nov 28 08:01:02 (RFC 3164), Sat Nov 28 08:01:02 2026 (ctime)
  [
    /\b([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?: (\d{4}))?\b/,
    ([, name, day, hour, minute, second, year], reading) => {
      const rest = [monthOf(name), day, hour, minute, second] as const;
      if (year !== undefined) return epochOf([year, ...rest], undefined, undefined, reading);
      return nearest(reading, (nearYear) => epochOf([nearYear, ...rest], undefined, undefined, reading));
    },
  ],
  // 28/Nov/2026:08:01:02 +0000 (Common Log Format), 28 Nov 2026 08:01:02 GMT (RFC 1123)
  [
    /\b(\d{1,2})[/ ]([A-Z][a-z]{2})[/ ](\d{4})[: ](\d\d):(\d\d):(\d\d)(?: (GMT|UTC|[+-]\d{4}))?\b/,
    ([, day, name, year, hour, minute, second, zone], reading) =>
      epochOf([year, monthOf(name), day, hour, minute, second], undefined, zone, reading),
  ],
  // "ts":1764316862.123, "ts":1.764316862123e+09, time=1764316862123 in milliseconds, and in micro- and nanoseconds
  [
    /\b(?:ts|time|timestamp|epoch)"?\s?[:=]\s?"?(\d{10}|\d{13}|\d{16}|\d{19}|\d\.\d{1,17}[eE]\+?0?9)(?:\.(\d{1,9}))?(?!\d)/i,
    ([, digits = "", fraction = ""]) => {
      if (/e/i.test(digits)) return Math.floor(Number(digits) * 1000);
      return Math.floor(Number(digits) / 10 ** (digits.length - 13)) + fractionMs(fraction);
    },
  ],
];

function monthOf(name = ""): string {
  return String(MONTHS.indexOf(name.toLowerCase()) + 1);
}

type Fields = readonly (string | undefined)[];

function epochOf(
  fields: Fields,
  fraction: string | undefined,
  zone: string | undefined,
  { zone: given }: Reading,
) {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map(Number);
  const localMs = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59));
  const back = new Date(localMs);
  // Of the 31st of February no date is made.
  if (
    back.getUTCMonth() !== month - 1 ||
    back.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 60
  )
    return undefined;
  const named = zone === undefined ? given : namedZone(zone);
  return named === undefined ? undefined : named.toEpochMs(localMs) + fractionMs(fraction);
}

/** Hours before UTC, of the abbreviations that PostgreSQL and syslog write where one of them can be distinguished from others. */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  ...{ WIB: 7, WITA: 8, WIT: 9, SGT: 8, JST: 9, KST: 9, MSK: 3 },
  ...{
    WET: 0,
    WEST: 1,
    CET: 1,
    CEST: 2,
    EET: 2,
    EEST: 3,
    EDT: -4,
    EST: -5,
    CDT: -5,
    MDT: -6,
    MST: -7,
    PDT: -7,
    PST: -8,
  },
};

/** Undefined: no zone of this name is known, so that the time is not known either. */
function namedZone(zone: string): TimeZone | undefined {
  const hours = ABBREVIATIONS[zone];
  if (hours !== undefined) return { name: zone, toEpochMs: (localMs) => localMs - hours * 3_600_000 };
  if (/^[A-Z]{3,4}$/.test(zone) && !/^(?:UTC|GMT)$/.test(zone)) return undefined;
  return timeZoneOf(/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone);
}

function fractionMs(digits = ""): number {
  return digits === "" ? 0 : Math.floor(Number(`0.${digits}`) * 1000);
}

/** The year in which the time is closest to what it is read near to: a log of December is read in January. */
function nearest({ nearMs }: Reading, at: (year: string) => number | undefined): number | undefined {
  const year = new Date(nearMs).getUTCFullYear();
  const times = [year - 1, year, year + 1].flatMap((one) => at(String(one)) ?? []);
  const distance = (ms: number) => Math.abs(ms - nearMs);
  return times.sort((a, b) => distance(a) - distance(b))[0];
}
