/**
 * Which lines of a log are evidence: those of the time of the incident, and of these the ones that matter to it. How many
 * were left out is evidence, too. Pure.
 */
import type { Evidence, EvidenceDraft, LogLine } from "./evidence.ts";
import { type TimeZone, timeOf } from "./log-times.ts";
import { maskSecrets } from "./mask.ts";
import { counted } from "./words.ts";

export interface LogQuery {
  /** How the log is called in the analysis. */
  readonly name: string;
  /** Milliseconds since 1970, both included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Of times that name none. */
  readonly zone: TimeZone;
  /** Words that stand for what the incident is about: addresses, Services, pools. */
  readonly subjects: readonly string[];
  /** Lines that are asked for; undefined: all. */
  readonly matches?: ((line: string) => boolean) | undefined;
  readonly most?: number;
}

export interface LogEvidence {
  readonly lines: readonly LogLine[];
  /** What was left out, in a sentence; undefined: nothing was. */
  readonly leftOut: EvidenceDraft | undefined;
}

export const MOST_LOG_LINES = 50;

interface Candidate {
  readonly number: number;
  readonly text: string;
  /** The line before it, which may say that this one is a secret. */
  readonly previous: string;
  readonly ms: number | undefined;
  readonly weight: number;
}

/** @param at RFC 3339: when the log is read, for the evidence of what was left out. */
export function linesOf(text: string, query: LogQuery, at: string): LogEvidence {
  const { name, most = MOST_LOG_LINES } = query;
  const { candidates, others, unmatched } = candidatesIn(text, query);
  const chosen = [...candidates]
    .sort((a, b) => b.weight - a.weight || a.number - b.number)
    .slice(0, most)
    .sort((a, b) => a.number - b.number);
  const lines = chosen.map(({ number, text: raw, previous, ms }): LogLine => {
    const line = maskAfter(previous, raw);
    return {
      at: ms === undefined ? "" : new Date(ms).toISOString(),
      origin: `${name}:${number}`,
      text: line,
    };
  });
  const crowded = candidates.length - chosen.length;
  if (crowded + others + unmatched === 0) return { lines, leftOut: undefined };
  const reasons = [
    ...(others > 0 ? [`${counted(others, "line")} not of the time of the incident`] : []),
    ...(unmatched > 0 ? [`${counted(unmatched, "line")} that did not match what was asked for`] : []),
    ...(crowded > 0
      ? [
          `${counted(crowded, "line")} of that time that ${crowded === 1 ? "names" : "name"} neither an error nor what the incident is about, or came after the first ${most}`,
        ]
      : []),
  ];
  const message = `Of ${name}, ${counted(chosen.length, "line is", "lines are")} quoted; left out: ${reasons.join(", ")}.`;
  return { lines, leftOut: { at, source: "log", kind: "left-out", subject: name, message } };
}

const LONGEST_CONTEXT = 1_000;

/** Without secrets, also those that the line before names: `password: |`, say. */
function maskAfter(previous: string, line: string): string {
  return (
    maskSecrets(`${previous.slice(-LONGEST_CONTEXT)}\n${line}`)
      .split("\n")
      .at(-1) ?? ""
  );
}

function candidatesIn(text: string, query: LogQuery) {
  const { fromMs, toMs, zone, matches } = query;
  const weigh = weightsFor(query.subjects);
  const candidates: Candidate[] = [];
  let others = 0;
  let unmatched = 0;
  let isWithin: boolean | undefined;
  let before = "";
  let isInKey = false;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const isOfKey = isInKey;
    isInKey = line.includes("-----BEGIN ") || isInKey ? !line.includes("-----END ") : false;
    // The lines of a key cannot be distinguished from others once they are separated.
    const previous = before;
    before = isInKey || isOfKey ? "" : line;
    if (isOfKey) continue;
    const ms = timeOf(line, { zone, nearMs: fromMs });
    // A line without a time goes on where the one before it began: a stack, say.
    if (ms !== undefined) isWithin = ms >= fromMs && ms <= toMs;
    if (isWithin === false) others++;
    else if (matches !== undefined && !matches(line)) unmatched++;
    else candidates.push({ number: index + 1, text: line, previous, ms, weight: weigh(line) });
  }
  return { candidates, others, unmatched };
}

const ERROR =
  /\b(?:error|err|fatal|panic|critical|crit|emerg|alert|fail(?:ed|ure|s)?|exception|refused|denied|timed? ?out|unreachable|not found)\b|^[EF]\d{4} /i;
const WARNING = /\bwarn(?:ing)?\b|^W\d{4} /i;

/** Errors and what the incident is about first; both weigh more than either. */
function weightsFor(subjects: readonly string[]): (line: string) => number {
  const known = new Set(subjects.map((subject) => subject.toLowerCase()).filter((subject) => subject !== ""));
  return (line) => {
    // By words, so that many subjects cost no more than few.
    const words = line.toLowerCase().match(/[\w.:-]+(?:\/[\w.:-]+)?/g) ?? [];
    const isAbout = words.some(
      (word) =>
        known.has(word) ||
        known.has(word.replace(/[.:,]+$/, "")) ||
        word.split(/[/=:]/).some((part) => known.has(part)),
    );
    const grave = ERROR.test(line) ? 2 : WARNING.test(line) ? 1 : 0;
    return (isAbout ? 3 : 0) + grave;
  };
}

const NO_RECORD =
  /\b(?:record not found|no rows|not found|does not exist)\b|\bid["\s]{0,2}[:=]\s?"?0\b|\bpool["\s]{0,2}[:=]?\s?0\b/i;
const OF_POOLS = /pool/i;

/** Whether the line reports a look-up of a pool that found nothing, as the service of the template logs it. */
export function isAboutLookUps({ source, excerpt = "" }: Evidence): boolean {
  return source === "log" && NO_RECORD.test(excerpt) && OF_POOLS.test(excerpt);
}
