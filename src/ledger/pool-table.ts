/**
 * Reads and writes pools in the table that the mapping names, whatever its columns are called.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { assert } from "../kernel/index.ts";
import type { DialectName } from "./connection-string.ts";
import { LedgerError } from "./failure.ts";
import { type OptionalField, OWN_MAPPING, type PoolMapping } from "./mapping.ts";
import { sortKeyOf } from "./pool-index.ts";
import { parsePoolRange } from "./pool-range.ts";
import { formatInstant, type LedgerPool, type PoolContent, type PoolId } from "./records.ts";
import type { TableShape } from "./table-shape.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;
type Row = Readonly<Record<string, unknown>>;

export interface PoolTable {
  read(db: Database, cluster: string): Promise<LedgerPool[]>;
  /** Locks the row until the transaction ends, where the database can. */
  readForUpdate(db: Database, cluster: string, name: string): Promise<LedgerPool | undefined>;
  /** A pool of that name that was retired comes back. */
  insert(db: Database, cluster: string, content: PoolContent, uuid: string): Promise<LedgerPool>;
  /** Writes the name, ranges and flags, and nothing else. A retired row of the new name makes room for it. */
  update(db: Database, pool: LedgerPool, content: PoolContent): Promise<void>;
  /** Retires the row where the table can say so; else deletes it. */
  remove(db: Database, pool: LedgerPool, nowMs: number): Promise<void>;
  /** Undefined, or why this pool cannot be written into this table: one sentence. */
  unfit(content: PoolContent): string | undefined;
}

export function poolTable(mapping: PoolMapping, shape: TableShape, dialect: DialectName): PoolTable {
  return new MappedPoolTable(mapping, shape, dialect);
}

class MappedPoolTable implements PoolTable {
  readonly #mapping: PoolMapping;
  readonly #shape: TableShape;
  readonly #dialect: DialectName;

  constructor(mapping: PoolMapping, shape: TableShape, dialect: DialectName) {
    this.#mapping = mapping;
    this.#shape = shape;
    this.#dialect = dialect;
  }

  async read(db: Database, cluster: string): Promise<LedgerPool[]> {
    const rows = await this.#select(db, cluster, sql``);
    return this.#withRanges(db, cluster, rows);
  }

  async readForUpdate(db: Database, cluster: string, name: string): Promise<LedgerPool | undefined> {
    const lock = this.#dialect === "sqlite" ? sql`` : sql` for update`;
    const rows = await this.#select(db, cluster, sql` and ${sql.ref(this.#mapping.name)} = ${name}`, lock);
    // Databases compare text as they like: case and blanks at the end may not count for them.
    const own = rows.filter((row) => String(row.name) === name);
    const [pool, second] = await this.#withRanges(db, cluster, own);
    if (second !== undefined) {
      throw new LedgerError(
        "refused",
        `the table ${this.#mapping.table} has several rows named ${name}; nothing was changed, make them one first.`,
      );
    }
    return pool;
  }

