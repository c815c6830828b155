/**
 * Usage records: reading those that are not over, and writing in portions.
 */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Family } from "../../ipam/index.ts";
import { defined } from "../../kernel/index.ts";
import { fitted, LENGTHS } from "./column-text.ts";
import type { PoolId, Usage, UsageChange, UsageDraft, UsageQuery, UsageState } from "./records.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;

/** Rows a statement. SQLite takes 32,766 parameters, a row has 18; a row at its longest has 2 KiB. */
export const PORTION = 200;
/** Keys a statement. */
const KEYS = 1_000;

/** Rows that are read at once: what the driver makes of them is garbage, of which there must not be much. */
const PAGE = 5_000;

const OPEN_STATES: readonly UsageState[] = ["active", "discovered", "missing"];

/** Without those that are over, so that history costs nothing here. */
export async function readUsages(db: Database, cluster: string): Promise<Usage[]> {
  const asUsage = usageReader();
  const few = await openUsages(db, cluster)
    .where("state", "in", [...OPEN_STATES])
    .limit(PAGE + 1)
    .execute();
  if (few.length <= PAGE) return few.map(asUsage);
  few.length = 0;
  // Pages of one state of the table: a record may be in another state by the next page.
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute((tx) => readPages(tx, cluster, asUsage));
}

/** All at once, within a transaction. */
export async function readOpenUsages(db: Database, cluster: string): Promise<Usage[]> {
  const query = openUsages(db, cluster).where("state", "in", [...OPEN_STATES]);
  return (await query.execute()).map(usageReader());
}

function openUsages(db: Database, cluster: string) {
  return db.selectFrom("lb_usages").selectAll().where("cluster", "=", cluster);
}

/** By state, since there is an index of that. */
async function readPages(db: Database, cluster: string, asUsage: (row: Row) => Usage): Promise<Usage[]> {
  const usages: Usage[] = [];
  for (const state of OPEN_STATES) {
    for (let last: unknown = 0; ; ) {
      const rows = await openUsages(db, cluster)
        .where("state", "=", state)
        .where("id", ">", last as never)
        .orderBy("id")
        .limit(PAGE)
        .execute();
      for (const row of rows) usages.push(asUsage(row));
      if (rows.length < PAGE) break;
      last = rows.at(-1)?.id;
    }
  }
  return usages;
}

export async function insertUsages(db: Database, drafts: readonly UsageDraft[], now: string): Promise<void> {
  for (let at = 0; at < drafts.length; at += PORTION) {
    const values = drafts.slice(at, at + PORTION).map((draft) => ({
      cluster: draft.cluster,
      ip: draft.ip,
      family: draft.family as number,
      service_uid: draft.serviceUid,
      namespace: draft.namespace,
      service: draft.service,
      pool_id: draft.poolId ?? null,
      pool_name: fitted(draft.poolName, LENGTHS.name),
      state: draft.state as string,
      open_mark: draft.state === "released" ? null : 1,
      released_at: draft.state === "released" ? (draft.releasedAt ?? draft.missedSince ?? now) : null,
      first_seen_at: draft.firstSeenAt ?? now,
      changed_at: now,
      missed_rounds: draft.missedRounds ?? 0,
      missed_since: draft.missedSince ?? null,
      owner: draft.owner ?? null,
      ticket: draft.ticket ?? null,
      notes: draft.notes ?? null,
    }));
    await db.insertInto("lb_usages").values(values).execute();
  }
}

/** What identifies a load balancer among those of its cluster. */
export function usageIdentity(of: Pick<Usage, "ip" | "serviceUid" | "family">): string {
  return `${of.family} ${of.ip} ${of.serviceUid}`;
}

