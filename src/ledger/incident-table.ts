/**
 * Incidents: several of a cluster may be open, each of a root of its own, which the database itself sees to. What an
 * incident says is JSON of whoever writes it (`rca/`).
 */
import type { Kysely, Selectable } from "kysely";
import { sha256 } from "./records.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;

export interface IncidentRecord {
  readonly id: string;
  readonly cluster: string;
  readonly status: string;
  readonly title: string;
  readonly openedAt: string;
  readonly changedAt: string;
  /** Absent while it is open. */
  readonly closedAt?: string | undefined;
  /** What it is about; of two who open one for the same, the database refuses the second. Default: the cluster itself. */
  readonly root?: string | undefined;
  readonly content: unknown;
}

/** Inserts or replaces. A second open incident of the same root is refused by the database, and so is another cluster's ID. */
export async function saveIncident(db: Database, incident: IncidentRecord): Promise<void> {
  const values = {
    cluster: incident.cluster,
    status: incident.status,
    title: incident.title,
    opened_at: incident.openedAt,
    changed_at: incident.changedAt,
    closed_at: incident.closedAt ?? null,
    open_key: incident.closedAt === undefined ? openKeyOf(incident) : null,
    content: JSON.stringify(incident.content),
  };
  const { numUpdatedRows } = await db
    .updateTable("incidents")
    .set(values)
    .where("id", "=", incident.id)
    .where("cluster", "=", incident.cluster)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  await db
    .insertInto("incidents")
    .values({ id: incident.id, ...values })
    .execute();
}

export async function readIncidents(db: Database, cluster: string, limit: number): Promise<IncidentRecord[]> {
  const rows = await db
    .selectFrom("incidents")
    .selectAll()
    .where("cluster", "=", cluster)
    .orderBy("opened_at", "desc")
    .limit(limit)
    .execute();
  return rows.map(incidentOf).filter((one) => one.cluster === cluster);
}

export async function readIncident(db: Database, id: string): Promise<IncidentRecord | undefined> {
  const row = await db.selectFrom("incidents").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : incidentOf(row);
}

function openKeyOf({ cluster, root }: IncidentRecord): string {
  return root === undefined ? cluster : sha256([cluster, root]);
}

/** The oldest first. */
export async function readOpenIncidents(db: Database, cluster: string): Promise<IncidentRecord[]> {
  const rows = await db
    .selectFrom("incidents")
    .selectAll()
    .where("cluster", "=", cluster)
    .where("closed_at", "is", null)
    .orderBy("opened_at")
    .orderBy("id")
    .execute();
  return rows.map(incidentOf).filter((one) => one.cluster === cluster);
}

function incidentOf(row: Selectable<LedgerTables["incidents"]>): IncidentRecord {
  return {
    id: row.id,
    cluster: row.cluster,
    status: row.status,
    title: row.title,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    ...(row.closed_at !== null && { closedAt: row.closed_at }),
    content: JSON.parse(row.content),
  };
}
