/**
 * Incidents: at most one open one a cluster, which the database itself sees to. What an incident says is JSON of
 * whoever writes it (`rca/`).
 */
import type { Kysely, Selectable } from "kysely";
import { jsonPieces } from "./json-pieces.ts";
import { readText, storeText } from "./stored-text.ts";
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
  readonly content: unknown;
}

/** Inserts or replaces. A second open incident of a cluster is refused by the database. */
export async function saveIncident(db: Database, incident: IncidentRecord): Promise<void> {
  const values = {
    cluster: incident.cluster,
    status: incident.status,
    title: incident.title,
    opened_at: incident.openedAt,
    changed_at: incident.changedAt,
    closed_at: incident.closedAt ?? null,
    open_key: incident.closedAt === undefined ? incident.cluster : null,
    content: await storeText(db, `incident/${incident.id}`, jsonPieces(incident.content)),
  };
  const { numUpdatedRows } = await db
    .updateTable("incidents")
    .set(values)
    .where("id", "=", incident.id)
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
  const incidents: IncidentRecord[] = [];
  for (const row of rows) incidents.push(await incidentOf(db, row));
  return incidents;
}

export async function readIncident(db: Database, id: string): Promise<IncidentRecord | undefined> {
  const row = await db.selectFrom("incidents").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : incidentOf(db, row);
}

export async function readOpenIncident(db: Database, cluster: string): Promise<IncidentRecord | undefined> {
  const row = await db.selectFrom("incidents").selectAll().where("open_key", "=", cluster).executeTakeFirst();
  return row === undefined ? undefined : incidentOf(db, row);
}

async function incidentOf(db: Database, row: Selectable<LedgerTables["incidents"]>): Promise<IncidentRecord> {
  const content = await readText(db, `incident/${row.id}`, row.content);
  return {
    id: row.id,
    cluster: row.cluster,
    status: row.status,
    title: row.title,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    ...(row.closed_at !== null && { closedAt: row.closed_at }),
    content: JSON.parse(content),
  };
}
