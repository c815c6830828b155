/**
 * What was seen, as it was seen: the ground that every statement of an analysis stands on. Evidence is collected once
 * (`collect.ts`), gets an ID, and is never changed.
 */
import type { AuditRow } from "../ledger/index.ts";
import type { DriftKind, DriftRow, Refusal } from "../sync/index.ts";

export type EvidenceSource =
  | "comparison"
  | "look-up"
  | "guard"
  | "plan"
  | "audit"
  | "ledger"
  /** How the comparison ran, and in which mode. */
  | "run"
  /** What the API keeps on an object: when and by whom it was made and changed. */
  | "object"
  | "event"
  | "log";

export interface Evidence {
  /** `E-1`, `E-2`, … in the order of collection. */
  readonly id: string;
  /** RFC 3339; empty where none is known, as of a line of a log that names no time. */
  readonly at: string;
  readonly source: EvidenceSource;
  /**
   * For a comparison the kind of difference, `compared` for what it came to, `ended` for what it shows no more; else a
   * word of the source's own: `not-found`, `in-use`, `pool.create`.
   */
  readonly kind: string;
  readonly subject: string;
  /** One sentence, without secrets. */
  readonly message: string;
  /** An excerpt: a log line, or both sides of a difference. Without secrets. */
  readonly excerpt?: string | undefined;
  /** What rules read, by name. Without secrets. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

/** Without an ID. The same `source`, `kind` and `subject` with the same text as before is the same evidence. */
export type EvidenceDraft = Omit<Evidence, "id">;

/** What one look at the world brought. */
export interface Observation {
  readonly at: string;
  /** What differs now. Undefined: it could not be seen. */
  readonly drift: readonly DriftRow[] | undefined;
  /** IDs of rows among them that are ordinary life: they open no incident. */
  readonly ordinary?: readonly string[];
  /** Kinds of the differences that the same comparison found beside these, which are of other incidents. */
  readonly beside?: readonly string[];
  readonly lookUps?: readonly LookUpSeen[];
  readonly refused?: readonly Refusal[];
  /** How a plan ended, in a sentence. */
  readonly plan?: PlanSeen | undefined;
  /** Why a side could not be read, or the read was rejected. */
  readonly failure?: { readonly side: string; readonly kind: string; readonly message: string } | undefined;
  readonly run?: RunSeen | undefined;
  readonly objects?: readonly ObjectSeen[];
  readonly audit?: readonly AuditRow[];
  readonly events?: readonly EvidenceDraft[];
  readonly logs?: readonly LogLine[];
}

export interface PlanSeen {
  readonly id: string;
  /** `applied`, `refused`, `failed`; `simulated` for what it would come to. */
  readonly result: string;
  readonly message: string;
  /** IDs of the differences that its steps end. */
  readonly ends?: readonly string[];
  /** Differences that are left after it. */
  readonly left?: number;
}

export interface RunSeen {
  /** The controller, which compares all the time, or one command. */
  readonly how: "controller" | "command";
  readonly mode: string;
  readonly by: string;
  /** Steps that the mode did not allow. */
  readonly heldBack: number;
}

/** Of the metadata of an object (`creationTimestamp`, `managedFields`), and its owner in the ledger. */
export interface ObjectSeen {
  /** As in a comparison: `pool/NAME`, `service/NAMESPACE/NAME`. */
  readonly subject: string;
  /** RFC 3339. */
  readonly createdAt?: string | undefined;
  readonly createdBy?: string | undefined;
  /** The last write of the manager that owns the field in question. */
  readonly changedAt?: string | undefined;
  readonly changedBy?: string | undefined;
  readonly owner?: string | undefined;
}

export interface LookUpSeen {
  readonly ip: string;
  readonly result: string;
  readonly message: string;
  /** The pool of the ledger that holds it. */
  readonly pool?: string;
}

export interface LogLine {
  /** RFC 3339; empty: the line names none. */
  readonly at: string;
  readonly origin: string;
  readonly text: string;
}

export function driftOf(evidence: readonly Evidence[], ...kinds: readonly DriftKind[]): readonly Evidence[] {
  return evidence.filter(
    ({ source, kind }) => source === "comparison" && (kinds as readonly string[]).includes(kind),
  );
}

/** `pool/NAME` or `service/NAMESPACE/NAME/IP` of evidence of a comparison, without the field in brackets behind it. */
export function bareSubject({ subject }: Pick<Evidence, "subject">): string {
  return subject.endsWith(")") ? (subject.split(" (", 1)[0] ?? "") : subject;
}

/** The ID of the difference that this evidence of a comparison is of. */
export function driftIdOf({ kind, subject, facts }: Pick<Evidence, "kind" | "subject" | "facts">): string {
  if (facts?.drift !== undefined) return facts.drift;
  const bare = bareSubject({ subject });
  return `${kind}:${bare}${bare === subject ? "" : `:${subject.slice(bare.length + 2, -1)}`}`;
}

/** How many things this evidence is of: evidence of very many is kept as one. */
export function countOf({ facts }: Pick<Evidence, "facts">): number {
  return facts?.count === undefined ? 1 : Number(facts.count);
}
