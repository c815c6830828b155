/**
 * Reads and writes pools in the table that the mapping names, whatever its columns are called and however it keeps ranges.
 */
import type { Kysely } from "kysely";
import { assert } from "../../kernel/index.ts";
import type { DialectName } from "./connection-string.ts";
import { LedgerError } from "./failure.ts";
import { type OptionalField, OWN_MAPPING, type PoolMapping } from "./mapping.ts";
import { readOwnRanges, writeOwnRanges } from "./own-ranges.ts";
import { poolMisfit } from "./pool-misfit.ts";
import { type PoolRow, PoolRows, type Row, type Values } from "./pool-rows.ts";
import { type RangeColumns, rangeColumns } from "./range-columns.ts";
import type { LedgerPool, PoolContent, PoolId } from "./records.ts";
import type { TableShape } from "./table-shape.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;

export interface PoolTable {
  /** Whether a row that goes stays as a retired one. */
  readonly retires: boolean;
  read(db: Database, cluster: string): Promise<LedgerPool[]>;
  /** Locks the row until the transaction ends, where the database can. */
  readForUpdate(db: Database, cluster: string, name: string): Promise<LedgerPool | undefined>;
  /** A pool of that name that was retired comes back. */
  insert(db: Database, cluster: string, content: PoolContent, uuid: () => string): Promise<LedgerPool>;
  /** Writes the name, ranges and flags, and nothing else. A retired row of the new name makes room for it. */
  update(
    db: Database,
    pool: LedgerPool,
    content: PoolContent,
    uuid: () => string,
    nowMs: number,
  ): Promise<void>;
  /** Retires the rows where the table can say so; else deletes them. */
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
  readonly #ranges: RangeColumns | undefined;
  readonly #rows: PoolRows;
  readonly #inRows: boolean;
  /** Names that were read last, folded → as they are written. */
  #names: ReadonlyMap<string, string> = new Map();

  constructor(mapping: PoolMapping, shape: TableShape, dialect: DialectName) {
    const { ranges, families } = mapping;
    this.#mapping = mapping;
    this.#shape = shape;
    this.#ranges = ranges === "ip_pool_ranges" ? undefined : rangeColumns(ranges, shape, families);
    this.#rows = new PoolRows(mapping, shape, dialect, this.#ranges);
    this.#inRows = ranges !== "ip_pool_ranges" && ranges.rows === true;
  }

  get retires(): boolean {
    return this.#rows.retirement(0).length > 0;
  }

  async read(db: Database, cluster: string): Promise<LedgerPool[]> {
    const pools = await this.#poolsOf(db, cluster, await this.#rows.select(db, { cluster }));
    this.#names = new Map(pools.map(({ name }) => [folded(name), name]));
    return pools;
  }

  async readForUpdate(db: Database, cluster: string, name: string): Promise<LedgerPool | undefined> {
    const rows = await this.#rows.select(db, { cluster, name, lock: true });
    const [pool, second] = await this.#poolsOf(db, cluster, rows);
    if (second !== undefined) {
      throw new LedgerError(
        "refused",
        `the table ${this.#mapping.table} has several rows named ${name}; nothing was changed, make them one first, or set rows: true in mapping.ranges if each is one range of the pool.`,
      );
    }
    return pool;
  }