/** The identities of these drafts that have an open record. */
export async function findOpen(
  db: Database,
  cluster: string,
  drafts: readonly UsageDraft[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const ips = [...new Set(drafts.map(({ ip }) => ip))];
  for (let at = 0; at < ips.length; at += KEYS) {
    const rows = await db
      .selectFrom("lb_usages")
      .select(["ip", "family", "service_uid"])
      .where("cluster", "=", cluster)
      .where("ip", "in", ips.slice(at, at + KEYS))
      .where("open_mark", "=", 1)
      .execute();
    for (const { ip, family, service_uid } of rows) {
      found.add(usageIdentity({ ip, family: Number(family) as Family, serviceUid: service_uid }));
    }
  }
  return found;
}

/** By ID, locked where the database can. */
export async function readUsagesById(
  db: Database,
  ids: readonly string[],
  lock: boolean,
): Promise<ReadonlyMap<string, Usage>> {
  const found = new Map<string, Usage>();
  for (let at = 0; at < ids.length; at += KEYS) {
    const query = db
      .selectFrom("lb_usages")
      .selectAll()
      .where("id", "in", ids.slice(at, at + KEYS) as never[])
      .orderBy("id");
    for (const row of await (lock ? query.forUpdate() : query).execute()) {
      const usage = usageOf(row);
      found.set(usage.id, usage);
    }
  }
  return found;
}

/** When it was missed first; by the clock of another machine that may be before it began. */
function endOf(now: string) {
  return sql<string>`case when coalesce(missed_since, ${now}) < first_seen_at then first_seen_at
    else coalesce(missed_since, ${now}) end`;
}

/** The same change of many records. */
export async function updateUsages(
  db: Database,
  ids: readonly string[],
  change: UsageChange,
  now: string,
): Promise<void> {
  const isOver = change.state === "released";
  const set = {
    changed_at: now,
    ...defined({ state: change.state }),
    ...(isOver && { open_mark: null, released_at: endOf(now) }),
    ...defined({
      pool_name: change.poolName === undefined ? undefined : fitted(change.poolName, LENGTHS.name),
      namespace: change.namespace,
      service: change.service,
      missed_rounds: change.missedRounds,
      pool_id: "poolId" in change ? (change.poolId ?? null) : undefined,
      missed_since: "missedSince" in change ? (change.missedSince ?? null) : undefined,
    }),
  };
  for (let at = 0; at < ids.length; at += KEYS) {
    await db
      .updateTable("lb_usages")
      .set(set)
      .where("id", "in", ids.slice(at, at + KEYS) as never[])
      .execute();
  }
}

/** History lets go of a pool whose row is to be deleted; it keeps the pool's name. */
export async function forgetPool(db: Database, poolId: PoolId): Promise<void> {
  await db
    .updateTable("lb_usages")
    .set({ pool_id: null })
    .where("pool_id", "=", poolId)
    .where("state", "=", "released")
    .execute();
}

/** Those that are over included, in the order in which they began. */
export async function readIntervals(db: Database, cluster: string, query: UsageQuery): Promise<Usage[]> {
  let select = db.selectFrom("lb_usages").selectAll().where("cluster", "=", cluster);
  const { from, to, states } = query;
  if (from !== undefined) {
    select = select.where((where) =>
      where.or([where("released_at", "is", null), where("released_at", ">", from)]),
    );
  }
  if (to !== undefined) select = select.where("first_seen_at", "<", to);
  if (states !== undefined) select = select.where("state", "in", [...states]);
  const rows = await select.orderBy("first_seen_at").orderBy("id").execute();
  return rows.map(usageReader());
}

/** Records of all states that refer to a pool: while there is one, its row cannot go. */
export async function countUsagesOf(
  db: Database,
  poolId: PoolId,
  states: readonly UsageState[],
): Promise<number> {
  const { count } = await db
    .selectFrom("lb_usages")
    .select(({ fn }) => fn.countAll().as("count"))
    .where("pool_id", "=", poolId)
    .where("state", "in", [...states])
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** History included. */
export async function movePoolUsages(db: Database, from: PoolId, to: PoolId): Promise<void> {
  await db.updateTable("lb_usages").set({ pool_id: to }).where("pool_id", "=", from).execute();
}

/** Of those that are not over: history keeps the name that it had. */
export async function renamePoolOfUsages(db: Database, poolId: PoolId, name: string): Promise<void> {
  await db
    .updateTable("lb_usages")
    .set({ pool_name: name })
    .where("pool_id", "=", poolId)
    .where("state", "<>", "released")
    .execute();
}

type Row = Selectable<LedgerTables["lb_usages"]>;

function usageOf(row: Row): Usage {
  return usageReader()(row);
}

/** Of very many rows most say the same in most columns: each of these texts is kept once. */
function usageReader(): (row: Row) => Usage {
  const texts = new Map<string, string>();
  const once = (text: string) => {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  };
  // Members that few rows have are added to those: spread into each, they cost each a second object.
  return (row) => {
    const usage: { -readonly [Name in keyof Usage]: Usage[Name] } = {
      id: String(row.id),
      cluster: once(row.cluster),
      ip: row.ip,
      family: Number(row.family) as Family,
      serviceUid: row.service_uid,
      namespace: once(row.namespace),
      service: row.service,
      poolId: row.pool_id === null ? undefined : (once(String(row.pool_id)) as PoolId),
      poolName: once(row.pool_name),
      state: once(row.state) as UsageState,
      firstSeenAt: once(row.first_seen_at),
      changedAt: once(row.changed_at),
      missedRounds: Number(row.missed_rounds),
      missedSince: row.missed_since ?? undefined,
    };
    if (row.released_at !== null) usage.releasedAt = row.released_at;
    if (row.owner !== null) usage.owner = row.owner;
    if (row.ticket !== null) usage.ticket = row.ticket;
    if (row.notes !== null) usage.notes = row.notes;
    return usage;
  };
}
