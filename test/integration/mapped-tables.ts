/** Pool tables in the shapes that companies have, with a pool each that was there before. */
import type { DialectName } from "../../src/balancers/ledger/connection-string.ts";
import type { PoolMapping } from "../../src/balancers/ledger/index.ts";

export interface MappedTable {
  readonly shape: string;
  /** Where the database has such columns. Default: all. */
  readonly on?: readonly DialectName[];
  /** Statements; KEY, NAME and BIT stand for what each dialect calls them. */
  readonly make: readonly string[];
  readonly mapping: PoolMapping;
  /** Ranges of the pool `old`, as they are read. */
  readonly old: readonly string[];
  /** What the pool `new` is given, and what it is changed to. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
}

const BASE = {
  table: "pools",
  key: "id",
  keyFrom: "database",
  name: "name",
  cluster: { value: "c1" },
  families: [4],
  optional: {},
  constants: {},
} as const;
const start = "id KEY, name NAME";
const CIDR = { old: ["203.0.113.0/26"], added: ["192.0.2.0/28"], changed: ["192.0.2.0/27"] } as const;
const SPAN = {
  old: ["203.0.113.10-203.0.113.40"],
  added: ["192.0.2.10-192.0.2.20"],
  changed: ["192.0.2.10-192.0.2.30"],
} as const;

export const MAPPED_TABLES: readonly MappedTable[] = [
  {
    shape: "first and last address as text",
    make: [
      `create table pools (${start}, low varchar(15), high varchar(15))`,
      "insert into pools (name, low, high) values ('old', '203.0.113.10', '203.0.113.40')",
    ],
    mapping: { ...BASE, ranges: { start: "low", end: "high" } },
    ...SPAN,
  },
  {
    shape: "first and last address as numbers",
    make: [
      `create table pools (${start}, low bigint, high bigint)`,
      "insert into pools (name, low, high) values ('old', 3405803786, 3405803816)",
    ],
    mapping: { ...BASE, ranges: { start: "low", end: "high" } },
    ...SPAN,
  },
  {
    shape: "first and last address as INT UNSIGNED",
    on: ["mysql"],
    make: [
      `create table pools (${start}, low int unsigned, high int unsigned)`,
      "insert into pools (name, low, high) values ('old', inet_aton('203.0.113.10'), inet_aton('203.0.113.40'))",
    ],
    mapping: { ...BASE, ranges: { start: "low", end: "high" } },
    ...SPAN,
  },
  {
    shape: "first and last address as bytes, of both families",
    make: [
      `create table pools (${start}, low BYTES, high BYTES)`,
      "insert into pools (name, low, high) values ('old', HEX(20010db8000000000000000000000001), HEX(20010db8000000000000000000000009))",
    ],
    mapping: { ...BASE, families: [4, 6], ranges: { start: "low", end: "high" } },
    old: ["2001:db8::1-2001:db8::9"],
    added: ["192.0.2.10-192.0.2.20"],
    changed: ["2001:db8::/112"],
  },
  {
    shape: "IPv6 as DECIMAL",
    on: ["mysql", "postgres"],
    make: [
      `create table pools (${start}, low decimal(39), high decimal(39))`,
      "insert into pools (name, low, high) values ('old', 42540766411282592856903984951653826561, 42540766411282592856903984951653826569)",
    ],
    mapping: { ...BASE, families: [6], ranges: { start: "low", end: "high" } },
    old: ["2001:db8::1-2001:db8::9"],
    added: ["2001:db8:1::/64"],
    changed: ["2001:db8:1::1-2001:db8:1::5"],
  },
  {
    shape: "first and last address as inet",
    on: ["postgres"],
    make: [
      `create table pools (${start}, low inet, high inet)`,
      "insert into pools (name, low, high) values ('old', '203.0.113.10', '203.0.113.40')",
    ],
    mapping: { ...BASE, ranges: { start: "low", end: "high" } },
    ...SPAN,
  },
  {
    shape: "a network as cidr",
    on: ["postgres"],
    make: [
      `create table pools (${start}, net cidr)`,
      "insert into pools (name, net) values ('old', '203.0.113.0/26')",
    ],
    mapping: { ...BASE, ranges: { column: "net", separator: "," } },
    ...CIDR,
  },
  {
    shape: "a network as inet, a row each",
    on: ["postgres"],
    make: [
      `create table pools (${start}, net inet)`,
      "insert into pools (name, net) values ('old', '203.0.113.0/26')",
    ],
    mapping: { ...BASE, ranges: { column: "net", separator: ",", rows: true } },
    old: ["203.0.113.0/26"],
    added: ["192.0.2.0/28", "192.0.2.32/28"],
    changed: ["192.0.2.32/28", "198.51.100.0/24"],
  },
  {
    shape: "a network and a dotted mask",
    make: [
      `create table pools (${start}, net varchar(15), mask varchar(15))`,
      "insert into pools (name, net, mask) values ('old', '203.0.113.0', '255.255.255.192')",
    ],
    mapping: { ...BASE, ranges: { network: "net", mask: "mask" } },
    ...CIDR,
  },
  {
    shape: "a network as a number and a prefix length",
    make: [
      `create table pools (${start}, net bigint, bits smallint)`,
      "insert into pools (name, net, bits) values ('old', 3405803776, 26)",
    ],
    mapping: { ...BASE, ranges: { network: "net", mask: "bits" } },
    ...CIDR,
  },
  {
    shape: "a row for each range, with the keys of ours",
    make: [
      "create table pools (id varchar(36) not null primary key, name NAME, low varchar(45), high varchar(45))",
      "insert into pools (id, name, low, high) values ('00000000-0000-4000-8000-000000000002', 'old', '2001:db8::1', '2001:db8::9')",
      "insert into pools (id, name, low, high) values ('00000000-0000-4000-8000-000000000001', 'old', '203.0.113.10', '203.0.113.40')",
    ],
    mapping: {
      ...BASE,
      keyFrom: "uuid",
      families: [4, 6],
      ranges: { start: "low", end: "high", rows: true },
    },
    old: ["203.0.113.10-203.0.113.40", "2001:db8::1-2001:db8::9"],
    added: ["192.0.2.0/28", "192.0.2.32/28", "2001:db8:1::/64"],
    changed: ["192.0.2.32/28"],
  },
  {
    shape: "a row for each range in one column",
    make: [
      `create table pools (${start}, cidr_block varchar(50))`,
      "insert into pools (name, cidr_block) values ('old', '203.0.113.0/26'), ('old', '198.51.100.1-198.51.100.9')",
    ],
    mapping: { ...BASE, ranges: { column: "cidr_block", separator: ",", rows: true } },
    old: ["203.0.113.0/26", "198.51.100.1-198.51.100.9"],
    added: ["192.0.2.0/28"],
    changed: ["192.0.2.0/28", "192.0.2.64/28", "192.0.2.128-192.0.2.130"],
  },
  {
    shape: "a flag for what is deleted, rows of other tenants, and a schema",
    make: [
      "SCHEMA",
      `create table PLACE.pools (${start}, tenant varchar(20) not null, deleted BIT, ranges varchar(200))`,
      "insert into PLACE.pools (name, tenant, deleted, ranges) values ('old', 'acme', FALSE, '203.0.113.0/26')",
      "insert into PLACE.pools (name, tenant, deleted, ranges) values ('new', 'other', FALSE, '10.0.0.0/8')",
      "insert into PLACE.pools (name, tenant, deleted, ranges) values ('gone', 'acme', TRUE, '10.0.0.0/8')",
    ],
    mapping: {
      ...BASE,
      table: "PLACE.pools",
      ranges: { column: "ranges", separator: "," },
      where: { tenant: "acme" },
      retired: { column: "deleted", value: 1, living: 0 },
    },
    ...CIDR,
  },
  {
    shape: "DATETIME for what is retired",
    make: [
      `create table pools (${start}, ranges varchar(200), deleted_at DATETIME)`,
      "insert into pools (name, ranges) values ('old', '203.0.113.0/26')",
    ],
    mapping: { ...BASE, ranges: { column: "ranges", separator: "," }, optional: { retiredAt: "deleted_at" } },
    ...CIDR,
  },
  {
    shape: "TIMESTAMP for what is retired",
    make: [
      `create table pools (${start}, ranges varchar(200), deleted_at STAMP null)`,
      "insert into pools (name, ranges) values ('old', '203.0.113.0/26')",
    ],
    mapping: { ...BASE, ranges: { column: "ranges", separator: "," }, optional: { retiredAt: "deleted_at" } },
    ...CIDR,
  },
  {
    shape: "a DATE and a flag of letters, in a table of latin1",
    make: [
      `create table pools (${start}, ranges varchar(200), deleted_on date, state char(1) not null default 'A') LATIN1`,
      "insert into pools (name, ranges) values ('old', '203.0.113.0/26')",
      "insert into pools (name, ranges, state) values ('gone', '10.0.0.0/8', 'D')",
    ],
    mapping: {
      ...BASE,
      ranges: { column: "ranges", separator: "," },
      optional: { retiredAt: "deleted_on" },
      retired: { column: "state", value: "D", living: "A" },
    },
    ...CIDR,
  },
];

/** In the words of a dialect; `place` is the schema, or in MySQL the database, that PLACE stands for. */
export function inDialect(text: string, dialect: DialectName, place: string): string {
  const words: Readonly<Record<string, Readonly<Record<DialectName, string>>>> = {
    KEY: {
      sqlite: "integer primary key autoincrement",
      mysql: "int unsigned not null auto_increment primary key",
      postgres: "serial primary key",
    },
    NAME: {
      sqlite: "varchar(100) not null",
      mysql: "varchar(100) not null",
      postgres: "varchar(100) not null",
    },
    BYTES: { sqlite: "blob", mysql: "varbinary(16)", postgres: "bytea" },
    BIT: { sqlite: "smallint", mysql: "bit(1)", postgres: "boolean" },
    DATETIME: { sqlite: "datetime", mysql: "datetime", postgres: "timestamp" },
    STAMP: { sqlite: "timestamp", mysql: "timestamp", postgres: "timestamptz" },
    FALSE: { sqlite: "0", mysql: "0", postgres: "false" },
    TRUE: { sqlite: "1", mysql: "1", postgres: "true" },
    LATIN1: { sqlite: "", mysql: "character set latin1", postgres: "" },
    PLACE: { sqlite: "main", mysql: place, postgres: place },
    SCHEMA: {
      sqlite: "select 1",
      mysql: `create database if not exists ${place}`,
      postgres: `create schema ${place}`,
    },
  };
  const hex = { sqlite: "x'$1'", mysql: "x'$1'", postgres: "'\\x$1'" }[dialect];
  return text
    .replace(/HEX\(([0-9a-f]+)\)/g, hex)
    .replace(/\b[A-Z0-9]+\b/g, (word) => words[word]?.[dialect] ?? word);
}
