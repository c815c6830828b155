/**
 * The document: the sections of a root-cause analysis, each statement with its evidence and whether it was observed or
 * inferred (RC-07, RC-09). Pure: the same incident gives the same document.
 */
import type { Evidence } from "./evidence.ts";
import type { Incident, IncidentStatus, TaskStatus } from "./incident.ts";
import {
  type CauseId,
  citing,
  type Finding,
  findingsFrom,
  type RootCause,
  rootCausesOf,
  type Statement,
} from "./rules.ts";

export interface Task {
  readonly title: string;
  readonly description: string;
  readonly pic: string;
  readonly status: TaskStatus;
  readonly evidence: readonly string[];
}

export interface RcaDocument {
  readonly id: string;
  readonly title: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly status: IncidentStatus;
  readonly system: string;
  readonly ticket: string;
  readonly problem: readonly Statement[];
  readonly expected: readonly Statement[];
  readonly actual: readonly Statement[];
  readonly conclusion: readonly Statement[];
  readonly timeline: readonly (Statement & { readonly at: string })[];
  readonly findings: readonly Finding[];
  readonly rootCauses: readonly RootCause[];
  readonly shortTerm: readonly Task[];
  readonly longTerm: readonly Task[];
  readonly existingCases: readonly Statement[];
  readonly notKnown: readonly string[];
  readonly evidence: readonly Evidence[];
}

const NOBODY = "not assigned";

export function documentOf(incident: Incident): RcaDocument {
  const findings = findingsFrom(incident.evidence);
  const rootCauses = rootCausesOf(findings);
  return {
    id: incident.id,
    title: incident.title,
    date: incident.openedAt.slice(0, 10),
    status: incident.status,
    system: incident.system,
    ticket: incident.ticket ?? "none",
    problem: problemOf(incident, findings),
    expected: expectedOf(findings),
    actual: findings.filter(({ cause }) => cause !== undefined).map(statementOf),
    conclusion: conclusionOf(incident, rootCauses),
    timeline: timelineOf(incident),
    findings,
    rootCauses,
    shortTerm: rootCauses.map(({ id, evidence }) =>
      task(SHORT_TERM[id], incident, evidence, isOver(incident) && ENDED_BY_REPAIR.has(id)),
    ),
    longTerm: rootCauses.map(({ id, evidence }) => ({
      ...task(LONG_TERM[id], incident, evidence, false),
      status: "Backlog",
    })),
    existingCases: existingCasesOf(incident),
    notKnown: notKnownOf(incident),
    evidence: incident.evidence,
  };
}

function isOver(incident: Incident): boolean {
  return incident.status !== "Investigating";
}

function statementOf({ text, basis, evidence }: Finding): Statement {
  return { text, basis, evidence };
}

function idsOf(evidence: readonly Evidence[]): readonly string[] {
  return evidence.map(({ id }) => id);
}

function problemOf(incident: Incident, findings: readonly Finding[]): readonly Statement[] {
  const evidence = citing(findings);
  const rows = incident.evidence.filter(({ source }) => source === "comparison").length;
  const text = `${incident.title}. Comparisons of the cluster ${incident.cluster} found ${rows} ${rows === 1 ? "difference" : "differences"} since ${incident.openedAt}.`;
  return [{ text, basis: "observed", evidence: evidence.length > 0 ? evidence : idsOf(incident.evidence) }];
}

const EXPECTED: Readonly<Record<CauseId, string>> = {
  "look-up": "A look-up by IP names the pool that the IP lies in, or says that there is none.",
  desynchronisation:
    "Each IPAddressPool has a row in the ledger with the same ranges and settings, and each row its pool.",
  "usage-not-reconciled":
    "Each load balancer that holds an IP has one usage record against its pool, and no record outlives it.",
  "overlapping-pools": "Each IP lies in one pool of the ledger.",
  "ledger-unavailable": "The ledger answers.",
  "addresses-beside-metallb": "Each load balancer's IP comes from a pool of MetalLB.",
};

function expectedOf(findings: readonly Finding[]): readonly Statement[] {
  return (Object.keys(EXPECTED) as CauseId[]).flatMap((cause): Statement[] => {
    const evidence = citing(findings.filter((finding) => finding.cause === cause));
    return evidence.length === 0 ? [] : [{ text: EXPECTED[cause], basis: "inferred", evidence }];
  });
}

function conclusionOf(incident: Incident, causes: readonly RootCause[]): readonly Statement[] {
  if (causes.length === 0) {
    return [
      { text: "The evidence names no cause yet.", basis: "inferred", evidence: idsOf(incident.evidence) },
    ];
  }
  const names = causes.map(({ title }) => title.toLowerCase()).join("; ");
  const evidence = citing(causes);
  return [{ text: `What was found is explained by ${names}.`, basis: "inferred", evidence }];
}

