/**
 * Usage refers to pools by a foreign key. When the pools of a ledger move to another table, as when a mapping is added
 * after a first run without one, the key has to follow; else every record would be refused.
 */
import { type Kysely, sql } from "kysely";
import type { DialectName } from "./connection-string.ts";
import { LedgerError } from "./failure.ts";
import type { PoolMapping } from "./mapping.ts";
import { poolTable } from "./pool-table.ts";
import { addConstraint, constraintsOf, dropConstraint } from "./schema-changes.ts";
import type { TableShape } from "./table-shape.ts";
import type { LedgerTables } from "./tables.ts";
import { HAS_POOL, rebuildUsages } from "./usage-intervals.ts";

type Database = Kysely<LedgerTables>;

export interface ReferenceContext {
  readonly dialect: DialectName;
  readonly mapping: PoolMapping;
  readonly shape: TableShape;
  readonly keyType: string;
}

/**
 * Lets usage refer to the table of the mapping where nothing refers to another one, or if the mapping allows it.
 *
 * @param patiently what may take as long as a migration is done within
 * @throws LedgerError of kind `mapping` with the cure
 */
export async function checkReferences(
  db: Database,
  context: ReferenceContext,
  patiently: (work: (patient: Database) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { dialect, mapping } = context;
  const referenced = await referencedTable(db, dialect, mapping.table);
  if (referenced === mapping.table) return;
  const { count } = await db
    .selectFrom("lb_usages")
    .select(({ fn }) => fn.countAll().as("count"))
    .where("pool_id", "is not", null)
    .executeTakeFirstOrThrow();
  if (Number(count) > 0 && referenced !== undefined && mapping.moveRecords !== true) {
    throw new LedgerError(
      "mapping",
      `${Number(count) === 1 ? "1 usage record of this ledger refers" : `${count} usage records of this ledger refer`} to pools in ${referenced}, and the configuration names ${mapping.table}; nothing was changed. If the settings with the mapping of ${referenced} were forgotten, name them by --config; to move the records to the pools of the same names in ${mapping.table}, set mapping.moveRecords to true.`,
    );
  }
  await patiently((patient) => follow(patient, context));
}

/** As the mapping writes it, where it is the same; undefined: usage refers to nothing, as after a move that was cut off. */
export async function referencedTable(
  db: Database,
  dialect: DialectName,
  wanted: string,
): Promise<string | undefined> {
  const [, schema, name = wanted] = /^(?:([^.]+)\.)?([^.]+)$/.exec(wanted) ?? [];
  if (dialect === "postgres") {
    const regclass =
      schema === undefined
        ? sql`to_regclass(quote_ident(${name}))`
        : sql`to_regclass(quote_ident(${schema}) || '.' || quote_ident(${name}))`;
    const { rows } = await sql<{ name: string; same: boolean }>`
      select confrelid::regclass::text as name, confrelid = ${regclass} as same from pg_constraint
      where conrelid = to_regclass('lb_usages') and contype = 'f'`.execute(db);
    return rows[0]?.same === true ? wanted : rows[0]?.name.replaceAll('"', "");
  }
  const query =
    dialect === "mysql"
      ? sql<{ name: string; schema: string; here: string }>`select referenced_table_name as name,
          referenced_table_schema as ${sql.ref("schema")}, database() as here from information_schema.key_column_usage
          where table_schema = database() and table_name = 'lb_usages' and column_name = 'pool_id'
            and referenced_table_name is not null`
      : sql<{
          name: string;
          schema: string;
          here: string;
        }>`select "table" as name, 'main' as "schema", 'main' as here
          from pragma_foreign_key_list('lb_usages') where "from" = 'pool_id'`;
  const [found] = (await query.execute(db)).rows;
  if (found === undefined) return undefined;
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  if (same(found.name, name) && same(found.schema, schema ?? found.here)) return wanted;
  return same(found.schema, found.here) ? found.name : `${found.schema}.${found.name}`;
}

/** Every step may be done twice: MySQL commits each of them at once. */
async function follow(db: Database, context: ReferenceContext): Promise<void> {
  const { dialect, mapping, keyType } = context;
  if (dialect === "sqlite") {
    return db.transaction().execute(async (tx) => {
      const recorded = await tx
        .selectFrom("lb_usages")
        .select(["id", "state"])
        .where("state", "in", ["active", "missing"])
        .execute();
      await rebuildUsages(tx, context, false);
      await findPools(tx, context);
      for (const { id, state } of recorded) {
        const one = tx
          .updateTable("lb_usages")
          .set({ state })
          .where("id", "=", id as never);
        await one.where("pool_id", "is not", null).execute();
      }
    });
  }
  await dropConstraint(db, dialect, "lb_usages", "check", "lb_usages_has_pool");
  for (const name of await constraintsOf(db, dialect, "lb_usages", "foreign")) {
    await dropConstraint(db, dialect, "lb_usages", "foreign", name);
  }
  await db.updateTable("lb_usages").set({ pool_id: null }).where("pool_id", "is not", null).execute();
  const retype =
    dialect === "mysql"
      ? sql`modify pool_id ${sql.raw(keyType)} null`
      : sql`alter column pool_id type ${sql.raw(keyType)} using null`;
  await sql`alter table lb_usages ${retype}`.execute(db);
  await findPools(db, context);
  const toPools = sql`foreign key (pool_id) references ${sql.table(mapping.table)} (${sql.ref(mapping.key)})`;
  await addConstraint(db, dialect, "lb_usages", "check", "lb_usages_has_pool", sql`check (${HAS_POOL})`);
  await addConstraint(db, dialect, "lb_usages", "foreign", "lb_usages_pool", toPools);
}

/** By name, as the records have it. What finds none waits to be recorded again. */
async function findPools(db: Database, { dialect, mapping, shape }: ReferenceContext): Promise<void> {
  const pools = poolTable(mapping, shape, dialect);
  const clusters = await db.selectFrom("lb_usages").select("cluster").distinct().execute();
  for (const { cluster } of clusters) {
    for (const { id, name } of await pools.read(db, cluster)) {
      await db
        .updateTable("lb_usages")
        .set({ pool_id: id })
        .where("cluster", "=", cluster)
        .where("pool_name", "=", name)
        .execute();
    }
  }
  await db
    .updateTable("lb_usages")
    .set({ state: "discovered" })
    .where("pool_id", "is", null)
    .where("state", "in", ["active", "missing"])
    .execute();
}
