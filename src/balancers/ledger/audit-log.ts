/**
 * The audit log: what was written, by whom and why. Rows are only ever added, in the transaction that they record.
 */
import type { Kysely } from "kysely";
import { fitted, LENGTHS } from "./column-text.ts";
import type { AuditRow, Stamp } from "./records.ts";
import type { LedgerTables } from "./tables.ts";
import { PORTION } from "./usage-table.ts";

type Database = Kysely<LedgerTables>;

export interface AuditNote {
  /** `pool.create`, `usage.release`, `cluster.apply`, … */
  readonly action: string;
  readonly subject: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Whose row it is; else that of the stamp. */
  readonly cluster?: string | undefined;
}

export interface AuditQuery {
  /** Newest first; default 100. */
  readonly limit?: number;
  /** Rows about this cluster alone; without it those of all. */
  readonly cluster?: string;
  readonly planHash?: string;
  readonly subject?: string;
  /** RFC 3339; rows at or after it. */
  readonly since?: string;
}

export async function appendAudit(
  db: Database,
  notes: readonly AuditNote[],
  stamp: Stamp & { readonly writeId: string; readonly at: string },
): Promise<void> {
  for (let start = 0; start < notes.length; start += PORTION) {
    const values = notes.slice(start, start + PORTION).map((note) => ({
      write_id: stamp.writeId,
      at: stamp.at,
      actor: fitted(stamp.actor, LENGTHS.name),
      action: note.action,
      subject: fitted(note.subject, LENGTHS.subject),
      before_json: jsonOf(note.before),
      after_json: jsonOf(note.after),
      reason: fitted(stamp.reason, LENGTHS.reason),
      plan_hash: stamp.planHash ?? null,
      cluster: note.cluster ?? stamp.cluster ?? null,
    }));
    await db.insertInto("audit_log").values(values).execute();
  }
}

function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export async function readAudit(db: Database, query: AuditQuery): Promise<AuditRow[]> {
  let select = db
    .selectFrom("audit_log")
    .selectAll()
    .orderBy("id", "desc")
    .limit(query.limit ?? 100);
  if (query.cluster !== undefined) select = select.where("cluster", "=", query.cluster);
  if (query.planHash !== undefined) select = select.where("plan_hash", "=", query.planHash);
  if (query.subject !== undefined) select = select.where("subject", "=", query.subject);
  if (query.since !== undefined) select = select.where("at", ">=", query.since);
  const rows = await select.execute();
  // Databases compare text as they like; a name in another case is another cluster.
  const own = rows.filter(({ cluster }) => query.cluster === undefined || cluster === query.cluster);
  return own.map((row) => ({
    id: Number(row.id),
    at: row.at,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    before: row.before_json === null ? undefined : JSON.parse(row.before_json),
    after: row.after_json === null ? undefined : JSON.parse(row.after_json),
    reason: row.reason,
    planHash: row.plan_hash ?? undefined,
    cluster: row.cluster ?? undefined,
  }));
}
