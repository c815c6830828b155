/**
 * Our own tables, as Kysely types them. The pool table is not among them: it may belong to another program, see `pool-table.ts`.
 */
import type { ColumnType, Generated } from "kysely";

/** A key that the database makes: numbers from one driver, text from another. */
type Key = ColumnType<number | string, never, never>;
type Reference = ColumnType<number | string | null, string | null, string | null>;

export interface LedgerTables {
  lb_usages: {
    id: Key;
    cluster: string;
    ip: string;
    family: number;
    service_uid: string;
    namespace: string;
    service: string;
    pool_id: Reference;
    pool_name: string;
    state: string;
    /** 1 while the interval is open, and unique then; NULL when it is over. */
    open_mark: number | null;
    first_seen_at: string;
    /** When it ended. */
    released_at: string | null;
    changed_at: string;
    missed_rounds: number;
    missed_since: string | null;
    owner: string | null;
    ticket: string | null;
    notes: string | null;
  };
  audit_log: {
    id: Key;
    /** The transaction that wrote it: by this a writer whose COMMIT was not answered finds out what became of it. */
    write_id: string;
    at: string;
    actor: string;
    action: string;
    subject: string;
    before_json: string | null;
    after_json: string | null;
    reason: string;
    plan_hash: string | null;
    /** Null in rows from before this column existed: their cluster is unknown. */
    cluster: string | null;
  };
  ledger_clusters: {
    name: string;
    /** Of the namespace kube-system. */
    uid: string;
    first_seen_at: string;
  };
  lb_decisions: {
    id: Key;
    cluster: string;
    kind: string;
    subject: string;
    choice: string;
    actor: string;
    reason: string;
    decided_at: string;
  };
  sync_plans: {
    id: string;
    hash: string;
    cluster: string;
    state: string;
    created_at: string;
    changed_at: string;
    result: string;
    content: string;
  };
  incidents: {
    id: string;
    cluster: string;
    status: string;
    title: string;
    opened_at: string;
    changed_at: string;
    closed_at: string | null;
    /** Names cluster and root while the incident is open, and unique: so each has one open incident at most. */
    open_key: string | null;
    content: string;
  };
  stored_texts: {
    /** `plan/ID` or `incident/ID`. */
    text_of: string;
    position: number;
    body: string;
  };
  ip_pool_ranges: {
    id: Generated<number>;
    pool_id: Reference;
    position: number;
    family: number;
    first_key: string;
    last_key: string;
    range_text: string;
  };
}
