/**
 * Plans as they were made, and what became of each. The state moves by conditional updates: of several who want to apply
 * a plan, one gets it.
 */
import type { Kysely, Selectable } from "kysely";
import type { SyncPlan } from "./drift.ts";
import { LedgerError } from "./failure.ts";
import type { LedgerTables } from "./tables.ts";

/** A plan of 100,000 steps has about 108 MB. */
export const MOST_PLAN_BYTES = 128 * 2 ** 20;

type Database = Kysely<LedgerTables>;

export type PlanState = "pending" | "applying" | "applied" | "refused" | "failed";

export interface PlanRecord {
  readonly plan: SyncPlan;
  readonly state: PlanState;
  readonly changedAt: string;
  /** One sentence; empty while the plan waits. */
  readonly result: string;
}

export async function insertPlan(db: Database, plan: SyncPlan): Promise<void> {
  await db
    .insertInto("sync_plans")
    .values({
      id: plan.id,
      hash: plan.hash,
      cluster: plan.cluster,
      state: "pending",
      created_at: plan.createdAt,
      changed_at: plan.createdAt,
      result: "",
      content: JSON.stringify(plan),
    })
    .execute();
}

/** False: it is not in the state `from`, or not there. */
export async function movePlan(
  db: Database,
  id: string,
  from: PlanState,
  to: PlanState,
  result: string,
  now: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("sync_plans")
    .set({ state: to, result, changed_at: now })
    .where("id", "=", id)
    .where("state", "=", from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function readPlan(db: Database, id: string): Promise<PlanRecord | undefined> {
  const row = await db.selectFrom("sync_plans").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : planOf(row);
}

export async function readPlanCluster(db: Database, id: string): Promise<string | undefined> {
  const row = await db.selectFrom("sync_plans").select("cluster").where("id", "=", id).executeTakeFirst();
  return row?.cluster;
}

export async function readPlans(db: Database, cluster: string, limit: number): Promise<PlanRecord[]> {
  const rows = await db
    .selectFrom("sync_plans")
    .selectAll()
    .where("cluster", "=", cluster)
    .orderBy("created_at", "desc")
    .limit(limit)
    .execute();
  return rows.map(planOf);
}

function planOf(row: Selectable<LedgerTables["sync_plans"]>): PlanRecord {
  const { length } = row.content;
  if (length > MOST_PLAN_BYTES) {
    const sentence = `the plan ${row.id} of the ledger has ${length} characters, and at most ${MOST_PLAN_BYTES} are read; make a new one.`;
    throw new LedgerError("refused", sentence);
  }
  return {
    plan: JSON.parse(row.content) as SyncPlan,
    state: row.state as PlanState,
    changedAt: row.changed_at,
    result: row.result,
  };
}
