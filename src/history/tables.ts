/** The tables of the record, as Kysely types them. */
import type { HistoryRow } from "./row.ts";

export interface HistoryTables {
  /** The end of each chain. A cluster is a stream, identified by the UID of its namespace kube-system. */
  history_streams: { stream: string; seq: number; life: number; hash: string };
  /** How far each watch has been recorded. `scope`: a namespace, or empty for all. */
  history_checkpoints: { stream: string; kind: string; scope: string; revision: string; seen_at: string };
  /** The chain: rows are only ever added. */
  history_rows: HistoryRow;
  /**
   * What the API holds, as far as it is recorded: derived from the rows, so that a change differs from a
   * repetition.
   */
  history_objects: {
    stream: string;
    kind: string;
    uid: string;
    namespace: string;
    revision: string;
    /** `Facts` as JSON. */
    facts: string;
  };
  /**
   * Who held which block from when to when: derived from the rows, so that a question is answered by an
   * index.
   */
  history_tenures: TenureRow;
  /** Addresses that a pool gained or lost in a day. */
  history_pool_days: { stream: string; namespace: string; pool: string; day: string; change: number };
  /** Who made a request, as the webhook saw it. Not part of the chain. */
  history_requests: {
    stream: string;
    uid: string;
    operation: string;
    generation: number;
    user_name: string;
    at: string;
  };
}

export interface TenureRow {
  stream: string;
  /** The row with which it began. */
  from_seq: number;
  from_at: string;
  /** Where only bounds are known: it began after this. */
  from_after: string | null;
  /** The row with which it ended; null while it lasts. */
  to_seq: number | null;
  to_at: string | null;
  to_after: string | null;
  /** 1 while it lasts, else null. */
  open_mark: number | null;
  /** See `interval-nodes.ts`; null while it lasts. */
  node: number | null;
  uid: string;
  namespace: string;
  name: string;
  cidr: string;
  first_key: string;
  last_key: string;
  pool: string;
  cluster_id: string;
  purpose: string | null;
  claim: string | null;
  claim_uid: string | null;
  hold: string;
}
