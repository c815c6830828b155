/**
 * What was seen, as it was seen: the ground that every statement of an analysis stands on. Evidence is collected once,
 * gets an ID, and is never changed.
 */
import type { AuditRow, DriftKind, DriftRow, Refusal } from "../ledger/index.ts";
import { maskSecrets } from "./mask.ts";

export type EvidenceSource =
  | "comparison"
  | "look-up"
  | "guard"
  | "plan"
  | "audit"
  | "ledger"
  | "event"
  | "log";

export interface Evidence {
  /** `E-1`, `E-2`, … in the order of collection. */
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly source: EvidenceSource;
  /** For a comparison the kind of difference; else a word of the source's own: `not-found`, `in-use`, `pool.create`. */
  readonly kind: string;
  readonly subject: string;
  /** One sentence, without secrets. */
  readonly says: string;
  /** An excerpt: a log line, or both sides of a difference. Without secrets. */
  readonly excerpt?: string | undefined;
}

/** Without an ID. The same `source`, `kind` and `subject` is the same evidence, however often it is seen. */
export type EvidenceDraft = Omit<Evidence, "id">;

/** What one look at the world brought. */
export interface Observation {
  readonly at: string;
  /** What differs now. Undefined: it could not be seen. */
  readonly drift: readonly DriftRow[] | undefined;
  /** IDs of rows among them that are ordinary life: they open no incident. */
  readonly ordinary?: readonly string[];
  readonly lookUps?: readonly LookUpSeen[];
  readonly refused?: readonly Refusal[];
  /** How a plan ended, in a sentence. */
  readonly plan?: { readonly id: string; readonly result: string; readonly says: string } | undefined;
  /** Why a side could not be read, or what was read was not believed. */
  readonly failure?: { readonly side: string; readonly kind: string; readonly says: string } | undefined;
  readonly audit?: readonly AuditRow[];
  readonly events?: readonly EvidenceDraft[];
  readonly logs?: readonly LogLine[];
}

export interface LookUpSeen {
  readonly ip: string;
  readonly result: string;
  readonly says: string;
}

export interface LogLine {
  readonly at: string;
  readonly origin: string;
  readonly text: string;
}

export function evidenceIn(seen: Observation): EvidenceDraft[] {
  const {
    at,
    drift = [],
    lookUps = [],
    refused = [],
    plan,
    failure,
    audit = [],
    events = [],
    logs = [],
  } = seen;
  const drafts: EvidenceDraft[] = [
    ...drift.map((row) => driftEvidence(row, at)),
    ...lookUps.map(({ ip, result, says }) => ({
      at,
      source: "look-up" as const,
      kind: result,
      subject: ip,
      says,
    })),
    ...refused.map(({ guard, says, step }) => ({
      at,
      source: "guard" as const,
      kind: guard,
      subject: step.subject,
      says,
    })),
    ...audit.map(auditEvidence),
    ...events,
    ...logs.map(({ at: loggedAt, origin, text }) => ({
      at: loggedAt,
      source: "log" as const,
      kind: "line",
      subject: `${origin} ${loggedAt}`,
      says: `In the log, ${origin} has a line of this time.`,
      excerpt: text,
    })),
  ];
  if (plan !== undefined)
    drafts.push({ at, source: "plan", kind: plan.result, subject: `plan/${plan.id}`, says: plan.says });
  if (failure !== undefined) {
    drafts.push({ at, source: "ledger", kind: failure.kind, subject: failure.side, says: failure.says });
  }
  return drafts.map(masked);
}

function masked(draft: EvidenceDraft): EvidenceDraft {
  const says = maskSecrets(draft.says);
  const { excerpt } = draft;
  return {
    ...draft,
    says: says.slice(0, 1).toUpperCase() + says.slice(1),
    ...(excerpt !== undefined && { excerpt: maskSecrets(excerpt) }),
  };
}

function driftEvidence(row: DriftRow, at: string): EvidenceDraft {
  const field = row.field === "" ? "" : ` (${row.field})`;
  const excerpt = `${row.subject}${field}\n  ledger:  ${row.ledger ?? "-"}\n  cluster: ${row.cluster ?? "-"}`;
  return {
    at,
    source: "comparison",
    kind: row.kind,
    subject: `${row.subject}${field}`,
    says: row.says,
    excerpt,
  };
}

function auditEvidence(row: AuditRow): EvidenceDraft {
  const says = `By ${row.actor}: ${row.action} on ${row.subject} (${row.reason}); audit row ${row.id}.`;
  return { at: row.at, source: "audit", kind: row.action, subject: `${row.subject} #${row.id}`, says };
}

function identity({ source, kind, subject }: EvidenceDraft): string {
  return `${source} ${kind} ${subject}`;
}

/** Adds what is new, with the next IDs. */
export function collect(known: readonly Evidence[], drafts: readonly EvidenceDraft[]): readonly Evidence[] {
  const seen = new Set(known.map(identity));
  const fresh: Evidence[] = [];
  for (const draft of drafts) {
    if (seen.has(identity(draft))) continue;
    seen.add(identity(draft));
    fresh.push({ id: `E-${known.length + fresh.length + 1}`, ...draft });
  }
  return fresh.length === 0 ? known : [...known, ...fresh];
}

export function driftOf(evidence: readonly Evidence[], ...kinds: readonly DriftKind[]): readonly Evidence[] {
  return evidence.filter(
    ({ source, kind }) => source === "comparison" && (kinds as readonly string[]).includes(kind),
  );
}
