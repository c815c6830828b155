/**
 * Incidents in the ledger. A controller and people write to one at the same time: each change is made to the state
 * that the database has, locked until the change is in, so that nothing that was said or seen meanwhile is lost.
 */
import { type AuditNote, formatInstant, type IncidentRecord, type Ledger } from "../ledger/index.ts";
import { closeIncident, type Incident } from "./incident.ts";

export function incidentIn(record: IncidentRecord | undefined): Incident | undefined {
  const incident = record?.content as Incident | undefined;
  if (incident === undefined) return undefined;
  const { openDrift, everDrift = openDrift } = incident;
  return { ...incident, everDrift };
}

function recordOf(incident: Incident): IncidentRecord {
  const { id, cluster, status, title, openedAt, changedAt, closedAt, root } = incident;
  const content = isAllOpen(incident) ? { ...incident, everDrift: undefined } : incident;
  return { id, cluster, status, title, openedAt, changedAt, closedAt, root, content };
}

/** Nearly always it is, of very many differences as well: they are stored once. */
function isAllOpen({ openDrift, everDrift = openDrift }: Incident): boolean {
  return openDrift.length === everDrift.length && openDrift.every((id, at) => id === everDrift[at]);
}

export interface IncidentStamp {
  readonly actor: string;
  readonly reason: string;
}

/** One that was not there. Two who open one for the same root: the database refuses the second. */
export function insertIncident(
  ledger: Ledger,
  incident: Incident,
  { actor, reason }: IncidentStamp,
): Promise<void> {
  return ledger.write({ actor, reason, cluster: incident.cluster }, (writer) =>
    writer.saveIncident(recordOf(incident)),
  );
}

/** A change, and a further row of the audit log for it in the same transaction. */
export interface IncidentChange {
  readonly incident: Incident;
  readonly note?: AuditNote;
}

/**
 * Changes the incident as it is now. `change` is given that state, may be called several times, and leaves it as it is by
 * giving it back. What it throws undoes everything.
 *
 * @returns the incident after it
 * @throws LedgerError, and what `change` throws
 */
export function changeIncident(
  ledger: Ledger,
  { id, cluster }: Pick<Incident, "id" | "cluster">,
  { actor, reason }: IncidentStamp,
  change: (current: Incident) => IncidentChange,
): Promise<Incident> {
  return ledger.write({ actor, reason, cluster }, async (writer) => {
    const current = incidentIn(await writer.readIncident(id));
    if (current === undefined) throw new Error(`the incident ${id} is not in the ledger any more`);
    const { incident, note } = change(current);
    if (incident === current) return current;
    await writer.saveIncident(recordOf(incident));
    if (note !== undefined) writer.note(note);
    return incident;
  });
}

/** @returns undefined when it was closed already */
export async function closeByHand(
  ledger: Ledger,
  incident: Incident,
  nowMs: number,
  stamp: IncidentStamp,
): Promise<Incident | undefined> {
  let wasOpen = false;
  const closed = await changeIncident(ledger, incident, stamp, (current) => {
    wasOpen = current.closedAt === undefined;
    return { incident: wasOpen ? closeIncident(current, formatInstant(nowMs), stamp.reason) : current };
  });
  return wasOpen ? closed : undefined;
}
