/**
 * Keeps a cluster's incident in the ledger as it is observed: opens it, adds evidence, moves its status. What is seen while
 * the ledger is down is kept in memory and told when it is back.
 */
import type { Kernel } from "../kernel/index.ts";
import { type AuditRow, type IncidentRecord, type Ledger, LedgerError } from "../ledger/index.ts";
import type { Observation } from "./evidence.ts";
import {
  closeIncident,
  type Incident,
  isTroubled,
  type LifeSettings,
  moveIncident,
  openIncident,
} from "./incident.ts";

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

  async #tell(seen: Observation): Promise<Incident | undefined> {
    const { ledger, settings, kernel } = this.#options;
    const open = incidentIn(await ledger.openIncident(settings.cluster));
    if (open === undefined) {
      if (!isTroubled(seen)) return undefined;
      const id = `INC-${seen.at.slice(0, 10).replaceAll("-", "")}-${kernel.random.uuid().slice(0, 4)}`;
      return this.#save(openIncident(id, seen, settings));
    }
    // What was done about it stands in the audit log; it is told when something ceased to differ.
    const ended = open.openDrift.length > (seen.drift?.length ?? open.openDrift.length);
    const audit = ended ? await this.#deedsSince(open) : [];
    const next = moveIncident(open, { ...seen, audit: [...(seen.audit ?? []), ...audit] }, settings);
    return next === open ? open : this.#save(next);
  }

  async #deedsSince({ openedAt }: Incident): Promise<readonly AuditRow[]> {
    const rows = await this.#options.ledger.audit({ since: openedAt, limit: MOST_AUDIT_ROWS });
    return rows
      .filter(({ action }) => /^(pool|usage|cluster|plan)\./.test(action) && action !== "plan.applying")
      .reverse();
  }

  async #save(incident: Incident): Promise<Incident> {
    await saveIncident(this.#options.ledger, incident, this.#options.actor, "as observed");
    return incident;
  }
}

export function incidentIn(record: IncidentRecord | undefined): Incident | undefined {
  return record?.content as Incident | undefined;
}

export function saveIncident(
  ledger: Ledger,
  incident: Incident,
  actor: string,
  reason: string,
): Promise<void> {
  const { id, cluster, status, title, openedAt, changedAt, closedAt } = incident;
  return ledger.write({ actor, reason }, (writer) =>
    writer.saveIncident({ id, cluster, status, title, openedAt, changedAt, closedAt, content: incident }),
  );
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
