/**
 * Where the pools are in the database: in tables of ours, or in a table that was there before, under names of its own.
 * A table that was there before keeps its shape; ours stand beside it.
 */

import type { Family } from "../../ipam/index.ts";
import { err, ok, type Result } from "../../kernel/index.ts";
import { isJsonObject } from "../../kube/index.ts";

/**
 * - one column with all ranges of the pool in one text, or with one network (`inet`, `cidr`);
 * - first and last address;
 * - a network and its mask, as a prefix length or dotted.
 *
 * `rows`: a pool is several rows of the same name, one for each range.
 */
export type RangeMapping = (
  | { readonly column: string; readonly separator: string }
  | { readonly start: string; readonly end: string }
  | { readonly network: string; readonly mask: string }
) & { readonly rows?: boolean };

export type ColumnValue = string | number | boolean | null;

export interface PoolMapping {
  /** May have a schema, or in MySQL a database: `ipam.pools`. */
  readonly table: string;
  /** The column that identifies a row. Usage records refer to it by a foreign key. */
  readonly key: string;
  /** `uuid`: we make the key of a new row. `database`: the database does. */
  readonly keyFrom: "database" | "uuid";
  readonly name: string;
  /** A column, or one cluster for the whole table. */
  readonly cluster: { readonly column: string } | { readonly value: string };
  /** In columns of the table, or rows of `ip_pool_ranges`. */
  readonly ranges: RangeMapping | "ip_pool_ranges";
  /** Rows with other values in these columns are not ours: neither read nor written. New rows get them. */
  readonly where?: Readonly<Record<string, ColumnValue>>;
  /** A flag that marks a row as deleted. */
  readonly retired?: {
    readonly column: string;
    readonly value: string | number | boolean;
    /** What a row that lives has. NULL counts as that, too. */
    readonly living: string | number | boolean;
  };
  /** The families that the table is meant for. */
  readonly families: readonly Family[];
  /** Columns for what may be kept, by field. What has no column is not compared. */
  readonly optional: Readonly<Partial<Record<OptionalField, string>>>;
  /** Usage that refers to pools of another table follows, by their names, to those of this one. */
  readonly moveRecords?: boolean;
  /** Values for columns that a new row needs and that mean nothing here. */
  readonly constants: Readonly<Record<string, string | number | boolean>>;
}

export type OptionalField = "autoAssign" | "avoidBuggyIPs" | "owner" | "ticket" | "notes" | "retiredAt";

const OPTIONAL_FIELDS: readonly OptionalField[] = [
  "autoAssign",
  "avoidBuggyIPs",
  "owner",
  "ticket",
  "notes",
  "retiredAt",
];

/** The tables that the migrations make. */
export const OWN_MAPPING: PoolMapping = {
  table: "ip_pools",
  key: "id",
  keyFrom: "database",
  name: "name",
  cluster: { column: "cluster" },
  ranges: "ip_pool_ranges",
  families: [4, 6],
  optional: {
    autoAssign: "auto_assign",
    avoidBuggyIPs: "avoid_buggy_ips",
    owner: "owner",
    ticket: "ticket",
    notes: "notes",
    retiredAt: "retired_at",
  },
  constants: {},
};

const KNOWN = [
  "table",
  "key",
  "keyFrom",
  "name",
  "cluster",
  "ranges",
  "families",
  "constants",
  "where",
  "retired",
  "moveRecords",
  ...OPTIONAL_FIELDS,
];

/** The failure lists all that is wrong, a sentence each. */
export function readMapping(value: unknown): Result<PoolMapping, readonly string[]> {
  if (!isJsonObject(value))
    return err(["mapping must be an object with table, key, name, cluster and ranges."]);
  const faults: string[] = [];
  for (const name of Object.keys(value)) {
    if (!KNOWN.includes(name))
      faults.push(`mapping.${name} is not known; those known are ${KNOWN.join(", ")}.`);
  }
  const text = (name: string): string => {
    const found = value[name];
    if (typeof found === "string" && found !== "") return found;
    faults.push(`mapping.${name} must be text.`);
    return "";
  };
  const optional: Partial<Record<OptionalField, string>> = {};
  for (const field of OPTIONAL_FIELDS) if (value[field] !== undefined) optional[field] = text(field);
  const mapping: PoolMapping = {
    table: text("table"),
    key: text("key"),
    name: text("name"),
    keyFrom: readKeyFrom(value.keyFrom, faults),
    cluster: readCluster(value.cluster, faults),
    ranges: readRanges(value.ranges, faults),
    families: readFamilies(value.families, faults),
    optional,
    constants: readConstants(value.constants, faults),
    ...readWhere(value.where, faults),
    ...readRetired(value.retired, faults),
    ...readMoveRecords(value.moveRecords, faults),
  };
  return faults.length === 0 ? ok(mapping) : err(faults);
}

