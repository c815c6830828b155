/** What one look at the world brought, as evidence that has no ID yet. Pure. Nothing secret gets past here. */
import { defined } from "../../kernel/index.ts";
import type { AuditRow } from "../ledger/index.ts";
import type { DriftRow } from "../sync/index.ts";
import type { EvidenceDraft, LogLine, ObjectSeen, Observation, PlanSeen, RunSeen } from "./evidence.ts";
import { maskSecrets } from "./mask.ts";

/** All but the differences themselves, which are evidence only where they are new. */
export function draftsOf(seen: Observation): EvidenceDraft[] {
  const { at, lookUps = [], refused = [], plan, failure, run, objects = [], events = [], logs = [] } = seen;
  const drafts: EvidenceDraft[] = [
    ...lookUps.map(({ ip, result, message, pool }): EvidenceDraft => {
      const answer = result === "found" ? `a look-up of ${ip} answers that ${message}` : message;
      return {
        at,
        source: "look-up",
        kind: result,
        subject: ip,
        message: answer,
        ...(pool !== undefined && { facts: { pool } }),
      };
    }),
    ...refused.map(({ guard, message, step }): EvidenceDraft => {
      const named = message.replaceAll(step.subject, thing(step.subject));
      return { at, source: "guard", kind: guard, subject: step.subject, message: named };
    }),
    ...objects.flatMap(objectEvidence),
    ...events,
    ...logs.map(logEvidence),
  ];
  if (run !== undefined) drafts.push(runEvidence(run, at));
  if (plan !== undefined) drafts.push(planEvidence(plan, at));
  if (failure !== undefined) {
    drafts.push({
      at,
      source: "ledger",
      kind: failure.kind,
      subject: failure.side,
      message: failure.message,
    });
  }
  return drafts;
}

/** Without secrets, and as a sentence. */
export function masked(draft: EvidenceDraft): EvidenceDraft {
  const message = maskSecrets(draft.message);
  const { excerpt, facts } = draft;
  return {
    ...draft,
    message: message.slice(0, 1).toUpperCase() + message.slice(1),
    ...defined({
      excerpt: excerpt === undefined ? undefined : maskSecrets(excerpt),
      facts:
        facts !== undefined
          ? Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, maskSecrets(value)]))
          : undefined,
    }),
  };
}

export function driftEvidence(row: DriftRow, at: string): EvidenceDraft {
  const field = row.field === "" ? "" : ` (${row.field})`;
  const subject = `${row.subject}${field}`;
  return {
    at,
    source: "comparison",
    kind: row.kind,
    subject,
    message: row.message,
    excerpt: `${subject}\n  ledger:  ${row.ledger ?? "-"}\n  cluster: ${row.cluster ?? "-"}`,
    facts: {
      drift: row.id,
      ...defined({ field: row.field || undefined, ledger: row.ledger, cluster: row.cluster }),
    },
  };
}

/** Words of the audit log that say what a plan did to a pool or to the record of a usage. */
const DEEDS: Readonly<Record<string, string>> = {
  "pool.create": "added to the ledger",
  "pool.update": "changed in the ledger",
  "pool.delete": "removed from the ledger",
  "pool.rename": "given its name in the ledger",
  "pool.merge": "left with one row in the ledger",
  "usage.active": "recorded as in use",
  "usage.released": "released",
  "usage.discovered": "noted as discovered, which is no record of usage yet",
  "usage.missing": "marked as missing",
  "usage.change": "changed in the ledger",
  "plan.applied": "applied",
  "plan.refused": "refused",
  "plan.failed": "broken off",
};

export function auditEvidence(row: AuditRow): EvidenceDraft {
  const { id, actor, action, subject, reason, planHash } = row;
  const deed = DEEDS[action] ?? `the subject of ${action}`;
  return {
    at: row.at,
    source: "audit",
    kind: action,
    subject: `${subject} #${id}`,
    message: `${thing(subject)} was ${deed} by ${actor} (${reason}); audit row ${id}.`,
    facts: { of: subject, by: actor, reason, ...defined({ planHash }) },
  };
}

function logEvidence({ at, origin, text }: LogLine): EvidenceDraft {
  const message =
    at === "" ? `a line of a log, which names no time (${origin}).` : `a line was logged (${origin}).`;
  return { at, source: "log", kind: "line", subject: origin, message, excerpt: text };
}

function runEvidence({ how, mode, by, heldBack }: RunSeen, at: string): EvidenceDraft {
  const who = how === "controller" ? "The controller compared" : "A user ran a comparison";
  const held = heldBack === 1 ? "1 step was" : `${heldBack} steps were`;
  const left = heldBack === 0 ? "" : `; ${held} left undone, since this mode does not allow it`;
  const facts = { how, mode, by, heldBack: String(heldBack) };
  return { at, source: "run", kind: mode, subject: how, message: `${who} in mode ${mode}${left}.`, facts };
}

function planEvidence({ id, result, message, left }: PlanSeen, at: string): EvidenceDraft {
  const facts = { plan: id, ...(left !== undefined && { left: String(left) }) };
  return { at, source: "plan", kind: result, subject: `plan/${id}`, message, facts };
}

function objectEvidence(seen: ObjectSeen): EvidenceDraft[] {
  const { subject, createdAt, createdBy, changedAt, changedBy, owner } = seen;
  const base = { source: "object" as const, subject };
  const drafts: EvidenceDraft[] = [];
  if (createdAt !== undefined) {
    const by = createdBy === undefined ? "" : ` by ${createdBy}`;
    const message = `${thing(subject)} was created in the cluster${by} (creationTimestamp${by === "" ? "" : " and managedFields"}).`;
    drafts.push({
      ...base,
      at: createdAt,
      kind: "created",
      message,
      facts: factsOf({ by: createdBy, owner }),
    });
  }
  if (changedAt !== undefined && changedBy !== undefined && changedAt !== createdAt) {
    const message = `${thing(subject)} was last written in the cluster by ${changedBy}, which owns its addresses there (managedFields).`;
    drafts.push({
      ...base,
      at: changedAt,
      kind: "changed",
      message,
      facts: factsOf({ by: changedBy, owner }),
    });
  }
  return drafts;
}

/** `the pool NAME`, `the Service NAMESPACE/NAME` */
function thing(subject: string): string {
  if (subject.startsWith("pool/")) return `the pool ${subject.slice("pool/".length)}`;
  const [, namespace = "", name = "", ip] = subject.split("/");
  if (!subject.startsWith("service/")) return subject;
  return `${ip === undefined ? "" : `${ip} of `}the Service ${namespace}/${name}`;
}

function factsOf(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Record<string, string>;
}
