/**
 * The document: the sections of a root-cause analysis, each statement with its evidence and whether it was observed or
 * inferred (RC-07, RC-09). Pure: the same incident gives the same document.
 */
import { type Case, caseOf, controllerOf } from "./case.ts";
import { type RootCause, rootCausesOf } from "./causes.ts";
import type { Evidence } from "./evidence.ts";
import { impactOf, ownersOf, type SeverityOf, severityOf } from "./impact.ts";
import type { Incident, IncidentStatus } from "./incident.ts";
import { type Lessons, lessonsOf } from "./lessons.ts";
import { type ConfigurationTable, configurationOf, counterfactualOf, existingCasesOf } from "./outcomes.ts";
import { causalObjects, type Phase, phasesOf } from "./phases.ts";
import { type Rejected, rejectedOf } from "./rejected.ts";
import { type CauseId, type Finding, findingsOf } from "./rules.ts";
import { citing, inferred, observed, type Statement } from "./statement.ts";
import { longTermOf, shortTermOf, type Task } from "./tasks.ts";
import { type Timeline, timelineOf } from "./timeline.ts";
import type { Note } from "./user-input.ts";
import { counted, kindInWords, listed, timeText } from "./words.ts";

export interface RcaDocument {
  readonly id: string;
  readonly title: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly status: IncidentStatus;
  readonly severity: SeverityOf;
  readonly system: string;
  readonly cluster: string;
  readonly ticket: string;
  readonly problem: readonly Statement[];
  readonly expected: readonly Statement[];
  readonly actual: readonly Statement[];
  readonly impact: readonly Statement[];
  readonly owners: readonly Statement[];
  readonly phases: readonly Phase[];
  readonly conclusion: readonly Statement[];
  readonly trigger: readonly Statement[];
  readonly timeline: Timeline;
  readonly findings: readonly Finding[];
  readonly configuration: ConfigurationTable;
  readonly rootCauses: readonly RootCause[];
  readonly rejected: readonly Rejected[];
  readonly counterfactual: readonly Statement[];
  readonly shortTerm: readonly Task[];
  readonly longTerm: readonly Task[];
  readonly existingCases: readonly Statement[];
  readonly lessons: Lessons;
  readonly notes: readonly Note[];
  readonly notKnown: readonly string[];
  readonly evidence: readonly Evidence[];
}

export function documentOf(incident: Incident): RcaDocument {
  const of = caseOf(incident);
  const findings = findingsOf(of);
  const rootCauses = rootCausesOf(of, findings);
  const phases = phasesOf(of);
  return {
    id: incident.id,
    title: incident.edits?.title || incident.title,
    date: incident.openedAt.slice(0, 10),
    status: incident.status,
    severity: severityOf(of),
    system: incident.system,
    cluster: incident.cluster,
    ticket: incident.ticket ?? "none",
    problem: problemOf(of, findings),
    expected: expectedOf(of, rootCauses),
    actual: findings
      .filter(({ cause, rule }) => cause !== undefined || rule === "read-not-believed")
      .map(({ text, basis, evidence }) => ({ text, basis, evidence })),
    impact: impactOf(of),
    owners: ownersOf(of),
    phases,
    conclusion: conclusionOf(of, rootCauses),
    trigger: triggerOf(of),
    timeline: timelineOf(of),
    findings,
    configuration: configurationOf(of),
    rootCauses,
    rejected: rejectedOf(of, findings, rootCauses),
    counterfactual: counterfactualOf(of),
    shortTerm: shortTermOf(of, findings, rootCauses),
    longTerm: longTermOf(of, rootCauses),
    existingCases: existingCasesOf(of),
    lessons: lessonsOf(of, phases),
    notes: incident.edits?.notes ?? [],
    notKnown: notKnownOf(of),
    evidence: incident.evidence,
  };
}

/** IDs of the tasks of an incident, as `rca edit --task` names them. */
export function taskIdsOf(incident: Incident): readonly string[] {
  const { shortTerm, longTerm } = documentOf(incident);
  return [...shortTerm, ...longTerm].map(({ id }) => id);
}

/** What users or systems met, before how it came about. */
const PROBLEMS: Readonly<Record<string, string>> = {
  "look-up": "The usage of load balancers cannot be recorded, since the pool of their address is not found",
  "usage-unrecorded": "Load balancers are in use, and their usage is not recorded",
  "ip-outside-every-pool": "Load balancers use addresses that no pool of MetalLB holds",
  "usage-gone": "The ledger records addresses as used by Services that do not have them",
};

function problemOf(of: Case, findings: readonly Finding[]): readonly Statement[] {
  const { incident } = of;
  const kinds = [
    ...new Set(
      of.newest
        .filter(({ source, kind }) => source === "comparison" && kind !== "ended" && kind !== "compared")
        .map(({ kind }) => kind),
    ),
  ];
  const failures = of.of("ledger");
  const failed = findings.some(({ cause }) => cause === "look-up") && kinds.includes("usage-unrecorded");
  const key = failed ? "look-up" : Object.keys(PROBLEMS).find((kind) => kinds.includes(kind));
  const user = key === undefined ? incident.title : PROBLEMS[key];
  const all = kinds.flatMap((kind) => of.drift(kind));
  const counts = kinds.map((kind) =>
    counted(
      of.drift(kind).reduce((sum, one) => sum + Number(one.facts?.count ?? 1), 0),
      ...kindInWords(kind),
    ),
  );
  const found =
    counts.length === 0
      ? ""
      : ` Comparisons of the cluster ${incident.cluster} with the ledger found since ${timeText(incident.openedAt)}: ${listed(counts, 10)}.`;
  const grounds = all.length > 0 ? all : failures.length > 0 ? failures : of.evidence;
  return [observed(`${tensed(user ?? "", of)}.${found}`, grounds)];
}

