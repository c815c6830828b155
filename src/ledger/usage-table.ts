/**
 * Usage records: reading those that are not over, and writing in portions.
 */
import type { Kysely, Selectable } from "kysely";
import type { Family } from "../ipam/index.ts";
import type { PoolId, Usage, UsageChange, UsageDraft, UsageState } from "./records.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;

/** Rows a statement. SQLite takes 32,766 parameters, a row has 15. */
export const PORTION = 500;

/** Without those that are over, so that history costs nothing here. */
export async function readUsages(db: Database, cluster: string): Promise<Usage[]> {
  const rows = await db
    .selectFrom("lb_usages")
    .selectAll()
    .where("cluster", "=", cluster)
    .where("state", "in", ["active", "discovered", "missing"])
    .execute();
  return rows.map(usageOf);
}

export async function insertUsages(db: Database, drafts: readonly UsageDraft[], now: string): Promise<void> {
  for (let at = 0; at < drafts.length; at += PORTION) {
    const values = drafts.slice(at, at + PORTION).map((draft) => ({
      cluster: draft.cluster,
      ip: draft.ip,
      family: draft.family as number,
      service_uid: draft.serviceUid,
      namespace: draft.namespace,
      service: draft.service,
      pool_id: draft.poolId ?? null,
      pool_name: draft.poolName,
      state: draft.state as string,
      first_seen_at: draft.firstSeenAt ?? now,
      changed_at: now,
      missed_rounds: draft.missedRounds ?? 0,
      missed_since: draft.missedSince ?? null,
      owner: draft.owner ?? null,
      ticket: draft.ticket ?? null,
      notes: draft.notes ?? null,
    }));
    await db.insertInto("lb_usages").values(values).execute();
  }
}

/** Any state, those that are over included. */
export async function findUsage(db: Database, draft: UsageDraft): Promise<Usage | undefined> {
  const row = await db
    .selectFrom("lb_usages")
    .selectAll()
    .where("cluster", "=", draft.cluster)
    .where("ip", "=", draft.ip)
    .where("service_uid", "=", draft.serviceUid)
    .where("family", "=", draft.family)
    .executeTakeFirst();
  return row === undefined ? undefined : usageOf(row);
}

export async function readUsage(db: Database, id: string, lock: boolean): Promise<Usage | undefined> {
  const query = db
    .selectFrom("lb_usages")
    .selectAll()
    .where("id", "=", id as never);
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst();
  return row === undefined ? undefined : usageOf(row);
}

export async function updateUsage(db: Database, id: string, change: UsageChange, now: string): Promise<void> {
  await db
    .updateTable("lb_usages")
    .set({
      changed_at: now,
      ...(change.state !== undefined && { state: change.state }),
      ...(change.poolName !== undefined && { pool_name: change.poolName }),
      ...(change.namespace !== undefined && { namespace: change.namespace }),
      ...(change.service !== undefined && { service: change.service }),
      ...(change.missedRounds !== undefined && { missed_rounds: change.missedRounds }),
      ...("poolId" in change && { pool_id: change.poolId ?? null }),
      ...("missedSince" in change && { missed_since: change.missedSince ?? null }),
    })
    .where("id", "=", id as never)
    .execute();
}

/** Records of all states that refer to a pool: while there is one, its row cannot go. */
export async function countUsagesOf(
  db: Database,
  poolId: PoolId,
  states: readonly UsageState[],
): Promise<number> {
  const { count } = await db
    .selectFrom("lb_usages")
    .select(({ fn }) => fn.countAll().as("count"))
    .where("pool_id", "=", poolId)
    .where("state", "in", [...states])
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** History included. */
export async function movePoolUsages(db: Database, from: PoolId, to: PoolId): Promise<void> {
  await db.updateTable("lb_usages").set({ pool_id: to }).where("pool_id", "=", from).execute();
}

/** Of those that are not over: history keeps the name that it had. */
export async function renamePoolOfUsages(db: Database, poolId: PoolId, name: string): Promise<void> {
  await db
    .updateTable("lb_usages")
    .set({ pool_name: name })
    .where("pool_id", "=", poolId)
    .where("state", "<>", "released")
    .execute();
}

function usageOf(row: Selectable<LedgerTables["lb_usages"]>): Usage {
  return {
    id: String(row.id),
    cluster: row.cluster,
    ip: row.ip,
    family: Number(row.family) as Family,
    serviceUid: row.service_uid,
    namespace: row.namespace,
    service: row.service,
    poolId: row.pool_id === null ? undefined : (String(row.pool_id) as PoolId),
    poolName: row.pool_name,
    state: row.state as UsageState,
    firstSeenAt: row.first_seen_at,
    changedAt: row.changed_at,
    missedRounds: Number(row.missed_rounds),
    missedSince: row.missed_since ?? undefined,
    ...(row.owner !== null && { owner: row.owner }),
    ...(row.ticket !== null && { ticket: row.ticket }),
    ...(row.notes !== null && { notes: row.notes }),
  };
}
