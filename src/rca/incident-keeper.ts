/**
 * Keeps a cluster's incidents in the ledger as it is observed: opens them, adds evidence, moves their status. What is seen while
 * the ledger is down is kept in memory and told when it is back.
 */
import type { Kernel } from "../kernel/index.ts";
import {
  type AuditNote,
  type AuditRow,
  type IncidentRecord,
  type Ledger,
  LedgerError,
} from "../ledger/index.ts";
import { subjectIn } from "./collect.ts";
import type { Observation, PlanSeen } from "./evidence.ts";
import {
  closeIncident,
  type Incident,
  isTroubled,
  type LifeSettings,
  moveIncident,
  openIncident,
} from "./incident.ts";
import { type Share, shareOut } from "./incident-roots.ts";

export interface KeeperOptions {
  readonly ledger: Ledger;
  readonly kernel: Kernel;
  readonly settings: LifeSettings;
  readonly actor: string;
}

/** Observations that wait for the ledger; older ones are dropped. */
const MOST_WAITING = 20;
const MOST_AUDIT_ROWS = 100;

export class IncidentKeeper {
  readonly #options: KeeperOptions;
  #waiting: Observation[] = [];

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** The incident as it is now, if one is open. Never rejects because the ledger is down. */
  async observe(seen: Observation): Promise<Incident | undefined> {
    const all = [...this.#waiting, seen];
    try {
      let incident: Incident | undefined;
      for (const one of all) incident = await this.#tell(one);
      this.#waiting = [];
      return incident;
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#waiting = all.slice(-MOST_WAITING);
      return undefined;
    }
  }

  /** The youngest of those that are open, after it. */
  async #tell(seen: Observation): Promise<Incident | undefined> {
    const { ledger, settings } = this.#options;
    const records = await ledger.openIncidents(settings.cluster);
    const open = records.flatMap((record) => incidentIn(record) ?? []);
    let last: Incident | undefined;
    for (const share of shareOut(open, seen, settings)) last = (await this.#move(share)) ?? last;
    return last ?? open.at(-1);
  }

  async #move({ incident, root, seen }: Share): Promise<Incident | undefined> {
    const { settings, kernel } = this.#options;
    if (incident === undefined) {
      if (!isTroubled(seen)) return undefined;
      return this.#save(openIncident(incidentId(seen.at, kernel), seen, settings, root));
    }
    // What was done about it stands in the audit log; it is told when something ceased to differ.
    const ended = incident.openDrift.length > (seen.drift?.length ?? incident.openDrift.length);
    const audit = ended ? await this.#deedsSince(incident) : [];
    const plan = seen.plan ?? (ended ? await this.#planSince(incident) : undefined);
    const told = { ...seen, audit: [...(seen.audit ?? []), ...audit], plan };
    const next = moveIncident(incident, told, settings);
    return next === incident ? incident : this.#save(next);
  }

  /** Of this cluster alone, and of what the incident is about: what was done beside it is another one's business. */
  async #deedsSince({ openedAt, cluster, openDrift }: Incident): Promise<readonly AuditRow[]> {
    const rows = await this.#options.ledger.audit({ cluster, since: openedAt, limit: MOST_AUDIT_ROWS });
    const subjects = new Set(openDrift.map(subjectIn));
    const deeds = rows.filter(
      ({ action, subject }) => /^(pool|usage|cluster)\./.test(action) && subjects.has(subject),
    );
    const plans = new Set(deeds.flatMap(({ planHash }) => planHash ?? []));
    return rows
      .filter(
        (row) =>
          deeds.includes(row) ||
          (/^plan\./.test(row.action) && row.action !== "plan.applying" && plans.has(row.planHash ?? "")),
      )
      .reverse();
  }

  /** The last plan that was applied since, with all that it ended: of very many rows the audit log is not read through. */
  async #planSince({ openedAt, cluster }: Incident): Promise<PlanSeen | undefined> {
    const rows = await this.#options.ledger.audit({ cluster, since: openedAt, limit: MOST_AUDIT_ROWS });
    const id = rows.find(({ action }) => action === "plan.applied")?.subject.replace(/^plan\//, "");
    const record = id === undefined ? undefined : await this.#options.ledger.plan(id);
    if (id === undefined || record === undefined) return undefined;
    const ends = record.plan.steps.flatMap(({ driftId, ends: further = [] }) => [driftId, ...further]);
    return {
      id,
      result: "applied",
      says: `the plan ${id} was applied: ${record.plan.steps.length} steps.`,
      ends,
    };
  }

  /** What people said of it meanwhile is kept: between the read and this they may have. */
  async #save(incident: Incident): Promise<Incident> {
    const { ledger, actor } = this.#options;
    const stored = incidentIn(await ledger.incident(incident.id));
    const { edits, ticket, pic } = stored ?? incident;
    const current = { ...incident, edits, ticket, pic, title: edits?.title ?? incident.title };
    await saveIncident(ledger, current, actor, "as observed");
    return current;
  }
}

/** `INC-20260105-1f2e3d4c`. */
export function incidentId(at: string, kernel: Kernel): string {
  return `INC-${at.slice(0, 10).replaceAll("-", "")}-${kernel.random.uuid().slice(0, 8)}`;
}

export function incidentIn(record: IncidentRecord | undefined): Incident | undefined {
  return record?.content as Incident | undefined;
}

/** @param note a further row of the audit log, in the same transaction */
export function saveIncident(
  ledger: Ledger,
  incident: Incident,
  actor: string,
  reason: string,
  note?: AuditNote,
): Promise<void> {
  const { id, cluster, status, title, openedAt, changedAt, closedAt, root } = incident;
  const record = { id, cluster, status, title, openedAt, changedAt, closedAt, root, content: incident };
  return ledger.write({ actor, reason, cluster }, async (writer) => {
    await writer.saveIncident(record);
    if (note !== undefined) writer.note(note);
  });
}

/** @throws LedgerError */
export async function closeByHand(
  ledger: Ledger,
  incident: Incident,
  at: string,
  actor: string,
  because: string,
) {
  const closed = closeIncident(incident, at, because);
  await saveIncident(ledger, closed, actor, because);
  return closed;
}