function timelineOf(incident: Incident): RcaDocument["timeline"] {
  const steps = incident.evidence.map(({ id, at, says }) => ({
    at,
    text: says,
    basis: "observed" as const,
    evidence: [id],
  }));
  const moves = incident.moves.map(({ at, to, because }) => ({
    at,
    text: `The incident is ${to}: ${because}.`,
    basis: "observed" as const,
    evidence: groundsAt(incident, at),
  }));
  return [...steps, ...moves].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** What was seen at this moment; else the last that was seen before it, and the first of all if there is none. */
function groundsAt({ evidence }: Incident, at: string): readonly string[] {
  const seen = evidence.filter((one) => one.at === at);
  if (seen.length > 0) return idsOf(seen);
  const before = evidence.filter((one) => one.at <= at).at(-1) ?? evidence[0];
  return before === undefined ? [] : [before.id];
}

/** Whose short-term task is seen to be done when nothing differs any more; the others change what nobody here can see. */
const ENDED_BY_REPAIR: ReadonlySet<CauseId> = new Set([
  "desynchronisation",
  "usage-not-reconciled",
  "ledger-unavailable",
]);

type TaskText = readonly [title: string, description: string];

const SHORT_TERM: Readonly<Record<CauseId, TaskText>> = {
  "look-up": [
    "Answer look-ups with not-found",
    "Let callers of the look-up take not-found for an answer of its own, which names the IP; until then add the missing pools with `plexaubnet lb repair`.",
  ],
  desynchronisation: [
    "Synchronise the pools",
    "Run `plexaubnet lb repair --dry-run`, read it, then `plexaubnet lb repair`.",
  ],
  "usage-not-reconciled": [
    "Record what is missing, release what is gone",
    "Run `plexaubnet lb repair`; `plexaubnet lb orphans` lists what it is about.",
  ],
  "overlapping-pools": [
    "Make the ranges disjoint",
    "Change one of the overlapping pools in the ledger; no plan does this by itself.",
  ],
  "ledger-unavailable": ["Bring the ledger back", "Check the database, its network and its credentials."],
  "addresses-beside-metallb": [
    "Find who gave the addresses",
    "Compare `status.loadBalancer` of the Services with the controllers that write it.",
  ],
};

const LONG_TERM: Readonly<Record<CauseId, TaskText>> = {
  "look-up": [
    "Refuse empty records",
    "Give every caller of the look-up a result that cannot be mistaken for a record.",
  ],
  desynchronisation: [
    "Synchronise continuously",
    "Run the controller in mode upsert or sync, so that a change of a pool reaches the ledger within seconds.",
  ],
  "usage-not-reconciled": [
    "Reconcile usage continuously",
    "Run the controller; alert on plexaubnet_lb_unrecorded_load_balancers.",
  ],
  "overlapping-pools": [
    "Check new pools for overlaps",
    "Refuse a pool in the ledger whose range overlaps another one of the same size.",
  ],
  "ledger-unavailable": [
    "Watch the ledger",
    "Alert on plexaubnet_lb_ledger_errors_total and on the age of the last comparison.",
  ],
  "addresses-beside-metallb": [
    "Give addresses in one way only",
    "Let MetalLB be the only controller that writes IPs of load balancers.",
  ],
};

function task(
  [title, description]: TaskText,
  incident: Incident,
  evidence: readonly string[],
  done: boolean,
): Task {
  const begun = incident.evidence.some(({ source, kind }) => source === "plan" && kind !== "applied");
  return {
    title,
    description,
    pic: incident.pic ?? NOBODY,
    status: done ? "Done" : begun ? "In Progress" : "To Do",
    evidence,
  };
}

function existingCasesOf(incident: Incident): readonly Statement[] {
  const open = new Set(incident.openDrift);
  const cases = incident.evidence.filter(
    ({ source, kind }) => source === "comparison" && /^usage-/.test(kind),
  );
  return cases.map(({ id, kind, subject, says }) => {
    // Without the field, which stands in brackets behind it.
    const bare = subject.endsWith(")") ? (subject.split(" (", 1)[0] ?? "") : subject;
    const still = [...open].some(
      (drift) => drift === `${kind}:${bare}` || drift.startsWith(`${kind}:${bare}:`),
    );
    const repairs = incident.evidence.filter(
      (one) => one.source === "audit" && one.subject.startsWith(`${bare} `),
    );
    const text = still ? `Open: ${says}` : `Repaired, no comparison shows it any more: ${says}`;
    return { text, basis: "observed", evidence: [id, ...idsOf(repairs)] };
  });
}

function notKnownOf(incident: Incident): readonly string[] {
  const unknown = [
    "Who made the change that was seen on one side only, and when: the ledger's audit log tells of its own writes, the cluster keeps no such record here.",
  ];
  if (!incident.evidence.some(({ source }) => source === "log"))
    unknown.push("What other services logged: no log lines were handed in.");
  if (!incident.evidence.some(({ source }) => source === "event"))
    unknown.push("What Kubernetes Events said: none were handed in.");
  return unknown;
}
