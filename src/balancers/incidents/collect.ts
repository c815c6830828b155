/**
 * From an observation to the evidence of an incident: what is new or has changed since is added, and what is as it was is
 * not. Very many things of one kind are one piece of evidence with a count. Pure, and linear in what there is.
 */
import { defined } from "../../kernel/index.ts";
import { type AuditRow, PoolIndex } from "../ledger/index.ts";
import type { DriftRow } from "../sync/index.ts";
import { auditEvidence, draftsOf, driftEvidence, masked } from "./drafts.ts";
import { driftIdOf, type Evidence, type EvidenceDraft, type Observation } from "./evidence.ts";
import { groupsOf, nameOf, subjectOf } from "./subjects.ts";
import { counted, kindInWords, listed, numberOf } from "./words.ts";

/** What is known of an incident before it is observed again. */
export interface Before {
  readonly evidence: readonly Evidence[];
  readonly openDrift: readonly string[];
}

/** Differences of one kind in one comparison that are kept one by one. */
const MOST_OF_A_KIND = 50;

const NOTHING: Before = { evidence: [], openDrift: [] };

/** @param isMoving the status of the incident changes by this observation, which is evidence then in any case. */
export function gather(
  before: Before | undefined,
  seen: Observation,
  isMoving: boolean,
): readonly Evidence[] {
  const { evidence, openDrift } = before ?? NOTHING;
  const known = new Map(evidence.map((one) => [identity(one), one.message + (one.excerpt ?? "")]));
  const wasOpen = new Set(openDrift);
  const changes = changesOf(seen, wasOpen, known);
  const drafts = [
    ...changes.drafts,
    ...draftsOf(concerning(seen, openDrift)).filter((draft) => isNews(draft, known)),
    ...auditDrafts(seen.audit ?? [], known),
    ...endings(seen, openDrift),
  ];
  if (seen.drift !== undefined && (changes.areAny || isMoving))
    drafts.push(comparedDraft(seen.at, seen.drift, seen.beside ?? []));
  if (drafts.length === 0) return evidence;
  const last = evidence.at(-1);
  const next = last === undefined ? 1 : numberOf(last.id) + 1;
  const fresh = drafts.map((draft, at): Evidence => ({ id: `E-${next + at}`, ...masked(draft) }));
  return thinned([...evidence, ...fresh]);
}

/** Pieces of evidence that are kept of an incident that goes on and on: the first, the last, and what is newest of each. */
const MOST_EVIDENCE = 2_000;
const MOST_FIRST = 400;
const MOST_LAST = 1_000;

/** What differs now and then for days would fill any row of a database. The IDs of what goes are given to nothing else. */
function thinned(evidence: readonly Evidence[]): readonly Evidence[] {
  if (evidence.length <= MOST_EVIDENCE) return evidence;
  const newest = new Set(newestOf(evidence));
  const isLast = evidence.length - MOST_LAST;
  return evidence.filter((one, at) => {
    // Of comparisons and of what ended in one nothing rests on those in the middle.
    const isPassing = one.kind === "compared" || (one.source === "plan" && one.kind !== "applied");
    return at < MOST_FIRST || at >= isLast || (newest.has(one) && !isPassing);
  });
}

/** Of the objects those that this incident is about: where they come from is of no other interest. */
function concerning(seen: Observation, openDrift: readonly string[]): Observation {
  const { objects = [], drift = [] } = seen;
  if (objects.length === 0) return seen;
  const about = new Set([...drift.map(({ subject }) => subject), ...openDrift.map(subjectIn)].map(objectIn));
  return { ...seen, objects: objects.filter(({ subject }) => about.has(subject)) };
}

function objectIn(subject: string): string {
  return subject.startsWith("service/") ? subject.split("/").slice(0, 3).join("/") : subject;
}

function identity({ source, kind, subject }: EvidenceDraft): string {
  return `${source} ${kind} ${subject}`;
}

