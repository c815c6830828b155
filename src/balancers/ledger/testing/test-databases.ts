/**
 * The databases that tests run against: SQLite always; MariaDB or MySQL and PostgreSQL where TEST_MYSQL_URL
 * and TEST_POSTGRES_URL name servers. Each test gets an empty database of its own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { type Kernel, systemKernel } from "../../../kernel/index.ts";
import { type DialectName, type LedgerTarget, parseConnectionString } from "../connection-string.ts";
import { openDatabase } from "../database.ts";
import { type Ledger, openLedger } from "../ledger.ts";
import type { PoolMapping } from "../mapping.ts";
import type { LedgerTables } from "../tables.ts";

export interface TestDatabase {
  readonly dialect: DialectName;
  readonly target: LedgerTarget;
  /** A connection around the ledger, for fixtures and for looking at what is really there. */
  readonly raw: Kysely<LedgerTables>;
  open(options?: { readonly mapping?: PoolMapping; readonly kernel?: Kernel }): Promise<Ledger>;
  /** Closes all that was opened and drops the database. */
  dispose(): Promise<void>;
}

export interface TestServer {
  readonly name: string;
  readonly dialect: DialectName;
  readonly url: string | undefined;
}

const ENV = process.env;

export const testServers: readonly TestServer[] = [
  { name: "SQLite", dialect: "sqlite", url: "sqlite:" },
  { name: "MariaDB or MySQL", dialect: "mysql", url: ENV.TEST_MYSQL_URL },
  { name: "PostgreSQL", dialect: "postgres", url: ENV.TEST_POSTGRES_URL },
];

/** Reports, once a file, which servers are left out and how to add them. */
export function sayWhatIsLeftOut(): void {
  for (const { name, url, dialect } of testServers) {
    if (url !== undefined) continue;
    const variable = dialect === "mysql" ? "TEST_MYSQL_URL" : "TEST_POSTGRES_URL";
    const scheme = dialect === "mysql" ? "mysql" : "postgres";
    // biome-ignore lint/suspicious/noConsole: the user who runs the tests is to see it
    console.log(
      `${name} is left out: set ${variable}=${scheme}://user:password@host:port/database, or run \`source .ci/databases; start_databases\`.`,
    );
  }
}

let counter = 0;

export async function createTestDatabase({ dialect, url = "" }: TestServer): Promise<TestDatabase> {
  const ledgers: Ledger[] = [];
  const { target, drop } = dialect === "sqlite" ? temporaryFile() : await temporaryDatabase(dialect, url);
  const raw = await openDatabase(target);
  return {
    dialect,
    target,
    raw,
    open: async ({ mapping, kernel = systemKernel } = {}) => {
      const ledger = await openLedger({ target, kernel, ...(mapping !== undefined && { mapping }) });
      ledgers.push(ledger);
      return ledger;
    },
    dispose: async () => {
      for (const ledger of ledgers) await ledger.close().catch(() => {});
      await raw.destroy();
      await drop();
    },
  };
}

interface Temporary {
  readonly target: LedgerTarget;
  drop(): Promise<void>;
}

function temporaryFile(): Temporary {
  const folder = mkdtempSync(join(tmpdir(), "plexaubnet-ledger-"));
  return {
    target: { dialect: "sqlite", path: join(folder, "ledger.db") },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function temporaryDatabase(dialect: DialectName, url: string): Promise<Temporary> {
  const server = parseConnectionString(url);
  if (!server.ok || server.value.dialect === "sqlite")
    throw new Error(`the test's server address is not usable`);
  const database = `plexaubnet_${dialect}_${process.pid}_${counter++}`;
  const admin = await openDatabase(server.value);
  await sql`drop database if exists ${sql.id(database)}`.execute(admin);
  await sql`create database ${sql.id(database)}`.execute(admin);
  return {
    target: { ...server.value, database },
    drop: async () => {
      const force = dialect === "postgres" ? sql` with (force)` : sql``;
      await sql`drop database if exists ${sql.id(database)}${force}`.execute(admin);
      await admin.destroy();
    },
  };
}

/** A pool table as a company may have had it for years, with two rows. */
export async function createCloudekaTable({ raw, dialect }: TestDatabase): Promise<void> {
  const key = {
    sqlite: sql`"ID" integer primary key autoincrement`,
    mysql: sql`${sql.ref("ID")} int unsigned not null auto_increment primary key`,
    postgres: sql`"ID" serial primary key`,
  }[dialect];
  await sql`create table ${sql.table("CloudekaIPPool")} (${key},
    ${sql.ref("PoolName")} varchar(100) not null,
    ${sql.ref("IPAddresses")} varchar(1000) not null,
    ${sql.ref("Zone")} varchar(40) not null,
    ${sql.ref("IsAutoAssign")} smallint not null default 1,
    ${sql.ref("CreatedBy")} varchar(40) not null,
    ${sql.ref("Remark")} varchar(200))`.execute(raw);
  await sql`insert into ${sql.table("CloudekaIPPool")} (${sql.join(
    ["PoolName", "IPAddresses", "Zone", "CreatedBy", "Remark"].map((name) => sql.ref(name)),
  )}) values ('public-a', '203.0.113.0/26', 'jkt-1', 'ops', 'since 2019'),
    ('public-b', '198.51.100.10-198.51.100.40;198.51.100.64/27', 'jkt-1', 'ops', null)`.execute(raw);
}

export const CLOUDEKA_MAPPING: PoolMapping = {
  table: "CloudekaIPPool",
  key: "ID",
  keyFrom: "database",
  name: "PoolName",
  cluster: { column: "Zone" },
  ranges: { column: "IPAddresses", separator: ";" },
  families: [4],
  optional: { autoAssign: "IsAutoAssign", notes: "Remark" },
  constants: { CreatedBy: "plexaubnet" },
};
