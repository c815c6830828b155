/** Changes of the usage of pools, as they are stored. */
import type { Kysely } from "kysely";
import { dayOf } from "./growth.ts";
import type { HistoryTables } from "./tables.ts";

export interface PoolGrowth {
  /** The first day of which the record knows all, in days since the epoch; undefined: it has not begun. */
  readonly firstDay: number | undefined;
  /** `namespace/pool` → day → addresses gained, or lost. */
  readonly changes: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** `namespace/pool` → addresses in use by the record. */
  readonly totals: ReadonlyMap<string, number>;
}

/** @param since `2026-05-03`; changes of that day and later */
export async function readPoolGrowth(
  db: Kysely<HistoryTables>,
  stream: string,
  since: string,
): Promise<PoolGrowth> {
  const started = await db
    .selectFrom("history_rows")
    .select("at")
    .where("stream", "=", stream)
    .where("name", "=", "")
    .where("what", "=", "started")
    .where("kind", "=", "Subnet")
    .orderBy("seq")
    .limit(1)
    .executeTakeFirst();
  const totals = await db
    .selectFrom("history_pool_days")
    .select(["namespace", "pool", ({ fn }) => fn.sum<number>("change").as("total")])
    .where("stream", "=", stream)
    .groupBy(["namespace", "pool"])
    .execute();
  const rows = await db
    .selectFrom("history_pool_days")
    .selectAll()
    .where("stream", "=", stream)
    .where("day", ">=", since)
    .execute();
  const changes = new Map<string, Map<number, number>>();
  for (const { namespace, pool, day, change } of rows) {
    const days = changes.get(`${namespace}/${pool}`) ?? new Map<number, number>();
    changes.set(`${namespace}/${pool}`, days.set(dayOf(day), Number(change)));
  }
  return {
    firstDay: started === undefined ? undefined : dayOf(started.at),
    changes,
    totals: new Map(totals.map(({ namespace, pool, total }) => [`${namespace}/${pool}`, Number(total)])),
  };
}
