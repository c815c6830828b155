/** A history of a million tenures that were never recorded, by a seed. */
import { type Kysely, sql } from "kysely";
import { keysOfText } from "../../src/history/block-keys.ts";
import { nodeOf } from "../../src/history/interval-nodes.ts";
import type { HistoryRow } from "../../src/history/row.ts";
import type { HistoryTables, TenureRow } from "../../src/history/tables.ts";
import { randomBelow, seededRandom } from "../../src/kernel/index.ts";

export const TENURES = 1_000_000;
const DAY_MS = 86_400_000;
export const LAST_MS = Date.UTC(2026, 10, 1);
const FIRST_MS = LAST_MS - 3 * 365 * DAY_MS;
const STREAM = "bench";
const REUSED = 20_000;

interface Filled {
  readonly tenure: TenureRow;
  readonly row: HistoryRow;
}

const random = seededRandom(1);
const instant = (ms: number) => new Date(ms).toISOString();

function made(seq: number): Filled {
  const place = placeOf(seq);
  const keys = keysOfText(place.cidr);
  const isOpen = place.cidr !== "10.250.0.0/24" && random.next() < 0.05;
  const beganMs = FIRST_MS + randomBelow(random, 3 * 365 * 86_400) * 1_000;
  const endedMs = Math.min(beganMs + 60_000 + Math.floor(random.next() ** 4 * 400 * DAY_MS), LAST_MS);
  const about = {
    stream: STREAM,
    uid: `uid-${seq}`,
    namespace: "fleet",
    name: `subnet-${seq}`,
    cidr: place.cidr,
    first_key: keys?.first ?? "",
    last_key: keys?.last ?? "",
    pool: place.pool,
    cluster_id: `cluster-${randomBelow(random, 5_000)}`,
    purpose: null,
    claim: `claim-${seq}`,
    claim_uid: `claim-uid-${seq}`,
    hold: "allocated",
  };
  const tenure = {
    ...about,
    from_seq: seq,
    from_at: instant(beganMs),
    from_after: null,
    to_seq: isOpen ? null : seq,
    to_at: isOpen ? null : instant(endedMs),
    to_after: null,
    open_mark: isOpen ? 1 : null,
    node: isOpen ? null : nodeOf(beganMs, endedMs),
  };
  const row = {
    ...about,
    seq,
    life: 0,
    recorded_at: instant(beganMs),
    at: instant(beganMs),
    after_at: null,
    kind: "Subnet",
    what: "allocated",
    revision: String(seq),
    origin: "watch",
    actor: "plexaubnet-operator",
    actor_from: "manager",
    reason: null,
    hash: "0".repeat(64),
  };
  return { tenure, row };
}

function placeOf(seq: number): { readonly cidr: string; readonly pool: string } {
  if (seq <= REUSED) return { cidr: "10.250.0.0/24", pool: "reused" };
  const [second, third] = [randomBelow(random, 200), randomBelow(random, 256)];
  if (seq % 4 === 0) return { cidr: `10.${second}.${third}.0/24`, pool: "busy" };
  const pool = `pool-${randomBelow(random, 500)}`;
  if (seq % 10 === 1)
    return { cidr: `2001:db8:${randomBelow(random, 4096).toString(16)}:${third.toString(16)}::/64`, pool };
  return { cidr: `10.${second}.${third}.${randomBelow(random, 4) * 64}/26`, pool };
}

/** As text: to build a statement of many values takes longer than to carry it out. */
function literal(value: unknown): string {
  return value === null ? "null" : typeof value === "number" ? String(value) : `'${String(value)}'`;
}

interface Index {
  readonly name: string;
  readonly definition: string;
}

/** Those that are not keys. */
async function indexesOf(db: Kysely<HistoryTables>, dialect: string): Promise<readonly Index[]> {
  if (dialect === "mysql") return [];
  const query =
    dialect === "sqlite"
      ? sql<Index>`select name, sql as definition from sqlite_master where type = 'index' and sql is not null
          and tbl_name in ('history_rows', 'history_tenures')`
      : sql<Index>`select indexname as name, indexdef as definition from pg_indexes
          where tablename in ('history_rows', 'history_tenures') and indexdef not like '%UNIQUE%'`;
  return (await query.execute(db)).rows;
}

export async function fill(db: Kysely<HistoryTables>, dialect: string): Promise<void> {
  const portion = dialect === "sqlite" ? 500 : 2_000;
  const name = (column: string) => (dialect === "mysql" ? `\`${column}\`` : `"${column}"`);
  await db.connection().execute(async (connection) => {
    if (dialect === "sqlite") await sql`pragma synchronous = off`.execute(connection);
    const indexes = await indexesOf(connection, dialect);
    for (const { name } of indexes) await sql`drop index ${sql.id(name)}`.execute(connection);
    await sql`begin`.execute(connection);
    for (let start = 1; start <= TENURES; start += portion) {
      const all = Array.from({ length: portion }, (_, at) => made(start + at));
      for (const [table, rows] of [
        ["history_tenures", all.map(({ tenure }) => tenure)],
        ["history_rows", all.map(({ row }) => row)],
      ] as const) {
        const columns = Object.keys(rows[0] ?? {});
        const values = rows.map((row) => `(${Object.values(row).map(literal).join(",")})`);
        const text = `insert into ${table} (${columns.map(name).join(",")}) values ${values.join(",")}`;
        await sql.raw(text).execute(connection);
      }
    }
    await sql`commit`.execute(connection);
    // Made again at the end: to keep them up to date row by row takes ten times as long.
    for (const { definition } of indexes) await sql.raw(definition).execute(connection);
    const analyze = {
      sqlite: "analyze",
      postgres: "analyze",
      mysql: "analyze table history_tenures, history_rows",
    };
    await sql.raw(analyze[dialect as keyof typeof analyze]).execute(connection);
  });
}
