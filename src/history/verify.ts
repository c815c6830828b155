/**
 * Whether the record is what was written: each row's hash over its content and the hash of the row before,
 * the end of the chain, and the tenures, which are derived again from the rows. Reads a part at a time.
 */
import type { Kysely } from "kysely";
import { FIRST_HASH, type HistoryRow, hashOf } from "./row.ts";
import { fullRow } from "./stored-row.ts";
import type { HistoryTables, TenureRow } from "./tables.ts";
import { tenureChange } from "./tenures.ts";

type Database = Kysely<HistoryTables>;

/**
 * The hash of a row, as it was noted elsewhere: a chain that was written again from there on does not have
 * it.
 */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
}

export interface ChainEnd {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
}

export type Verdict =
  | { readonly sound: true; readonly rows: number; readonly ends: readonly ChainEnd[] }
  /** The first row that does not fit, and why, in a sentence. */
  | { readonly sound: false; readonly stream: string; readonly seq: number; readonly why: string };

type Fault = { readonly seq: number; readonly why: string };

const PART = 1_000;

export async function verifyChains(db: Database, anchors: readonly Anchor[]): Promise<Verdict> {
  const streams = await db.selectFrom("history_streams").selectAll().orderBy("stream").execute();
  const orphan = await firstOrphan(
    db,
    streams.map(({ stream }) => stream),
  );
  if (orphan !== undefined) return { sound: false, ...orphan };
  const ends: ChainEnd[] = [];
  const open = new Set(anchors);
  let rows = 0;
  for (const { stream, seq, hash } of streams) {
    const end = { stream, seq: Number(seq), hash };
    const fault = await new ChainReader(db, end, open).read();
    if (fault !== undefined) return { sound: false, stream, ...fault };
    ends.push(end);
    rows += end.seq;
  }
  for (const { seq } of open) {
    const why = `no row ${seq} of the record has the hash that was noted of it: the record was written again, or cut.`;
    return { sound: false, stream: ends[0]?.stream ?? "", seq, why };
  }
  return { sound: true, rows, ends };
}

/** A row of a chain that has no end: its stream was deleted. */
async function firstOrphan(
  db: Database,
  streams: readonly string[],
): Promise<{ stream: string; seq: number; why: string } | undefined> {
  let query = db.selectFrom("history_rows").select(["stream", "seq"]);
  if (streams.length > 0) query = query.where("stream", "not in", [...streams]);
  const row = await query.orderBy("stream").orderBy("seq").limit(1).executeTakeFirst();
  if (row === undefined) return undefined;
  const why = "the end of its chain is missing in history_streams.";
  return { stream: row.stream, seq: Number(row.seq), why };
}

class ChainReader {
  readonly #db: Database;
  readonly #end: ChainEnd;
  readonly #anchors: Set<Anchor>;
  /** UID of a Subnet → the tenure that lasts. */
  readonly #open = new Map<string, TenureRow>();
  #hash = FIRST_HASH;
  #seq = 0;
  #begun = 0;

  constructor(db: Database, end: ChainEnd, anchors: Set<Anchor>) {
    this.#db = db;
    this.#end = end;
    this.#anchors = anchors;
  }

  async read(): Promise<Fault | undefined> {
    for (;;) {
      const rows = await this.#part();
      const changes = { begun: [] as TenureRow[], ended: [] as TenureRow[] };
      for (const row of rows) {
        const fault = this.#check(row);
        if (fault !== undefined) return fault;
        this.#derive(row, changes);
      }
      const fault = await this.#checkTenures(changes);
      if (fault !== undefined) return fault;
      if (rows.length < PART) break;
    }
    return this.#checkEnd();
  }

