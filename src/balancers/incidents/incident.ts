/**
 * The life of an incident: it opens when something differs, moves with what is observed, and ends when it has been quiet
 * for long enough (RC-08). Pure.
 */
import { defined } from "../../kernel/index.ts";
import { gather } from "./collect.ts";
import type { Evidence, Observation } from "./evidence.ts";
import type { IncidentEdits } from "./user-input.ts";

export type IncidentStatus = "Investigating" | "Monitoring" | "Resolved";

export interface Incident {
  readonly id: string;
  readonly cluster: string;
  readonly status: IncidentStatus;
  readonly title: string;
  readonly openedAt: string;
  readonly changedAt: string;
  readonly closedAt?: string | undefined;
  /** When something was last seen to differ. */
  readonly lastDriftAt: string;
  /** What it is about: of one root a cluster has one open incident at most. Absent in those of before. */
  readonly root?: string | undefined;
  /** Differences that exist now, by ID of the row. */
  readonly openDrift: readonly string[];
  /** All that it has ever been about. Absent while that is what exists now. */
  readonly everDrift?: readonly string[] | undefined;
  readonly evidence: readonly Evidence[];
  readonly system: string;
  readonly ticket?: string | undefined;
  /** Who is in charge, for the tasks. */
  readonly pic?: string | undefined;
  /** What people said of it. */
  readonly edits?: IncidentEdits | undefined;
  /** Each change of status, with the evidence for it. */
  readonly moves: readonly { readonly at: string; readonly to: IncidentStatus; readonly message: string }[];
}

export interface LifeSettings {
  readonly cluster: string;
  /** An incident without drift is resolved after so many seconds. */
  readonly quietSeconds: number;
}

/** Whether there is reason for an incident: ordinary life is none. */
export function isTroubled(seen: Observation): boolean {
  const ordinary = new Set(seen.ordinary);
  return (seen.drift ?? []).some(({ id }) => !ordinary.has(id)) || seen.failure !== undefined;
}

export function openIncident(id: string, seen: Observation, settings: LifeSettings, root?: string): Incident {
  const evidence = gather(undefined, seen, true);
  const openDrift = (seen.drift ?? []).map((row) => row.id);
  return {
    id,
    cluster: settings.cluster,
    status: "Investigating",
    title: titleFor(seen),
    openedAt: seen.at,
    changedAt: seen.at,
    lastDriftAt: seen.at,
    ...defined({ root }),
    openDrift,
    everDrift: openDrift,
    evidence,
    system: "Load balancers: MetalLB IPAddressPool and the pool ledger",
    moves: [{ at: seen.at, to: "Investigating", message: "something differs" }],
  };
}

const TITLES_OF_FAILURES: Readonly<Record<string, string>> = {
  ledger: "The ledger could not be read or written",
  cluster: "The cluster could not be read or written",
};

function titleFor({ drift = [], failure }: Observation): string {
  const unrecorded = drift.filter(({ kind }) => kind === "usage-unrecorded").length;
  const pools = drift.filter(({ kind }) => kind.startsWith("pool-") || kind.startsWith("range-")).length;
  if (drift.length === 0 && failure !== undefined)
    return TITLES_OF_FAILURES[failure.side] ?? "A comparison was rejected";
  if (unrecorded > 0 && pools > 0)
    return "Load balancer usage is not recorded, and the pools of ledger and cluster differ";
  if (unrecorded > 0) return "Load balancer usage is not recorded";
  if (pools > 0) return "The pools of ledger and cluster differ";
  if (drift.some(({ kind }) => kind === "ip-in-two-pools")) return "Pools of the ledger overlap";
  if (drift.some(({ kind }) => kind === "ip-used-twice")) return "Several Services use one address";
  if (drift.some(({ kind }) => kind === "ip-outside-every-pool"))
    return "Services have addresses that lie in no pool of MetalLB";
  return "Usage in the ledger differs from the cluster";
}

/** The incident after this observation; the same object when nothing about it has changed. */
export function moveIncident(incident: Incident, seen: Observation, settings: LifeSettings): Incident {
  const openDrift = seen.drift === undefined ? incident.openDrift : seen.drift.map((row) => row.id);
  const troubled = openDrift.length > 0 || seen.failure !== undefined;
  const lastDriftAt = troubled ? seen.at : incident.lastDriftAt;
  const status = nextStatus(incident, troubled, seen.at, settings);
  const evidence = gather(incident, seen, status !== incident.status);
  const changed =
    evidence !== incident.evidence ||
    status !== incident.status ||
    JSON.stringify(openDrift) !== JSON.stringify(incident.openDrift);
  if (!changed) return incident;
  const isAsBefore = incident.evidence.length === evidence.length || openDrift.length === 0;
  const title = incident.edits?.title ?? (isAsBefore ? incident.title : titleFor(seen));
  const everDrift = [...new Set([...(incident.everDrift ?? incident.openDrift), ...openDrift])];
  const next = { ...incident, evidence, openDrift, everDrift, lastDriftAt, changedAt: seen.at, title };
  return status === incident.status ? next : moved(next, status, seen.at);
}

function nextStatus(
  incident: Incident,
  troubled: boolean,
  at: string,
  settings: LifeSettings,
): IncidentStatus {
  if (troubled) return "Investigating";
  if (incident.status === "Investigating") return "Monitoring";
  const since = incident.moves.findLast(({ to }) => to === "Monitoring")?.at ?? incident.changedAt;
  const quietSeconds = (Date.parse(at) - Date.parse(since)) / 1000;
  return quietSeconds >= settings.quietSeconds ? "Resolved" : incident.status;
}

const REASONS: Readonly<Record<IncidentStatus, string>> = {
  Investigating: "something differs again",
  Monitoring: "a comparison found none of its differences any more",
  Resolved: "no comparison found one of its differences for the quiet time",
};

function moved(incident: Incident, status: IncidentStatus, at: string, message = REASONS[status]): Incident {
  return {
    ...incident,
    status,
    moves: [...incident.moves, { at, to: status, message }],
    ...(status === "Resolved" && { closedAt: at }),
  };
}

/** Closed by a person, with a reason. */
export function closeIncident(incident: Incident, at: string, message: string): Incident {
  return moved({ ...incident, changedAt: at }, "Resolved", at, message);
}
