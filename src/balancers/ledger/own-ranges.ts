/**
 * The ranges of our own pools, a row each in `ip_pool_ranges`.
 */
import type { Kysely } from "kysely";
import { LedgerError } from "./failure.ts";
import { sortKeyOf } from "./pool-index.ts";
import { parsePoolRange } from "./pool-range.ts";
import type { PoolId } from "./records.ts";
import type { LedgerTables } from "./tables.ts";
import { PORTION } from "./usage-table.ts";

type Database = Kysely<LedgerTables>;

/** What `range_text` holds. */
export const MOST_RANGE_TEXT = 100;

/** In place, and only what differs: to delete and insert again would lock the ranges of the next pool in MySQL. */
export async function writeOwnRanges(db: Database, id: PoolId, ranges: readonly string[]): Promise<void> {
  const present = await db
    .selectFrom("ip_pool_ranges")
    .select(["position", "range_text"])
    .where("pool_id", "=", id)
    .execute();
  const texts = new Map(present.map(({ position, range_text }) => [Number(position), range_text]));
  const fresh: ReturnType<typeof rangeRow>[] = [];
  for (const [position, text] of ranges.entries()) {
    if (texts.get(position) === text) continue;
    const row = rangeRow(id, text, position);
    if (!texts.has(position)) fresh.push(row);
    else {
      const one = db.updateTable("ip_pool_ranges").where("pool_id", "=", id).where("position", "=", position);
      await one.set({ ...row, pool_id: id }).execute();
    }
  }
  for (let at = 0; at < fresh.length; at += PORTION) {
    await db
      .insertInto("ip_pool_ranges")
      .values(fresh.slice(at, at + PORTION))
      .execute();
  }
  if (texts.size <= ranges.length) return;
  const rest = db.deleteFrom("ip_pool_ranges").where("pool_id", "=", id);
  await rest.where("position", ">=", ranges.length).execute();
}

function rangeRow(id: PoolId, text: string, position: number) {
  const range = parsePoolRange(text);
  if (!range.ok) {
    throw new LedgerError("refused", `${JSON.stringify(text)} is not an address range; nothing was changed.`);
  }
  const { first, last } = range.value;
  return {
    pool_id: id,
    position,
    family: first.family,
    first_key: sortKeyOf(first),
    last_key: sortKeyOf(last),
    range_text: text,
  };
}

/** By the pool's ID, in their order. */
export async function readOwnRanges(db: Database, ids: Iterable<string>): Promise<Map<string, string[]>> {
  const wanted = new Set(ids);
  const query = db
    .selectFrom("ip_pool_ranges")
    .select(["pool_id", "range_text"])
    .orderBy("pool_id")
    .orderBy("position");
  const [only] = wanted;
  const found = wanted.size === 1 && only !== undefined ? query.where("pool_id", "=", only) : query;
  const byPool = new Map<string, string[]>();
  for (const { pool_id, range_text } of await found.execute()) {
    const id = String(pool_id);
    if (!wanted.has(id)) continue;
    const ranges = byPool.get(id);
    if (ranges === undefined) byPool.set(id, [range_text]);
    else ranges.push(range_text);
  }
  return byPool;
}