  async insert(db: Database, cluster: string, content: PoolContent, uuid: string): Promise<LedgerPool> {
    this.#assertFits(content);
    const { table, key, keyFrom } = this.#mapping;
    const revived = await this.#revive(db, cluster, content);
    if (!revived) {
      const values = new Map<string, unknown>(Object.entries(this.#mapping.constants));
      if (keyFrom === "uuid") values.set(key, uuid);
      values.set(this.#mapping.name, content.name);
      if ("column" in this.#mapping.cluster) values.set(this.#mapping.cluster.column, cluster);
      for (const [column, value] of this.#contentColumns(content)) values.set(column, value);
      const columns = sql.join([...values.keys()].map((name) => sql.ref(name)));
      await sql`insert into ${sql.table(table)} (${columns}) values (${sql.join([...values.values()])})`.execute(
        db,
      );
    }
    const pool = await this.readForUpdate(db, cluster, content.name);
    assert(pool !== undefined, "a pool that was just inserted is there", { name: content.name });
    await this.#writeRanges(db, pool.id, content.ranges);
    return { ...pool, ranges: content.ranges };
  }

  async update(db: Database, pool: LedgerPool, content: PoolContent): Promise<void> {
    this.#assertFits(content);
    const sets = this.#contentColumns(content).map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
    if (content.name !== pool.name) {
      await this.#makeRoomFor(db, pool.cluster, content.name);
      sets.push(sql`${sql.ref(this.#mapping.name)} = ${content.name}`);
    }
    if (sets.length > 0) await this.#set(db, pool.id, sql.join(sets));
    await this.#writeRanges(db, pool.id, content.ranges);
  }

  async remove(db: Database, pool: LedgerPool, nowMs: number): Promise<void> {
    const retired = this.#mapping.optional.retiredAt;
    if (retired !== undefined) {
      await this.#set(db, pool.id, sql`${sql.ref(retired)} = ${formatInstant(nowMs)}`);
    } else {
      const { table, key } = this.#mapping;
      // What is over keeps the name of its pool; the row that it referred to goes.
      await db
        .updateTable("lb_usages")
        .set({ pool_id: null })
        .where("pool_id", "=", pool.id)
        .where("state", "=", "released")
        .execute();
      await sql`delete from ${sql.table(table)} where ${sql.ref(key)} = ${pool.id}`.execute(db);
    }
  }

  unfit(content: PoolContent): string | undefined {
    const { families, table, ranges } = this.#mapping;
    for (const text of content.ranges) {
      const range = parsePoolRange(text);
      if (range.ok && !families.includes(range.value.first.family)) {
        return `the pool ${content.name} has the IPv${range.value.first.family} range ${text}, and ${table} is for IPv${families.join(" and IPv")} only.`;
      }
    }
    if (ranges === "ip_pool_ranges") return undefined;
    const longest = this.#shape.columns.get(ranges.column)?.maxLength;
    const length = content.ranges.join(ranges.separator).length;
    if (longest === undefined || length <= longest) return undefined;
    return `the ranges of the pool ${content.name} need ${length} characters, and ${ranges.column} of ${table} holds ${longest}.`;
  }

  #assertFits(content: PoolContent): void {
    const unfit = this.unfit(content);
    if (unfit !== undefined) throw new LedgerError("refused", unfit);
  }

  async #select(
    db: Database,
    cluster: string,
    more: RawBuilder<unknown>,
    lock = sql``,
  ): Promise<readonly Row[]> {
    const { mapping } = { mapping: this.#mapping };
    const columns = [
      sql`${sql.ref(mapping.key)} as id`,
      sql`${sql.ref(mapping.name)} as name`,
      ...(mapping.ranges === "ip_pool_ranges" ? [] : [sql`${sql.ref(mapping.ranges.column)} as ranges`]),
      ...Object.entries(mapping.optional).map(
        ([field, column]) => sql`${sql.ref(column)} as ${sql.ref(field)}`,
      ),
    ];
    const { rows } = await sql<Row>`select ${sql.join(columns)} from ${sql.table(mapping.table)}
      where ${this.#inCluster(cluster)}${this.#living()}${more} order by ${sql.ref(mapping.name)}${lock}`.execute(
      db,
    );
    return rows;
  }

  #inCluster(cluster: string): RawBuilder<unknown> {
    const own = this.#mapping.cluster;
    return "column" in own ? sql`${sql.ref(own.column)} = ${cluster}` : sql`${own.value} = ${cluster}`;
  }

  #living(): RawBuilder<unknown> {
    const retired = this.#mapping.optional.retiredAt;
    return retired === undefined ? sql`` : sql` and ${sql.ref(retired)} is null`;
  }

  async #withRanges(db: Database, cluster: string, rows: readonly Row[]): Promise<LedgerPool[]> {
    const { ranges } = this.#mapping;
    const separate = ranges === "ip_pool_ranges" ? await rangesByPool(db, rows) : undefined;
    return rows.map((row) => {
      const id = String(row.id) as PoolId;
      const joined = ranges === "ip_pool_ranges" ? [] : String(row.ranges ?? "").split(ranges.separator);
      const texts = joined.map((text) => text.trim()).filter((text) => text !== "");
      return {
        id,
        cluster,
        name: String(row.name),
        ranges: separate === undefined ? texts : (separate.get(id) ?? []),
        ...flagIn(row, "autoAssign"),
        ...flagIn(row, "avoidBuggyIPs"),
        ...textIn(row, "owner"),
        ...textIn(row, "ticket"),
        ...textIn(row, "notes"),
      };
    });
  }

  /** Columns for what the cluster says as well. */
  #contentColumns(content: PoolContent): [string, unknown][] {
    const { ranges, optional } = this.#mapping;
    const found: [string, unknown][] = [];
    if (ranges !== "ip_pool_ranges") found.push([ranges.column, content.ranges.join(ranges.separator)]);
    for (const field of ["autoAssign", "avoidBuggyIPs"] as const) {
      const column = optional[field];
      const value = content[field];
      if (column !== undefined && value !== undefined) found.push([column, this.#flag(column, value)]);
    }
    return found;
  }

  #flag(column: string, value: boolean): unknown {
    if (/^bool/i.test(this.#shape.columns.get(column)?.type ?? "") && this.#dialect === "postgres")
      return value;
    return value ? 1 : 0;
  }

  async #set(db: Database, id: PoolId, sets: RawBuilder<unknown>): Promise<void> {
    const { table, key } = this.#mapping;
    await sql`update ${sql.table(table)} set ${sets} where ${sql.ref(key)} = ${id}`.execute(db);
  }

  /** The name of a retired row may be unique with those of the living; its history is known by its key. */
  async #makeRoomFor(db: Database, cluster: string, name: string): Promise<void> {
    const { table, key, name: column, optional } = this.#mapping;
    if (optional.retiredAt === undefined) return;
    const retired = sql` and ${sql.ref(optional.retiredAt)} is not null`;
    const { rows } = await sql<{ id: unknown }>`select ${sql.ref(key)} as id from ${sql.table(table)}
      where ${this.#inCluster(cluster)} and ${sql.ref(column)} = ${name}${retired}`.execute(db);
    const longest = this.#shape.columns.get(column)?.maxLength ?? 253;
    for (const { id } of rows) {
      const mark = ` (retired ${id})`;
      const kept = name.slice(0, Math.max(0, longest - mark.length));
      await this.#set(db, String(id) as PoolId, sql`${sql.ref(column)} = ${kept + mark}`);
    }
  }

  async #revive(db: Database, cluster: string, content: PoolContent): Promise<boolean> {
    const { table, name, optional } = this.#mapping;
    if (optional.retiredAt === undefined) return false;
    const retired = sql.ref(optional.retiredAt);
    const sets = this.#contentColumns(content).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
    const { numAffectedRows } = await sql`update ${sql.table(table)}
      set ${sql.join([sql`${retired} = null`, ...sets])}
      where ${this.#inCluster(cluster)} and ${sql.ref(name)} = ${content.name} and ${retired} is not null`.execute(
      db,
    );
    return (numAffectedRows ?? 0n) > 0n;
  }