/** The same of what is over. */
function tensed(text: string, { isOver }: Case): string {
  return isOver
    ? text
        .replace("cannot be recorded, since", "could not be recorded, since")
        .replace(" is not found", " was not found")
        .replace("are in use, and their usage is not", "were in use, and their usage was not")
        .replace(" use addresses", " used addresses")
    : text;
}

const EXPECTED: Readonly<Record<CauseId, string>> = {
  "look-up": "A look-up by IP returns the pool that contains the IP, or reports that there is none.",
  desynchronisation:
    "Each IPAddressPool has a row in the ledger with the same ranges and settings, and each row its pool.",
  "pool-removed-in-use": "A pool stays as long as an address of it is in use.",
  "unreadable-range": "Each range is written so that both sides can read it.",
  "usage-not-reconciled":
    "Each load balancer that holds an IP has one usage record against its pool, and no record outlives it.",
  "overlapping-pools": "Each IP lies in one pool of the ledger.",
  "shared-address": "Each address is that of one Service, but where Services share it by a key.",
  "ledger-unavailable": "The ledger answers.",
  "cluster-unavailable": "The cluster's API answers.",
  "addresses-beside-metallb": "Each load balancer's IP comes from a pool of MetalLB.",
};

function expectedOf(of: Case, causes: readonly RootCause[]): readonly Statement[] {
  const disbelieved = of.of("ledger", "not-believed");
  if (causes.length === 0 && disbelieved.length > 0)
    return [inferred("Both sides can be read, and what is read is complete.", disbelieved)];
  return causes.map(({ id, evidence }) => ({ text: EXPECTED[id], basis: "inferred", evidence }));
}

const CONCLUSIONS: Readonly<Record<CauseId, readonly [now: string, then: string]>> = {
  "look-up": [
    "A look-up by IP finds no pool for addresses in use",
    "A look-up by IP found no pool for addresses in use",
  ],
  desynchronisation: [
    "there is a mismatch between the pools in the ledger and the IPAddressPools that MetalLB uses",
    "there was a mismatch between the pools in the ledger and the IPAddressPools that MetalLB uses",
  ],
  "pool-removed-in-use": [
    "a pool was taken away in MetalLB while its addresses were in use",
    "a pool was taken away in MetalLB while its addresses were in use",
  ],
  "unreadable-range": [
    "a range is written so that it cannot be read",
    "a range was written so that it could not be read",
  ],
  "usage-not-reconciled": [
    "what is used and what is recorded differ, though the pools agree over it",
    "what was used and what was recorded differed, though the pools agreed over it",
  ],
  "overlapping-pools": [
    "several pools of the ledger claim the same addresses",
    "several pools of the ledger claimed the same addresses",
  ],
  "shared-address": ["several Services have the same address", "several Services had the same address"],
  "ledger-unavailable": ["the ledger does not answer", "the ledger did not answer for a time"],
  "cluster-unavailable": ["the cluster's API does not answer", "the cluster's API did not answer for a time"],
  "addresses-beside-metallb": [
    "load balancers have addresses that no pool gave",
    "load balancers had addresses that no pool gave",
  ],
};

function conclusionOf(of: Case, causes: readonly RootCause[]): readonly Statement[] {
  if (causes.length === 0) {
    const disbelieved = of.of("ledger", "not-believed");
    const text =
      "Either the read was incomplete, or very much had been removed: the evidence does not show which.";
    return disbelieved.length > 0
      ? [inferred(text, disbelieved)]
      : [inferred("The evidence names no cause.", of.evidence)];
  }
  const parts = causes.map(({ id }) => CONCLUSIONS[id][of.isOver ? 1 : 0]);
  const text = `${parts.join("; ")}.`;
  return [
    { text: text.slice(0, 1).toUpperCase() + text.slice(1), basis: "inferred", evidence: citing(causes) },
  ];
}

function triggerOf(of: Case): readonly Statement[] {
  const objects = causalObjects(of).slice(0, 5);
  return objects.map((one) => observed(`At ${timeText(one.at)}: ${one.message}`, [one]));
}

function notKnownOf(of: Case): readonly string[] {
  const hasPools = of.ranges.length > 0 || of.drift("setting-differs").length > 0;
  const lacks = (source: "log" | "event") => of.of(source).length === 0;
  const gone = of.drift("pool-missing-in-cluster");
  return [
    ...(hasPools && causalObjects(of).length === 0
      ? [
          "Who changed the pools, and when: no existing object of the cluster shows it, and the ledger has no audit row for it.",
        ]
      : []),
    ...(gone.length > 0
      ? [
          "Who deleted a pool of MetalLB, if it was deleted: the API keeps no record of a deleted object; the audit log of the API server would show it.",
        ]
      : []),
    ...(of.drift("usage-unrecorded").length > 0
      ? [
          "From when on traffic reached the load balancers, and how much: neither the ledger nor the Services show it.",
        ]
      : []),
    ...(controllerOf(of) === undefined
      ? [
          "Whether a controller compared both sides all the time: none was seen to run in the time of the incident.",
        ]
      : []),
    ...(lacks("log") ? ["What other services logged: no log lines were handed in."] : []),
    ...(lacks("event") ? ["What Kubernetes Events said: none were handed in."] : []),
  ];
}
