/**
 * Plans as they were made, and what became of each. The state moves by conditional updates: of several who want to apply
 * a plan, one gets it.
 */
import type { Kysely, Selectable } from "kysely";
import { fitted, LENGTHS } from "./column-text.ts";
import { LedgerError } from "./failure.ts";
import { jsonPieces } from "./json-pieces.ts";
import { parseStored } from "./stored-json.ts";
import { readText, storeText } from "./stored-text.ts";
import type { LedgerTables } from "./tables.ts";

/** A plan of 100,000 steps has about 108 MB. */
export const MOST_PLAN_BYTES = 128 * 2 ** 20;

type Database = Kysely<LedgerTables>;

/** What the ledger itself reads of a plan. The rest is JSON of its author (`sync/`). */
export interface StoredPlan {
  readonly id: string;
  /** SHA-256 of everything else in here but `id` and `createdAt`. */
  readonly hash: string;
  readonly cluster: string;
  readonly mode: string;
  readonly createdAt: string;
}

export type PlanState = "pending" | "applying" | "applied" | "refused" | "failed";

export interface PlanEnd {
  readonly hash: string;
  readonly state: PlanState;
  readonly changedAt: string;
  /** One sentence; empty while the plan waits. */
  readonly result: string;
}

export interface PlanRecord extends Omit<PlanEnd, "hash"> {
  readonly plan: StoredPlan;
}

export async function insertPlan(db: Database, plan: StoredPlan): Promise<void> {
  const content = await storeText(db, `plan/${plan.id}`, jsonPieces(plan));
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
      content,
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
    .set({ state: to, result: fitted(result, LENGTHS.reason), changed_at: now })
    .where("id", "=", id)
    .where("state", "=", from)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function readPlan(db: Database, id: string): Promise<PlanRecord | undefined> {
  const row = await db.selectFrom("sync_plans").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : planOf(db, row);
}

/** What became of it, without the plan itself, which may be long. */
export async function readPlanEnd(db: Database, id: string): Promise<PlanEnd | undefined> {
  const row = await db
    .selectFrom("sync_plans")
    .select(["hash", "state", "changed_at", "result"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { hash, state, changed_at: changedAt, result } = row;
  return { hash, state: state as PlanState, changedAt, result };
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
  const plans: PlanRecord[] = [];
  for (const row of rows) plans.push(await planOf(db, row));
  return plans;
}

async function planOf(db: Database, row: Selectable<LedgerTables["sync_plans"]>): Promise<PlanRecord> {
  const content = await readText(db, `plan/${row.id}`, row.content);
  const { length } = content;
  if (length > MOST_PLAN_BYTES) {
    const sentence = `the plan ${row.id} of the ledger has ${length} characters, and at most ${MOST_PLAN_BYTES} are read; make a new one.`;
    throw new LedgerError("refused", sentence);
  }
  return {
    plan: parseStored(content) as StoredPlan,
    state: row.state as PlanState,
    changedAt: row.changed_at,
    result: row.result,
  };
}
