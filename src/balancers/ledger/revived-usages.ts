/**
 * What the first version overwrote when a load balancer came back: its earlier intervals. The audit log has them: a change
 * of a record whose state was `released` before. Part of migration 0003.
 */
import { sql } from "kysely";
import type { Usage } from "./records.ts";
import type { AnyDatabase } from "./schema-changes.ts";

interface Revival {
  /** When it came back. */
  readonly at: string;
  readonly before: Pick<Usage, "id" | "changedAt" | "missedSince" | "poolName">;
}

/** Rows of the audit log at a time. */
const PORTION = 1_000;

export async function restoreIntervals(db: AnyDatabase): Promise<void> {
  for (let after = 0; ; ) {
    const { rows } = await sql<{ id: number | string; at: string; text: string }>`
      select id, at, before_json as text from audit_log
      where id > ${after} and action like 'usage.%' and before_json like '%"state":"released"%'
      order by id limit ${sql.lit(PORTION)}`.execute(db);
    for (const { at, text } of rows) {
      const before = readBefore(text);
      if (before !== undefined) await restore(db, { at, before });
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = Number(last.id);
  }
}

function readBefore(text: string): Revival["before"] | undefined {
  try {
    const before = JSON.parse(text) as Partial<Usage> | null;
    const isWhole = before?.state === "released" && typeof before.id === "string";
    return isWhole && typeof before.changedAt === "string" ? (before as Usage) : undefined;
  } catch {
    return undefined;
  }
}

/** In the order in which they happened: each takes from the record what was before it. May be done twice. */
async function restore(db: AnyDatabase, { at, before }: Revival): Promise<void> {
  const row = await db.selectFrom("lb_usages").selectAll().where("id", "=", before.id).executeTakeFirst();
  const ended = before.missedSince ?? before.changedAt;
  // Its record begins after that already, or was created by another writer.
  if (row === undefined || row.first_seen_at >= at || row.first_seen_at >= ended) return;
  const { id: _, ...content } = row;
  const known = await db
    .selectFrom("lb_usages")
    .select("id")
    .where("cluster", "=", row.cluster)
    .where("ip", "=", row.ip)
    .where("service_uid", "=", row.service_uid)
    .where("first_seen_at", "=", row.first_seen_at)
    .where("released_at", "=", ended)
    .executeTakeFirst();
  if (known === undefined) {
    const over = { state: "released", open_mark: null, released_at: ended, changed_at: before.changedAt };
    await db
      .insertInto("lb_usages")
      .values({ ...content, ...over, missed_since: before.missedSince ?? null, pool_name: before.poolName })
      .execute();
  }
  await db.updateTable("lb_usages").set({ first_seen_at: at }).where("id", "=", row.id).execute();
}