  async insert(db: Database, cluster: string, content: PoolContent, uuid: () => string): Promise<LedgerPool> {
    this.#assertFits(content);
    const { name } = content;
    const retired = this.retires
      ? await this.#rows.select(db, { cluster, name, retired: true, lock: true })
      : [];
    const units = this.#unitsOf(content);
    // Those that were retired last come back.
    const revived = retired.slice(-units.length);
    for (const [at, unit] of units.entries()) {
      const row = revived[at];
      if (row !== undefined)
        await this.#rows.update(db, row.key, [
          ...this.#rows.retirement(undefined),
          ...unit,
          ...this.#flagsOf(content),
        ]);
      else await this.#insertRow(db, cluster, content, unit, uuid());
    }
    const pool = await this.readForUpdate(db, cluster, name);
    assert(pool !== undefined, "a pool that was just inserted is there", { name });
    if (this.#ranges === undefined) await writeOwnRanges(db, pool.id, content.ranges);
    return { ...pool, ranges: content.ranges };
  }

  async update(
    db: Database,
    pool: LedgerPool,
    content: PoolContent,
    uuid: () => string,
    nowMs: number,
  ): Promise<void> {
    this.#assertFits(content);
    const isRenamed = content.name !== pool.name;
    if (isRenamed) await this.#makeRoomFor(db, pool.cluster, content.name);
    if (this.#inRows) {
      await this.#updateRows(db, pool, content, uuid, nowMs);
      if (isRenamed) await this.#renameRows(db, pool, content.name);
      return;
    }
    const [unit = []] = this.#unitsOf(content);
    const named: Values = isRenamed ? [[this.#mapping.name, content.name]] : [];
    await this.#rows.update(db, pool.id, [...named, ...unit, ...this.#flagsOf(content)]);
    if (this.#ranges === undefined) await writeOwnRanges(db, pool.id, content.ranges);
  }

  async remove(db: Database, pool: LedgerPool, nowMs: number): Promise<void> {
    if (!this.#inRows) return this.#rows.remove(db, pool.id, nowMs);
    const rows = await this.#rows.select(db, { cluster: pool.cluster, name: pool.name });
    for (const { key } of rows) await this.#rows.remove(db, key, nowMs);
  }

  unfit(content: PoolContent): string | undefined {
    const alike = this.#names.get(folded(content.name));
    if (alike !== undefined && alike !== content.name) {
      return `the table ${this.#mapping.table} has a row named ${JSON.stringify(alike)}, which differs from ${content.name} by case or blanks alone; rename it to ${content.name}.`;
    }
    const units = this.#ranges === undefined ? undefined : this.#ranges.write(content.ranges);
    return poolMisfit(content, units, this.#mapping, this.#shape);
  }

  #assertFits(content: PoolContent): void {
    const unfit = this.unfit(content);
    if (unfit !== undefined) throw new LedgerError("refused", unfit);
  }

  /** A row each; one without columns for our own table, whose ranges are elsewhere. */
  #unitsOf(content: PoolContent): readonly Values[] {
    return this.#ranges?.write(content.ranges) ?? [[]];
  }

  async #insertRow(
    db: Database,
    cluster: string,
    content: PoolContent,
    unit: Values,
    uuid: string,
  ): Promise<void> {
    const { constants, where = {}, key, keyFrom, name, cluster: own } = this.#mapping;
    const values = new Map<string, unknown>([...Object.entries(constants), ...Object.entries(where)]);
    for (const [column, value] of this.#rows.retirement(undefined)) values.set(column, value);
    if (keyFrom === "uuid") values.set(key, uuid);
    values.set(name, content.name);
    if ("column" in own) values.set(own.column, cluster);
    for (const [column, value] of [...unit, ...this.#flagsOf(content)]) values.set(column, value);
    await this.#rows.insert(db, [...values]);
  }

  /**
   * Rows whose range stays are left alone; the others take what is new. The first row stays whatever it holds, since usage
   * refers to it.
   */
  async #updateRows(
    db: Database,
    pool: LedgerPool,
    content: PoolContent,
    uuid: () => string,
    nowMs: number,
  ): Promise<void> {
    const { cluster, name } = pool;
    const rows = await this.#rows.select(db, { cluster, name, lock: true });
    const flags = this.#flagsOf(content);
    const textOf = (unit: Values) => this.#ranges?.read(unit.map(([, value]) => value)).join() ?? "";
    const wanted = new Map(this.#unitsOf(content).map((unit) => [textOf(unit), unit]));
    const free: PoolRow[] = [];
    for (const row of rows) {
      const text = row.ranges.join();
      if (wanted.delete(text)) await this.#rows.update(db, row.key, flags);
      else free.push(row);
    }
    for (const unit of wanted.values()) {
      const row = free.shift();
      if (row !== undefined) await this.#rows.update(db, row.key, [...unit, ...flags]);
      else await this.#insertRow(db, cluster, { ...content, name }, unit, laterThan(pool.id, uuid));
    }
    for (const { key, ranges } of free) {
      const last = rows.at(-1);
      if (key !== pool.id || last === undefined || last.key === key) {
        await this.#rows.remove(db, key, nowMs);
        continue;
      }
      // The first row takes over what the last one holds.
      const heir = rows.findLast((row) => !free.includes(row));
      const unit = this.#unitsOf(content).find(
        (one) => heir !== undefined && textOf(one) === heir.ranges.join(),
      );
      assert(heir !== undefined && unit !== undefined, "a pool that is updated has a range", { ranges });
      await this.#rows.remove(db, heir.key, nowMs);
      await this.#rows.update(db, key, unit);
    }
  }

  async #renameRows(db: Database, { cluster, name }: LedgerPool, to: string): Promise<void> {
    const rows = await this.#rows.select(db, { cluster, name, lock: true });
    for (const { key } of rows) await this.#rows.update(db, key, [[this.#mapping.name, to]]);
  }

  /** The name of a retired row may be unique with those of the living; its history is known by its key. */
  async #makeRoomFor(db: Database, cluster: string, name: string): Promise<void> {
    if (!this.retires) return;
    const column = this.#mapping.name;
    const longest = this.#shape.columns.get(column)?.maxLength ?? 253;
    for (const { key } of await this.#rows.select(db, { cluster, name, retired: true, lock: true })) {
      const mark = ` (retired ${key})`.slice(0, longest);
      await this.#rows.update(db, key, [[column, name.slice(0, longest - mark.length) + mark]]);
    }
  }

  async #poolsOf(db: Database, cluster: string, rows: readonly PoolRow[]): Promise<LedgerPool[]> {
    const own =
      this.#ranges === undefined
        ? await readOwnRanges(
            db,
            rows.map(({ key }) => key),
          )
        : undefined;
    const byName = new Map<string, PoolRow[]>();
    for (const row of rows) {
      const group = this.#inRows ? row.name : row.key;
      const there = byName.get(group);
      if (there === undefined) byName.set(group, [row]);
      else there.push(row);
    }
    return [...byName.values()].map((group): LedgerPool => {
      const [first] = group as [PoolRow];
      return {
        id: first.key as PoolId,
        cluster,
        name: first.name,
        ranges: own?.get(first.key) ?? group.flatMap(({ ranges }) => ranges),
        ...flagIn(first.fields, "autoAssign"),
        ...flagIn(first.fields, "avoidBuggyIPs"),
        ...textIn(first.fields, "owner"),
        ...textIn(first.fields, "ticket"),
        ...textIn(first.fields, "notes"),
      };
    });
  }

  #flagsOf(content: PoolContent): Values {
    return (["autoAssign", "avoidBuggyIPs"] as const).flatMap((field) => {
      const column = this.#mapping.optional[field];
      const value = content[field];
      return column === undefined || value === undefined ? [] : [[column, value ? 1 : 0] as const];
    });
  }
}

function folded(name: string): string {
  return name.trim().toLowerCase();
}

/** A key that sorts behind the first row's, so that the pool keeps its own. */
function laterThan(first: string, uuid: () => string): string {
  for (let tries = 0; tries < 64; tries++) {
    const key = uuid();
    if (key > first) return key;
  }
  return `ffffffff${uuid().slice(8)}`;
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
