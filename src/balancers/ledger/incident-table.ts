/**
 * Incidents: several of a cluster may be open, each of a root of its own, which the database itself sees to. What an
 * incident contains is JSON of its writer (`incidents/`).
 */
import type { Kysely, Selectable } from "kysely";
import { jsonPieces } from "./json-pieces.ts";
import { sha256 } from "./records.ts";
import { parseStored } from "./stored-json.ts";
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
    content: await storeText(db, `incident/${incident.id}`, jsonPieces(incident.content)),
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
  return incidentsOf(db, cluster, rows);
}

/** @param lock keeps others from changing it until the transaction ends, where the database can */
export async function readIncident(
  db: Database,
  id: string,
  lock = false,
): Promise<IncidentRecord | undefined> {
  const query = db.selectFrom("incidents").selectAll().where("id", "=", id);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? undefined : incidentOf(db, row);
}

export async function readIncidentStatus(db: Database, id: string): Promise<string | undefined> {
  const row = await db.selectFrom("incidents").select("status").where("id", "=", id).executeTakeFirst();
  return row?.status;
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
  return incidentsOf(db, cluster, rows);
}

type Row = Selectable<LedgerTables["incidents"]>;

/** Databases compare text as they like; a name in another case is another cluster. */
async function incidentsOf(db: Database, cluster: string, rows: readonly Row[]): Promise<IncidentRecord[]> {
  const incidents: IncidentRecord[] = [];
  for (const row of rows) if (row.cluster === cluster) incidents.push(await incidentOf(db, row));
  return incidents;
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
    content: parseStored(content),
  };
}
