/**
 * Migration 0003: a usage record is an interval, so that history is kept. A load balancer has one that is open
 * (`open_mark` is 1) and any number that are over (`open_mark` is NULL, which no unique key covers, and `released_at` contains
 * when it ended).
 */
import { type CreateTableBuilder, sql } from "kysely";
import type { DialectName } from "./connection-string.ts";
import { restoreIntervals } from "./revived-usages.ts";
import {
  type AnyDatabase,
  addColumn,
  addConstraint,
  createIndex,
  dropConstraint,
  hasTable,
  takeAnyCharacters,
} from "./schema-changes.ts";

interface IntervalContext {
  readonly dialect: DialectName;
  /** The pool table, and its key with its type. */
  readonly mapping: { readonly table: string; readonly key: string };
  readonly keyType: string;
}

const INSTANT = "varchar(32)";
const OWN_TABLES = [
  "ip_pools",
  "ip_pool_ranges",
  "lb_usages",
  "audit_log",
  "sync_plans",
  "incidents",
  "stored_texts",
];
const OPEN_COLUMNS = ["cluster", "ip", "service_uid", "family", "open_mark"];

/** Nothing but what is discovered, or over, is without its pool. */
export const HAS_POOL = sql`state in ('discovered', 'released') or pool_id is not null`;

export async function makeIntervals(db: AnyDatabase, context: IntervalContext): Promise<void> {
  const { dialect } = context;
  await createTexts(db, dialect);
  if (dialect === "sqlite") await rebuildUsages(db, context);
  else {
    await addColumn(db, dialect, "lb_usages", "open_mark", "smallint");
    await addColumn(db, dialect, "lb_usages", "released_at", INSTANT);
    await closeReleased(db);
    const open = sql`unique (${sql.join(OPEN_COLUMNS.map((name) => sql.ref(name)))})`;
    await addConstraint(db, dialect, "lb_usages", "unique", "lb_usages_open", open);
    await dropConstraint(db, dialect, "lb_usages", "unique", "lb_usages_identity");
    await dropConstraint(db, dialect, "lb_usages", "check", "lb_usages_has_pool");
    await addConstraint(db, dialect, "lb_usages", "check", "lb_usages_has_pool", sql`check (${HAS_POOL})`);
  }
  await restoreIntervals(db);
  await createIndex(db, dialect, "lb_usages_released", "lb_usages", ["cluster", "released_at"]);
  await createIndex(db, dialect, "lb_usages_state", "lb_usages", ["cluster", "state"]);
  if (dialect === "mysql") await takeAnyCharacters(db, OWN_TABLES, "pool_id");
}

/** It was over when it was first missed; else when it was released. */
async function closeReleased(db: AnyDatabase): Promise<void> {
  await sql`update lb_usages set open_mark = 1 where state <> 'released'`.execute(db);
  await sql`update lb_usages set released_at = coalesce(missed_since, changed_at)
    where state = 'released' and released_at is null`.execute(db);
}

const COLUMNS = [
  ["cluster", "varchar(253) not null"],
  ["ip", "varchar(45) not null"],
  ["family", "smallint not null"],
  ["service_uid", "varchar(64) not null"],
  ["namespace", "varchar(63) not null"],
  ["service", "varchar(253) not null"],
  ["pool_name", "varchar(253) not null"],
  ["state", "varchar(32) not null"],
  ["first_seen_at", `${INSTANT} not null`],
  ["changed_at", `${INSTANT} not null`],
  ["missed_rounds", "integer not null default 0"],
  ["missed_since", INSTANT],
  ["owner", "varchar(253)"],
  ["ticket", "varchar(253)"],
  ["notes", "text"],
] as const;

/** SQLite drops no constraint. Nothing refers to usage, so the table is created again. */
export async function rebuildUsages(
  db: AnyDatabase,
  { mapping, keyType }: IntervalContext,
  keepsPools = true,
): Promise<void> {
  await addColumn(db, "sqlite", "lb_usages", "open_mark", "smallint");
  await addColumn(db, "sqlite", "lb_usages", "released_at", INSTANT);
  await closeReleased(db);
  await sql`drop table if exists lb_usages_new`.execute(db);
  const names = [...COLUMNS.map(([name]) => name), "open_mark", "released_at"];
  const columns = sql.join([
    sql`id integer primary key autoincrement`,
    ...COLUMNS.map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`),
    sql`open_mark smallint, released_at varchar(32)`,
    sql`pool_id ${sql.raw(keyType)} references ${sql.table(mapping.table)} (${sql.ref(mapping.key)})`,
    sql`constraint lb_usages_open unique (${sql.join(OPEN_COLUMNS.map((name) => sql.ref(name)))})`,
    sql`constraint lb_usages_has_pool check (${HAS_POOL})`,
  ]);
  await sql`create table lb_usages_new (${columns})`.execute(db);
  const list = sql.join([...names, "id"].map((name) => sql.ref(name)));
  const state = keepsPools
    ? sql.ref("state")
    : sql`case when state = 'released' then state else 'discovered' end`;
  const values = sql.join([...names, "id"].map((name) => (name === "state" ? state : sql`${sql.ref(name)}`)));
  const pool = keepsPools ? sql`pool_id` : sql`null`;
  await sql`insert into lb_usages_new (${list}, pool_id) select ${values}, ${pool} from lb_usages`.execute(
    db,
  );
  await sql`drop table lb_usages`.execute(db);
  await sql`alter table lb_usages_new rename to lb_usages`.execute(db);
}

// biome-ignore lint/suspicious/noExplicitAny: migrations run against tables that have no type yet
type Table = CreateTableBuilder<any, any>;

/** Texts of any length, in rows that fit into any packet: see `stored-text.ts`. */
async function createTexts(db: AnyDatabase, dialect: DialectName): Promise<void> {
  if (await hasTable(db, dialect, "stored_texts")) return;
  const long = sql.raw(dialect === "mysql" ? "longtext" : "text");
  const table: Table = db.schema.createTable("stored_texts");
  const characters = sql`engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`;
  await (dialect === "mysql" ? table.modifyEnd(characters) : table)
    .addColumn("text_of", "varchar(100)", (column) => column.notNull())
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("body", long, (column) => column.notNull())
    .addPrimaryKeyConstraint("stored_texts_key", ["text_of", "position"])
    .execute();
}
