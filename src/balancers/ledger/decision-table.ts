/** What people have decided of differences that no plan can end automatically: at most one decision of a kind and subject. */
import type { Kysely } from "kysely";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;

export interface Decision {
  readonly cluster: string;
  /** The kind of difference that it is about. */
  readonly kind: string;
  readonly subject: string;
  /** What holds from now on; what it means is the kind's business. */
  readonly choice: string;
  readonly actor: string;
  readonly reason: string;
}

export async function readDecisions(db: Database, cluster: string): Promise<Decision[]> {
  return db
    .selectFrom("lb_decisions")
    .select(["cluster", "kind", "subject", "choice", "actor", "reason"])
    .where("cluster", "=", cluster)
    .orderBy("id")
    .execute();
}

export async function saveDecision(db: Database, decision: Decision, now: string): Promise<void> {
  const { cluster, kind, subject } = decision;
  await db
    .deleteFrom("lb_decisions")
    .where("cluster", "=", cluster)
    .where("kind", "=", kind)
    .where("subject", "=", subject)
    .execute();
  await db
    .insertInto("lb_decisions")
    .values({ ...decision, decided_at: now })
    .execute();
}