/** That a controller runs, or a command did, is recorded once for each mode; the rest when it differs from last time. */
function isNews(draft: EvidenceDraft, known: ReadonlyMap<string, string>): boolean {
  const before = known.get(identity(draft));
  if (before === undefined) return true;
  if (draft.source === "run" || draft.source === "object") return false;
  const { message, excerpt } = masked(draft);
  return before !== message + (excerpt ?? "");
}

function changesOf(
  { at, drift = [] }: Observation,
  wasOpen: ReadonlySet<string>,
  known: ReadonlyMap<string, string>,
) {
  const fresh = drift.filter((row) => {
    if (!wasOpen.has(row.id)) return true;
    const draft = driftEvidence(row, at);
    const before = known.get(identity(draft));
    // Of what is kept as one with many others, no value is known.
    if (before === undefined) return false;
    const { message, excerpt } = masked(draft);
    return before !== message + excerpt;
  });
  const poolOf = poolsThatDiffer(drift);
  const byKind = Map.groupBy(fresh, ({ kind }) => kind);
  const drafts = [...byKind.values()].flatMap((rows) => {
    if (rows.length <= MOST_OF_A_KIND) return rows.map((row) => driftEvidence(row, at));
    // What has one explanation is one: a pool that differs explains what lies in it, and nothing else.
    return [...Map.groupBy(rows, poolOf)].map(([pool, some]) => manyDraft(some, pool, at));
  });
  return { drafts, areAny: fresh.length > 0 || hasEnded(drift, wasOpen) };
}

/** The pool whose difference is about the address of a row; empty: there is none. */
function poolsThatDiffer(drift: readonly DriftRow[]): (row: DriftRow) => string {
  const pools = drift.filter(({ kind }) => kind.startsWith("pool-") || kind === "range-differs");
  const index = new PoolIndex(
    pools.map(({ subject, ledger = "", cluster = "" }) => {
      const texts = new Set([...ledger.split(","), ...cluster.split(",")].map((text) => text.trim()));
      return { name: subjectOf(subject).name, ranges: [...texts].filter((text) => text !== "") };
    }),
  );
  return ({ subject }) => {
    const { ip } = subjectOf(subject);
    const found = ip === undefined ? undefined : index.lookUp(ip);
    if (found?.result === "found") return found.pool.name;
    return found?.result === "ambiguous" ? found.pools.map(({ name }) => name).join(" ") : "";
  };
}

function hasEnded(drift: readonly DriftRow[], wasOpen: ReadonlySet<string>): boolean {
  const open = new Set(drift.map(({ id }) => id));
  return [...wasOpen].some((id) => !open.has(id));
}

function manyDraft(rows: readonly DriftRow[], pool: string, at: string): EvidenceDraft {
  const kind = rows[0]?.kind ?? "range-differs";
  const subjects = rows.map(({ subject }) => subject);
  const { text, facts } = groupsOf(subjects);
  const message = `A comparison found ${counted(rows.length, ...kindInWords(kind))}: ${text}.`;
  const subject = `${rows.length} at ${at}${pool === "" ? "" : ` of ${pool}`}`;
  return { at, source: "comparison", kind, subject, message, facts };
}

/** The audit log of a few rows; of very many rows of one kind only their number. */
function auditDrafts(rows: readonly AuditRow[], known: ReadonlyMap<string, string>): EvidenceDraft[] {
  // That a comparison missed something again is counted by the ledger, and is not an action.
  const told = rows.filter(({ action, planHash }) => action !== "usage.change" || planHash !== undefined);
  const byDeed = Map.groupBy(told, ({ action, planHash = "" }) => `${action} ${planHash}`);
  const drafts = [...byDeed.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || same.length <= MOST_OF_A_KIND) return same.map(auditEvidence);
    const draft = auditEvidence(first);
    const { text, facts } = groupsOf(same.map(({ subject }) => subject));
    const message = `${same.length} audit rows of ${first.action} by ${first.actor} (${first.reason}): ${text}.`;
    return [
      { ...draft, subject: `${first.reason} ${first.action}`, message, facts: { ...draft.facts, ...facts } },
    ];
  });
  return drafts.filter((draft) => !known.has(identity(draft)));
}

