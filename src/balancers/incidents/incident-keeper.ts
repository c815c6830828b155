/**
 * Keeps a cluster's incidents in the ledger as it is observed: opens them, adds evidence, moves their status. What is seen while
 * the ledger is down is kept in memory and recorded when it is back.
 */
import type { Kernel } from "../../kernel/index.ts";
import { type AuditRow, type Ledger, LedgerError } from "../ledger/index.ts";
import { readStoredPlan } from "../sync/index.ts";
import { subjectIn } from "./collect.ts";
import type { Observation, PlanSeen } from "./evidence.ts";
import { type Incident, isTroubled, type LifeSettings, moveIncident, openIncident } from "./incident.ts";
import { type Share, shareOut } from "./incident-roots.ts";
import { changeIncident, incidentIn, insertIncident } from "./incident-store.ts";

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
    const open = (await ledger.openIncidents(settings.cluster)).flatMap((record) => incidentIn(record) ?? []);
    let last: Incident | undefined;
    for (const share of shareOut(open, seen, settings)) last = (await this.#move(share)) ?? last;
    return last ?? open.at(-1);
  }

  async #move({ incident, root, seen }: Share): Promise<Incident | undefined> {
    const { settings, kernel, ledger, actor } = this.#options;
    const stamp = { actor, reason: "as observed" };
    if (incident === undefined) {
      if (!isTroubled(seen)) return undefined;
      const opened = openIncident(incidentId(seen.at, kernel), seen, settings, root);
      await insertIncident(ledger, opened, stamp);
      return opened;
    }
    // The actions are in the audit log; they are reported when a difference ends.
    const ended = incident.openDrift.length > (seen.drift?.length ?? incident.openDrift.length);
    const audit = ended ? await this.#deedsSince(incident) : [];
    const plan = seen.plan ?? (ended ? await this.#planSince(incident) : undefined);
    const told = { ...seen, audit: [...(seen.audit ?? []), ...audit], plan };
    if (moveIncident(incident, told, settings) === incident) return incident;
    // People may have said something of it since it was read, or closed it.
    return changeIncident(ledger, incident, stamp, (current) => ({
      incident: current.closedAt === undefined ? moveIncident(current, told, settings) : current,
    }));
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
    const plan = id === undefined ? undefined : await readStoredPlan(this.#options.ledger, id);
    if (id === undefined || plan === undefined) return undefined;
    const ends = plan.steps.flatMap(({ driftId, ends: further = [] }) => [driftId, ...further]);
    return {
      id,
      result: "applied",
      message: `the plan ${id} was applied: ${plan.steps.length} steps.`,
      ends,
    };
  }
}

/** `INC-20260105-1f2e3d4c`. */
export function incidentId(at: string, kernel: Kernel): string {
  return `INC-${at.slice(0, 10).replaceAll("-", "")}-${kernel.random.uuid().slice(0, 8)}`;
}