function readKeyFrom(value: unknown, faults: string[]): PoolMapping["keyFrom"] {
  if (value === undefined || value === "database") return "database";
  if (value !== "uuid") faults.push("mapping.keyFrom must be database or uuid.");
  return "uuid";
}

function readCluster(value: unknown, faults: string[]): PoolMapping["cluster"] {
  if (isJsonObject(value)) {
    if (typeof value.column === "string") return { column: value.column };
    if (typeof value.value === "string") return { value: value.value };
  }
  faults.push("mapping.cluster must be {column: NAME} or {value: CLUSTER}.");
  return { value: "" };
}

function readRanges(value: unknown, faults: string[]): PoolMapping["ranges"] {
  if (isJsonObject(value)) {
    const { column, separator = ",", start, end, network, mask, rows = false, ...rest } = value;
    const isKnown = Object.keys(rest).length === 0 && typeof rows === "boolean";
    const inRows = rows === true ? { rows: true } : {};
    const isText = (...all: unknown[]) => all.every((one) => typeof one === "string" && one !== "");
    const has = [column, start ?? end, network ?? mask].filter((one) => one !== undefined).length;
    if (isKnown && has === 1) {
      const isSeparator = isText(separator) && !String(separator).includes("-");
      if (isText(column) && isSeparator)
        return { column: String(column), separator: String(separator), ...inRows };
      if (isText(start, end)) return { start: String(start), end: String(end), ...inRows };
      if (isText(network, mask)) return { network: String(network), mask: String(mask), ...inRows };
    }
  }
  faults.push(
    'mapping.ranges must be {column: NAME, separator: ","}, {start: NAME, end: NAME} or {network: NAME, mask: NAME}, with rows: true when each range is a row of its own; the separator cannot hold a dash.',
  );
  return { column: "", separator: "," };
}

function readWhere(value: unknown, faults: string[]): Pick<PoolMapping, "where"> {
  if (value === undefined) return {};
  const good =
    isJsonObject(value) &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((one) => one === null || isScalar(one));
  if (good) return { where: value as Record<string, ColumnValue> };
  faults.push("mapping.where must map columns to text, numbers, true, false or null.");
  return {};
}

function readMoveRecords(value: unknown, faults: string[]): Pick<PoolMapping, "moveRecords"> {
  if (value !== undefined && typeof value !== "boolean")
    faults.push("mapping.moveRecords must be true or false.");
  return value === true ? { moveRecords: true } : {};
}

function readRetired(value: unknown, faults: string[]): Pick<PoolMapping, "retired"> {
  if (value === undefined) return {};
  if (isJsonObject(value) && typeof value.column === "string") {
    const { column, value: retired = 1, living = defaultLiving(retired), ...rest } = value;
    if (isScalar(retired) && isScalar(living) && retired !== living && Object.keys(rest).length === 0)
      return { retired: { column, value: retired, living } };
  }
  faults.push(
    "mapping.retired must be {column: NAME, value: V, living: L} with two values, such as 1 and 0, or Y and N.",
  );
  return {};
}

function defaultLiving(retired: unknown): unknown {
  return retired === 1 ? 0 : retired === true ? false : undefined;
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function readFamilies(value: unknown, faults: string[]): readonly Family[] {
  if (value === undefined) return [4, 6];
  const good =
    Array.isArray(value) && value.length > 0 && value.every((family) => family === 4 || family === 6);
  if (!good) faults.push("mapping.families must be a list of 4 and 6.");
  return good ? (value as Family[]) : [4, 6];
}

function readConstants(value: unknown, faults: string[]): PoolMapping["constants"] {
  if (value === undefined) return {};
  const good = isJsonObject(value) && Object.values(value).every(isScalar);
  if (!good) faults.push("mapping.constants must map columns to text, numbers, true or false.");
  return good ? (value as Record<string, string | number | boolean>) : {};
}
