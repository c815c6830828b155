/**
 * What is asked of the record, and how an index answers it: who held which block when (tenures), and what was decided
 * (decisions). Whatever is asked, a bounded number of rows is read.
 */
import type { Kysely, SelectQueryBuilder } from "kysely";
import { type Prefix, parseAddress, parsePrefix, widthOf } from "../ipam/index.ts";
import { beginningsAbove, keysOfPrefix } from "./block-keys.ts";
import { nodesAt } from "./interval-nodes.ts";
import type { HistoryRow } from "./row.ts";
import { fullRow } from "./stored-row.ts";
import type { HistoryTables, TenureRow } from "./tables.ts";

type Database = Kysely<HistoryTables>;

export type Subject =
  /** A block or an address: what contains it, and what is inside it. */
  | { readonly by: "block"; readonly prefix: Prefix }
  /** `name`: a pool, a cluster, a claim or a Subnet of that name. */
  | { readonly by: "pool" | "cluster" | "claim" | "subnet" | "name"; readonly name: string };

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

/** Undefined: the text is neither an address nor a prefix. */
export function blockSubject(text: string): Subject | undefined {
  const prefix = parsePrefix(text);
  if (prefix.ok) return { by: "block", prefix: prefix.value };
  const address = parseAddress(text);
  if (!address.ok) return undefined;
  return { by: "block", prefix: { ...address.value, length: widthOf(address.value.family) } as Prefix };
}

export async function ask(db: Database, question: Question): Promise<Answer> {
  const { limit, since } = question;
  if (since !== undefined) {
    const decisions = await readDecisions(db, question, since);
    const gaps = await readGaps(db, question, since, undefined);
    return { tenures: [], decisions: decisions.slice(0, limit), gaps, isCut: decisions.length > limit };
  }
  const found = newestFirst(await readTenures(db, question));
  const tenures = await withRows(db, found.slice(0, limit));
  const oldest = found.at(-1)?.from_at ?? question.at;
  const gaps = await readGaps(db, question, question.at ?? oldest, question.until ?? question.at);
  return { tenures, decisions: [], gaps, isCut: found.length > limit };
}

// ── tenures ────────────────────────────────────────────────────────────────────────────────────────────────

type TenureQuery = SelectQueryBuilder<HistoryTables, "history_tenures", TenureRow>;

/** With so many rows about a subject, those of the moment are found first, and then those of the subject. */
const MANY = 20_000;

async function readTenures(db: Database, question: Question): Promise<TenureRow[]> {
  const { at, until, limit } = question;
  const parts = subjectParts(question.subject);
  const found: TenureRow[] = [];
  for (const part of parts) {
    const scoped = () => within(part(db.selectFrom("history_tenures").selectAll()), question);
    if (at === undefined)
      found.push(
        ...(await scoped()
          .orderBy("from_at", "desc")
          .limit(limit + 1)
          .execute()),
      );
    else if (await isMany(db, part)) {
      for (const moment of moments(at, until))
        found.push(
          ...(await moment(scoped())
            .limit(limit + 1)
            .execute()),
        );
    } else
      found.push(
        ...(await lasting(begunBy(scoped(), at, until), at)
          .limit(limit + 1)
          .execute()),
      );
  }
  return distinct(found.map(numbered));
}

type Part = (query: TenureQuery) => TenureQuery;

/** Each by an index of its own: a database uses one at a time. */
function subjectParts(subject: Subject | undefined): readonly Part[] {
  if (subject === undefined) return [(query) => query];
  if (subject.by !== "block") {
    return columnsOf(subject.by).map((column) => (query) => query.where(column, "=", subject.name));
  }
  const { first, last } = keysOfPrefix(subject.prefix);
  const above = beginningsAbove(subject.prefix).filter((key) => key !== first);
  const inside: Part = (query) => query.where("first_key", ">=", first).where("first_key", "<=", last);
  if (above.length === 0) return [inside];
  return [inside, (query) => query.where("first_key", "in", above).where("last_key", ">=", last)];
}

const COLUMNS = { pool: "pool", cluster: "cluster_id", claim: "claim", subnet: "name" } as const;

const NAMES = ["pool", "cluster_id", "claim", "name"] as const;

function columnsOf(by: keyof typeof COLUMNS | "name"): readonly (typeof NAMES)[number][] {
  return by === "name" ? NAMES : [COLUMNS[by]];
}

function within(query: TenureQuery, { namespace, stream }: Question): TenureQuery {
  let scoped = query;
  if (namespace !== undefined) scoped = scoped.where("namespace", "=", namespace);
  if (stream !== undefined) scoped = scoped.where("stream", "=", stream);
  return scoped;
}

async function isMany(db: Database, part: Part): Promise<boolean> {
  const some = part(db.selectFrom("history_tenures").selectAll())
    .clearSelect()
    .select("first_key")
    .limit(MANY);
  const { count } = await db
    .selectFrom(some.as("some"))
    .select(({ fn }) => fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count) >= MANY;
}

function begunBy(query: TenureQuery, at: string, until: string | undefined): TenureQuery {
  return until === undefined ? query.where("from_at", "<=", at) : query.where("from_at", "<", until);
}

function lasting(query: TenureQuery, at: string): TenureQuery {
  return query.where(({ or, eb }) => or([eb("to_at", ">", at), eb("open_mark", "=", 1)]));
}

/** Those that last, those that ended after the moment (see `interval-nodes.ts`), and those that began until the end. */
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
  return [...then, (query) => query.where("from_at", ">", at).where("from_at", "<", until)];
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

type RowQuery = SelectQueryBuilder<HistoryTables, "history_rows", HistoryRow>;

async function readDecisions(db: Database, question: Question, since: string): Promise<HistoryRow[]> {
  const { namespace, stream, limit } = question;
  const found: HistoryRow[] = [];
  for (const part of rowParts(question.subject)) {
    let query = part(db.selectFrom("history_rows").selectAll()).where("at", ">=", since);
    if (namespace !== undefined) query = query.where("namespace", "=", namespace);
    if (stream !== undefined) query = query.where("stream", "=", stream);
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

function rowParts(subject: Subject | undefined): readonly ((query: RowQuery) => RowQuery)[] {
  if (subject === undefined) return [(query) => query];
  if (subject.by !== "block") {
    return columnsOf(subject.by).map((column) => (query) => query.where(column, "=", subject.name));
  }
  const { first, last } = keysOfPrefix(subject.prefix);
  const above = beginningsAbove(subject.prefix).filter((key) => key !== first);
  const inside = (query: RowQuery) => query.where("first_key", ">=", first).where("first_key", "<=", last);
  if (above.length === 0) return [inside];
  return [inside, (query) => query.where("first_key", "in", above).where("last_key", ">=", last)];
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