/** What this comparison shows no more, and whether a plan that was applied ended it. */
function endings(
  { at, drift, plan, audit = [] }: Observation,
  openDrift: readonly string[],
): EvidenceDraft[] {
  if (drift === undefined) return [];
  const open = new Set(drift.map(({ id }) => id));
  const planned = new Set(plan?.result === "applied" ? plan.ends : []);
  const written = new Map(audit.filter(isRepair).map((row) => [row.subject, row]));
  const ended = openDrift.filter((id) => !open.has(id));
  const byEnd = Map.groupBy(ended, (id) => {
    const row = written.get(subjectIn(id));
    const name = planned.has(id) ? plan?.id : row === undefined ? undefined : planIn(row);
    return `${id.split(":", 1)[0]} ${name ?? ""}`;
  });
  return [...byEnd].flatMap(([key, ids]) => {
    const [kind = "", by = ""] = key.split(" ");
    const how = by === "" ? "no plan that was applied touched it" : `the plan ${by} was applied to it`;
    const facts = { of: kind, ...defined({ plan: by || undefined }) };
    if (ids.length <= MOST_OF_A_KIND) {
      return ids.map((id): EvidenceDraft => {
        const message = `No longer found by a comparison: ${kindInWords(kind)[0]} (${nameOf(subjectIn(id))}); ${how}.`;
        return {
          at,
          source: "comparison",
          kind: "ended",
          subject: id,
          message,
          facts: { ...facts, drift: id },
        };
      });
    }
    const groups = groupsOf(ids.map(subjectIn));
    const message = `No longer found by a comparison: ${counted(ids.length, ...kindInWords(kind))}: ${groups.text}; ${how}.`;
    return [
      {
        at,
        source: "comparison",
        kind: "ended",
        subject: `${key} ${at}`,
        message,
        facts: { ...facts, ...groups.facts },
      },
    ];
  });
}

/** By a plan, and not by what a comparison notes of usage in passing. */
function isRepair({ action, planHash }: AuditRow): boolean {
  return planHash !== undefined && /^(?:pool|usage|cluster)\./.test(action);
}

function planIn({ reason, planHash = "" }: AuditRow): string {
  return /\bplan-[\w-]+/.exec(reason)?.[0] ?? planHash.slice(0, 12);
}

/** `KIND:SUBJECT` or `KIND:SUBJECT:FIELD`, in which a subject may end in an IPv6 address. */
export function subjectIn(driftId: string): string {
  const rest = driftId.slice(driftId.indexOf(":") + 1);
  return rest.startsWith("pool/") ? (rest.split(":", 1)[0] ?? rest) : rest;
}

function comparedDraft(at: string, drift: readonly DriftRow[], beside: readonly string[]): EvidenceDraft {
  const own = kindsText(drift.map(({ kind }) => kind));
  const others = kindsText(beside);
  const message =
    drift.length === 0 && beside.length === 0
      ? "A comparison found no difference."
      : drift.length === 0
        ? `A comparison found nothing of this incident any more; of others it found ${others}.`
        : `A comparison found ${own}${beside.length === 0 ? "" : `; of other incidents it found ${others}`}.`;
  const kinds = [...new Set([...drift.map(({ kind }) => kind), ...beside])].join(" ");
  const facts = { differences: String(drift.length), kinds };
  return { at, source: "comparison", kind: "compared", subject: `comparison ${at}`, message, facts };
}

function kindsText(kinds: readonly string[]): string {
  const byKind = Map.groupBy(kinds, (kind) => kind);
  return listed(
    [...byKind].map(([kind, some]) => counted(some.length, ...kindInWords(kind))),
    20,
  );
}

/** For each difference its last statement, for each end of one the last, and everything else without repetitions. */
export function newestOf(evidence: readonly Evidence[]): readonly Evidence[] {
  const newest = new Map<string, Evidence>();
  for (const one of evidence) {
    const isDifference = one.source === "comparison" && one.kind !== "ended" && one.kind !== "compared";
    newest.set(isDifference ? driftIdOf(one) : identity(one), one);
  }
  return [...newest.values()];
}
