/** An answer of the record as rows: for people as a table, for programs as flat records. Pure. */
import type { HistoryRow, Tenure } from "../../history/index.ts";

/** Values that a spreadsheet and a program read alike; empty where nothing is known. */
export type FlatRecord = Readonly<Record<string, string>>;

export interface ReportTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Who, and whether that is a user or only the program that it was done with. */
function who(row: HistoryRow | undefined): string {
  if (row?.actor === undefined || row.actor === null) return "";
  return row.actor_from === "user" ? row.actor : `${row.actor} (program)`;
}

function bounded(at: string | null, after: string | null): string {
  if (at === null) return "";
  return after === null ? shortTime(at) : `${shortTime(after)} … ${shortTime(at)}`;
}

/** Seconds are enough for people. */
function shortTime(at: string): string {
  return at.replace(/\.\d+Z$/, "Z");
}

export function tenureRecords(tenures: readonly Tenure[]): FlatRecord[] {
  return tenures.map(({ tenure, begun, ended, asked }) => ({
    cidr: tenure.cidr,
    namespace: tenure.namespace,
    pool: tenure.pool,
    clusterID: tenure.cluster_id,
    purpose: tenure.purpose ?? "",
    claim: tenure.claim ?? "",
    subnet: tenure.name,
    hold: tenure.hold,
    from: tenure.from_at,
    fromAfter: tenure.from_after ?? "",
    to: tenure.to_at ?? "",
    toAfter: tenure.to_after ?? "",
    requestedBy: asked?.actor ?? "",
    requestedByKind: asked?.actor_from ?? "",
    allocatedBy: begun?.actor ?? "",
    allocatedByKind: begun?.actor_from ?? "",
    ended: ended?.what ?? "",
    endedBy: ended?.actor ?? "",
    endedByKind: ended?.actor_from ?? "",
    cluster: tenure.stream,
  }));
}

export function tenureTable(tenures: readonly Tenure[]): ReportTable {
  const columns = [
    "CIDR",
    "POOL",
    "CLUSTER",
    "CLAIM",
    "HELD",
    "FROM",
    "TO",
    "REQUESTED BY",
    "ALLOCATED BY",
    "ENDED BY",
  ];
  const rows = tenures.map(({ tenure, begun, ended, asked }) => [
    tenure.cidr,
    `${tenure.namespace}/${tenure.pool}`,
    tenure.cluster_id,
    tenure.claim ?? "",
    tenure.hold,
    bounded(tenure.from_at, tenure.from_after),
    bounded(tenure.to_at, tenure.to_after),
    who(asked),
    who(begun),
    ended === undefined ? "" : [ended.what, who(ended)].filter((part) => part !== "").join(" by "),
  ]);
  return streamed(
    { header: columns, rows },
    tenures.map(({ tenure }) => tenure.stream),
  );
}

export function decisionRecords(rows: readonly HistoryRow[]): FlatRecord[] {
  return rows.map((row) => ({
    seq: String(row.seq),
    at: row.at,
    after: row.after_at ?? "",
    recordedAt: row.recorded_at,
    what: row.what,
    kind: row.kind,
    namespace: row.namespace,
    name: row.name,
    cidr: row.cidr ?? "",
    pool: row.pool ?? "",
    clusterID: row.cluster_id ?? "",
    purpose: row.purpose ?? "",
    claim: row.claim ?? "",
    hold: row.hold ?? "",
    by: row.actor ?? "",
    byKind: row.actor_from ?? "",
    reason: row.reason ?? "",
    uid: row.uid,
    resourceVersion: row.revision,
    cluster: row.stream,
  }));
}

export function decisionTable(decisions: readonly HistoryRow[]): ReportTable {
  const header = ["WHEN", "WHAT", "KIND", "NAME", "CIDR", "POOL", "CLUSTER", "BY", "REASON"];
  const rows = decisions.map((row) => [
    bounded(row.at, row.after_at),
    row.what,
    row.kind,
    row.name === "" ? row.namespace : `${row.namespace}/${row.name}`,
    row.cidr ?? "",
    row.pool ?? "",
    row.cluster_id ?? "",
    who(row),
    row.reason ?? "",
  ]);
  return streamed(
    { header, rows },
    decisions.map(({ stream }) => stream),
  );
}

/** Of which API the rows are, where there are several. */
function streamed({ header, rows }: ReportTable, streams: readonly string[]): ReportTable {
  if (new Set(streams).size < 2) return { header, rows };
  return { header: [...header, "API"], rows: rows.map((row, at) => [...row, streams[at] ?? ""]) };
}

export function gapNotes(gaps: readonly HistoryRow[]): string[] {
  return gaps.map(
    ({ after_at, at, reason }) =>
      `Gap from ${shortTime(after_at ?? at)} to ${shortTime(at)}: ${reason ?? ""}`,
  );
}
