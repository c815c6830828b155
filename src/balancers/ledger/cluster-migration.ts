/**
 * Migration 0002: whose row it is, in the audit log; who a cluster is; and what people have decided of its differences. Audit
 * rows of before stay without a cluster.
 */
import { type CreateTableBuilder, sql } from "kysely";
import type { DialectName } from "./connection-string.ts";
import { type AnyDatabase, addColumn, createIndex } from "./schema-changes.ts";

// biome-ignore lint/suspicious/noExplicitAny: migrations run against tables that have no type yet
type Table = CreateTableBuilder<any, any>;

const NAME = "varchar(253)";
const INSTANT = "varchar(32)";
const WORD = "varchar(32)";
const UID = "varchar(64)";

export async function tellClustersApart(
  db: AnyDatabase,
  { dialect }: { readonly dialect: DialectName },
): Promise<void> {
  await addColumn(db, dialect, "audit_log", "cluster", NAME);
  await createIndex(db, dialect, "audit_log_cluster", "audit_log", ["cluster", "id"]);
  await made(db, dialect, "ledger_clusters")
    .addColumn("name", NAME, (column) => column.primaryKey())
    .addColumn("uid", UID, (column) => column.notNull().unique())
    .addColumn("first_seen_at", INSTANT, (column) => column.notNull())
    .execute();
  await numbered(made(db, dialect, "lb_decisions"), dialect)
    .addColumn("cluster", NAME, (column) => column.notNull())
    .addColumn("kind", WORD, (column) => column.notNull())
    .addColumn("subject", "varchar(400)", (column) => column.notNull())
    .addColumn("choice", "text", (column) => column.notNull())
    .addColumn("actor", NAME, (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("decided_at", INSTANT, (column) => column.notNull())
    .addUniqueConstraint("lb_decisions_one", ["cluster", "kind", "subject"])
    .execute();
}

/** In MySQL of any characters, compared to the letter, whatever the database's defaults are. */
function made(db: AnyDatabase, dialect: DialectName, name: string): Table {
  const table: Table = db.schema.createTable(name).ifNotExists();
  const characters = sql`engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`;
  return dialect === "mysql" ? table.modifyEnd(characters) : table;
}

function numbered(table: Table, dialect: DialectName): Table {
  if (dialect === "postgres") return table.addColumn("id", "bigserial", (column) => column.primaryKey());
  const type = dialect === "mysql" ? "bigint" : "integer";
  return table.addColumn("id", type, (column) => column.autoIncrement().primaryKey());
}