  /** In place, and only what differs: to delete and insert again would lock the ranges of the next pool in MySQL. */
  async #writeRanges(db: Database, id: PoolId, ranges: readonly string[]): Promise<void> {
    if (this.#mapping.ranges !== "ip_pool_ranges") return;
    const present = await db
      .selectFrom("ip_pool_ranges")
      .select(["position", "range_text"])
      .where("pool_id", "=", id)
      .execute();
    const texts = new Map(present.map(({ position, range_text }) => [Number(position), range_text]));
    for (const [position, text] of ranges.entries()) {
      if (texts.get(position) === text) continue;
      const row = rangeRow(id, text, position);
      if (!texts.has(position)) await db.insertInto("ip_pool_ranges").values(row).execute();
      else {
        const one = db
          .updateTable("ip_pool_ranges")
          .where("pool_id", "=", id)
          .where("position", "=", position);
        await one.set({ ...row, pool_id: id }).execute();
      }
    }
    if (texts.size <= ranges.length) return;
    const rest = db.deleteFrom("ip_pool_ranges").where("pool_id", "=", id);
    await rest.where("position", ">=", ranges.length).execute();
  }
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

async function rangesByPool(db: Database, rows: readonly Row[]): Promise<Map<string, string[]>> {
  const wanted = new Set(rows.map(({ id }) => String(id)));
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

/** Databases say true in many ways: true, 1, "1", a bit in a buffer. */
function flagIn(row: Row, field: "autoAssign" | "avoidBuggyIPs"): Partial<PoolContent> {
  const value = row[field];
  if (value === undefined || value === null) return {};
  const isTrue = Buffer.isBuffer(value) ? value[0] === 1 : value === true || Number(value) === 1;
  return { [field]: isTrue };
}

function textIn(row: Row, field: OptionalField): Record<string, string> {
  const value = row[field];
  return value === undefined || value === null ? {} : { [field]: String(value) };
}

/** Whether the mapping is that of our own tables. */
export function isOwn(mapping: PoolMapping): boolean {
  return mapping.table === OWN_MAPPING.table;
}