  async #part(): Promise<HistoryRow[]> {
    const rows = await this.#db
      .selectFrom("history_rows")
      .selectAll()
      .where("stream", "=", this.#end.stream)
      .where("seq", ">", this.#seq)
      .where("seq", "<=", this.#end.seq)
      .orderBy("seq")
      .limit(PART)
      .execute();
    return rows.map(fullRow);
  }

  #check(row: HistoryRow): Fault | undefined {
    const expected = this.#seq + 1;
    if (row.seq !== expected) return { seq: expected, why: "the row is missing." };
    const { hash, ...content } = row;
    if (hashOf(content, this.#hash) !== hash) {
      const why =
        "its content, or the row before it, is not what was written: the hash of both is another one than that of the row.";
      return { seq: row.seq, why };
    }
    this.#seq = row.seq;
    this.#hash = hash;
    for (const anchor of this.#anchors)
      if (anchor.seq === row.seq && anchor.hash === hash) this.#anchors.delete(anchor);
    return undefined;
  }

  #derive(row: HistoryRow, changes: { readonly begun: TenureRow[]; readonly ended: TenureRow[] }): void {
    const { begun, ended } = tenureChange(row, this.#open.get(row.uid));
    if (ended !== undefined) {
      this.#open.delete(row.uid);
      changes.ended.push(ended);
    }
    if (begun !== undefined) {
      this.#open.set(row.uid, begun);
      changes.begun.push(begun);
      this.#begun++;
    }
  }

  /** Those that ended in this part, and those that began in it and last, against what is stored. */
  async #checkTenures({ begun, ended }: { readonly begun: TenureRow[]; readonly ended: TenureRow[] }) {
    const lasting = begun.filter(({ uid, from_seq }) => this.#open.get(uid)?.from_seq === from_seq);
    const expected = new Map([...ended, ...lasting].map((tenure) => [tenure.from_seq, tenure]));
    if (expected.size === 0) return undefined;
    const stored = await this.#storedTenures([...expected.keys()]);
    for (const [seq, tenure] of [...expected].sort(([a], [b]) => a - b)) {
      const found = stored.get(seq);
      const isOver = tenure.to_seq !== null;
      const isSame = found !== undefined && sameTenure(found, tenure, isOver);
      if (!isSame) {
        const why = `the tenure of ${tenure.cidr} that it begins is ${found === undefined ? "missing" : "another one"} in history_tenures.`;
        return { seq, why };
      }
    }
    return undefined;
  }

  async #storedTenures(seqs: readonly number[]): Promise<Map<number, TenureRow>> {
    const found = new Map<number, TenureRow>();
    for (let start = 0; start < seqs.length; start += PART) {
      const rows = await this.#db
        .selectFrom("history_tenures")
        .selectAll()
        .where("stream", "=", this.#end.stream)
        .where("from_seq", "in", seqs.slice(start, start + PART))
        .execute();
      for (const row of rows) found.set(Number(row.from_seq), row);
    }
    return found;
  }

  async #checkEnd(): Promise<Fault | undefined> {
    const { stream, seq, hash } = this.#end;
    if (this.#seq !== seq)
      return { seq: this.#seq + 1, why: `the row is missing: the chain ends with row ${seq}.` };
    if (this.#hash !== hash) return { seq, why: "its hash is not the one that the end of the chain has." };
    const { count } = await this.#db
      .selectFrom("history_tenures")
      .select(({ fn }) => fn.countAll().as("count"))
      .where("stream", "=", stream)
      .executeTakeFirstOrThrow();
    if (Number(count) === this.#begun) return this.#checkLasting();
    const why = `history_tenures has ${Number(count)} tenures, and the rows begin ${this.#begun}.`;
    return { seq, why };
  }

  /** Those that no row ends. */
  async #checkLasting(): Promise<Fault | undefined> {
    const stored = await this.#storedTenures([...this.#open.values()].map(({ from_seq }) => from_seq));
    for (const { cidr, from_seq } of this.#open.values()) {
      const found = stored.get(from_seq);
      if (found?.open_mark === 1 && found.to_at === null && found.to_seq === null) continue;
      return {
        seq: from_seq,
        why: `the tenure of ${cidr} that it begins has ended in history_tenures, by no row.`,
      };
    }
    return undefined;
  }
}

/** Of one that lasted when the rows were read, how it ended is checked with the row that ends it. */
function sameTenure(stored: TenureRow, expected: TenureRow, isOver: boolean): boolean {
  const normal = (row: TenureRow) => [
    row.uid,
    row.namespace,
    row.name,
    row.cidr,
    row.first_key,
    row.last_key,
    row.pool,
    row.cluster_id,
    row.purpose,
    row.claim,
    row.claim_uid,
    row.hold,
    row.from_at,
    row.from_after,
    ...(isOver ? [Number(row.to_seq), row.to_at, row.to_after, Number(row.node), row.open_mark] : []),
  ];
  return JSON.stringify(normal(stored)) === JSON.stringify(normal(expected));
}
