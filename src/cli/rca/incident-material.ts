/** Logs and Events as evidence of an incident: what of them is of its time, and how the time of a line is read. */
import { RE2JS } from "re2js";
import {
  type EvidenceDraft,
  eventsOf,
  type Incident,
  linesOf,
  type Observation,
  type TimeZone,
  timeZoneOf,
  UTC,
} from "../../balancers/incidents/index.ts";
import { readBoundedFile } from "../bounded-file.ts";
import { CommandFailure } from "../failure.ts";

export interface MaterialOptions {
  readonly log?: string;
  readonly events?: string;
  /** RFC 3339, or how long before the incident: `90s`, `15m`, `2h`, `1d`. */
  readonly since?: string;
  readonly until?: string;
  readonly grep?: string;
  readonly timeZone?: string;
}

/** Before the first that is known of the incident: what led to it was logged earlier. */
const MARGIN_MS = 15 * 60_000;
const MOST_BYTES = 64 * 2 ** 20;
const LONGEST_PATTERN = 1_000;

/**
 * What the files bring that is of the time of the incident.
 *
 * @param at RFC 3339: now
 * @throws CommandFailure for a file, a pattern or a time that cannot be read
 */
export function materialOf(
  options: MaterialOptions,
  incident: Incident,
  at: string,
): Pick<Observation, "logs" | "events"> {
  const window = windowOf(options, incident, at);
  const matches = matcherOf(options.grep);
  const subjects = subjectsOf(incident);
  const read =
    options.log === undefined
      ? undefined
      : readLog(options.log, { ...window, ...subjects, matches, zone: zoneOf(options.timeZone) }, at);
  const events =
    options.events === undefined
      ? []
      : readEvents(options.events, { ...window, subjects: subjects.objects, matches }, at);
  return {
    logs: read?.lines ?? [],
    events: [...events, ...(read?.leftOut === undefined ? [] : [read.leftOut])],
  };
}

function readLog(
  file: string,
  query: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly words: readonly string[];
    readonly matches: ((line: string) => boolean) | undefined;
    readonly zone: TimeZone;
  },
  at: string,
) {
  const text = readBoundedFile(file, MOST_BYTES, "the log");
  const name = file.split(/[/\\]/).at(-1) ?? file;
  return linesOf(text, { ...query, name, subjects: query.words }, at);
}

function readEvents(
  file: string,
  query: Parameters<typeof eventsOf>[1],
  at: string,
): readonly EvidenceDraft[] {
  const read = eventsOf(readBoundedFile(file, MOST_BYTES, "the file of Events"), query, at);
  if (read.ok) return read.value.drafts;
  throw new CommandFailure(`${file} cannot be used: ${read.error}`);
}

function windowOf({ since, until }: MaterialOptions, incident: Incident, at: string) {
  const startMs = Date.parse(startOf(incident));
  const endMs = Date.parse(incident.closedAt ?? at);
  const fromMs = since === undefined ? startMs - MARGIN_MS : momentOf(since, "--since", startMs);
  const toMs = until === undefined ? endMs : momentOf(until, "--until", endMs);
  if (fromMs <= toMs) return { fromMs, toMs };
  throw new CommandFailure(
    `--since (${new Date(fromMs).toISOString()}) is later than the end of the period (${new Date(toMs).toISOString()}); set an earlier --since.`,
  );
}

/** The first change that the API shows, if it is known; else when it was detected. */
function startOf(incident: Incident): string {
  const changes = incident.evidence.filter(
    ({ source, at, subject }) => source === "object" && at !== "" && subject.startsWith("pool/"),
  );
  // A pool that was made a year ago and changed today began it today.
  const last = changes
    .map(({ at }) => at)
    .sort()
    .at(-1);
  return last !== undefined && last < incident.openedAt ? last : incident.openedAt;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function momentOf(text: string, option: string, referenceMs: number): number {
  const length = /^(\d{1,6})([smhd])$/.exec(text);
  if (length !== null) return referenceMs - Number(length[1]) * (UNITS[length[2] ?? "s"] ?? 1) * 1000;
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new CommandFailure(
    `${option} ${JSON.stringify(text)} is not a time: use a time such as 2026-11-28T08:00:00Z, or a duration before the incident such as 90s, 15m, 2h or 1d.`,
  );
}

function zoneOf(name: string | undefined): TimeZone {
  if (name === undefined) return UTC;
  const zone = timeZoneOf(name);
  if (zone !== undefined) return zone;
  throw new CommandFailure(
    `there is no time zone ${JSON.stringify(name)}: use UTC, an offset such as +07:00, or a name such as Asia/Jakarta.`,
  );
}

/** By a matcher whose work is linear in the line, whatever the pattern is. */
function matcherOf(pattern: string | undefined): ((text: string) => boolean) | undefined {
  if (pattern === undefined) return undefined;
  if (pattern.length > LONGEST_PATTERN)
    throw new CommandFailure(
      `the pattern of --grep has ${pattern.length} characters, and at most ${LONGEST_PATTERN} are allowed.`,
    );
  try {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw new CommandFailure(`the pattern of --grep is invalid: ${why}.`, { cause: error });
  }
}

/** What the incident is about, as words of a log line and as objects of Events. */
function subjectsOf({ evidence, openDrift }: Incident) {
  const words = new Set<string>();
  const objects = new Set<string>();
  const subjects = [
    ...evidence
      .filter(({ source }) => source === "comparison" || source === "look-up")
      .flatMap(({ subject, facts }) => [
        subject.split(" (", 1)[0] ?? "",
        ...(facts?.first?.split(" ") ?? []),
      ]),
    ...openDrift.map((id) => id.slice(id.indexOf(":") + 1)),
  ];
  for (const subject of subjects) {
    if (subject.startsWith("service/")) {
      const [, namespace = "", name = "", ip = ""] = subject.split("/");
      objects.add(`service/${namespace}/${name}`);
      for (const word of [ip, `${namespace}/${name}`]) words.add(word);
    } else if (subject.startsWith("pool/")) {
      const [name = ""] = subject.slice("pool/".length).split(":", 1);
      objects.add(`pool/${name}`);
      words.add(name);
    } else words.add(subject.replace(/^ip\//, ""));
  }
  return { words: [...words], objects };
}
