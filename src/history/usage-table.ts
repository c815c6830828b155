/** Changes of the usage of pools, as they are stored. */
import type { Kysely } from "kysely";
import type { HistoryTables } from "./tables.ts";

export interface PoolDay {
  readonly stream: string;
  readonly namespace: string;
  readonly pool: string;
  /** `2026-05-03`, in UTC. */
  readonly day: string;
  /** Addresses gained, or lost. */
  readonly change: number;
}

export async function readPoolDays(
  db: Kysely<HistoryTables>,
  { stream, since }: { readonly stream?: string; readonly since: string },
): Promise<PoolDay[]> {
  let query = db.selectFrom("history_pool_days").selectAll().where("day", ">=", since);
  if (stream !== undefined) query = query.where("stream", "=", stream);
  const rows = await query.orderBy("day").execute();
  return rows.map((row) => ({ ...row, change: Number(row.change) }));
}
