/**
 * What is asked of the record, and how an index answers it: who held which block when (tenures), and what was
 * decided (decisions). Whatever is asked, a bounded number of rows is read.
 */
import { type Kysely, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import { nodesAt } from "./interval-nodes.ts";
import type { HistoryRow } from "./row.ts";
import { fullRow } from "./stored-row.ts";
import { notIndexed, partsOf, type Subject, type SubjectPart } from "./subject.ts";
import type { HistoryTables, TenureRow } from "./tables.ts";

type Database = Kysely<HistoryTables>;

export interface Question {
  /** Default: everything. */
  readonly subject?: Subject | undefined;
  readonly namespace?: string | undefined;
  readonly stream?: string | undefined;
  /** RFC 3339 in UTC with milliseconds. Tenures: only those that lasted at that moment. */
  readonly at?: string | undefined;
  /** With `at`: those that lasted at some moment from there to this one, which is not included. */
  readonly until?: string | undefined;
  /** Decisions from then on. Without it, tenures are asked for. */
  readonly since?: string | undefined;
  /** Most rows. */
  readonly limit: number;
}

/** A tenure with the rows that began and ended it, and the one in which its claim was created. */
export interface Tenure {
  readonly tenure: TenureRow;
  readonly begun: HistoryRow | undefined;
  readonly ended: HistoryRow | undefined;
  readonly asked: HistoryRow | undefined;
}

export interface Answer {
  /** Newest first; empty where decisions were asked for. */
  readonly tenures: readonly Tenure[];
  /** Newest first; empty where tenures were asked for. */
  readonly decisions: readonly HistoryRow[];
  /** Times that are not recorded, newest first, where they touch what was asked. */
  readonly gaps: readonly HistoryRow[];
  /** There is more than was asked for. */
  readonly isCut: boolean;
}

/**
 * @param many rows about a subject from which on they are found by their times; the answer does not depend on
 * it
 */
export async function ask(db: Database, question: Question, many = MANY): Promise<Answer> {
  const { limit, since } = question;
  if (since !== undefined) {
    const decisions = await readDecisions(db, question, since, many);
    const gaps = await readGaps(db, question, since, undefined);
    return { tenures: [], decisions: decisions.slice(0, limit), gaps, isCut: decisions.length > limit };
  }
  const found = newestFirst(await readTenures(db, question, many));
  const tenures = await withRows(db, found.slice(0, limit));
  const oldest = found.at(-1)?.from_at ?? question.at;
  const gaps = await readGaps(db, question, question.at ?? oldest, question.until ?? question.at);
  return { tenures, decisions: [], gaps, isCut: found.length > limit };
}

// ── tenures ────────────────────────────────────────────────────────────────────────────────────────────────

type TenureQuery = SelectQueryBuilder<HistoryTables, "history_tenures", TenureRow>;
type Part = (query: TenureQuery) => TenureQuery;

/** With so many rows about a subject they are found by their times, and checked for the subject. */
const MANY = 100_000;

async function readTenures(db: Database, question: Question, many: number): Promise<TenureRow[]> {
  const { at, until, limit } = question;
  const found: TenureRow[] = [];
  for (const part of partsOf(question.subject) ?? [undefined]) {
    const isByTime = await isMany(db, "history_tenures", part, many);
    const ways = isByTime ? byTime(at, until) : bySubject(at, until);
    for (const way of ways) {
      const all = within(db.selectFrom("history_tenures").selectAll(), question);
      const scoped = part === undefined ? all : all.where(isByTime ? part.checked : part.found);
      const ordered = at === undefined ? way(scoped).orderBy("from_at", "desc") : way(scoped);
      found.push(...(await ordered.limit(limit + 1).execute()));
    }
  }
  return distinct(found.map(numbered));
}

function within(query: TenureQuery, { namespace, stream }: Question): TenureQuery {
  let scoped = query;
  if (namespace !== undefined) scoped = scoped.where(sql<SqlBool>`${notIndexed("namespace")} = ${namespace}`);
  if (stream !== undefined) scoped = scoped.where(sql<SqlBool>`${notIndexed("stream")} = ${stream}`);
  return scoped;
}

/** Of everything there are many. */
async function isMany(
  db: Database,
  table: "history_tenures" | "history_rows",
  part: SubjectPart | undefined,
  many: number,
): Promise<boolean> {
  if (part === undefined) return true;
  const time = sql.ref(table === "history_tenures" ? "from_at" : "at");
  const some = sql`select ${time} from ${sql.table(table)} where ${part.found} limit ${sql.lit(many)}`;
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${some}) as found`.execute(db);
  return Number(rows[0]?.count) >= many;
}

/** In a form that an index of the subject and both times answers. */
function bySubject(at: string | undefined, until: string | undefined): readonly Part[] {
  if (at === undefined) return [(query) => query];
  return [
    (query) => begunBy(query, at, until).where("to_at", ">", at),
    (query) => begunBy(query, at, until).where("to_at", "is", null),
  ];
}

/**
 * Those that last and those that are over have an index of when they began; for a moment see {@link moments}.
 */
function byTime(at: string | undefined, until: string | undefined): readonly Part[] {
  if (at !== undefined) return moments(at, until);
  return [(query) => query.where("open_mark", "=", 1), (query) => query.where("open_mark", "is", null)];
}

function begunBy(query: TenureQuery, at: string, until: string | undefined): TenureQuery {
  return until === undefined ? query.where("from_at", "<=", at) : query.where("from_at", "<", until);
}

/**
 * Those that last, those that ended after the moment (see `interval-nodes.ts`), and those that began until
 * the end.
 */
function moments(at: string, until: string | undefined): readonly Part[] {
  const { left, right } = nodesAt(Date.parse(at));
  const then: Part[] = [
    (query) => query.where("open_mark", "=", 1).where("from_at", "<=", at),
    (query) => query.where("node", "in", [...left]).where("to_at", ">", at),
    (query) =>
      query
        .where("node", "in", [...right])
        .where("from_at", "<=", at)
        .where("to_at", ">", at),
  ];
  if (until === undefined) return then;
  const began = (query: TenureQuery) => query.where("from_at", ">", at).where("from_at", "<", until);
  return [
    ...then,
    (query) => began(query.where("open_mark", "=", 1)),
    (query) => began(query.where("open_mark", "is", null)),
  ];
}

function numbered(row: TenureRow): TenureRow {
  return { ...row, from_seq: Number(row.from_seq), to_seq: row.to_seq === null ? null : Number(row.to_seq) };
}

function distinct(rows: readonly TenureRow[]): TenureRow[] {
  return [...new Map(rows.map((row) => [`${row.stream}/${row.from_seq}`, row])).values()];
}

function newestFirst(rows: readonly TenureRow[]): TenureRow[] {
  return rows.toSorted((a, b) =>
    a.from_at === b.from_at ? b.from_seq - a.from_seq : a.from_at < b.from_at ? 1 : -1,
  );
}

/** Rows that a statement asks for by number. */
const PART = 500;

async function withRows(db: Database, tenures: readonly TenureRow[]): Promise<Tenure[]> {
  const rows = new Map<string, HistoryRow>();
  const created = new Map<string, HistoryRow>();
  for (const [stream, own] of Map.groupBy(tenures, (tenure) => tenure.stream)) {
    const seqs = [
      ...new Set(own.flatMap(({ from_seq, to_seq }) => (to_seq === null ? from_seq : [from_seq, to_seq]))),
    ];
    for (let start = 0; start < seqs.length; start += PART) {
      const query = db.selectFrom("history_rows").selectAll().where("stream", "=", stream);
      const found = await query.where("seq", "in", seqs.slice(start, start + PART)).execute();
      for (const row of found.map(fullRow)) rows.set(`${stream}/${row.seq}`, row);
    }
    const uids = [...new Set(own.map(({ claim_uid, uid }) => claim_uid ?? uid))];
    for (let start = 0; start < uids.length; start += PART) {
      const query = db.selectFrom("history_rows").selectAll().where("stream", "=", stream);
      const found = await query
        .where("uid", "in", uids.slice(start, start + PART))
        .where("what", "=", "created")
        .execute();
      for (const row of found.map(fullRow)) created.set(`${stream}/${row.uid}`, row);
    }
  }
  return tenures.map((tenure) => ({
    tenure,
    begun: rows.get(`${tenure.stream}/${tenure.from_seq}`),
    ended: rows.get(`${tenure.stream}/${tenure.to_seq}`),
    asked: created.get(`${tenure.stream}/${tenure.claim_uid ?? tenure.uid}`),
  }));
}

// ── decisions ──────────────────────────────────────────────────────────────────────────────────────────────

async function readDecisions(
  db: Database,
  question: Question,
  since: string,
  many: number,
): Promise<HistoryRow[]> {
  const { namespace, stream, limit } = question;
  const found: HistoryRow[] = [];
  for (const part of partsOf(question.subject) ?? [undefined]) {
    let query = db.selectFrom("history_rows").selectAll().where("at", ">=", since);
    const isByTime = await isMany(db, "history_rows", part, many);
    if (part !== undefined) query = query.where(isByTime ? part.checked : part.found);
    if (namespace !== undefined) query = query.where(sql<SqlBool>`${notIndexed("namespace")} = ${namespace}`);
    if (stream !== undefined) query = query.where(sql<SqlBool>`${notIndexed("stream")} = ${stream}`);
    found.push(
      ...(await query
        .orderBy("at", "desc")
        .limit(limit + 1)
        .execute()),
    );
  }
  const rows = new Map(found.map((row) => [`${row.stream}/${row.seq}`, fullRow(row)]));
  return [...rows.values()].sort((a, b) => (a.at === b.at ? b.seq - a.seq : a.at < b.at ? 1 : -1));
}

/** Gaps are few: there is one for each time that the record missed something. */
const MOST_GAPS = 20;

async function readGaps(
  db: Database,
  { stream }: Question,
  from: string | undefined,
  until: string | undefined,
): Promise<HistoryRow[]> {
  let query = db.selectFrom("history_rows").selectAll().where("name", "=", "").where("what", "=", "gap");
  if (stream !== undefined) query = query.where("stream", "=", stream);
  if (from !== undefined) query = query.where("at", ">=", from);
  if (until !== undefined) query = query.where("after_at", "<=", until);
  const rows = await query.orderBy("at", "desc").limit(MOST_GAPS).execute();
  return rows.map(fullRow);
}
