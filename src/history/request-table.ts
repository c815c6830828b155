/** The users of requests, where all replicas write them and the leader reads them. */
import type { Kysely, Transaction } from "kysely";
import { fitted, LENGTHS } from "../balancers/ledger/column-text.ts";
import { portions } from "./portions.ts";
import { Requesters, type RequestNote } from "./requesters.ts";
import type { HistoryTables } from "./tables.ts";

export async function readRequesters(
  tx: Transaction<HistoryTables>,
  stream: string,
  uids: readonly string[],
): Promise<Requesters> {
  const requesters = new Requesters();
  for (const some of portions(uids)) {
    const rows = await tx
      .selectFrom("history_requests")
      .select(["uid", "operation", "generation", "user_name"])
      .where("stream", "=", stream)
      .where("uid", "in", [...some])
      .execute();
    for (const { uid, operation, generation, user_name } of rows) {
      const known = { uid, generation: Number(generation), user: user_name };
      requesters.add({ ...known, operation: operation as RequestNote["operation"] });
    }
  }
  return requesters;
}

/** A request that is repeated, as after a conflict, replaces what was noted of it. */
export async function storeRequests(
  db: Kysely<HistoryTables>,
  stream: string,
  notes: readonly RequestNote[],
  now: string,
): Promise<void> {
  for (const { uid, operation, generation, user } of notes) {
    const key = { stream, uid, operation, generation };
    const values = { ...key, user_name: fitted(user, LENGTHS.name), at: now };
    await db.transaction().execute(async (tx) => {
      const stale = tx.deleteFrom("history_requests").where("stream", "=", stream).where("uid", "=", uid);
      await stale.where("operation", "=", operation).where("generation", "=", generation).execute();
      await tx.insertInto("history_requests").values(values).execute();
    });
  }
}

/** What was noted before `before` concerns changes that are recorded, or requests that were refused. */
export async function dropRequests(db: Kysely<HistoryTables>, stream: string, before: string): Promise<void> {
  await db.deleteFrom("history_requests").where("stream", "=", stream).where("at", "<", before).execute();
}
