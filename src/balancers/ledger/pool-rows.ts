/**
 * The rows of the pool table that are ours to see: of one cluster, of the values that the mapping demands, retired or not.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { classOf, instantFor } from "./column-types.ts";
import type { DialectName } from "./connection-string.ts";
import type { ColumnValue, PoolMapping } from "./mapping.ts";
import type { RangeColumns } from "./range-columns.ts";
import type { TableShape } from "./table-shape.ts";
import type { LedgerTables } from "./tables.ts";

type Database = Kysely<LedgerTables>;
export type Row = Readonly<Record<string, unknown>>;
/** What columns are to hold. */
export type Values = readonly (readonly [column: string, value: unknown])[];

export interface PoolRow {
  readonly key: string;
  readonly name: string;
  /** As they are written; empty for our own table. */
  readonly ranges: readonly string[];
  /** By optional field. */
  readonly fields: Row;
}

export interface RowQuery {
  readonly cluster: string;
  /** Default: all. */
  readonly name?: string;
  readonly retired?: boolean;
  /** Locks the rows until the transaction ends, where the database can. */
  readonly lock?: boolean;
}

export class PoolRows {
  readonly #mapping: PoolMapping;
  readonly #shape: TableShape;
  readonly #dialect: DialectName;
  readonly #ranges: RangeColumns | undefined;

  constructor(
    mapping: PoolMapping,
    shape: TableShape,
    dialect: DialectName,
    ranges: RangeColumns | undefined,
  ) {
    this.#mapping = mapping;
    this.#shape = shape;
    this.#dialect = dialect;
    this.#ranges = ranges;
  }

  /** By name and key. Names are compared to the letter, whatever the database's collation makes of them. */
  async select(db: Database, query: RowQuery): Promise<PoolRow[]> {
    const { table, key, name, optional } = this.#mapping;
    const rangeColumns = this.#ranges?.columns ?? [];
    const columns = [
      sql`${sql.ref(key)} as id`,
      sql`${sql.ref(name)} as name`,
      ...rangeColumns.map((column, at) => sql`${sql.ref(column)} as ${sql.ref(`range_${at}`)}`),
      ...Object.entries(optional).map(([field, column]) => sql`${sql.ref(column)} as ${sql.ref(field)}`),
    ];
    const named = query.name === undefined ? sql`` : sql` and ${sql.ref(name)} = ${query.name}`;
    const lock = query.lock === true && this.#dialect !== "sqlite" ? sql` for update` : sql``;
    const { rows } = await sql<Row>`select ${sql.join(columns)} from ${sql.table(table)}
      where ${this.#ours(query.cluster)} and ${this.#retired(query.retired === true)}${named}
      order by ${sql.ref(name)}, ${sql.ref(key)}${lock}`.execute(db);
    return rows
      .map((row) => ({
        key: String(row.id),
        name: String(row.name),
        ranges: this.#ranges?.read(rangeColumns.map((_, at) => row[`range_${at}`])) ?? [],
        fields: row,
      }))
      .filter((row) => query.name === undefined || row.name === query.name);
  }

  async insert(db: Database, values: Values): Promise<void> {
    const columns = sql.join(values.map(([column]) => sql.ref(column)));
    const bound = sql.join(values.map(([column, value]) => this.#bound(column, value)));
    await sql`insert into ${sql.table(this.#mapping.table)} (${columns}) values (${bound})`.execute(db);
  }

  async update(db: Database, key: string, values: Values): Promise<void> {
    if (values.length === 0) return;
    const sets = values.map(([column, value]) => sql`${sql.ref(column)} = ${this.#bound(column, value)}`);
    await sql`update ${sql.table(this.#mapping.table)} set ${sql.join(sets)}
      where ${sql.ref(this.#mapping.key)} = ${key}`.execute(db);
  }

  /** Retires the row where the table can say so; else deletes it. */
  async remove(db: Database, key: string, nowMs: number): Promise<void> {
    const values = this.retirement(nowMs);
    if (values.length > 0) return this.update(db, key, values);
    const { table, key: column } = this.#mapping;
    await sql`delete from ${sql.table(table)} where ${sql.ref(column)} = ${key}`.execute(db);
  }

  /** What a row gets that is retired at an instant; undefined: that lives. None: the table cannot say so. */
  retirement(nowMs: number | undefined): Values {
    const { optional, retired } = this.#mapping;
    const at = optional.retiredAt;
    const type = this.#shape.columns.get(at ?? "")?.type ?? "";
    const instant = nowMs === undefined ? null : instantFor(type, nowMs, this.#dialect);
    return [
      ...(at === undefined ? [] : [[at, instant] as const]),
      ...(retired === undefined
        ? []
        : [[retired.column, nowMs === undefined ? retired.living : retired.value] as const]),
    ];
  }

  #ours(cluster: string): RawBuilder<unknown> {
    const { cluster: own, where = {} } = this.#mapping;
    const inCluster = "column" in own ? this.#equals(own.column, cluster) : sql`${own.value} = ${cluster}`;
    return sql.join(
      [inCluster, ...Object.entries(where).map(([column, value]) => this.#equals(column, value))],
      sql` and `,
    );
  }

  #retired(isRetired: boolean): RawBuilder<unknown> {
    const { optional, retired } = this.#mapping;
    const signs = [
      ...(optional.retiredAt === undefined ? [] : [sql`${sql.ref(optional.retiredAt)} is not null`]),
      ...(retired === undefined
        ? []
        : [sql`(${sql.ref(retired.column)} is not null and ${this.#equals(retired.column, retired.value)})`]),
    ];
    if (signs.length === 0) return isRetired ? sql`1 = 0` : sql`1 = 1`;
    const either = sql.join(signs, sql` or `);
    return isRetired ? sql`(${either})` : sql`not (${either})`;
  }

  #equals(column: string, value: ColumnValue): RawBuilder<unknown> {
    return value === null
      ? sql`${sql.ref(column)} is null`
      : sql`${sql.ref(column)} = ${this.#bound(column, value)}`;
  }

  /** PostgreSQL alone has booleans; the others take 1 and 0 for them. */
  #bound(column: string, value: unknown): unknown {
    const isBoolean =
      this.#dialect === "postgres" && classOf(this.#shape.columns.get(column)?.type ?? "") === "boolean";
    if (isBoolean && (value === 1 || value === 0)) return value === 1;
    return typeof value === "boolean" && !isBoolean ? Number(value) : value;
  }
}
