/**
 * From the rows of a Subnet to who held its block from when to when. Pure: the writer derives tenures by it,
 * and `--verify` derives them again.
 */
import { nodeOf } from "./interval-nodes.ts";
import type { HistoryRow } from "./row.ts";
import type { TenureRow } from "./tables.ts";

/** What a row does: it ends a tenure, begins one, both, or neither. */
export interface TenureChange {
  readonly ended?: TenureRow | undefined;
  readonly begun?: TenureRow | undefined;
}

/** @param open the tenure of that Subnet that lasts, if there is one */
export function tenureChange(row: HistoryRow, open: TenureRow | undefined): TenureChange {
  if (row.kind !== "Subnet") return {};
  const { hold, cidr, first_key, last_key } = row;
  const holds =
    row.what !== "deleted" && hold !== null && cidr !== null && first_key !== null && last_key !== null;
  const isSame = open !== undefined && holds && open.hold === hold && open.claim_uid === row.claim_uid;
  if (isSame) return {};
  const ended = open === undefined ? undefined : endedBy(open, row);
  if (!holds) return { ended };
  return { ended, begun: begunBy(row, { hold, cidr, first_key, last_key }) };
}

function endedBy(open: TenureRow, row: HistoryRow): TenureRow {
  const to_at = row.at < open.from_at ? open.from_at : row.at;
  return {
    ...open,
    to_seq: row.seq,
    to_at,
    to_after: row.after_at,
    open_mark: null,
    node: nodeOf(Date.parse(open.from_at), Date.parse(to_at)),
  };
}

function begunBy(
  row: HistoryRow,
  block: Pick<TenureRow, "hold" | "cidr" | "first_key" | "last_key">,
): TenureRow {
  return {
    stream: row.stream,
    from_seq: row.seq,
    from_at: row.at,
    from_after: row.after_at,
    to_seq: null,
    to_at: null,
    to_after: null,
    open_mark: 1,
    node: null,
    uid: row.uid,
    namespace: row.namespace,
    name: row.name,
    ...block,
    pool: row.pool ?? "",
    cluster_id: row.cluster_id ?? "",
    purpose: row.purpose,
    claim: row.claim,
    claim_uid: row.claim_uid,
  };
}
